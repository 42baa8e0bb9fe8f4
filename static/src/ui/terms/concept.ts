// A concept as it stands in a file: what CSV, TBX and the room's terms have in common.

import type { TermStatus as Status, TermWord as Word } from "../../member/api.ts";

export type { Status, Word };
export const STATUSES = ["preferred", "admitted", "forbidden", "keep"] as const satisfies readonly Status[];

/** Longest word or note, in characters; the same limit as portal/translation/exchange.py. */
export const LONGEST_CELL = 2000;
/** Each term is an item of the room's record. */
export const MOST_CONCEPTS = 1000;

export interface Concept {
  /** By what the file calls it: the term's id where the portal wrote the file. */
  name: string | null;
  words: Word[];
  note: string;
}

/** What is wrong with a file; `kind` names the sentence (catalogue key terms.fault.<kind>). */
export class ExchangeFault extends Error {
  readonly kind: "encoding" | "header" | "quote" | "status" | "long" | "xml" | "entities" | "deep" | "empty" | "many" | "large";
  readonly values: Readonly<Record<string, string | number>>;

  constructor(kind: ExchangeFault["kind"], values: ExchangeFault["values"] = {}) {
    super(kind);
    this.kind = kind;
    this.values = values;
  }
}

/** Words without those that say the same twice; what was said first counts. */
export function distinct(words: readonly Word[]): Word[] {
  const known = new Map<string, Word>();
  for (const word of words) {
    const name = `${word.lang} ${word.text}`;
    if (!known.has(name)) known.set(name, word);
  }
  return [...known.values()];
}
