// Brackets: how they nest, what they keep apart, what several people do to them at once.

import assert from "node:assert/strict";
import { test } from "node:test";
import { exchange, table } from "./people.ts";

const KR = "KRKRKRKRKRKRKRKRKRKRKR";
const ZA = "ZAZAZAZAZAZAZAZAZAZAZA";

function plain(words: string): { text: string; marks: []; brackets: [] }[] {
  return [{ text: words, marks: [], brackets: [] }];
}

test("two options stand side by side, each in its own", () => {
  const { writers: [a], nodes: [node = ""] } = table(1, "Parties shall report.");
  const bracket = a?.ops.bracketSpan([{ node, lang: "en", from: 8, to: 13 }], { by: KR, reason: "too strong" }) ?? "";
  const option = a?.ops.addOption(bracket, { node, words: { en: "should" } }, { by: KR }) ?? "";
  const [first = ""] = a?.document.brackets[0]?.options.map(({ id }) => id) ?? [];
  assert.deepEqual(
    a?.runs(node).map(({ text, brackets }) => [text, brackets]),
    [
      ["Parties ", []],
      ["shall", [[bracket, first]]],
      ["should", [[bracket, option]]],
      [" report.", []],
    ],
  );
  const [read] = a?.document.brackets ?? [];
  assert.deepEqual([read?.by, read?.reason, read?.whole, read?.options.length], [KR, "too strong", false, 2]);
});

test("shouldshall: two people resolve one bracket by editing, each for another word, and the text says neither, never both in one", () => {
  const { writers: [a, b], nodes: [node = ""] } = table(2, "Parties shall report.");
  if (a === undefined || b === undefined) return assert.fail();
  const bracket = a.ops.bracketSpan([{ node, lang: "en", from: 8, to: 13 }], { by: KR }) ?? "";
  const should = a.ops.addOption(bracket, { node, words: { en: "should" } }, { by: KR }) ?? "";
  exchange(a, b);
  const shall = a.document.brackets[0]?.options[0]?.id ?? "";
  // One strikes "should" and takes the bracket off by hand, the other strikes "shall" and does the same.
  a.ops.removeOption(bracket, should);
  b.ops.removeOption(bracket, shall);
  exchange(a, b);
  assert.equal(a.words(node), b.words(node));
  // Both words were struck by somebody: that is what the text says, and never "shouldshall" as if it were agreed.
  assert.equal(a.words(node), "Parties  report.");
  assert.deepEqual(a.document, b.document);
});

test("cleaning one bracket for different options at once loses both words, and undo gives back one's own", () => {
  const { writers: [a, b], nodes: [node = ""] } = table(2, "Parties shall report.");
  if (a === undefined || b === undefined) return assert.fail();
  const bracket = a.ops.bracketSpan([{ node, lang: "en", from: 8, to: 13 }], { by: KR }) ?? "";
  a.ops.addOption(bracket, { node, words: { en: "should" } }, { by: KR });
  exchange(a, b);
  const [shall = "", should = ""] = a.document.brackets[0]?.options.map(({ id }) => id) ?? [];
  // The page never does this: decisions that contradict each other are conflicted, and nothing is cleaned by them.
  a.ops.cleanDecided(new Map([[bracket, shall]]));
  b.ops.cleanDecided(new Map([[bracket, should]]));
  exchange(a, b);
  assert.equal(a.words(node), "Parties  report.");
  assert.equal(a.document.brackets.length, 0);
  a.undo.undo();
  exchange(a, b);
  assert.equal(b.words(node), "Parties should report.", "what a struck is back, what b struck is b's");
});

test("words put into a bracket while somebody else puts it there are inside, at its edges outside", () => {
  const { writers: [a, b], nodes: [node = ""] } = table(2, "Parties shall report annually.");
  if (a === undefined || b === undefined) return assert.fail();
  const bracket = a.ops.bracketSpan([{ node, lang: "en", from: 8, to: 20 }], { by: KR });
  b.type(node, 13, " promptly"); // inside of what the other brackets
  exchange(a, b);
  assert.deepEqual(a.runs(node), b.runs(node));
  const inside = a.runs(node).filter(({ brackets }) => brackets.some(([id]) => id === bracket));
  assert.equal(inside.map(({ text }) => text).join(""), "shall promptly report");
});

