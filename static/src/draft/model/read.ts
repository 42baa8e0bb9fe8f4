// The stream `text` as plain data. Nothing that is in the document is left out: a clause whose parent is missing, or that
// stands under itself, comes last, at the top.

import type * as Y from "yjs";
import type { Bracket, BracketOption, NodeKind, OptionSource, Run, TextDocument, TextNode } from "../../wire/drafts/text.ts";
import { type Fields, NODE_KINDS, bracketsOf, fragmentIn, isLanguage, jsonIn, languagesOf, mapIn, mapsIn, metaOf, nodesOf, stringIn, textOf } from "./doc.ts";
import { readFragment } from "./inline.ts";

/** Words that were read before, by node and language: of what did not change, the same objects again. */
export type WordsBefore = ReadonlyMap<string, Readonly<Record<string, readonly Run[]>>>;

/**
 * The whole text.
 *
 * @param before words of nodes that did not change since, so that they need not be read again.
 */
export function readText(doc: Y.Doc, before: WordsBefore = new Map()): TextDocument {
  const entries = firstOf(mapsIn(nodesOf(doc)));
  const nodes = entries.map(([id, fields]) => readNode(doc, id, fields, before));
  const brackets = mapsIn(bracketsOf(doc)).map(([id, fields]) => readBracket(id, fields));
  return {
    meta: { title: readTitle(doc), langs: languagesOf(doc), template: stringIn(metaOf(doc), "template") },
    nodes: inOrder(nodes),
    brackets: brackets.sort((a, b) => compare(a.id, b.id)),
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function readTitle(doc: Y.Doc): Record<string, string> {
  const title: Record<string, string> = {};
  for (const [lang, value] of mapIn(metaOf(doc), "title") ?? []) {
    if (isLanguage(lang) && typeof value === "string") title[lang] = textOf(value);
  }
  return title;
}

/** No treaty has more clauses; of more, those of the lowest ids are read, so that all readers read the same. */
const MOST_NODES = 20_000;

function firstOf(entries: [string, Fields][]): [string, Fields][] {
  if (entries.length <= MOST_NODES) return entries;
  return entries.sort(([a], [b]) => compare(a, b)).slice(0, MOST_NODES);
}

function readNode(doc: Y.Doc, id: string, fields: Fields, before: WordsBefore): TextNode {
  const kind = stringIn(fields, "kind") as NodeKind;
  return {
    id,
    kind: NODE_KINDS.includes(kind) ? kind : "paragraph",
    parent: stringIn(fields, "parent"),
    order: stringIn(fields, "order"),
    text: before.get(id) ?? readWords(doc, id, fields),
  };
}

function readWords(doc: Y.Doc, id: string, fields: Fields): Record<string, Run[]> {
  const words: Record<string, Run[]> = {};
  for (const lang of [...(mapIn(fields, "text")?.keys() ?? [])].filter(isLanguage).sort(compare)) {
    const fragment = fragmentIn(doc, id, lang);
    if (fragment !== undefined) words[lang] = readFragment(fragment);
  }
  return words;
}

function readBracket(id: string, fields: Fields): Bracket {
  const options = mapsIn(mapIn(fields, "options")).map(([option, value]) => readOption(option, value));
  const said = fields.get("at");
  const at = typeof said === "bigint" ? Number(said) : said;
  return {
    id,
    by: stringIn(fields, "by"),
    at: Number.isSafeInteger(at) && (at as number) >= 0 ? (at as number) : 0,
    reason: stringIn(fields, "reason"),
    whole: fields.get("whole") === true,
    options: options.sort((a, b) => compare(a.order, b.order) || compare(a.id, b.id)).map(({ order: _, ...rest }) => rest),
  };
}

function readOption(id: string, fields: Fields): BracketOption & { order: string } {
  const from = jsonIn(fields, "from");
  return {
    id,
    by: stringIn(fields, "by"),
    kind: stringIn(fields, "kind") === "delete" ? "delete" : "text",
    from: Array.isArray(from) ? from.flatMap(sourceOf) : [],
    order: stringIn(fields, "order"),
  };
}

function sourceOf(value: unknown): OptionSource[] {
  const { delegation, proposal } = (value ?? {}) as Partial<Record<keyof OptionSource, unknown>>;
  const isText = (field: unknown): field is string => typeof field === "string" && field.isWellFormed();
  return isText(delegation) && isText(proposal) ? [{ delegation, proposal }] : [];
}

/** Clauses nest no deeper: what stands deeper hangs in the air. */
const DEEPEST = 64;
/** A clause whose parents lead nowhere. */
const HANGS = -1;

/** How deep each clause stands; HANGS where a parent is missing, where it stands under itself, and where it is too deep. */
function depthsOf(nodes: readonly TextNode[], byId: ReadonlyMap<string, TextNode>): Map<string, number> {
  const depths = new Map<string, number>();
  for (const node of nodes) {
    const path: TextNode[] = [];
    const onPath = new Set<string>();
    let at: TextNode | undefined = node;
    while (at !== undefined && !depths.has(at.id) && !onPath.has(at.id)) {
      path.push(at);
      onPath.add(at.id);
      at = at.parent === "" ? undefined : byId.get(at.parent);
    }
    // Those of a circle hang, each of them; what only leads into it stands under them.
    if (at !== undefined && onPath.has(at.id)) {
      for (let last = path.pop(); last !== undefined; last = path.pop()) {
        depths.set(last.id, HANGS);
        if (last === at) break;
      }
    }
    for (let last = path.pop(); last !== undefined; last = path.pop()) depths.set(last.id, depthUnder(last, depths, byId));
  }
  return depths;
}

function depthUnder(node: TextNode, depths: ReadonlyMap<string, number>, byId: ReadonlyMap<string, TextNode>): number {
  if (node.parent === "") return 0;
  if (!byId.has(node.parent)) return HANGS;
  const depth = Math.max(depths.get(node.parent) ?? 0, 0) + 1;
  return depth > DEEPEST ? HANGS : depth;
}

/** Depth first, siblings by (order, id); what hangs in the air goes last, at the top. */
function inOrder(nodes: readonly TextNode[]): TextNode[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const depths = depthsOf(nodes, byId);
  const children = new Map<string, TextNode[]>();
  const last: TextNode[] = [];
  for (const node of nodes) {
    if (depths.get(node.id) === HANGS) last.push({ ...node, parent: "" });
    else if (children.get(node.parent)?.push(node) === undefined) children.set(node.parent, [node]);
  }
  const backwards = (list: TextNode[]): TextNode[] =>
    list.sort((a, b) => compare(b.order, a.order) || compare(b.id, a.id));
  const out: TextNode[] = [];
  const waiting = [...backwards(last), ...backwards(children.get("") ?? [])];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    out.push(node);
    waiting.push(...backwards(children.get(node.id) ?? []));
  }
  return out;
}
