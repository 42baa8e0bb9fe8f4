// The tree of clauses: splitting, joining, moving, undoing, by one person and by several at once.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as Y from "yjs";
import { createText } from "../../src/draft/model/create.ts";
import { nodesOf } from "../../src/draft/model/doc.ts";
import { plainText } from "../../src/draft/model/inline.ts";
import { orderBetween } from "../../src/draft/model/order.ts";
import { readText } from "../../src/draft/model/read.ts";
import { TEMPLATES, TEMPLATE_IDS } from "../../src/draft/templates/templates.ts";
import { Writer, exchange, table } from "./people.ts";

test("splitting a bracketed clause leaves both halves in the bracket, and joining gives it back", () => {
  const { writers: [a], nodes: [node = ""] } = table(1, "one two three");
  if (a === undefined) return assert.fail();
  const bracket = a.ops.bracketSpan([{ node, lang: "en", from: 0, to: 13 }], { by: "" });
  const before = a.runs(node);
  const second = a.ops.splitClause(node, "en", 7) ?? "";
  assert.deepEqual([a.words(node), a.words(second)], ["one two", " three"]);
  for (const each of [node, second]) assert.equal(a.runs(each)[0]?.brackets[0]?.[0], bracket);
  assert.deepEqual(a.document.nodes.map(({ id }) => id), [node, second]);
  assert.equal(a.ops.joinClauses(node, second, "en"), 7);
  assert.deepEqual(a.runs(node), before);
  assert.equal(a.document.nodes.length, 1);
});

test("a clause begun in a heading stands under it, before what is there", () => {
  const a = new Writer();
  const under = [{ kind: "paragraph", text: { en: "there" } }] as const;
  createText(a.doc, { id: "test", nodes: [{ kind: "article", text: { en: "Scope" }, under }] }, ["en"], {});
  const [article, there] = a.document.nodes;
  const made = a.ops.splitClause(article?.id ?? "", "en", 5);
  assert.deepEqual(
    a.document.nodes.map(({ id, kind, parent }) => [id, kind, parent]),
    [
      [article?.id, "article", ""],
      [made, "paragraph", article?.id],
      [there?.id, "paragraph", article?.id],
    ],
  );
});

test("undo takes back one's own edits alone", () => {
  const { writers: [a, b], nodes: [node = ""] } = table(2, "text");
  if (a === undefined || b === undefined) return assert.fail();
  a.type(node, 4, " of mine");
  exchange(a, b);
  b.type(node, 0, "Their ");
  exchange(a, b);
  a.undo.undo();
  exchange(a, b);
  assert.deepEqual([a.words(node), b.words(node)], ["Their text", "Their text"]);
  a.undo.redo();
  exchange(a, b);
  assert.equal(b.words(node), "Their text of mine");
});

test("a snapshot is made of a document that no undo holds on to: what was struck is not in it", () => {
  const { writers: [a, b], nodes: [node = ""] } = table(2, "keep SECRETWORD keep");
  if (a === undefined || b === undefined) return assert.fail();
  a.erase(node, 4, 11);
  const clean = new Y.Doc();
  Y.applyUpdate(clean, Y.encodeStateAsUpdate(b.doc));
  Y.applyUpdate(clean, Y.encodeStateAsUpdate(a.doc, Y.encodeStateVector(clean)));
  const holds = (doc: Y.Doc): boolean => Buffer.from(Y.encodeStateAsUpdate(doc)).includes("SECRETWORD");
  assert.ok(holds(a.doc), "the page's own document still has it, for undo");
  assert.ok(!holds(clean));
});

test("a move keeps the clause's id, its words, what is under it, and its place in a bracket", () => {
  const { writers: [a], nodes: [one = "", two = "", three = ""] } = table(1, "one", "two", "three");
  if (a === undefined) return assert.fail();
  const bracket = a.ops.bracketSpan([{ node: two, lang: "en", from: 0, to: 3 }], { by: "" });
  assert.ok(a.ops.moveClause(three, { parent: two, after: null }));
  assert.ok(a.ops.moveClause(two, { parent: "", after: null }));
  assert.deepEqual(a.document.nodes.map(({ id, parent }) => [id, parent]), [[two, ""], [three, two], [one, ""]]);
  assert.equal(a.runs(two)[0]?.brackets[0]?.[0], bracket);
  assert.equal(a.words(three), "three");
});

test("nothing is moved under itself", () => {
  const { writers: [a], nodes: [one = "", two = ""] } = table(1, "one", "two");
  if (a === undefined) return assert.fail();
  assert.ok(a.ops.moveClause(two, { parent: one, after: null }));
  assert.equal(a.ops.moveClause(one, { parent: two, after: null }), false);
  assert.equal(a.ops.moveClause(one, { parent: one, after: null }), false);
});

test("two moves at once that make a circle lose no text, and both people see the same order", () => {
  const { writers: [a, b], nodes: [one = "", two = "", three = ""] } = table(2, "one", "two", "three");
  if (a === undefined || b === undefined) return assert.fail();
  a.ops.moveClause(one, { parent: two, after: null });
  b.ops.moveClause(two, { parent: one, after: null });
  b.ops.moveClause(three, { parent: two, after: null });
  exchange(a, b);
  assert.deepEqual(a.document, b.document);
  const { nodes } = a.document;
  assert.deepEqual(new Set(nodes.map(({ id }) => id)), new Set([one, two, three]));
  const seen = new Set([""]);
  for (const { id, parent } of nodes) {
    assert.ok(seen.has(parent), "a parent stands before what is under it");
    seen.add(id);
  }
  assert.ok(a.ops.moveClause(two, { parent: "", after: null }), "and it can be put right");
  assert.equal(a.document.nodes[0]?.id, two);
});

