// A clause cut at its brackets, so that a translation gets the same brackets around the same pieces.

import type { BracketMark, Run } from "../../wire/drafts/text.ts";
import { runsOf } from "./fragments.ts";
import { wordsOf } from "./options.ts";

/** Consecutive runs in the same brackets. */
export interface Segment {
  brackets: readonly BracketMark[];
  runs: readonly Run[];
  words: string;
}

/** The pieces of a clause; a clause without words is one empty piece. */
export function segmentsOf(runs: readonly Run[]): Segment[] {
  const pieces: { brackets: readonly BracketMark[]; runs: Run[] }[] = [];
  for (const run of runs) {
    const last = pieces.at(-1);
    if (last !== undefined && keyOf(last.brackets) === keyOf(run.brackets)) last.runs.push(run);
    else pieces.push({ brackets: run.brackets, runs: [run] });
  }
  if (pieces.length === 0) pieces.push({ brackets: [], runs: [] });
  return pieces.map((piece) => ({ ...piece, words: wordsOf(piece.runs) }));
}

function keyOf(brackets: readonly BracketMark[]): string {
  return brackets.map((mark) => mark.join(".")).join(" ");
}

/** The words that a translation has for each piece of its source, where it is cut alike; else all in the first one. */
export function wordsBySegment(source: readonly Segment[], translation: readonly Run[]): string[] {
  const own = segmentsOf(translation);
  const keys = (segments: readonly Segment[]): string => segments.map(({ brackets }) => keyOf(brackets)).join("|");
  if (keys(own) === keys(source)) return own.map(({ words }) => words);
  return source.map((_, at) => (at === 0 ? wordsOf(translation) : ""));
}

/**
 * Runs of a translation, in the brackets of the source. A piece that reads as it did keeps its emphasis, citations and
 * footnotes; a new one has none.
 */
export function translatedRuns(source: readonly Segment[], words: readonly string[], before: readonly Run[]): Run[] {
  const old = segmentsOf(before);
  return source.flatMap(({ brackets }, at) => {
    const wanted = words[at] ?? "";
    const kept = old.find((each) => each.words === wanted && keyOf(each.brackets) === keyOf(brackets));
    return kept === undefined ? runsOf(wanted).map((run) => ({ ...run, brackets })) : [...kept.runs];
  });
}
