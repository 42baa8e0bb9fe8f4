// Reading a text that somebody has filled with what does not belong there.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as Y from "yjs";
import { fragmentOf } from "../../src/draft/model/inline.ts";
import { readText } from "../../src/draft/model/read.ts";
import { documentHash } from "../../src/wire/drafts/clauses.ts";
import { growsAsItsSize } from "../growth.ts";

/** Ids of 22 letters that differ in the first. */
const id = (letter: string): string => letter.padEnd(22, "A");

test("what is not of its type reads as nothing, and the document can still be hashed", () => {
  const doc = new Y.Doc();
  doc.getMap("meta").set("langs", "not json");
  doc.getMap("meta").set("title", 7);
  const nodes = doc.getMap("nodes");
  nodes.set(id("m"), "no map");
  nodes.set("", new Y.Map([["parent", ""]]));
  nodes.set("__proto__", new Y.Map([["parent", ""]]));
  nodes.set("n2", new Y.Map([["parent", ""]]));
  nodes.set(id("n"), new Y.Map<unknown>(Object.entries({ kind: "poem", parent: 5, order: 1.5, text: "none" })));
  const bracket = new Y.Map<unknown>(Object.entries({ by: 1, at: 1.5, reason: {}, whole: 1, options: new Y.Map([[id("o"), 3]]) }));
  doc.getMap("brackets").set(id("b"), bracket);
  doc.getMap("brackets").set(id("c"), [1]);
  const options = new Y.Map([[id("o"), new Y.Map<unknown>(Object.entries({ kind: "x", from: '[1, {"delegation": 2}, {"delegation": "d", "proposal": "p", "x": 1}]' }))]]);
  doc.getMap("brackets").set(id("d"), new Y.Map<unknown>([["options", options]]));
  const document = readText(doc);
  const option = { id: id("o"), by: "", kind: "text", from: [{ delegation: "d", proposal: "p" }] };
  assert.deepEqual(document, {
    meta: { title: {}, langs: [], template: "" },
    nodes: [{ id: id("n"), kind: "paragraph", parent: "", order: "", text: {} }],
    brackets: [
      { id: id("b"), by: "", at: 0, reason: "", whole: false, options: [] },
      { id: id("d"), by: "", at: 0, reason: "", whole: false, options: [option] },
    ],
  });
  assert.equal(documentHash(document).length, 32);
});

test("marks and embeds that are not known take no words away", () => {
  const doc = new Y.Doc();
  const fragment = fragmentOf([]);
  const fields = new Y.Map<unknown>([["text", new Y.Map<unknown>([["en", fragment]])]]);
  doc.getMap("nodes").set(id("n"), fields);
  const paragraph = fragment.get(0) as Y.XmlElement;
  const text = paragraph.get(0) as Y.XmlText;
  text.insert(0, "all of this", { blink: {}, "bracket--x": { id: 3 }, "bracket--y.z": { id: id("y"), option: id("z") } });
  text.insertEmbed(3, { picture: "p" });
  fragment.insert(1, [new Y.XmlText("and this")]);
  const [node] = readText(doc).nodes;
  assert.deepEqual(node?.text["en"], [
    { text: "all of this", marks: [], brackets: [[id("y"), id("z")]] },
    { text: " and this", marks: [], brackets: [] },
  ]);
});

test("clauses that nest without end are read at a cost in proportion, and the same whichever comes first", () => {
  const reading = (count: number) => {
    const { doc } = nested(count);
    return (): void => void readText(doc);
  };
  assert.ok(growsAsItsSize(reading, 2000));
  const { doc, ids } = nested(8000);
  const { nodes } = readText(doc);
  assert.equal(nodes.length, ids.length);
  assert.equal(nodes.filter(({ parent }) => parent === "").length, Math.ceil(ids.length / 65));
});

/** A draft of `count` clauses, each in the one before. */
function nested(count: number): { doc: Y.Doc; ids: readonly string[] } {
  const doc = new Y.Doc();
  const ids = Array.from({ length: count }, (_, at) => `${at.toString(36).padStart(6, "0")}`.padEnd(22, "A"));
  doc.transact(() => {
    ids.forEach((each, at) => {
      const fields = Object.entries({ kind: "point", parent: ids[at - 1] ?? "", order: "a" });
      doc.getMap("nodes").set(each, new Y.Map<unknown>(fields));
    });
  });
  return { doc, ids };
}
