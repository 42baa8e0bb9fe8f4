// A new text, from a template.

import * as Y from "yjs";
import { newId } from "../../wire/ids.ts";
import type { NodeKind } from "../../wire/drafts/text.ts";
import { EDIT, type Fields, metaOf, nodesOf } from "./doc.ts";
import { fragmentOf, plainRuns } from "./inline.ts";
import { orderBetween } from "./order.ts";

/** A clause of a template with its words by language, and those under it. */
export interface TemplateNode {
  kind: NodeKind;
  text: Readonly<Record<string, string>>;
  under?: readonly TemplateNode[];
}

export interface Template {
  id: string;
  nodes: readonly TemplateNode[];
}

/** The fields of a node that is to be put into a document, with a fragment for each language. */
export function newNode(kind: NodeKind, parent: string, order: string, text: ReadonlyMap<string, Y.XmlFragment>): Fields {
  const fields: Fields = new Y.Map();
  const words = new Y.Map<Y.XmlFragment>();
  for (const [lang, fragment] of text) words.set(lang, fragment);
  for (const [name, value] of Object.entries({ kind, parent, order, text: words })) fields.set(name, value);
  return fields;
}

/**
 * Write a template into an empty document.
 *
 * @param langs columns (BCP 47), the drafting language first; one that the template does not have begins empty.
 * @param title by language; replaces the template's in its node of kind "title" as well.
 */
export function createText(doc: Y.Doc, template: Template, langs: readonly string[], title: Record<string, string>): void {
  doc.transact(() => {
    const meta = metaOf(doc);
    meta.set("title", new Y.Map(Object.entries(title)));
    meta.set("langs", JSON.stringify(langs));
    meta.set("template", template.id);
    addAll(doc, template.nodes, "", langs, title);
  }, EDIT);
}

function addAll(
  doc: Y.Doc,
  nodes: readonly TemplateNode[],
  parent: string,
  langs: readonly string[],
  title: Record<string, string>,
): void {
  let order = "";
  for (const node of nodes) {
    const id = newId();
    order = orderBetween(order, null);
    const words = (lang: string): string => (node.kind === "title" ? title[lang] : undefined) ?? node.text[lang] ?? "";
    const text = new Map(langs.map((lang) => [lang, fragmentOf(plainRuns(words(lang)))] as const));
    nodesOf(doc).set(id, newNode(node.kind, parent, order, text));
    addAll(doc, node.under ?? [], id, langs, title);
  }
}
