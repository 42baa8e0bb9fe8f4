// Citations: set, changed and taken away where they are wanted alone, read in their order, and in every file.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as Y from "yjs";
import { aknOf } from "../../src/draft/exports/akn/akn.ts";
import { htmlOf } from "../../src/draft/exports/html/html.ts";
import { LONGEST_SOURCE, citationAround, citationsIn, sourcesIn } from "../../src/draft/model/citations.ts";
import { createText } from "../../src/draft/model/create.ts";
import { EDIT, metaOf, nodesOf } from "../../src/draft/model/doc.ts";
import { opsOn } from "../../src/draft/model/ops.ts";
import { readText } from "../../src/draft/model/read.ts";
import { CHARTER, manuscript, protocolAfter, protocolBefore } from "./samples.ts";

const WORDS = "The Parties shall refrain from the threat of force.";
const SOURCE = "UN Charter, Article 2(4)";

function draft(): { doc: Y.Doc; node: string; cited: () => [string, string][] } {
  const doc = new Y.Doc();
  const nodes = [{ kind: "paragraph", text: { en: WORDS } }, { kind: "paragraph", text: { en: "𝄞 and more" } }] as const;
  createText(doc, { id: "", nodes }, ["en"], { en: "Pact" });
  const [{ id: node } = { id: "" }] = readText(doc).nodes;
  const cited = (): [string, string][] => {
    const runs = readText(doc).nodes.find(({ id }) => id === node)?.text["en"] ?? [];
    return citationsIn(node, "en", runs).map(({ words, source }) => [words, source]);
  };
  return { doc, node, cited };
}

test("words are cited, cited otherwise, and no longer; brackets and letters inside stay, and undo takes one edit back", () => {
  const { doc, node, cited } = draft();
  const ops = opsOn(doc);
  const undo = new Y.UndoManager([metaOf(doc), nodesOf(doc)], { trackedOrigins: new Set([EDIT]), captureTimeout: 0 });
  const stretch = { node, lang: "en", from: 12, to: 50 };
  ops.bracketSpan([{ ...stretch, from: 18, to: 25 }], { by: "" });
  const id = ops.cite(stretch, `  ${SOURCE} `);
  assert.notEqual(id, null);
  assert.deepEqual(cited(), [["shall refrain from the threat of force", SOURCE]]);
  const { text } = readText(doc).nodes.find((each) => each.id === node)!;
  assert.equal(text["en"]!.filter(({ brackets }) => brackets.length > 0).length, 1);
  ops.cite({ ...stretch, from: 31, to: 41 }, "Another act");
  assert.deepEqual(cited().map(([, source]) => source), [SOURCE, "Another act", SOURCE]);
  undo.undo();
  assert.deepEqual(cited(), [["shall refrain from the threat of force", SOURCE]]);
  ops.cite(stretch, "");
  assert.deepEqual(cited(), []);
  undo.undo();
  assert.equal(cited().length, 1);
});

test("what is no stretch of words is not cited, half a letter is the whole one, and a source has a length", () => {
  const { doc, node } = draft();
  const ops = opsOn(doc);
  assert.equal(ops.cite({ node, lang: "en", from: 4, to: 4 }, SOURCE), null);
  assert.equal(ops.cite({ node, lang: "ko", from: 0, to: 4 }, SOURCE), null);
  assert.equal(ops.cite({ node: "nowhere", lang: "en", from: 0, to: 4 }, SOURCE), null);
  const other = readText(doc).nodes[1]!.id;
  ops.cite({ node: other, lang: "en", from: 1, to: 999 }, "x".repeat(2 * LONGEST_SOURCE));
  const [citation] = citationsIn(other, "en", readText(doc).nodes[1]!.text["en"]!);
  assert.equal(citation?.words, "𝄞 and more");
  assert.equal(citation?.source.length, LONGEST_SOURCE);
  ops.cite({ node: other, lang: "en", from: 0, to: 2 }, `${"x".repeat(LONGEST_SOURCE - 1)}𝄞`);
  const [cut] = citationsIn(other, "en", readText(doc).nodes[1]!.text["en"]!);
  assert.equal(cut?.source, "x".repeat(LONGEST_SOURCE - 1));
});

test("the citation around the cursor is found, and sources are listed once with their clauses", () => {
  const { doc, node } = draft();
  const ops = opsOn(doc);
  const other = readText(doc).nodes[1]!.id;
  ops.cite({ node, lang: "en", from: 12, to: 25 }, SOURCE);
  ops.cite({ node, lang: "en", from: 30, to: 40 }, SOURCE);
  ops.cite({ node: other, lang: "en", from: 3, to: 6 }, "Another act");
  ops.cite({ node: other, lang: "en", from: 7, to: 11 }, SOURCE);
  const document = readText(doc);
  const runs = document.nodes[0]!.text["en"]!;
  assert.equal(citationAround({ node, lang: "en", from: 14, to: 14 }, runs)?.words, "shall refrain");
  assert.equal(citationAround({ node, lang: "en", from: 20, to: 35 }, runs), null);
  assert.deepEqual([...sourcesIn(document, "en")], [[SOURCE, [node, other]], ["Another act", [other]]]);
});

test("what two people cite at once is kept: where both did, all read the same one, and the other when that one goes", () => {
  const { doc, node, cited } = draft();
  const other = new Y.Doc();
  Y.applyUpdate(other, Y.encodeStateAsUpdate(doc));
  opsOn(doc).cite({ node, lang: "en", from: 0, to: 25 }, "One");
  opsOn(other).cite({ node, lang: "en", from: 12, to: 50 }, "Two");
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(other));
  Y.applyUpdate(other, Y.encodeStateAsUpdate(doc));
  assert.deepEqual(readText(doc), readText(other));
  assert.equal(cited().map(([words]) => words).join(""), WORDS.slice(0, 50));
  const found = cited();
  assert.deepEqual(new Set(found.map(([, source]) => source)), new Set(["One", "Two"]));
  opsOn(doc).cite({ node, lang: "en", from: 0, to: 5 }, "");
  assert.deepEqual(cited().map(([, source]) => source), found.map(([, source]) => source));
  opsOn(doc).cite({ node, lang: "en", from: 0, to: 50 }, "");
  assert.deepEqual(cited(), []);
});

test("files say what is cited, and a redline not what was taken out", () => {
  const made = manuscript({ after: protocolAfter() });
  const english = made.columns.find(({ lang }) => lang === "en")!;
  assert.deepEqual(english.citations, [{ words: "confidential.", source: CHARTER }]);
  const html = htmlOf(made);
  assert.match(html, /<h2 lang="en">Agreed language cited<\/h2>/);
  assert.ok(html.includes(`<q>confidential.</q> — <cite dir="auto">${CHARTER}</cite>`));
  assert.ok(aknOf(made, "en", { revisions: [], steps: [] }).includes(`<span title="${CHARTER}"> confidential.</span>`));
  const gone = manuscript({ before: protocolAfter(), after: protocolBefore() });
  assert.deepEqual(gone.columns.flatMap(({ citations }) => citations), []);
});
