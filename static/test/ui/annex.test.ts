// A delegation's private notes on a draft: what is noted on a clause, by whom, and nothing of it lost.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as Y from "yjs";
import {
  type FoundAnnex,
  type Note,
  chosenAnnex,
  isAnnexOf,
  leftNotes,
  newAnnex,
  noteWords,
  notesOn,
  takeOverNote,
  writeNote,
} from "../../src/draft/negotiation/annex.ts";
import { fragmentOfWords } from "../../src/draft/negotiation/fragments.ts";
import { mergedWords, movedCaret } from "../../src/draft/negotiation/typing.ts";
import { newNode } from "../../src/draft/model/create.ts";
import { nodesOf } from "../../src/draft/model/doc.ts";
import { orderBetween } from "../../src/draft/model/order.ts";
import { readText } from "../../src/draft/model/read.ts";
import type { Person, RoomSummary } from "../../src/member/api.ts";
import { colleaguesOf, ownRooms } from "../../src/ui/negotiation/own-rooms.ts";
import { newId } from "../../src/wire/ids.ts";

const id = (letter: string): string => `${letter.repeat(21)}A`;
const [DRAFT, CLAUSE, OTHER, NOTE] = [id("t"), id("c"), id("d"), id("n")];

function annex(client: number): Y.Doc {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, newAnnex(DRAFT, "en", "Private"));
  doc.clientID = client;
  return doc;
}

/** Two colleagues at the same annex, who have not heard of each other yet. */
function two(): [Y.Doc, Y.Doc] {
  const first = annex(1);
  const second = new Y.Doc();
  Y.applyUpdate(second, Y.encodeStateAsUpdate(first));
  second.clientID = 2;
  return [first, second];
}

function meet(first: Y.Doc, second: Y.Doc): void {
  Y.applyUpdate(second, Y.encodeStateAsUpdate(first));
  Y.applyUpdate(first, Y.encodeStateAsUpdate(second));
}

function note(words: string, change: Partial<Note> = {}): Note {
  return { id: newId(), lang: "en", words, clients: [], ...change };
}

const wordsOn = (doc: Y.Doc, clause = CLAUSE): string[] => notesOn(doc, clause).map(({ words }) => words);

/** As clients wrote notes before each had an id of its own. */
function noteOfBefore(doc: Y.Doc, words: string): void {
  nodesOf(doc).set(CLAUSE, newNode("paragraph", "", orderBetween("", null), new Map([["en", fragmentOfWords(words)]])));
}

test("private notes are found by the draft that they are about, and by the clause", () => {
  const doc = annex(1);
  assert.ok(isAnnexOf(doc, DRAFT));
  assert.ok(!isAnnexOf(doc, OTHER));
  writeNote(doc, CLAUSE, note("We can live with may.", { id: NOTE }));
  writeNote(doc, CLAUSE, note("We can live with\nshould.", { id: NOTE }));
  assert.deepEqual(notesOn(doc, CLAUSE), [{ id: NOTE, lang: "en", words: "We can live with\nshould.", clients: [1] }]);
  assert.equal(noteWords(doc, NOTE, "en"), "We can live with\nshould.");
  assert.equal(noteWords(doc, NOTE, "ko"), "");
  assert.deepEqual(notesOn(doc, OTHER), []);
});

test("two colleagues who begin a note on one clause at once both keep their words", () => {
  const [first, second] = two();
  writeNote(first, CLAUSE, note("We can live with may."));
  writeNote(second, CLAUSE, note("Never without inspectors."));
  meet(first, second);
  assert.deepEqual(wordsOn(first).sort(), ["Never without inspectors.", "We can live with may."]);
  assert.deepEqual(notesOn(second, CLAUSE), notesOn(first, CLAUSE), "in the same order for both");
  const clients = new Map(notesOn(first, CLAUSE).map(({ words, clients: by }) => [words, by]));
  assert.deepEqual(clients.get("We can live with may."), [1]);
  assert.deepEqual(clients.get("Never without inspectors."), [2]);
});

