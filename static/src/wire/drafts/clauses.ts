// Hashes of clauses, brackets and texts, and the roots that are signed. The Python twin is
// portal/wire/drafts/clauses.py; docs/protocol.md §10 "The text and its hashes".

import { sha256 } from "@noble/hashes/sha2.js";

import { b64, type Bytes, own, utf8 } from "../bytes.ts";
import { leafHash } from "../ledger/merkle.ts";
import { jcs } from "./jcs.ts";
import {
  type BracketMark,
  canonicalWords,
  NOTE_SIGN,
  RefusedText,
  refusedCodePoints,
  type Run,
  sameBrackets,
  type TextNode,
  trim,
  trimEnd,
  trimStart,
} from "./text.ts";

/** Canonical words, or the reference to a footnote, with the options for which they stand. */
export type Piece = readonly [words: string | { readonly note: string }, brackets: readonly BracketMark[]];

/** Canonical text in which each U+FFFC is the reference to a footnote, and those footnotes in their order. */
export interface NotedText {
  readonly text: string;
  readonly notes: readonly string[];
}

/** The words of one option in one clause and language: node, language, canonical text, footnotes. */
export type OptionWords = readonly [node: string, lang: string, text: string, notes: readonly string[]];

/** What one leaf of a root says. */
export interface Leaf extends NotedText {
  readonly node: string;
  readonly kind: string;
  readonly number: string;
}

/**
 * Runs in canonical form. What differs in emphasis and citation only is one piece; white space between pieces is kept,
 * at the clause's ends it is not. RefusedText if a run holds what no draft may.
 */
export function piecesOf(runs: readonly Run[]): Piece[] {
  const refused = runs.flatMap((run) => refusedCodePoints(run.text));
  if (refused.length > 0) throw new RefusedText(refused);
  return trimmed(merged(runs));
}

/** The words of `runs` as one canonical text. RefusedText if a run holds what no draft may. */
export function textOfRuns(runs: readonly Run[]): NotedText {
  const refused = runs.flatMap((run) => refusedCodePoints(run.text));
  if (refused.length > 0) throw new RefusedText(refused);
  const notes: string[] = [];
  let text = "";
  for (const { atom, text: words } of runs) {
    if (atom === undefined) text += words;
    else if (atom === "br") text += "\n";
    else {
      text += NOTE_SIGN;
      notes.push(atom.note);
    }
  }
  return { text: trim(canonicalWords(text)), notes };
}

/** The hash of a clause's words in one language, 32 bytes; `runs` are the clean ones. Its place does not count. */
export function clauseHash(node: TextNode, lang: string, runs: readonly Run[]): Bytes {
  return hashOf("portal clause v1\0", { v: 1, node: node.id, kind: node.kind, lang, runs: piecesOf(runs) });
}

/**
 * The hash of a bracket's options, 32 bytes: a decision on it holds for these words and no others. `options` are all
 * that the bracket names or that words stand under, with the words that carry them, decided or not.
 */
export function bracketHash(bracket: string, options: ReadonlyMap<string, readonly OptionWords[]>): Bytes {
  const words = [...options].map(([option, parts]) => [option, [...parts].sort(byPlace)] as const);
  words.sort(([a], [b]) => (a < b ? -1 : 1));
  return hashOf("portal bracket v1\0", { v: 1, bracket, options: words });
}

/** The words of one clause in one language by bracket and option; null where they hold what no draft may. */
export function optionWords(node: string, lang: string, runs: readonly Run[]): [BracketMark, OptionWords | null][] {
  const marked = new Map<string, [BracketMark, Run[]]>();
  for (const run of runs) {
    for (const mark of run.brackets) {
      const key = JSON.stringify(mark);
      const found = marked.get(key);
      if (found === undefined) marked.set(key, [mark, [run]]);
      else found[1].push(run);
    }
  }
  return [...marked.values()].map(([mark, under]) => {
    if (under.some((run) => refusedCodePoints(run.text).length > 0)) return [mark, null];
    const { text, notes } = textOfRuns(under);
    return [mark, [node, lang, text, notes]];
  });
}

/** The hash of one leaf, 32 bytes. A language's root is RFC 6962's over its clauses in the order of the document. */
export function textLeaf({ node, kind, number, text, notes }: Leaf): Bytes {
  return leafHash(jcs({ v: 1, node, kind, number, text, notes }));
}

/**
 * What is adopted and signed, 32 bytes: the roots of the authentic languages together. `titles` and `roots` by
 * language; `titles` are canonical text.
 */
export function draftRoot(
  draft: string,
  titles: ReadonlyMap<string, string>,
  roots: ReadonlyMap<string, Uint8Array>,
): Bytes {
  const title = byLanguage(titles);
  return hashOf("portal draft root v1\0", {
    v: 1,
    draft,
    title,
    roots: byLanguage(roots).map(([lang, root]) => [lang, b64(root)]),
  });
}

/**
 * The hash of a TextDocument, or of a delegation's proposals as plain data, just as they are, with all brackets and
 * marks; 32 bytes. Snapshots are compared by it. MalformedError: a lone surrogate, a number that is no integer.
 */
export function documentHash(document: object): Bytes {
  return hashOf("portal draft document v1\0", document);
}

function hashOf(label: string, value: unknown): Bytes {
  return own(sha256.create().update(utf8(label)).update(jcs(value)).digest());
}

function byLanguage<T>(entries: ReadonlyMap<string, T>): [string, T][] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
}

function byPlace(a: OptionWords, b: OptionWords): number {
  if (a[0] !== b[0]) return a[0] < b[0] ? -1 : 1;
  return a[1] < b[1] ? -1 : 1;
}

function merged(runs: readonly Run[]): Piece[] {
  const pieces: Piece[] = [];
  for (const run of runs) {
    if (typeof run.atom === "object") {
      pieces.push([{ note: run.atom.note }, run.brackets]);
      continue;
    }
    const words = run.atom === "br" ? "\n" : run.text;
    if (words === "") continue;
    const [last, brackets] = pieces.at(-1) ?? [null, []];
    if (typeof last === "string" && sameBrackets(brackets, run.brackets)) {
      pieces[pieces.length - 1] = [last + words, run.brackets];
    } else {
      pieces.push([words, run.brackets]);
    }
  }
  return pieces.map(([words, brackets]) => [typeof words === "string" ? canonicalWords(words) : words, brackets]);
}

function trimmed(pieces: Piece[]): Piece[] {
  let begin = 0;
  let end = pieces.length;
  while (begin < end && isBlank(pieces[begin]!)) begin++;
  while (end > begin && isBlank(pieces[end - 1]!)) end--;
  return pieces.slice(begin, end).map(([words, brackets], i, all) => {
    if (typeof words !== "string") return [words, brackets];
    const after = i === 0 ? trimStart(words) : words;
    return [i === all.length - 1 ? trimEnd(after) : after, brackets];
  });
}

function isBlank([words]: Piece): boolean {
  return typeof words === "string" && trim(words) === "";
}
