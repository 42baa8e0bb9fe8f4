// The record's window and rows: what is kept while entries come and go on both sides.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Entry, MessageEntry } from "../../src/member/api.ts";
import { lastOwn, layOut } from "../../src/ui/record/rows.ts";
import {
  MAX_ENTRIES,
  type RecordWindow,
  append,
  change,
  keyOf,
  prepend,
  span,
  trim,
} from "../../src/ui/record/window.ts";

function message(number: number | null, more: Partial<MessageEntry> = {}): MessageEntry {
  return {
    kind: "message", item: `item ${number ?? "unsent"}`, number, account: "a", device: "d", at_ms: (number ?? 9e6) * 1000,
    text: "", lang: "en", reply: null, mentions: [], files: [], earlier: [], withdrawn: null, reactions: [],
    sending: number === null ? "waiting" : "sent", failure: null, translations: [], differ: false, ...more,
  }; // prettier-ignore
}

function run(first: number, last: number): Entry[] {
  return Array.from({ length: last - first + 1 }, (_, index) => message(first + index));
}

function numbers(window: RecordWindow): (number | null)[] {
  return window.entries.map((entry) => entry.number);
}

const attached: RecordWindow = { entries: run(10, 12), older: true, newer: false };
const detached: RecordWindow = { entries: run(10, 12), older: true, newer: true };

test("a new entry is added at the end of an attached window, and not to a detached one", () => {
  assert.deepEqual(numbers(change(attached, [message(13)], [], "newest")), [10, 11, 12, 13]);
  assert.equal(change(detached, [message(13)], [], "newest"), detached);
});

test("an entry before a window that does not reach the beginning is left out", () => {
  assert.equal(change(attached, [message(3)], [], "newest"), attached);
  assert.deepEqual(numbers(change({ ...attached, older: false }, [message(3)], [], "newest")), [3, 10, 11, 12]);
});

test("a corrected entry takes the place of the one it corrects, in detached windows too", () => {
  const window = change(detached, [message(11, { text: "mended" })], [], "newest");
  assert.equal((window.entries[1] as MessageEntry).text, "mended");
  assert.equal(window.entries.length, 3);
});

test("an unsent message stands last and moves to its number when it was sent", () => {
  const waiting = change(attached, [message(null, { item: "mine" })], [], "newest");
  assert.deepEqual(numbers(waiting), [10, 11, 12, null]);
  const sent = change(waiting, [message(13), message(14, { item: "mine" })], [], "newest");
  assert.deepEqual(numbers(sent), [10, 11, 12, 13, 14]);
});

test("a discarded message goes away", () => {
  const waiting = change(attached, [message(null, { item: "mine" })], [], "newest");
  assert.deepEqual(numbers(change(waiting, [], ["mine"], "newest")), [10, 11, 12]);
});

test("an older page in front cuts the end off, a newer one behind cuts the beginning off", () => {
  const full: RecordWindow = { entries: run(1000, 999 + MAX_ENTRIES), older: true, newer: false };
  const back = prepend(full, run(940, 999), true);
  assert.deepEqual([back.entries.length, back.newer, span(back)?.first], [MAX_ENTRIES, true, 940]);
  const forth = append(back, run(940 + MAX_ENTRIES, 999 + MAX_ENTRIES), false);
  assert.deepEqual([forth.entries.length, forth.older, forth.newer], [MAX_ENTRIES, true, false]);
  assert.equal(span(forth)?.last, 999 + MAX_ENTRIES);
});

test("pages that overlap are joined without repeats", () => {
  assert.deepEqual(numbers(prepend(attached, run(8, 11), false)), [8, 9, 10, 11, 12]);
});

test("a window of 10,000 arrivals never grows beyond its bound", () => {
  let window: RecordWindow = { entries: [], older: false, newer: false };
  for (let number = 1; number <= 10_000; number += 1) {
    window = change(window, [message(number)], [], "newest");
    assert.ok(window.entries.length <= MAX_ENTRIES + 40);
  }
  assert.equal(span(window)?.last, 10_000);
  assert.equal(window.older, true);
});

test("a reader far up keeps what he reads when the window is cut", () => {
  const window = trim({ entries: run(1, 400), older: false, newer: false }, "oldest");
  assert.deepEqual([span(window)?.first, window.newer], [1, true]);
});

test("events are known by their number, messages by their item", () => {
  const event: Entry = {
    kind: "event",
    number: 4,
    at_ms: 0,
    account: null,
    event: "rotated",
    accounts: [],
    text: null,
  };
  assert.equal(keyOf(event), "#4");
  assert.equal(keyOf(message(4)), "item 4");
});

const DAY = (at_ms: number): string => String(Math.floor(at_ms / 86_400_000));

test("days are separated, and people who go on speaking are not named again", () => {
  const entries = [
    message(1, { at_ms: 0 }),
    message(2, { at_ms: 60_000 }),
    message(3, { at_ms: 61_000, account: "b" }),
    message(4, { at_ms: 400_000, account: "b" }),
    message(5, { at_ms: 86_400_000, account: "b" }),
  ];
  const rows = layOut(entries, null, "me", DAY);
  const shape = rows.map((row) => (row.kind === "entry" ? (row.heads ? "heads" : "goes on") : row.kind));
  assert.deepEqual(shape, ["day", "heads", "goes on", "heads", "heads", "day", "heads"]);
});

test("the unread line stands above the first unread entry of somebody else", () => {
  const entries = [message(1), message(2, { account: "me" }), message(3), message(4)];
  const rows = layOut(entries, 1, "me", () => "today");
  assert.deepEqual(
    rows.map((row) => row.key),
    ["day today item 1", "item 1", "item 2", "unread", "item 3", "item 4"],
  );
  assert.ok(!layOut(entries, 4, "me", () => "today").some((row) => row.kind === "unread"));
});

test("the last own message that stands is the one to correct", () => {
  const withdrawn = { at_ms: 0, reason: null };
  const entries = [
    message(1, { account: "me" }),
    message(2, { account: "me", withdrawn }),
    message(null, { account: "me" }),
  ];
  assert.equal(lastOwn(entries, "me")?.number, 1);
  assert.equal(lastOwn(entries, "b"), null);
});

test("keys that were renewed several times in a row are told once, with everybody who did it", () => {
  const rotated = (number: number, account: string | null): Entry => ({
    kind: "event",
    number,
    at_ms: number * 1000,
    account,
    event: "rotated",
    accounts: [],
    text: null,
  });
  const entries = [rotated(1, "a"), rotated(2, null), rotated(3, "b"), rotated(4, "a"), message(5), rotated(6, "a")];
  const rows = layOut(entries, null, "me", () => "today").filter((row) => row.kind === "entry");
  assert.deepEqual(
    rows.map(({ key, last, entry }) => [key, last, entry.kind === "event" ? entry.accounts : null]),
    [
      ["#1", 4, ["a", "b"]],
      ["item 5", 5, null],
      ["#6", 6, []],
    ],
  );
  // Nothing is folded over the end of a day.
  const days = layOut([rotated(1, "a"), rotated(2, "b")], null, "me", (at_ms) => String(at_ms));
  assert.equal(days.filter((row) => row.kind === "entry").length, 2);
});
