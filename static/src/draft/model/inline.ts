// The words of one clause in one language, as Yjs keeps them.
//
// A fragment holds one element "p" with one text. Marks are its formats: "em" {}, "strong" {} and, since they overlap
// where two people make them at once, one key for each citation, {id, source}, and for each bracket and option. A line break and the sign of a footnote are
// embedded, each as long as one letter. So a place in a clause is an offset in its text, in UTF-16 units.

import * as Y from "yjs";
import type { Atom, BracketMark, Citation, Run } from "../../wire/drafts/text.ts";
import { isId } from "../../wire/ids.ts";

const BRACKET_KEY = "bracket--";

/** Formats of a stretch of text, by their keys; null takes one away. */
export type Formats = Record<string, object | null>;

/** The key under which a bracket's option stands in the formats. */
export function bracketKey(bracket: string, option: string): string {
  return `${BRACKET_KEY}${bracket}.${option}`;
}

const CITE_KEY = "cite--";

/** The format that stands for a citation. */
export function citeKey(id: string): string {
  return `${CITE_KEY}${id}`;
}

/** The formats that give a run's marks. */
export function formatsOf(run: Pick<Run, "marks" | "brackets" | "cite">): Formats {
  const formats: Formats = {};
  for (const mark of run.marks) formats[mark] = {};
  for (const [id, option] of run.brackets) formats[bracketKey(id, option)] = { id, option };
  if (run.cite !== undefined) formats[citeKey(run.cite.id)] = { ...run.cite };
  return formats;
}

interface Piece {
  insert?: unknown;
  attributes?: Record<string, unknown>;
}

function isPair<A extends string, B extends string>(value: unknown, a: A, b: B): value is Record<A | B, string> {
  const fields = value as Record<string, unknown> | null;
  return typeof value === "object" && isWords(fields?.[a]) && isWords(fields?.[b]);
}

function isWords(value: unknown): boolean {
  return typeof value === "string" && value.isWellFormed();
}

function atomOf(embed: unknown): Atom | null {
  if (typeof embed !== "object" || embed === null) return null;
  const { note } = embed as { note?: unknown };
  if (isId(note)) return { note };
  return "br" in embed ? "br" : null;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function marksOf(attributes: Record<string, unknown>): Pick<Run, "marks" | "brackets" | "cite"> {
  const marks = ["em", "strong"].filter((name) => name in attributes && attributes[name] !== null);
  const brackets = new Map<string, BracketMark>();
  for (const [key, value] of Object.entries(attributes)) {
    if (!key.startsWith(BRACKET_KEY) || !isPair(value, "id", "option")) continue;
    if (isId(value.id) && isId(value.option)) brackets.set(value.id + value.option, [value.id, value.option]);
  }
  const sorted = [...brackets.values()].sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]));
  const citation = citationOf(attributes);
  return { marks, brackets: sorted, ...(citation === undefined ? {} : { cite: citation }) };
}

/** Where several people cited the same words at once, all read the same one of them; the others are kept under it. */
function citationOf(attributes: Record<string, unknown>): Citation | undefined {
  const all = Object.entries(attributes).flatMap(([key, value]): Citation[] =>
    key.startsWith(CITE_KEY) && isPair(value, "id", "source") && isId(value.id) ? [{ id: value.id, source: value.source }] : [],
  );
  return all.sort((a, b) => compare(a.id, b.id) || compare(a.source, b.source))[0];
}

/** The formats of all citations in a stretch of a text, also of those that are kept under others. */
export function citeKeysIn(text: Y.XmlText, from: number, to: number): Set<string> {
  const keys = new Set<string>();
  let at = 0;
  for (const { insert, attributes } of text.toDelta() as Piece[]) {
    const begins = at;
    at += typeof insert === "string" ? insert.length : 1;
    if (begins >= to || at <= from) continue;
    for (const [key, value] of Object.entries(attributes ?? {})) if (key.startsWith(CITE_KEY) && value !== null) keys.add(key);
  }
  return keys;
}

/** Whether two runs carry the same marks, so that their words are one run. */
export function sameMarks(a: Run, b: Run): boolean {
  return (
    a.marks.join() === b.marks.join() &&
    a.brackets.length === b.brackets.length &&
    a.brackets.every(([id, option], at) => b.brackets[at]?.[0] === id && b.brackets[at]?.[1] === option) &&
    a.cite?.id === b.cite?.id &&
    a.cite?.source === b.cite?.source
  );
}

/** Runs with those of the same marks joined, and without empty ones. */
export function merged(runs: readonly Run[]): Run[] {
  const out: Run[] = [];
  for (const run of runs) {
    const last = out.at(-1);
    if (run.atom === undefined && run.text === "") continue;
    if (last !== undefined && last.atom === undefined && run.atom === undefined && sameMarks(last, run)) {
      out[out.length - 1] = { ...last, text: last.text + run.text };
    } else {
      out.push(run);
    }
  }
  return out;
}