test("several at once, in two languages, on two clauses: all of it is there for all", () => {
  const docs = [annex(1), ...Array.from({ length: 3 }, () => new Y.Doc())];
  const all: string[] = [];
  docs.forEach((doc, at) => {
    if (at > 0) Y.applyUpdate(doc, Y.encodeStateAsUpdate(docs[0] as Y.Doc));
  });
  docs.forEach((doc, at) => {
    for (const clause of [CLAUSE, OTHER]) {
      for (const lang of ["en", "ko"]) {
        all.push(`${clause} ${lang} ${at}`);
        writeNote(doc, clause, note(`${clause} ${lang} ${at}`, { lang }));
      }
    }
  });
  for (const a of docs) for (const b of docs) meet(a, b);
  for (const doc of docs) assert.deepEqual([...wordsOn(doc), ...wordsOn(doc, OTHER)].sort(), all.sort());
});

test("a later note stands behind, whoever wrote it, and one that was emptied keeps its place", () => {
  const [first, second] = two();
  writeNote(first, CLAUSE, note("one", { id: NOTE }));
  meet(first, second);
  for (const words of ["two", "three", "four"]) {
    writeNote(second, CLAUSE, note(words));
    meet(first, second);
  }
  writeNote(first, CLAUSE, note("", { id: NOTE }));
  meet(first, second);
  assert.deepEqual(wordsOn(second), ["", "two", "three", "four"]);
  assert.deepEqual(notesOn(second, CLAUSE)[0]?.clients, []);
});

test("notes of before, under the clause's own id, are read and written to", () => {
  const [first, second] = two();
  noteOfBefore(first, "We can live with may.");
  meet(first, second);
  writeNote(second, CLAUSE, note("Never without inspectors."));
  writeNote(first, CLAUSE, note("We could live with may.", { id: CLAUSE }));
  meet(first, second);
  assert.deepEqual(wordsOn(second), ["We could live with may.", "Never without inspectors."]);
});

test("an annex reads as a draft, with every note in it", () => {
  const doc = annex(1);
  writeNote(doc, CLAUSE, note("one"));
  writeNote(doc, OTHER, note("two"));
  const { nodes } = readText(doc);
  assert.deepEqual(nodes.map(({ kind, parent }) => [kind, parent]), [["paragraph", ""], ["paragraph", ""]]);
  assert.deepEqual(nodes.map(({ text }) => text["en"]?.map((run) => run.text).join("")).sort(), ["one", "two"]);
});

test("what stands in another annex is offered until it was taken over as it is now", () => {
  const written = annex(1);
  const other = annex(2);
  writeNote(other, CLAUSE, note("Never without inspectors.", { id: NOTE }));
  noteOfBefore(other, "We can live with may.");
  writeNote(other, CLAUSE, note(" "));
  assert.deepEqual(leftNotes(written, other, CLAUSE).map(({ words }) => words).sort(), [
    "Never without inspectors.",
    "We can live with may.",
  ]);
  for (const left of leftNotes(written, other, CLAUSE)) takeOverNote(written, CLAUSE, left);
  assert.deepEqual(wordsOn(written).sort(), ["Never without inspectors.", "We can live with may."]);
  assert.deepEqual(leftNotes(written, other, CLAUSE), []);
  // Edited where it was taken to: not offered again. Edited where it was taken from: other words, which nobody has yet.
  for (const { id: copy } of notesOn(written, CLAUSE)) writeNote(written, CLAUSE, note("Settled.", { id: copy }));
  assert.deepEqual(leftNotes(written, other, CLAUSE), []);
  writeNote(other, CLAUSE, note("Never without two inspectors.", { id: NOTE }));
  assert.deepEqual(leftNotes(written, other, CLAUSE).map(({ words }) => words), ["Never without two inspectors."]);
  assert.equal(noteWords(other, NOTE, "en"), "Never without two inspectors.", "what is taken over stays where it was");
});

test("words that stand in both already are not offered, but those in another language are", () => {
  const written = annex(1);
  const other = annex(2);
  writeNote(written, CLAUSE, note("may"));
  writeNote(other, CLAUSE, note("may"));
  writeNote(other, CLAUSE, note("may", { lang: "de" }));
  assert.deepEqual(leftNotes(written, other, CLAUSE).map(({ lang }) => lang), ["de"]);
});

const found = (letter: string, created_ms: number | null): FoundAnnex => ({ draft: id(letter), created_ms });

