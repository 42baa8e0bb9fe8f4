// What the record shows, line by line: entries with day separators and the line above the first unread one.

import type { Entry, EventEntry, Id, MessageEntry } from "../../member/api.ts";
import { keyOf } from "./window.ts";

export type Row =
  | { kind: "day"; key: string; at_ms: number }
  | { kind: "unread"; key: string }
  | {
      kind: "entry";
      key: string;
      entry: Entry;
      /** Shows who speaks. */
      heads: boolean;
      /** Number of the last entry that this row tells of; null for a message that is not sent yet. */
      last: number | null;
    };

/** Messages of one person within this time stand under one heading. */
const SAME_BREATH_MS = 5 * 60_000;

function continues(entry: Entry, previous: Entry | null): boolean {
  return (
    entry.kind === "message" &&
    previous?.kind === "message" &&
    previous.account === entry.account &&
    entry.reply === null &&
    entry.at_ms - previous.at_ms < SAME_BREATH_MS
  );
}

/** Whether this is a message that the reader has not seen: somebody else's, after `unreadAfter`. */
function isUnread(entry: Entry, unreadAfter: number | null, me: Id): boolean {
  if (unreadAfter === null || entry.kind !== "message" || entry.number === null) return false;
  return entry.number > unreadAfter && entry.account !== me;
}

/** Renewed keys are told once, however many did it one after the other: `entry` with those who did it before. */
function joined(entry: Entry, previous: Row | undefined): EventEntry | null {
  if (entry.kind !== "event" || entry.event !== "rotated") return null;
  if (previous?.kind !== "entry" || previous.entry.kind !== "event" || previous.entry.event !== "rotated") return null;
  const before = previous.entry;
  const accounts = before.accounts.length > 0 ? before.accounts : [before.account];
  const all = [...new Set([...accounts, entry.account])].filter((account) => account !== null);
  return { ...before, account: before.account ?? entry.account, accounts: all };
}

/**
 * Lay the entries out as rows.
 *
 * @param unreadAfter the unread line goes above the first message of somebody else after this number; null for no line.
 * @param dayKey names the reader's calendar day of a time.
 */
export function layOut(
  entries: readonly Entry[],
  unreadAfter: number | null,
  me: Id,
  dayKey: (at_ms: number) => string,
): Row[] {
  const rows: Row[] = [];
  let previous: Entry | null = null;
  let today = "";
  let marked = false;
  for (const entry of entries) {
    const date = dayKey(entry.at_ms);
    if (date !== today) {
      rows.push({ kind: "day", key: `day ${date} ${keyOf(entry)}`, at_ms: entry.at_ms });
      today = date;
      previous = null;
    }
    if (!marked && isUnread(entry, unreadAfter, me)) {
      rows.push({ kind: "unread", key: "unread" });
      marked = true;
      previous = null;
    }
    const run = joined(entry, rows.at(-1));
    if (run === null) {
      rows.push({ kind: "entry", key: keyOf(entry), entry, heads: !continues(entry, previous), last: entry.number });
    } else {
      rows[rows.length - 1] = { kind: "entry", key: keyOf(run), entry: run, heads: true, last: entry.number };
    }
    previous = entry;
  }
  return rows;
}

/** The newest own message that can still be corrected, for the ↑ key. */
export function lastOwn(entries: readonly Entry[], me: Id): MessageEntry | null {
  const own = entries.findLast(
    (entry) => entry.kind === "message" && entry.account === me && entry.sending === "sent" && entry.withdrawn === null,
  );
  return own?.kind === "message" ? own : null;
}
