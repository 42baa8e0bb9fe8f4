// Edits of the tree of clauses. Ids stay for good; what is displayed as a number follows from the order.

import type * as Y from "yjs";
import { newId } from "../../wire/ids.ts";
import type { NodeKind, Run } from "../../wire/drafts/text.ts";
import { newNode } from "./create.ts";
import { type Fields, fragmentIn, languagesOf, mapIn, mapsIn, nodesOf, stringIn } from "./doc.ts";
import { besideLetter, fragmentOf, insertRuns, lengthOfRuns, readInline, sliceRuns, textIn, unitsOf } from "./inline.ts";
import { orderBetween } from "./order.ts";
import { readText } from "./read.ts";

/** Where a clause goes: under a parent ("" for the top), behind a sibling; `after` null: before all of them. */
export interface Place {
  parent: string;
  after: string | null;
}

export type Words = Readonly<Record<string, readonly Run[]>>;

export interface NewClause extends Place {
  kind: NodeKind;
  text?: Words;
}

/** The clauses under `parent`, in order, as the page shows them; footnotes are not among them. */
export function childrenOf(doc: Y.Doc, parent: string): string[] {
  const { nodes } = readText(doc, new Map([...nodesOf(doc).keys()].map((id) => [id, {}])));
  return nodes.filter((node) => node.parent === parent && node.kind !== "note").map(({ id }) => id);
}

function orderAt(doc: Y.Doc, { parent, after }: Place, moved: string | null): string {
  const siblings = childrenOf(doc, parent).filter((id) => id !== moved);
  const at = after === null ? -1 : siblings.indexOf(after);
  const [before, behind] = after !== null && at < 0 ? [siblings.at(-1), undefined] : [siblings[at], siblings[at + 1]];
  const key = (id: string | undefined): string => stringIn(id === undefined ? undefined : nodesOf(doc).get(id), "order");
  return orderBetween(key(before), behind === undefined ? null : key(behind));
}

/** Put a clause; it has words in every column, empty where `text` has none. Returns its id. */
export function addClause(doc: Y.Doc, { kind, text = {}, ...place }: NewClause): string {
  const id = newId();
  const langs = new Set([...languagesOf(doc), ...Object.keys(text)]);
  const fragments = new Map([...langs].map((lang) => [lang, fragmentOf(text[lang] ?? [])] as const));
  nodesOf(doc).set(id, newNode(kind, place.parent, orderAt(doc, place, null), fragments));
  return id;
}

/** Whether `node` is `above`, or stands somewhere under it. */
export function isUnder(doc: Y.Doc, node: string, above: string): boolean {
  const seen = new Set<string>();
  for (let at = node; at !== "" && !seen.has(at); at = stringIn(nodesOf(doc).get(at), "parent")) {
    if (at === above) return true;
    seen.add(at);
  }
  return false;
}

/** Move a clause with all that is under it; false, and nothing done, if it would then stand under itself. */
export function moveClause(doc: Y.Doc, node: string, place: Place): boolean {
  const fields = nodesOf(doc).get(node);
  if (fields === undefined || (place.parent !== "" && isUnder(doc, place.parent, node))) return false;
  const order = orderAt(doc, place, node);
  if (stringIn(fields, "parent") !== place.parent) fields.set("parent", place.parent);
  fields.set("order", order);
  return true;
}

/** Take a clause out, with its footnotes. What stands under it takes its place. */
export function removeClause(doc: Y.Doc, node: string): void {
  const fields = nodesOf(doc).get(node);
  if (fields === undefined) return;
  let after: string | null = node;
  for (const child of childrenOf(doc, node)) {
    moveClause(doc, child, { parent: stringIn(fields, "parent"), after });
    after = child;
  }
  for (const [id, other] of mapsIn(nodesOf(doc))) {
    if (stringIn(other, "kind") === "note" && stringIn(other, "parent") === node) nodesOf(doc).delete(id);
  }
  nodesOf(doc).delete(node);
}

/** What a clause becomes when a new one is begun behind it: under a heading a clause, behind a title a recital. */
const FOLLOWER: Readonly<Partial<Record<NodeKind, NodeKind>>> = { title: "preamble", note: "paragraph" };
const HEADINGS: ReadonlySet<NodeKind> = new Set<NodeKind>(["part", "article", "annex"]);