/** Every order in which the same drafts can be seen. */
function permuted<Each>(all: readonly Each[]): Each[][] {
  if (all.length === 0) return [[]];
  return all.flatMap((each, at) => permuted(all.toSpliced(at, 1)).map((rest) => [each, ...rest]));
}

test("colleagues write to the same private notes in whatever order they find them", () => {
  // The oldest has neither the lowest nor the highest id; two are of one millisecond, and 9 comes before 10 as a number.
  const sorted = [found("k", 9), found("A", 10), found("a", 10), found("B", null)];
  const orders = permuted(sorted);
  assert.equal(orders.length, 24);
  for (const order of orders) {
    const before = [...order];
    const { written, others } = chosenAnnex(order);
    assert.deepEqual([written, ...others], sorted);
    assert.deepEqual(order, before, "what was found stays in its order");
  }
});

test("no private notes, and the same ones found twice", () => {
  assert.deepEqual(chosenAnnex([]), { written: null, others: [] });
  const only = found("a", 1);
  assert.deepEqual(chosenAnnex([only, { ...only }]), { written: only, others: [] });
});

test("what was typed is put into words that changed meanwhile", () => {
  assert.equal(mergedWords("may", "we may", "may"), "we may");
  assert.equal(mergedWords("one two", "1 two", "one 2"), "1 2");
  assert.equal(mergedWords("one two", "one 2", "1 two"), "1 2");
  assert.equal(mergedWords("", "mine", "theirs"), "theirsmine");
  // Both write over the same word: neither is lost.
  assert.equal(mergedWords("they shall go", "they may go", "they could go"), "they couldmay go");
  assert.equal(mergedWords("🕊️ and 🕊️", "🕊️ and 🕊️!", "🦅 and 🕊️"), "🦅 and 🕊️!");
});

test("no letter of two units is cut", () => {
  // The first units of both are the same, and of the second pair the last ones.
  assert.equal(mergedWords("\u{1f600}", "\u{1f601}", "\u{1f600}!").isWellFormed(), true);
  assert.equal(mergedWords("\u{1f600}", "\u{1f601}", "\u{1f602}").isWellFormed(), true);
  assert.equal(mergedWords("\u{1f600}", "\u{20200}", "\u{1f602}").isWellFormed(), true);
});

test("a caret stays at its letter while others write", () => {
  assert.equal(movedCaret("may", "we may", 1), 4);
  assert.equal(movedCaret("may go", "may not go", 2), 2);
  assert.equal(movedCaret("they shall go", "they go", 8), 5);
});

const [OURS, THEIRS] = [id("O"), id("T")];
const [KIM, LEE, PARK, WEBER, BOT] = ["k", "l", "p", "w", "b"].map(id) as [string, string, string, string, string];

const PEOPLE = new Map(
  [
    { account: PARK, delegation: OURS },
    { account: KIM, delegation: OURS },
    { account: LEE, delegation: OURS },
    { account: id("x"), delegation: OURS, disabled: true },
    { account: BOT, delegation: OURS, interpreter: {} },
    { account: WEBER, delegation: THEIRS },
  ].map(({ account, delegation, disabled = false, interpreter = null }) => {
    const person = { account, delegation: { id: delegation }, disabled, interpreter };
    return [account, person as unknown as Person];
  }),
);

const inRoom = (room: string, members: string[], change: Partial<RoomSummary> = {}): RoomSummary =>
  ({ room, members, standing: "member", state: "active", ...change }) as unknown as RoomSummary;

test("the room that all colleagues are in is offered first, and none in which anybody else is", () => {
  assert.deepEqual(colleaguesOf(PEOPLE, OURS), [KIM, LEE, PARK]);
  const rooms = [
    inRoom("two", [KIM, LEE]),
    inRoom("with another delegation", [KIM, LEE, PARK, WEBER]),
    inRoom("all", [KIM, LEE, PARK]),
    inRoom("with somebody unknown", [KIM, id("z")]),
    inRoom("put away", [KIM, LEE, PARK], { state: "archived" }),
    inRoom("left", [KIM, LEE, PARK], { standing: "removed" }),
    inRoom("two others", [PARK, KIM]),
  ];
  assert.deepEqual(
    ownRooms(rooms, PEOPLE, OURS).map(({ room, everybody }) => [room.room, everybody]),
    [["all", true], ["two", false], ["two others", false]],
  );
});
