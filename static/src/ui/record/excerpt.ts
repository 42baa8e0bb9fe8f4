// The part of a text in which something was found.

import { fold } from "../shell/match.ts";

export interface Piece {
  text: string;
  found: boolean;
}

const BEFORE = 40;
const LENGTH = 180;

/** Folded text with, for each of its characters, where it came from: folding changes lengths. */
function folded(text: string): { text: string; from: number[] } {
  let out = "";
  const from: number[] = [];
  let at = 0;
  for (const character of text) {
    const piece = fold(character);
    out += piece;
    for (let index = 0; index < piece.length; index += 1) from.push(at);
    at += character.length;
  }
  from.push(text.length);
  return { text: out, from };
}

/** An excerpt around the first occurrence of one of the query's words, with all occurrences marked. */
export function excerpt(text: string, query: string): Piece[] {
  const words = query
    .split(/\s+/)
    .map((word) => fold(word))
    .filter((word) => word !== "");
  const { text: whole, from } = folded(text);
  const hits: [number, number][] = [];
  for (const word of words) {
    for (let at = whole.indexOf(word); at !== -1; at = whole.indexOf(word, at + word.length)) {
      const start = from[at] ?? 0;
      // Up to the beginning of the next character of the original.
      const end =
        from.slice(at + word.length).find((place) => place > (from[at + word.length - 1] ?? 0)) ?? text.length;
      hits.push([start, end]);
    }
  }
  hits.sort((a, b) => a[0] - b[0]);
  const first = hits[0]?.[0] ?? 0;
  const begin = first > BEFORE * 2 ? first - BEFORE : 0;
  const stop = Math.min(text.length, begin + LENGTH);
  return cut(text, hits, begin, stop);
}

function cut(text: string, hits: readonly [number, number][], begin: number, stop: number): Piece[] {
  const pieces: Piece[] = begin > 0 ? [{ text: "…", found: false }] : [];
  let at = begin;
  for (const [start, end] of hits) {
    if (start < at || end > stop) continue;
    if (start > at) pieces.push({ text: text.slice(at, start), found: false });
    pieces.push({ text: text.slice(start, end), found: true });
    at = end;
  }
  if (at < stop) pieces.push({ text: text.slice(at, stop), found: false });
  if (stop < text.length) pieces.push({ text: "…", found: false });
  return pieces;
}
