// The part of a room's record that the page holds: a run of entries, oldest first, never more than MAX_ENTRIES of them.
//
// A window is attached when it reaches the record's end (`newer` is false): then new entries are added to it. When
// the reader has gone far up, its end is cut off and it is detached; new entries then only become reachable again by
// loading forward. Messages that wait to be sent have no number and stand last.

import type { Entry, Id } from "../../member/api.ts";

export const MAX_ENTRIES = 300;
/** Attached windows may grow by this much before they are cut, so that not every new entry cuts one. */
const SLACK = 40;

export interface RecordWindow {
  readonly entries: readonly Entry[];
  /** There is more before the first entry. */
  readonly older: boolean;
  /** There is more after the last entry. */
  readonly newer: boolean;
}

/** Identity of an entry across corrections and sending. */
export function keyOf(entry: Entry): string {
  return entry.kind === "message" ? entry.item : `#${entry.number}`;
}

function compare(a: Entry, b: Entry): number {
  if (a.number !== null && b.number !== null) return a.number - b.number;
  if (a.number === null && b.number === null) return a.at_ms - b.at_ms;
  return a.number === null ? 1 : -1;
}

function merge(old: readonly Entry[], fresh: readonly Entry[]): Entry[] {
  const byKey = new Map(old.map((entry) => [keyOf(entry), entry]));
  for (const entry of fresh) byKey.set(keyOf(entry), entry);
  return [...byKey.values()].sort(compare);
}

function numbered(entries: readonly Entry[]): number[] {
  return entries.flatMap((entry) => (entry.number === null ? [] : [entry.number]));
}

/** Where the window begins and ends in the record's numbers; null if nothing in it has a number. */
export function span(window: RecordWindow): { first: number; last: number } | null {
  const numbers = numbered(window.entries);
  const first = numbers[0];
  const last = numbers.at(-1);
  return first === undefined || last === undefined ? null : { first, last };
}

/** Cut the window to its newest or oldest entries. */
export function trim(window: RecordWindow, keep: "newest" | "oldest", max = MAX_ENTRIES): RecordWindow {
  if (window.entries.length <= max) return window;
  if (keep === "newest") return { ...window, entries: window.entries.slice(-max), older: true };
  return { ...window, entries: window.entries.slice(0, max), newer: true };
}

/** Put an older page in front; what no longer fits is cut off at the end. */
export function prepend(window: RecordWindow, page: readonly Entry[], more: boolean): RecordWindow {
  return trim({ ...window, entries: merge(window.entries, page), older: more }, "oldest");
}

/** Put a newer page behind; what no longer fits is cut off at the beginning. */
export function append(window: RecordWindow, page: readonly Entry[], more: boolean): RecordWindow {
  return trim({ ...window, entries: merge(window.entries, page), newer: more }, "newest");
}

function fits(window: RecordWindow, entry: Entry, known: ReadonlySet<string>): boolean {
  if (known.has(keyOf(entry))) return true;
  const reach = span(window);
  if (entry.number === null || reach === null) return !window.newer;
  if (entry.number > reach.last) return !window.newer;
  return entry.number >= reach.first || !window.older;
}

/**
 * Take in what changed in the record.
 *
 * @param removed keys of messages that are gone, such as an unsent one that was discarded.
 * @param keep which end stays when the window grows too long: "newest" while the reader is at the end.
 */
export function change(
  window: RecordWindow,
  changed: readonly Entry[],
  removed: readonly Id[],
  keep: "newest" | "oldest",
): RecordWindow {
  const known = new Set(window.entries.map(keyOf));
  const gone = new Set(removed);
  const fresh = changed.filter((entry) => fits(window, entry, known));
  if (fresh.length === 0 && !removed.some((id) => known.has(id))) return window;
  const entries = merge(window.entries, fresh).filter((entry) => !gone.has(keyOf(entry)));
  const grown = { ...window, entries };
  return entries.length > MAX_ENTRIES + SLACK ? trim(grown, keep) : grown;
}
