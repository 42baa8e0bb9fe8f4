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

/** More places than this are not pointed out in one text. */
export const MOST_PLACES = 200;

/** The warnings of all sentences, in the order of the text. */
export function warningsOf(sentences: readonly TranslatedSentence[]): Numbered[] {
  return sentences.flatMap(({ warnings }) => warnings).map((warning, index) => ({ ...warning, index }));
}

/**
 * The places of one text: words left in the language of the original, and those that the warnings are about. At most
 * MOST_PLACES of them: who has so many to look at reads the original, and an interpreter could name thousands.
 */
export function placesOf(
  warnings: readonly Numbered[],
  side: "source" | "target",
  foreign: readonly Span[] = [],
): Place[] {
  const places: Place[] = foreign.slice(0, MOST_PLACES).map((span) => ({ span, of: "foreign" }));
  for (const warning of warnings) {
    for (const span of warning[side]) {
      if (places.length >= MOST_PLACES) return places;
      places.push({ span, of: warning.index });
    }
  }
  return places;
}

/** Cut the part of a text that begins at `from` at the edges of the places. Places may overlap. */
export function cut(part: string, from: number, places: readonly Place[]): Piece[] {
  const end = from + part.length;
  const here = places.filter(({ span }) => span[0] < span[1] && span[0] < end && span[1] > from);
  const edges = new Map<number, { opens: Place[]; closes: Place[] }>();
  const edgeAt = (at: number) => {
    const edge = edges.get(at) ?? { opens: [], closes: [] };
    edges.set(at, edge);
    return edge;
  };
  for (const place of here) {
    edgeAt(Math.max(place.span[0], from)).opens.push(place);
    edgeAt(Math.min(place.span[1], end)).closes.push(place);
  }
  edgeAt(from);
  edgeAt(end);
  const sorted = [...edges].sort(([a], [b]) => a - b);
  const open = new Set<Place>();
  const pieces: Piece[] = [];
  for (const [index, [at, { opens, closes }]] of sorted.entries()) {
    for (const place of closes) open.delete(place);
    for (const place of opens) open.add(place);
    const next = sorted[index + 1]?.[0];
    if (next !== undefined) pieces.push(pieceOf(part.slice(at - from, next - from), open));
  }
  return pieces;
}

function pieceOf(text: string, open: ReadonlySet<Place>): Piece {
  const all = [...open].map(({ of }) => of);
  return { text, warnings: all.filter((of) => of !== "foreign"), foreign: all.includes("foreign") };
}
