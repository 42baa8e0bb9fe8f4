// A concept as it stands in a file: what CSV, TBX and the room's terms have in common.

import type { TermStatus as Status, TermWord as Word } from "../../member/api.ts";

export type { Status, Word };
export const STATUSES = ["preferred", "admitted", "forbidden", "keep"] as const satisfies readonly Status[];

/** What a term of a room can hold, in characters and words. */
export const LONGEST_WORD = 500;
export const LONGEST_NOTE = 2000;
export const MOST_WORDS = 64;
/** Each term is an item of the room's record. */
export const MOST_CONCEPTS = 1000;

export interface Concept {
  /** By what the file calls it: the term's id where the portal wrote the file. */
  name: string | null;
  words: Word[];
  note: string;
}

type Kind =
  | "encoding" // of no known encoding
  | "large" // too many bytes
  | "tooMany" // too many concepts
  | "empty" // no concept
  | "header" // a table whose first line names no language
  | "quote" // a quoted cell without an end
  | "status" // a status that there is not
  | "xml" // not well-formed
  | "entities" // declares entities
  | "deep" // nested too deep
  | "longWord" // a word that no term can hold
  | "longNote" // a note that no term can hold
  | "words"; // more words than a term can hold

/** What is wrong with a file; `kind` names the sentence (catalogue key terms.fault.<kind>). */
export class ExchangeFault extends Error {
  readonly kind: Kind;
  readonly values: Readonly<Record<string, string | number>>;

  constructor(kind: Kind, values: ExchangeFault["values"] = {}) {
    super(kind);
    this.kind = kind;
    this.values = values;
  }
}

/** The concept, if a term can hold it; else ExchangeFault. */
export function holdable(concept: Concept): Concept {
  const long = concept.words.find(({ text }) => [...text].length > LONGEST_WORD)?.text;
  const begin = (text: string): string => [...text].slice(0, 40).join("");
  if (long !== undefined) throw new ExchangeFault("longWord", { word: begin(long), most: LONGEST_WORD });
  const first = concept.words[0]?.text ?? "";
  if (concept.words.length > MOST_WORDS) throw new ExchangeFault("words", { word: begin(first), most: MOST_WORDS });
  if ([...concept.note].length > LONGEST_NOTE) {
    throw new ExchangeFault("longNote", { word: begin(first), most: LONGEST_NOTE });
  }
  return concept;
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
