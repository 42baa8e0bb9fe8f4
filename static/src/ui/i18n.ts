// The reader's language: catalogues, plurals and placeholders.
//
// A catalogue is a flat JSON object, "area.key" → text with {placeholders}. A plural is a family of keys that end in a
// category of Intl.PluralRules (".one", ".other", …). A key that a language lacks is read from English.

import type english from "../../../portal/locale/en.json";

export type Key = keyof typeof english;
type Family<K> = K extends `${infer Base}.other` ? Base : never;
/** A key without its plural category. */
export type PluralKey = Family<Key>;

export type Catalogue = Readonly<Record<string, string>>;
export type Values = Readonly<Record<string, string | number>>;

/** Languages whose catalogues hold every key; the others fall back to English key by key. */
export const COMPLETE_LANGUAGES: readonly string[] = ["en", "ko"];

/** Languages with a name and a direction. */
export const INTERFACE_LANGUAGES = ["en", "ko", "zh", "ja", "ru", "fr", "es", "ar"] as const;

const RIGHT_TO_LEFT = new Set(["ar", "fa", "he", "ur", "ps", "sd", "ug", "yi", "dv"]);
const HAS_RTL = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/;
const HAS_LTR = /[A-Za-z\u00c0-\u024f\u0370-\u052f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/;

/** Direction in which a language is written. */
export function directionOf(lang: string): "ltr" | "rtl" {
  return RIGHT_TO_LEFT.has(lang.split("-")[0] ?? "") ? "rtl" : "ltr";
}

export class Translator {
  readonly lang: string;
  readonly direction: "ltr" | "rtl";
  readonly #own: Catalogue;
  readonly #english: Catalogue;
  readonly #numbers: Intl.NumberFormat;

  constructor(lang: string, own: Catalogue, english: Catalogue) {
    this.lang = lang;
    this.direction = directionOf(lang);
    this.#own = own;
    this.#english = english;
    this.#numbers = new Intl.NumberFormat(lang);
  }

  has(key: string): boolean {
    return key in this.#own || key in this.#english;
  }

  /** The text of `key`, with its placeholders filled. */
  text(key: Key, values: Values = {}): string {
    return this.fill(this.#raw(key), values);
  }

  /** The text of a plural family; `count` also fills {count}. */
  plural(family: PluralKey, count: number, values: Values = {}): string {
    return this.fill(this.#rawPlural(family, count), { count, ...values });
  }

  /** The text of a key that was put together at run time; ask `has` first. */
  lookup(key: string, values: Values): string {
    return this.fill(this.#raw(key), values);
  }

  /** A sentence in pieces, for placeholders that are elements: [text, name, text, name, …, text]. */
  pieces(key: Key): string[] {
    return this.#raw(key).split(/\{(\w+)\}/);
  }

  /** Fill {placeholders}. Numbers are written as the reader writes them; names that run the other way are isolated. */
  fill(raw: string, values: Values): string {
    return raw.replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = values[name];
      if (value === undefined) return whole;
      return typeof value === "number" ? this.#numbers.format(value) : this.#isolate(value);
    });
  }

  #raw(key: string): string {
    return this.#own[key] ?? this.#borrow(this.#english[key] ?? key);
  }

  /** A sentence of English in a page that runs from right to left keeps its own direction. */
  #borrow(text: string): string {
    return this.direction === "rtl" ? `\u2066${text}\u2069` : text;
  }

  #rawPlural(family: string, count: number): string {
    for (const [lang, catalogue] of [
      [this.lang, this.#own],
      ["en", this.#english],
    ] as const) {
      const text = catalogue[`${family}.${new Intl.PluralRules(lang).select(count)}`] ?? catalogue[`${family}.other`];
      if (text !== undefined) return catalogue === this.#own ? text : this.#borrow(text);
    }
    return family;
  }

  #isolate(value: string): string {
    const foreign = this.direction === "ltr" ? HAS_RTL : HAS_LTR;
    return foreign.test(value) ? `\u2068${value}\u2069` : value;
  }
}

let current = new Translator("en", {}, {});

export function setTranslator(translator: Translator): void {
  current = translator;
}

export function translator(): Translator {
  return current;
}

/** The text of `key` in the reader's language. */
export function t(key: Key, values?: Values): string {
  return current.text(key, values);
}

/** The text of a plural family in the reader's language. */
export function tn(family: PluralKey, count: number, values?: Values): string {
  return current.plural(family, count, values);
}

/** The best interface language for this reader: the choice made here, else the browser's first one that there is. */
export function chooseLanguage(chosen: string | null, wanted: readonly string[], offered: readonly string[]): string {
  const candidates = chosen === null ? wanted : [chosen, ...wanted];
  for (const tag of candidates) {
    const match = offered.find((lang) => lang === tag) ?? offered.find((lang) => lang === tag.split("-")[0]);
    if (match !== undefined) return match;
  }
  return "en";
}
