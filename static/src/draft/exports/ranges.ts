// Where comments begin and end among the pieces of a clause.

import type { Piece } from "../redline/redline.ts";

/** A piece, or the beginning or end of what a comment is about. */
export type Spot = { t: "piece"; piece: Piece } | { t: "from" | "to"; comment: number };

export interface Anchored {
  /** The comment, by whatever number the caller has for it. */
  comment: number;
  quote: string;
}

/** The pieces with the ends of each comment's words among them; words that are gone stand for the whole clause. */
export function withRanges(pieces: readonly Piece[], comments: readonly Anchored[]): Spot[] {
  const text = pieces.map(textOf).join("");
  const marks = comments.map(({ comment, quote }) => {
    const found = quote === "" ? -1 : text.indexOf(quote);
    return found === -1 ? { comment, from: 0, to: text.length } : { comment, from: found, to: found + quote.length };
  });
  const cuts = new Set(marks.flatMap(({ from, to }) => [from, to]));
  const spots: Spot[] = marks.filter(({ from }) => from === 0).map(({ comment }) => ({ t: "from", comment }));
  let at = 0;
  for (const piece of pieces) {
    for (const part of cutAt(piece, at, cuts)) {
      spots.push({ t: "piece", piece: part });
      const length = textOf(part).length;
      at += length;
      if (length > 0) spots.push(...ends(marks, at));
    }
  }
  if (text === "") spots.push(...marks.map(({ comment }): Spot => ({ t: "to", comment })));
  return spots;
}

interface Mark {
  comment: number;
  from: number;
  to: number;
}

/** What ends at this place, then what begins there. */
function ends(marks: readonly Mark[], at: number): Spot[] {
  const ending = marks.filter(({ to }) => to === at).map(({ comment }): Spot => ({ t: "to", comment }));
  const beginning = marks
    .filter(({ from }) => from === at && from > 0)
    .map(({ comment }): Spot => ({ t: "from", comment }));
  return [...ending, ...beginning];
}

/** Only words that are not struck out can be quoted. */
function textOf({ op, atom }: Piece): string {
  return atom.t === "text" && op !== "deleted" ? atom.text : "";
}

function cutAt(piece: Piece, at: number, cuts: ReadonlySet<number>): Piece[] {
  const { op, atom } = piece;
  const text = textOf(piece);
  if (atom.t !== "text" || text === "") return [piece];
  const parts: Piece[] = [];
  let start = 0;
  for (let index = 1; index <= text.length; index++) {
    if (index !== text.length && !cuts.has(at + index)) continue;
    parts.push({ op, atom: { ...atom, text: text.slice(start, index) } });
    start = index;
  }
  return parts;
}
