// What the editor of one clause can hold: letters, line breaks, signs of footnotes, and their marks.

import { type Mark, type Node, Schema } from "prosemirror-model";
import type { Run } from "../../../wire/drafts/text.ts";
import { type Formats, bracketKey, citeKey, merged } from "../../../draft/model/inline.ts";

/** What says of copied words where they were agreed. */
export const CITED = "data-cited";

/** One clause is one line of text: there is nothing around it. Offsets are those of its text in Yjs. */
export const schema = new Schema({
  nodes: {
    doc: { content: "inline*" },
    text: { group: "inline" },
    br: { group: "inline", inline: true, selectable: false, leafText: () => "\n", toDOM: () => ["br"] },
    note: {
      group: "inline",
      inline: true,
      atom: true,
      attrs: { id: { validate: "string" } },
      leafText: () => "",
      // The style sheet numbers it. Behind an element with nothing in it, Chromium loses what an input method composes.
      toDOM: ({ attrs }) => ["sup", { class: "note-sign", "data-note": String(attrs["id"]) }, ["span"]],
    },
  },
  marks: {
    // Several may stand on the same letters: they nest and overlap.
    bracket: {
      attrs: { id: { validate: "string" }, option: { validate: "string" } },
      excludes: "",
      toDOM: () => ["span", { class: "bracketed" }, 0],
    },
    cite: {
      attrs: { id: { validate: "string" }, source: { validate: "string" } },
      inclusive: false,
      toDOM: ({ attrs }) => ["span", { class: "cited", title: String(attrs["source"]), [CITED]: String(attrs["source"]) }, 0],
    },
    em: { toDOM: () => ["em", 0] },
    strong: { toDOM: () => ["strong", 0] },
  },
});

const { br, note } = schema.nodes;
const { bracket, cite, em, strong } = schema.marks;

function marksOf(run: Run): Mark[] {
  const marks = run.brackets.map(([id, option]) => bracket.create({ id, option }));
  if (run.cite !== undefined) marks.push(cite.create({ ...run.cite }));
  for (const name of run.marks) marks.push((name === "em" ? em : strong).create());
  return marks;
}

function nodeOf(run: Run): Node {
  const marks = marksOf(run);
  if (run.atom === undefined) return schema.text(run.text, marks);
  return run.atom === "br" ? br.create(null, null, marks) : note.create({ id: run.atom.note }, null, marks);
}

/** The editor's document of a clause's words. */
export function documentOf(runs: readonly Run[]): Node {
  return schema.node("doc", null, runs.map(nodeOf));
}

/** The nodes of runs, to be put into a document. */
export function nodesOfRuns(runs: readonly Run[]): Node[] {
  return runs.map(nodeOf);
}

function runOf(node: Node): Run {
  const names = node.marks.map(({ type }) => type.name).filter((name) => name === "em" || name === "strong");
  const held = node.marks.filter(({ type }) => type === bracket);
  const brackets = held.map(({ attrs }) => [String(attrs["id"]), String(attrs["option"])] as const);
  brackets.sort(([a, x], [b, y]) => (a < b || (a === b && x < y) ? -1 : 1));
  const citation = node.marks.find(({ type }) => type === cite)?.attrs as { id: string; source: string } | undefined;
  const marks = { marks: names.sort(), brackets, ...(citation === undefined ? {} : { cite: { ...citation } }) };
  if (node.isText) return { text: node.text ?? "", ...marks };
  return { text: "", ...marks, atom: node.type === br ? "br" : { note: String(node.attrs["id"]) } };
}

/** The words of a document, or of a piece of one. */
export function runsOfNodes(nodes: Iterable<Node>): Run[] {
  return merged([...nodes].map(runOf));
}

/** The format in Yjs that stands for a mark. */
export function formatOf(mark: Mark): [key: string, value: object] {
  const { type, attrs } = mark;
  if (type === cite) return [citeKey(String(attrs["id"])), { ...attrs }];
  if (type !== bracket) return [type.name, { ...attrs }];
  return [bracketKey(String(attrs["id"]), String(attrs["option"])), { ...attrs }];
}

/** The formats of a node's marks. */
export function formatsOfMarks(marks: readonly Mark[]): Formats {
  return Object.fromEntries(marks.map(formatOf));
}
