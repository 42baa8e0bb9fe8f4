// Brackets: stretches of text that are not agreed, with the words that are offered for them.

import * as Y from "yjs";
import { newId } from "../../wire/ids.ts";
import type { BracketMark, OptionSource } from "../../wire/drafts/text.ts";
import { type Words, ensureFragment } from "./clauses.ts";
import { type Fields, bracketsOf, fragmentIn, mapIn, mapsIn, nodesOf, stringIn } from "./doc.ts";
import { besideLetter, bracketKey, insertRuns, lengthOf, readInline, textIn, unitsOf } from "./inline.ts";
import { orderBetween } from "./order.ts";

/** A stretch of one clause in one language; offsets in UTF-16 units. */
export interface Stretch {
  node: string;
  lang: string;
  from: number;
  to: number;
}

export interface BracketWish {
  /** Delegation that asks for it; "" for none. */
  by: string;
  reason?: string;
}

export interface OptionWish {
  by: string;
  from?: readonly OptionSource[];
  kind?: "text" | "delete";
}

function putBracket(doc: Y.Doc, { by, reason = "" }: BracketWish, whole: boolean): string {
  const id = newId();
  const fields: Fields = new Y.Map();
  const values = { by, at: Date.now(), reason, whole, options: new Y.Map<Fields>() };
  for (const [name, value] of Object.entries(values)) fields.set(name, value);
  bracketsOf(doc).set(id, fields);
  return id;
}

function putOption(doc: Y.Doc, bracket: string, { by, from = [], kind = "text" }: OptionWish): string | null {
  const options = mapIn(bracketsOf(doc).get(bracket), "options");
  if (options === undefined) return null;
  const orders = [...options.values()].map((each) => stringIn(each as Fields, "order")).sort();
  const id = newId();
  const fields: Fields = new Y.Map();
  const values = { by, order: orderBetween(orders.at(-1) ?? "", null), kind, from: JSON.stringify(from) };
  for (const [name, value] of Object.entries(values)) fields.set(name, value);
  options.set(id, fields);
  return id;
}

/**
 * Put what stands there into brackets, as the bracket's first option; it may go over several clauses.
 *
 * Returns the bracket; null if there are no words.
 */
export function bracketSpan(doc: Y.Doc, stretches: readonly Stretch[], wish: BracketWish): string | null {
  const held = stretches.filter(({ from, to }) => to > from);
  if (held.length === 0) return null;
  const bracket = putBracket(doc, wish, false);
  const option = putOption(doc, bracket, { by: "" });
  if (option === null) return null;
  for (const { node, lang, from, to } of held) {
    const text = textIn(ensureFragment(doc, node, lang));
    const units = unitsOf(readInline(text));
    const begin = besideLetter(units, from, -1);
    text.format(begin, besideLetter(units, to, 1) - begin, { [bracketKey(bracket, option)]: { id: bracket, option } });
  }
  return bracket;
}

/** Put the whole text in brackets: nothing of it stands until this bracket is decided. */
export function bracketWhole(doc: Y.Doc, wish: BracketWish): string {
  const bracket = putBracket(doc, wish, true);
  putOption(doc, bracket, { by: wish.by });
  return bracket;
}

/** Where the words of a bracket end in a text, and which brackets are around all of them; null if it has none there. */
function endOf(text: Y.XmlText, bracket: string): { at: number; around: readonly BracketMark[] } | null {
  let at = 0;
  let end = 0;
  const inside: (readonly BracketMark[])[] = [];
  for (const run of readInline(text)) {
    at += lengthOf(run);
    if (!run.brackets.some(([id]) => id === bracket)) continue;
    end = at;
    inside.push(run.brackets);
  }
  const [first, ...others] = inside;
  if (first === undefined) return null;
  const has = (marks: readonly BracketMark[], id: string, option: string): boolean =>
    marks.some((mark) => mark[0] === id && mark[1] === option);
  const around = first.filter(([id, option]) => id !== bracket && others.every((marks) => has(marks, id, option)));
  return { at: end, around };
}

