// A text cut where something is to be seen in it: words that a warning is about, sentences in another language.

import type { Span, TranslatedSentence, Warning } from "../../member/api.ts";

/** What is to be seen at a place of a text. */
export interface Place {
  span: Span;
  /** Index of the warning, or "foreign" for words in the language of the original. */
  of: number | "foreign";
}

export interface Piece {
  text: string;
  /** Indices of the warnings that are about these words. */
  warnings: readonly number[];
  foreign: boolean;
}

export interface Numbered extends Warning {
  /** Counted through the whole text. */
  index: number;
}

/** The warnings of all sentences, in the order of the text. */
export function warningsOf(sentences: readonly TranslatedSentence[]): Numbered[] {
  return sentences.flatMap(({ warnings }) => warnings).map((warning, index) => ({ ...warning, index }));
}

/** The places of the warnings in one of the two texts. */
export function placesOf(warnings: readonly Numbered[], side: "source" | "target"): Place[] {
  return warnings.flatMap((warning) => warning[side].map((span) => ({ span, of: warning.index })));
}

/** Cut the part of a text that begins at `from` at the edges of the places. Places may overlap. */
export function cut(part: string, from: number, places: readonly Place[]): Piece[] {
  const edges = new Set([0, part.length]);
  for (const { span } of places) {
    for (const edge of span) if (edge > from && edge < from + part.length) edges.add(edge - from);
  }
  const sorted = [...edges].sort((a, b) => a - b);
  return sorted.slice(0, -1).map((start, index) => {
    const end = sorted[index + 1] ?? part.length;
    const here = places.filter(({ span }) => span[0] < from + end && span[1] > from + start);
    const warnings = here.flatMap(({ of }) => (of === "foreign" ? [] : [of]));
    return { text: part.slice(start, end), warnings, foreign: here.some(({ of }) => of === "foreign") };
  });
}