test("a clause under one that somebody takes out at the same time is kept", () => {
  const { writers: [a, b], nodes: [one = "", two = ""] } = table(2, "one", "two");
  if (a === undefined || b === undefined) return assert.fail();
  a.ops.removeClause(one);
  b.ops.moveClause(two, { parent: one, after: null });
  exchange(a, b);
  assert.deepEqual(a.document, b.document);
  assert.deepEqual(a.document.nodes.map(({ id, parent }) => [id, parent]), [[two, ""]]);
});

test("what stands under a clause that is taken out takes its place, its footnotes go with it", () => {
  const { writers: [a], nodes: [one = "", two = "", three = ""] } = table(1, "one", "two", "three");
  if (a === undefined) return assert.fail();
  a.ops.moveClause(three, { parent: two, after: null });
  a.ops.addNote(two, "en", 1);
  a.ops.removeClause(two);
  assert.deepEqual(a.document.nodes.map(({ id, parent }) => [id, parent]), [[one, ""], [three, ""]]);
});

test("a footnote's sign goes with the words around it", () => {
  const { writers: [a], nodes: [node = ""] } = table(1, "one two");
  if (a === undefined) return assert.fail();
  const note = a.ops.addNote(node, "en", 5) ?? "";
  assert.deepEqual(a.runs(node).map(({ text, atom }) => atom ?? text), ["one t", { note }, "wo"]);
  const second = a.ops.splitClause(node, "en", 3) ?? "";
  assert.equal(a.document.nodes.find(({ id }) => id === note)?.parent, second);
  a.ops.joinClauses(node, second, "en");
  assert.equal(a.document.nodes.find(({ id }) => id === note)?.parent, node);
  assert.deepEqual(a.runs(node).map(({ text, atom }) => atom ?? text), ["one t", { note }, "wo"]);
});

test("other words take the place of a clause's and leave alone what is alike, with what others do there", () => {
  const { writers: [a, b], nodes: [node = ""] } = table(2, "Parties shall report every year.");
  if (a === undefined || b === undefined) return assert.fail();
  const wanted = [{ text: "Parties shall report every month.", marks: [], brackets: [] }];
  b.type(node, 0, "All ");
  a.ops.setWords(node, "en", wanted);
  exchange(a, b);
  assert.equal(a.words(node), "All Parties shall report every month.");
});

test("a new column gives every clause its place; a column that goes keeps its words", () => {
  const { writers: [a], nodes: [node = ""] } = table(1, "words");
  if (a === undefined) return assert.fail();
  a.ops.setLanguages(["en", "ko", "ar"]);
  a.type(node, 0, "말", "ko");
  a.ops.setLanguages(["en"]);
  assert.deepEqual(a.document.meta.langs, ["en"]);
  assert.equal(a.words(node, "ko"), "말");
});

test("there is always a place between two others, and the order is as it was asked for", () => {
  let keys = ["", "z"].map((key) => (key === "" ? orderBetween("", null) : orderBetween(orderBetween("", null), null)));
  for (let count = 0; count < 300; count += 1) {
    const at = count % 2 === 0 ? 0 : (count * 7) % (keys.length - 1);
    const fresh = orderBetween(keys[at] ?? "", keys[at + 1] ?? null);
    keys = [...keys.slice(0, at + 1), fresh, ...keys.slice(at + 1)];
  }
  assert.deepEqual(keys, [...keys].sort());
  assert.equal(new Set(keys).size, keys.length);
  const first = orderBetween("", keys[0] ?? null);
  assert.ok(first < (keys[0] ?? "") && first > "");
});

test("every template has words in English and Korean, and no bracket that is none", () => {
  assert.deepEqual(TEMPLATES.map(({ id }) => id), [...TEMPLATE_IDS]);
  for (const template of TEMPLATES) {
    const doc = new Y.Doc();
    createText(doc, template, ["en", "ko"], { en: "Title", ko: "제목" });
    const { nodes, meta } = readText(doc);
    assert.equal(nodes.length, nodesOf(doc).size);
    assert.equal(meta.template, template.id);
    for (const { kind, text } of nodes) {
      const words = [plainText(text["en"] ?? []), plainText(text["ko"] ?? [])];
      if (kind === "title") assert.deepEqual(words, ["Title", "제목"]);
      else if (template.id !== "empty") assert.ok(words.every((each) => each !== "" && !/[[\]]/.test(each)));
    }
  }
});

test("no edit cuts a letter of two units in half", () => {
  const { writers: [a], nodes: [node = ""] } = table(1, "a\u{1F54A}b");
  if (a === undefined) return assert.fail();
  a.ops.bracketSpan([{ node, lang: "en", from: 2, to: 3 }], { by: "" });
  assert.equal(a.runs(node).find(({ brackets }) => brackets.length > 0)?.text, "\u{1F54A}");
  a.ops.setWords(node, "en", "a\u{1F54B}b");
  assert.equal(a.words(node), "a\u{1F54B}b");
  a.ops.addNote(node, "en", 2);
  const second = a.ops.splitClause(node, "en", 2) ?? "";
  assert.deepEqual([a.words(node), a.words(second)], ["a", "\u{1F54B}b"]);
});