/**
 * Offer other words for a bracket, behind those that are there; in the brackets around it they stand as well.
 *
 * Returns the option; null if there is no such bracket.
 */
export function addOption(
  doc: Y.Doc,
  bracket: string,
  node: string,
  words: Words,
  wish: OptionWish,
): string | null {
  const option = putOption(doc, bracket, wish);
  if (option === null) return null;
  for (const [lang, runs] of Object.entries(words)) {
    const text = textIn(ensureFragment(doc, node, lang));
    const end = endOf(text, bracket);
    const around = [...(end?.around ?? []), [bracket, option] as const];
    const marked = runs.map((run) => ({ ...run, brackets: [...run.brackets, ...around] }));
    insertRuns(text, end?.at ?? text.length, marked);
  }
  return option;
}

/** Bracket all words of a clause and offer others for them. Returns the bracket; null if there is no such clause. */
export function bracketClause(
  doc: Y.Doc,
  node: string,
  words: Words,
  wish: BracketWish & OptionWish,
): string | null {
  const fields = nodesOf(doc).get(node);
  if (fields === undefined) return null;
  const stretches = [...(mapIn(fields, "text")?.keys() ?? [])].map((lang) => {
    return { node, lang, from: 0, to: textIn(ensureFragment(doc, node, lang)).length };
  });
  const bracket = bracketSpan(doc, stretches, wish) ?? putBracket(doc, wish, false);
  addOption(doc, bracket, node, wish.kind === "delete" ? {} : words, wish);
  return bracket;
}

/** Take one mark off wherever it stands; or, with `words` true, the words that carry it. */
function lift(doc: Y.Doc, holds: (id: string, option: string) => boolean, words: boolean): void {
  for (const [node, fields] of mapsIn(nodesOf(doc))) {
    for (const lang of mapIn(fields, "text")?.keys() ?? []) {
      const fragment = fragmentIn(doc, node, lang);
      if (fragment !== undefined) liftFrom(textIn(fragment), holds, words);
    }
  }
}

function liftFrom(text: Y.XmlText, holds: (id: string, option: string) => boolean, words: boolean): void {
  let at = 0;
  for (const run of readInline(text)) {
    const length = lengthOf(run);
    const held = run.brackets.filter(([id, option]) => holds(id, option));
    if (held.length > 0 && words) {
      text.delete(at, length);
      continue;
    }
    if (held.length > 0) {
      text.format(at, length, Object.fromEntries(held.map(([id, option]) => [bracketKey(id, option), null])));
    }
    at += length;
  }
}

/** Take an option out with its words; with the last option goes the bracket. */
export function removeOption(doc: Y.Doc, bracket: string, option: string): void {
  lift(doc, (id, own) => id === bracket && own === option, true);
  const options = mapIn(bracketsOf(doc).get(bracket), "options");
  options?.delete(option);
  if (options?.size === 0) bracketsOf(doc).delete(bracket);
}

/** Take the brackets off and leave the words of all their options. */
export function removeBracket(doc: Y.Doc, bracket: string): void {
  lift(doc, (id) => id === bracket, false);
  bracketsOf(doc).delete(bracket);
}

/**
 * Put into the text what was decided: words of the other options go, the bracket goes.
 *
 * @param decisions option by bracket, without those that are conflicted or void.
 */
export function cleanDecided(doc: Y.Doc, decisions: ReadonlyMap<string, string>): void {
  const known = new Map([...decisions].filter(([bracket]) => bracketsOf(doc).has(bracket)));
  lift(doc, (id, option) => known.has(id) && known.get(id) !== option, true);
  lift(doc, (id, option) => known.get(id) === option, false);
  for (const bracket of known.keys()) bracketsOf(doc).delete(bracket);
}
