// The columns of a text, and what it is called in each.

import * as Y from "yjs";
import { ensureFragment } from "./clauses.ts";
import { mapIn, mapsIn, metaOf, nodesOf } from "./doc.ts";

/**
 * Have these columns, the drafting language first. Every clause gets its place for each of them at once, so that two
 * people who begin to write there write into the same one. Words in a language that is no column any more are kept.
 */
export function setLanguages(doc: Y.Doc, langs: readonly string[]): void {
  metaOf(doc).set("langs", JSON.stringify([...new Set(langs)]));
  for (const [node] of mapsIn(nodesOf(doc))) for (const lang of langs) ensureFragment(doc, node, lang);
}

export function setTitle(doc: Y.Doc, lang: string, title: string): void {
  const there = mapIn(metaOf(doc), "title");
  if (there !== undefined) there.set(lang, title);
  else metaOf(doc).set("title", new Y.Map([[lang, title]]));
}
