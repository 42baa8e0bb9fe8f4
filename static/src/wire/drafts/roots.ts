// The roots that can be signed, and what stands in their way. The Python twin is portal/wire/drafts/roots.py.

import type { Bytes } from "../bytes.ts";
import { EMPTY_ROOT, nodeHash, rootOf } from "../ledger/merkle.ts";
import { draftRoot } from "./clauses.ts";
import type { CleanNode } from "./clean.ts";
import type { BracketView, ClauseView, Obstacle, StandingActs } from "./projection-types.ts";
import { canonicalText, refusedCodePoints, type TextDocument } from "./text.ts";

interface Standing {
  readonly document: TextDocument;
  /** The draft's id. */
  readonly draft: string;
  readonly langs: readonly string[];
  readonly acts: StandingActs;
  readonly brackets: ReadonlyMap<string, BracketView>;
  /** With `clauses`, the same clause at the same place. */
  readonly nodes: readonly CleanNode[];
  readonly clauses: readonly ClauseView[];
}

export interface Roots {
  readonly roots: ReadonlyMap<string, Uint8Array | null>;
  readonly root: Uint8Array | null;
  readonly blocked: readonly Obstacle[];
}

/**
 * The root of each column and of the whole. There is none over words that are still in brackets, that have no canonical
 * form, or that were put into another language and signed off by nobody, be it a machine's work or a person's.
 */
export function rootsOf(standing: Standing): Roots {
  const { document, draft, langs, acts } = standing;
  const authentic = acts.authentic.length > 0 ? acts.authentic : langs.slice(0, 1);
  const titles = new Map(authentic.map((lang) => [lang, titleOf(document, lang)]));
  const blocked = [
    ...wholeObstacles(standing),
    ...authentic.filter((lang) => !langs.includes(lang)).map((lang) => obstacle("", lang, "missing")),
    ...authentic.filter((lang) => titles.get(lang) === null).map((lang) => obstacle("", lang, "characters")),
    ...standing.nodes.flatMap((clean, i) => [...clauseObstacles(clean, standing.clauses[i]!, standing)]),
  ];
  const free = (lang: string) => !blocked.some((one) => one.lang === lang || one.lang === "");
  const roots = new Map(langs.map((lang) => [lang, free(lang) ? rootOver(leavesOf(standing, lang)) : null]));
  const signed = new Map(authentic.map((lang) => [lang, roots.get(lang) ?? null]));
  const root =
    authentic.length > 0 && allPresent(signed) && allPresent(titles) ? draftRoot(draft, titles, signed) : null;
  return { roots, root, blocked };
}

function wholeObstacles({ document, brackets }: Standing): Obstacle[] {
  return document.brackets
    .filter(({ whole, id }) => whole && brackets.get(id)!.state !== "decided")
    .map(({ id }) => obstacle("", "", brackets.get(id)!.state === "conflicted" ? "conflict" : "bracket"));
}

function* clauseObstacles(
  { node, columns }: CleanNode,
  { stale }: ClauseView,
  { brackets }: Standing,
): Generator<Obstacle> {
  for (const [lang, { refused, undecided, isEmpty }] of columns) {
    const isAny = (state: BracketView["state"]) => undecided.some((id) => brackets.get(id)!.state === state);
    if (refused.length > 0) yield obstacle(node.id, lang, "characters");
    if (isAny("conflicted")) yield obstacle(node.id, lang, "conflict");
    if (isAny("open")) yield obstacle(node.id, lang, "bracket");
    if (stale.includes(lang)) yield obstacle(node.id, lang, isEmpty ? "missing" : "concordance");
  }
}

function leavesOf({ nodes, clauses }: Standing, lang: string): Uint8Array[] {
  return nodes.flatMap(({ columns }, i) => {
    const { gone, number } = clauses[i]!;
    return gone ? [] : [columns.get(lang)!.leaf(number)];
  });
}

const known = new WeakMap<Uint8Array, { readonly leaves: readonly Uint8Array[]; readonly root: Uint8Array }>();

/** The root over `leaves`: at each keystroke all languages but one have the leaves that they had. */
function rootOver(leaves: readonly Uint8Array[]): Uint8Array {
  const [first] = leaves;
  if (first === undefined) return EMPTY_ROOT;
  let found = known.get(first);
  if (found?.leaves.length !== leaves.length || !leaves.every((leaf, i) => leaf === found!.leaves[i])) {
    found = { leaves, root: rootOf(leaves, nodeAbove) };
    known.set(first, found);
  }
  return found.root;
}

const nodes = new WeakMap<Uint8Array, { readonly right: Uint8Array; readonly node: Bytes }>();

/** nodeHash, remembered by its left side: of a long text only the nodes above the edited clause are made anew. */
function nodeAbove(left: Uint8Array, right: Uint8Array): Bytes {
  let found = nodes.get(left);
  if (found?.right !== right) nodes.set(left, (found = { right, node: nodeHash(left, right) }));
  return found!.node;
}

function titleOf({ meta }: TextDocument, lang: string): string | null {
  const title = Object.hasOwn(meta.title, lang) ? meta.title[lang]! : "";
  return refusedCodePoints(title).length > 0 ? null : canonicalText(title);
}

function allPresent<T>(entries: ReadonlyMap<string, T | null>): entries is ReadonlyMap<string, T> {
  return [...entries.values()].every((value) => value !== null);
}

function obstacle(node: string, lang: string, why: Obstacle["why"]): Obstacle {
  return { node, lang, why };
}