/** Where a clause begun in this one goes, and as what: behind a heading it is the first clause under it. */
export function placeBehind(doc: Y.Doc, node: string): Place & { kind: NodeKind } {
  const fields = nodesOf(doc).get(node);
  const kind = stringIn(fields, "kind") as NodeKind;
  if (HEADINGS.has(kind)) return { kind: kind === "part" ? "article" : "paragraph", parent: node, after: null };
  return { kind: FOLLOWER[kind] ?? kind, parent: stringIn(fields, "parent"), after: node };
}

/**
 * Begin a new clause at an offset: what stands behind goes over to it, in its brackets. Other languages stay whole in
 * the first clause. Returns the new clause's id; null if there is no such text.
 */
export function splitClause(doc: Y.Doc, node: string, lang: string, offset: number): string | null {
  const fragment = fragmentIn(doc, node, lang);
  if (fragment === undefined) return null;
  const text = textIn(fragment);
  const runs = readInline(text);
  const length = lengthOfRuns(runs);
  const at = besideLetter(unitsOf(runs), offset, -1);
  const behind = sliceRuns(runs, at, length);
  text.delete(at, length - at);
  const id = addClause(doc, { ...placeBehind(doc, node), text: { [lang]: behind } });
  takeNotes(doc, behind, id);
  return id;
}

/** Footnotes go with their signs. */
function takeNotes(doc: Y.Doc, runs: readonly Run[], node: string): void {
  for (const { atom } of runs) {
    if (atom !== undefined && atom !== "br") nodesOf(doc).get(atom.note)?.set("parent", node);
  }
}

/** Append a clause to another, in every language, and take it out. Returns where in `lang` the second one now begins. */
export function joinClauses(doc: Y.Doc, first: string, second: string, lang: string): number {
  let seam = 0;
  const words = mapIn(nodesOf(doc).get(second), "text");
  for (const each of words?.keys() ?? []) {
    const fragment = fragmentIn(doc, second, each);
    if (fragment === undefined) continue;
    const runs = readInline(textIn(fragment));
    const target = textIn(ensureFragment(doc, first, each));
    if (each === lang) seam = target.length;
    insertRuns(target, target.length, runs);
    takeNotes(doc, runs, first);
  }
  removeClause(doc, second);
  return seam;
}

/** The fragment of a clause in a language; made if there is none yet. */
export function ensureFragment(doc: Y.Doc, node: string, lang: string): Y.XmlFragment {
  const there = fragmentIn(doc, node, lang);
  if (there !== undefined) return there;
  mapIn(nodesOf(doc).get(node), "text")?.set(lang, fragmentOf([]));
  const made = fragmentIn(doc, node, lang);
  if (made === undefined) throw new Error(`there is no clause ${node}`);
  return made;
}

export function setKind(doc: Y.Doc, node: string, kind: NodeKind): void {
  const fields: Fields | undefined = nodesOf(doc).get(node);
  if (fields !== undefined && stringIn(fields, "kind") !== kind) fields.set("kind", kind);
}

/** Put other words in the place of a clause's; what begins and ends alike stays as it is, with the edits of others. */
export function setWords(doc: Y.Doc, node: string, lang: string, runs: readonly Run[]): void {
  const text = textIn(ensureFragment(doc, node, lang));
  const old = readInline(text);
  const [first, last] = alike(old, runs);
  const length = lengthOfRuns(old);
  const units = unitsOf(old);
  const start = besideLetter(units, first, -1);
  const end = length - besideLetter(units, length - last, 1);
  text.delete(start, length - end - start);
  insertRuns(text, start, sliceRuns(runs, start, lengthOfRuns(runs) - end));
}

/** How many letters two texts share at their beginnings and ends, with the same marks. */
function alike(a: readonly Run[], b: readonly Run[]): [start: number, end: number] {
  const [x, y] = [letters(a), letters(b)];
  const most = Math.min(x.length, y.length);
  let start = 0;
  while (start < most && x[start] === y[start]) start += 1;
  let end = 0;
  while (end < most - start && x.at(-1 - end) === y.at(-1 - end)) end += 1;
  return [start, end];
}

function letters(runs: readonly Run[]): string[] {
  return runs.flatMap((run) => {
    const { text, ...rest } = run;
    const marks = JSON.stringify(rest);
    return run.atom === undefined ? Array.from({ length: text.length }, (_, at) => text.charAt(at) + marks) : [marks];
  });
}
