// Puts imported clauses into a text: a new one, or behind what is there.

import * as Y from "yjs";
import { newId } from "../../wire/ids.ts";
import { newNode } from "../model/create.ts";
import { EDIT, type Fields, bracketsOf, mapIn, metaOf, nodesOf, stringIn } from "../model/doc.ts";
import { fragmentOf, plainRuns } from "../model/inline.ts";
import { orderBetween } from "../model/order.ts";
import type { ImportedNode, ImportedText } from "./clauses.ts";

/** Write an import into an empty document. `langs`: the columns; the words go into the first, which is the drafting language. */
export function createFromImport(
  doc: Y.Doc,
  imported: ImportedText,
  langs: readonly string[],
  title: Record<string, string>,
): void {
  doc.transact(() => {
    const meta = metaOf(doc);
    meta.set("title", new Y.Map(Object.entries(title)));
    meta.set("langs", JSON.stringify(langs));
    meta.set("template", "");
    put(doc, imported, langs[0] ?? "", langs);
    translateTitle(doc, imported, langs, title);
    addTitle(doc, imported, langs, title);
  }, EDIT);
}

/** The title's clause in the columns that the file does not have. */
function translateTitle(
  doc: Y.Doc,
  { nodes }: ImportedText,
  [, ...others]: readonly string[],
  title: Record<string, string>,
): void {
  const node = nodes.find(({ kind }) => kind === "title");
  const words = node === undefined ? undefined : mapIn(nodesOf(doc).get(node.id), "text");
  for (const lang of others) words?.set(lang, fragmentOf(plainRuns(title[lang] ?? "")));
}

/** The title's clause, where the file had none. */
function addTitle(doc: Y.Doc, { nodes }: ImportedText, langs: readonly string[], title: Record<string, string>): void {
  if (nodes.some(({ kind }) => kind === "title")) return;
  const first = [...nodesOf(doc).values()].map((fields) => stringIn(fields, "order")).sort()[0] ?? null;
  const text = new Map(langs.map((lang) => [lang, fragmentOf(plainRuns(title[lang] ?? ""))] as const));
  nodesOf(doc).set(newId(), newNode("title", "", orderBetween("", first), text));
}

/** Append an import to a text, in one of its columns; its title, if it has one, becomes a part's. One step of undo. */
export function appendImport(doc: Y.Doc, imported: ImportedText, lang: string): void {
  doc.transact(() => {
    const nodes = imported.nodes.map((node): ImportedNode =>
      node.kind === "title" ? { ...node, kind: "part" } : node,
    );
    put(doc, { ...imported, nodes }, lang, [lang]);
  }, EDIT);
}

function put(doc: Y.Doc, { nodes, brackets }: ImportedText, lang: string, langs: readonly string[]): void {
  const last = new Map<string, string>();
  const tops = [...nodesOf(doc).values()].filter((fields) => stringIn(fields, "parent") === "");
  last.set(
    "",
    tops
      .map((fields) => stringIn(fields, "order"))
      .sort()
      .at(-1) ?? "",
  );
  for (const { id, kind, parent, runs } of nodes) {
    const order = orderBetween(last.get(parent) ?? "", null);
    last.set(parent, order);
    const text = new Map(langs.map((each) => [each, fragmentOf(each === lang ? runs : [])] as const));
    nodesOf(doc).set(id, newNode(kind, parent, order, text));
  }
  for (const { id, by, at, reason, whole, options } of brackets) {
    let order = "";
    const fields = options.map((option): [string, Fields] => {
      order = orderBetween(order, null);
      return [option.id, mapOf({ by: option.by, order, kind: option.kind, from: JSON.stringify(option.from) })];
    });
    bracketsOf(doc).set(id, mapOf({ by, at, reason, whole, options: new Y.Map(fields) }));
  }
}

function mapOf(values: Record<string, unknown>): Fields {
  return new Y.Map(Object.entries(values));
}
