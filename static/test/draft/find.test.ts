// Finding words in a text and replacing them: what counts as the same word, and what a replacement leaves alone.

import assert from "node:assert/strict";
import { test } from "node:test";
import { findWords, replaceWords } from "../../src/draft/model/find.ts";
import { exchange, table } from "./people.ts";

const KR = "KRKRKRKRKRKRKRKRKRKRKR";
const COMPOSED = "caf\u00e9";
const DECOMPOSED = "cafe\u0301";

test("words are found whatever their case, in order, and none overlap", () => {
  const { writers: [a], nodes: [first = "", second = ""] } = table(1, "Shall, SHALL and shall.", "aaaa");
  if (a === undefined) return assert.fail();
  assert.deepEqual(findWords(a.document, "en", "shall"), [
    { node: first, from: 0, to: 5 },
    { node: first, from: 7, to: 12 },
    { node: first, from: 17, to: 22 },
  ]);
  assert.deepEqual(findWords(a.document, "en", "AA"), [
    { node: second, from: 0, to: 2 },
    { node: second, from: 2, to: 4 },
  ]);
});

test("a letter is found however it is composed, whole or not at all, and replaced whole", () => {
  const { writers: [a], nodes: [node = ""] } = table(1, `${COMPOSED} and ${DECOMPOSED}.`);
  if (a === undefined) return assert.fail();
  const places = [
    { node, from: 0, to: 4 },
    { node, from: 9, to: 14 },
  ];
  for (const query of [COMPOSED, DECOMPOSED, "CAFÉ"]) assert.deepEqual(findWords(a.document, "en", query), places);
  assert.deepEqual(findWords(a.document, "en", "cafe"), [], "the letter would lose its accent");
  replaceWords(a.doc, "en", places, "tea");
  assert.equal(a.words(node), "tea and tea.");
});

test("Greek is found whichever sigma ends a word", () => {
  const { writers: [a] } = table(1, "ΟΔΟΣ and οδος.");
  if (a === undefined) return assert.fail();
  assert.deepEqual(findWords(a.document, "en", "οδοσ").map(({ from }) => from), [0, 9]);
  assert.deepEqual(findWords(a.document, "en", "οδός"), [], "an accent counts");
});

test("Korean is found by syllables, also where they are written in single letters", () => {
  const { writers: [a], nodes: [node = ""] } = table(1, `당사국은 ${"당사국".normalize("NFD")}에 알린다.`);
  if (a === undefined) return assert.fail();
  const places = findWords(a.document, "en", "당사국");
  assert.equal(places.length, 2);
  assert.deepEqual(findWords(a.document, "en", "다"), [{ node, from: a.words(node).length - 2, to: a.words(node).length - 1 }]);
  replaceWords(a.doc, "en", places, "회원국");
  assert.equal(a.words(node), "회원국은 회원국에 알린다.");
});

test("what is found across the edge of a bracket is replaced, and everybody has the same text and bracket", () => {
  const { writers: [a, b], nodes: [node = ""] } = table(2, "Parties shall report yearly.");
  if (a === undefined || b === undefined) return assert.fail();
  const bracket = a.ops.bracketSpan([{ node, lang: "en", from: 8, to: 20 }], { by: KR }) ?? "";
  const places = findWords(a.document, "en", "report yearly");
  assert.deepEqual(places, [{ node, from: 14, to: 27 }]);
  replaceWords(a.doc, "en", places, "tell");
  exchange(a, b);
  assert.deepEqual(b.document, a.document);
  const option = a.document.brackets[0]?.options[0]?.id ?? "";
  assert.deepEqual(
    b.runs(node).map(({ text, brackets }) => [text, brackets]),
    [
      ["Parties ", []],
      ["shall tell", [[bracket, option]]],
      [".", []],
    ],
  );
});

test("nothing to look for and nothing found are no places; an empty replacement strikes the words", () => {
  const { writers: [a], nodes: [node = ""] } = table(1, "Parties shall not report.");
  if (a === undefined) return assert.fail();
  assert.deepEqual(findWords(a.document, "en", ""), []);
  assert.deepEqual(findWords(a.document, "en", "should"), []);
  assert.deepEqual(findWords(a.document, "ko", "shall"), [], "another column");
  replaceWords(a.doc, "en", [], "never");
  assert.equal(a.words(node), "Parties shall not report.");
  replaceWords(a.doc, "en", findWords(a.document, "en", " not"), "");
  assert.equal(a.words(node), "Parties shall report.");
});