function readPiece({ insert, attributes = {} }: Piece): Run {
  if (typeof insert === "string") return { text: insert, ...marksOf(attributes) };
  return { text: "", ...marksOf(attributes), atom: atomOf(insert) ?? UNKNOWN };
}

/** Stands for what is embedded and not known, so that offsets stay those of the text; no reader is told of it. */
const UNKNOWN: Atom = { note: "" };

/** The words of a text, as long as it. */
export function readInline(text: Y.XmlText): Run[] {
  return merged((text.toDelta() as Piece[]).map(readPiece));
}

function isKnown({ atom }: Run): boolean {
  return atom === undefined || atom === "br" || atom.note !== "";
}

const SPACE: Run = { text: " ", marks: [], brackets: [] };

/** Elements inside of elements are looked into so far: there is one level of them in what this client writes. */
const DEEPEST_ELEMENT = 8;

function textsIn(type: Y.XmlFragment, depth = 0): Y.XmlText[] {
  return type.toArray().flatMap((child) => {
    if (child instanceof Y.XmlText) return [child];
    return child instanceof Y.XmlElement && depth < DEEPEST_ELEMENT ? textsIn(child, depth + 1) : [];
  });
}

/**
 * The words of a fragment. Should there be several texts in it, all are read, with a space between them; what is embedded
 * and not known is left out, and stays where it is.
 */
export function readFragment(fragment: Y.XmlFragment): Run[] {
  const texts = textsIn(fragment)
    .map((text) => merged(readInline(text).filter(isKnown)))
    .filter((runs) => runs.length > 0);
  return merged(texts.flatMap((runs, at) => (at === 0 ? runs : [SPACE, ...runs])));
}

/** Length of a run in its text. */
export function lengthOf(run: Run): number {
  return run.atom === undefined ? run.text.length : 1;
}

/** The words from one offset up to another. */
export function sliceRuns(runs: readonly Run[], from: number, to: number): Run[] {
  const out: Run[] = [];
  let at = 0;
  for (const run of runs) {
    const length = lengthOf(run);
    const start = Math.max(from - at, 0);
    const end = Math.min(to - at, length);
    if (start < end) out.push(run.atom === undefined ? { ...run, text: run.text.slice(start, end) } : run);
    at += length;
  }
  return out;
}

/** A letter that stands for what is embedded, so that offsets agree. */
const ATOM = "\ufffc";

/** All of a text as one string of its length. */
export function unitsOf(runs: readonly Run[]): string {
  return runs.map((run) => (run.atom === undefined ? run.text : ATOM)).join("");
}

/** The same offset, or, if that lies inside of a letter of two UTF-16 units, the one beside it: no edit cuts a letter. */
export function besideLetter(units: string, offset: number, step: -1 | 1): number {
  const at = Math.max(0, Math.min(offset, units.length));
  const inside = /[\ud800-\udbff]/.test(units.charAt(at - 1)) && /[\udc00-\udfff]/.test(units.charAt(at));
  return inside ? at + step : at;
}

export function lengthOfRuns(runs: readonly Run[]): number {
  return runs.reduce((sum, run) => sum + lengthOf(run), 0);
}

/** The letters alone. */
export function plainText(runs: readonly Run[]): string {
  return runs.map((run) => (run.atom === undefined ? run.text : run.atom === "br" ? "\n" : "")).join("");
}

/** One run without marks; nothing for an empty text. */
export function plainRuns(text: string): Run[] {
  return text === "" ? [] : [{ text, marks: [], brackets: [] }];
}

/** Put runs into a text at an offset; they carry their own marks and none of what stands beside them. */
export function insertRuns(text: Y.XmlText, offset: number, runs: readonly Run[]): void {
  let at = offset;
  for (const run of runs) {
    const formats = formatsOf(run);
    if (run.atom === undefined) text.insert(at, run.text, formats);
    else text.insertEmbed(at, run.atom === "br" ? { br: true } : { note: run.atom.note }, formats);
    at += lengthOf(run);
  }
}

/** A fresh fragment with these words, to be put into a document. */
export function fragmentOf(runs: readonly Run[]): Y.XmlFragment {
  const fragment = new Y.XmlFragment();
  const paragraph = new Y.XmlElement("p");
  const text = new Y.XmlText();
  insertRuns(text, 0, runs);
  paragraph.insert(0, [text]);
  fragment.insert(0, [paragraph]);
  return fragment;
}

/** The text of a fragment that is to be written into: the first one, made if there is none. */
export function textIn(fragment: Y.XmlFragment): Y.XmlText {
  const first = textsIn(fragment)[0];
  if (first !== undefined) return first;
  const paragraph = new Y.XmlElement("p");
  const text = new Y.XmlText();
  paragraph.insert(0, [text]);
  fragment.insert(0, [paragraph]);
  return text;
}
