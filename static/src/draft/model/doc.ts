// Where the stream `text` keeps what: shared types by their names, as docs/protocol.md §10 says.

import * as Y from "yjs";
import type { NodeKind } from "../../wire/drafts/text.ts";
import { isId } from "../../wire/ids.ts";

export type Fields = Y.Map<unknown>;

/** Origin of every edit that this person makes; undo takes back these alone. */
export const EDIT = Symbol("edit");

export const NODE_KINDS: readonly NodeKind[] = [
  "title",
  "preamble",
  "part",
  "article",
  "paragraph",
  "point",
  "annex",
  "final",
  "note",
];

export function metaOf(doc: Y.Doc): Fields {
  return doc.getMap("meta");
}

export function nodesOf(doc: Y.Doc): Y.Map<Fields> {
  return doc.getMap("nodes");
}

export function bracketsOf(doc: Y.Doc): Y.Map<Fields> {
  return doc.getMap("brackets");
}

/** A tag of a language as acts name it, too: short ones alone (BCP 47). */
const LANG = /^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}$/;

/** Whether a key can be a language. */
export function isLanguage(key: string): boolean {
  return LANG.test(key);
}

/**
 * The entries of a map that are maps under an id. Anybody who may write could put something else there; it is left out
 * by every reader, in Python as well (portal/member/drafts/reading.py), or their documents would part.
 */
export function mapsIn<T>(map: Y.Map<T> | undefined): [id: string, fields: Fields][] {
  const entries: [string, unknown][] = [...(map ?? [])];
  return entries.filter((entry): entry is [string, Fields] => isId(entry[0]) && entry[1] instanceof Y.Map);
}

/** A field that holds a map; undefined if it does not. */
export function mapIn(fields: Fields | undefined, name: string): Y.Map<unknown> | undefined {
  const value = fields?.get(name);
  return value instanceof Y.Map ? (value as Y.Map<unknown>) : undefined;
}

/** A text as it can be written again; "" for what is none, or holds half of a letter. */
export function textOf(value: unknown): string {
  return typeof value === "string" && value.isWellFormed() ? value : "";
}

/** A field that holds a text; "" if it does not. */
export function stringIn(fields: Fields | undefined, name: string): string {
  return textOf(fields?.get(name));
}

/** What is nested deeper than this is read by one library and refused by another. */
const DEEPEST_JSON = 8;

/** A field that holds JSON; null if it does not. */
export function jsonIn(fields: Fields | undefined, name: string): unknown {
  const text = stringIn(fields, name);
  if (depthOf(text) > DEEPEST_JSON) return null;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** How deep a text is in brackets, wherever they stand. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const letter of text) {
    if (letter === "[" || letter === "{") deepest = Math.max(deepest, (depth += 1));
    else if (letter === "]" || letter === "}") depth -= 1;
  }
  return deepest;
}

/** The columns of a text (BCP 47), the drafting language first. */
export function languagesOf(doc: Y.Doc): string[] {
  const value = jsonIn(metaOf(doc), "langs");
  return Array.isArray(value) ? value.filter((lang): lang is string => typeof lang === "string" && isLanguage(lang)) : [];
}

/** The fragment of a node in a language; undefined if there is none yet. */
export function fragmentIn(doc: Y.Doc, node: string, lang: string): Y.XmlFragment | undefined {
  const value = mapIn(nodesOf(doc).get(node), "text")?.get(lang);
  return value instanceof Y.XmlFragment ? value : undefined;
}
