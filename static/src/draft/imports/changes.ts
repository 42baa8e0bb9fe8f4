// What somebody recorded in Word: taken as done, or kept for brackets.

import type { ReadParagraph, ReadRun } from "./read.ts";

/** All recorded changes accepted: deletions are gone, insertions are words like others. */
export function accepted(paragraphs: readonly ReadParagraph[]): ReadParagraph[] {
  const result: ReadParagraph[] = [];
  let waiting: ReadRun[] = [];
  for (const paragraph of paragraphs) {
    const runs = [...waiting, ...acceptedRuns(paragraph.runs)];
    waiting = [];
    const emptied = runs.length === 0 && paragraph.runs.length > 0;
    if (paragraph.endDeleted) waiting = runs;
    else if (!emptied) result.push({ ...paragraph, runs });
  }
  const last = result.at(-1);
  if (waiting.length > 0 && last !== undefined) last.runs.push(...waiting); // the last end of all can not be deleted
  return result;
}

/** Runs without deletions, and with insertions as what they would be. */
export function acceptedRuns(runs: readonly ReadRun[]): ReadRun[] {
  return runs.filter(({ change }) => change?.op !== "deleted").map((run) => ({ ...run, change: null }));
}