test("brackets nest and overlap, and taking one off leaves the other", () => {
  const { writers: [a], nodes: [node = ""] } = table(1, "abcdefghij");
  if (a === undefined) return assert.fail();
  const outer = a.ops.bracketSpan([{ node, lang: "en", from: 1, to: 8 }], { by: KR }) ?? "";
  const inner = a.ops.bracketSpan([{ node, lang: "en", from: 3, to: 5 }], { by: ZA }) ?? "";
  const across = a.ops.bracketSpan([{ node, lang: "en", from: 6, to: 10 }], { by: ZA }) ?? "";
  const marks = a.runs(node).map(({ text, brackets }) => [text, brackets.map(([id]) => id).sort()]);
  const pair = (...ids: string[]): string[] => ids.sort();
  assert.deepEqual(marks, [
    ["a", []],
    ["bc", [outer]],
    ["de", pair(outer, inner)],
    ["f", [outer]],
    ["gh", pair(outer, across)],
    ["ij", [across]],
  ]);
  a.ops.removeBracket(outer);
  assert.deepEqual(
    a.runs(node).map(({ text, brackets }) => [text, brackets.map(([id]) => id)]),
    [
      ["abc", []],
      ["de", [inner]],
      ["f", []],
      ["ghij", [across]],
    ],
  );
});

test("two people bracket overlapping stretches at once, and both brackets stand in both texts", () => {
  const { writers: [a, b], nodes: [node = ""] } = table(2, "abcdefghij");
  if (a === undefined || b === undefined) return assert.fail();
  a.ops.bracketSpan([{ node, lang: "en", from: 0, to: 6 }], { by: KR });
  b.ops.bracketSpan([{ node, lang: "en", from: 4, to: 10 }], { by: ZA });
  exchange(a, b);
  assert.deepEqual(a.document, b.document);
  assert.deepEqual(
    a.runs(node).map(({ text, brackets }) => [text, brackets.length]),
    [
      ["abcd", 1],
      ["ef", 2],
      ["ghij", 1],
    ],
  );
});

test("an option goes into what is around the bracket, and not into what is inside", () => {
  const { writers: [a], nodes: [node = ""] } = table(1, "abcdefghij");
  if (a === undefined) return assert.fail();
  const outer = a.ops.bracketSpan([{ node, lang: "en", from: 0, to: 10 }], { by: KR }) ?? "";
  const middle = a.ops.bracketSpan([{ node, lang: "en", from: 2, to: 8 }], { by: KR }) ?? "";
  const inner = a.ops.bracketSpan([{ node, lang: "en", from: 6, to: 8 }], { by: KR }) ?? "";
  a.ops.addOption(middle, { node, words: { en: "XY" } }, { by: ZA });
  const added = a.runs(node).find(({ text }) => text === "XY");
  assert.deepEqual(new Set(added?.brackets.map(([id]) => id)), new Set([outer, middle]));
  assert.equal(a.words(node), "abcdefghXYij");
  assert.ok(inner);
});

test("a bracket over several clauses is one bracket, and cleaning it for deletion takes all its words", () => {
  const { writers: [a], nodes: [one = "", two = ""] } = table(1, "first clause", "second clause");
  if (a === undefined) return assert.fail();
  const stretches = [
    { node: one, lang: "en", from: 5, to: 12 },
    { node: two, lang: "en", from: 0, to: 7 },
  ];
  const bracket = a.ops.bracketSpan(stretches, { by: KR }) ?? "";
  const gone = a.ops.addOption(bracket, { node: one, words: {} }, { by: ZA, kind: "delete" }) ?? "";
  assert.deepEqual(a.document.brackets[0]?.options.map(({ kind }) => kind), ["text", "delete"]);
  a.ops.cleanDecided(new Map([[bracket, gone]]));
  assert.deepEqual([a.words(one), a.words(two)], ["first", "clause"]);
  assert.equal(a.document.brackets.length, 0);
  a.undo.undo();
  assert.deepEqual([a.words(one), a.words(two)], ["first clause", "second clause"]);
  assert.equal(a.document.brackets[0]?.id, bracket);
});

test("a whole clause bracketed with other words, from a proposal, keeps where they came from", () => {
  const { writers: [a], nodes: [node = ""] } = table(1, "old words");
  const from = [{ delegation: ZA, proposal: "P" }];
  const made = a?.ops.bracketClause(node, { en: "new words" }, { by: ZA, reason: "clearer", from });
  const [bracket] = a?.document.brackets ?? [];
  assert.equal(bracket?.id, made);
  assert.deepEqual(bracket?.options[1], { id: bracket?.options[1]?.id, by: ZA, kind: "text", from });
  assert.equal(a?.words(node), "old wordsnew words");
});

test("the whole text is bracketed without touching a word of it", () => {
  const { writers: [a], nodes: [node = ""] } = table(1, "words");
  const bracket = a?.ops.bracketWhole({ by: KR, reason: "without prejudice" });
  assert.deepEqual(a?.runs(node), plain("words"));
  assert.deepEqual(a?.document.brackets.map(({ id, whole }) => [id, whole]), [[bracket, true]]);
});
