// What `portal bench draft` writes: a text of forty pages, and thousands of edits of it by many people at once. All from
// one seed, so that every server under measurement gets the same.

import * as Y from "yjs";

import { bracketSpan } from "../../src/draft/model/brackets.ts";
import { createText, type TemplateNode } from "../../src/draft/model/create.ts";
import { fragmentIn, nodesOf, stringIn } from "../../src/draft/model/doc.ts";
import { textIn } from "../../src/draft/model/inline.ts";

export const ARTICLES = 40;
export const CLAUSES_EACH = 10;
const LANG = "en";
const WORDS_IN_CLAUSE: Range = [25, 50];
/** How many edits somebody makes in one clause before going on to another. */
const STAY: Range = [3, 12];
const SHARES = { type: 0.7, delete: 0.2, emphasis: 0.07 };
const STRETCH: Range = [2, 14];
const VOCABULARY = (
  "the of and to in a shall be for by or with on any Party Parties that not may this Article under which its within as " +
  "an other such each from between measures cooperation agreement accordance provisions information obligations States " +
  "territory authority authorities competent consultation notification period days written consent request referred " +
  "paragraph annex implementation financial technical assistance protection environment resources fisheries water " +
  "border transit goods services dispute settlement arbitration panel decision entry force ratification depositary " +
  "amendment withdrawal reservation interpretation application conference secretariat committee report review annual " +
  "mechanism framework capacity development transparency monitoring verification inspection access equitable reasonable " +
  "utilization significant harm prevention data exchange regular joint commission meeting session consensus majority " +
  "without prejudice subject necessary appropriate national legislation law international convention treaty protocol"
).split(" ");

type Range = readonly [least: number, most: number];

/** One edit. `clause` and `place` (0 to 1, of the clause's length) say where; `at_ms` when, from the beginning. */
export interface Edit {
  at_ms: number;
  editor: number;
  clause: number;
  place: number;
  act: { t: "type"; text: string } | { t: "delete" | "emphasis" | "bracket"; length: number };
}

/** Numbers in [0, 1) that follow from a seed (mulberry32). */
function drawing(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function between(draw: () => number, [least, most]: Range): number {
  return least + Math.floor(draw() * (most - least + 1));
}

function words(draw: () => number, count: number): string {
  return Array.from({ length: count }, () => VOCABULARY[Math.floor(draw() * VOCABULARY.length)]!).join(" ");
}

/** The text before the first edit, as a Yjs state. */
export function firstText(seed: number): Uint8Array {
  const draw = drawing(seed);
  const clause = (): TemplateNode => ({ kind: "paragraph", text: { [LANG]: words(draw, between(draw, WORDS_IN_CLAUSE)) } });
  const article = (): TemplateNode => ({
    kind: "article",
    text: { [LANG]: words(draw, 3) },
    under: Array.from({ length: CLAUSES_EACH }, clause),
  });
  const nodes: TemplateNode[] = [{ kind: "title", text: {} }, ...Array.from({ length: ARTICLES }, article)];
  const doc = new Y.Doc();
  createText(doc, { id: "bench", nodes }, [LANG], { [LANG]: "Draft treaty" });
  return Y.encodeStateAsUpdate(doc);
}

/** `count` edits by as many `editors`, `rate_per_s` of them a second in all. */
export function editsOf(seed: number, count: number, editors: number, rate_per_s: number): Edit[] {
  const draw = drawing(seed + 1);
  const places = Array.from({ length: editors }, () => ({ clause: 0, place: 0, left: 0 }));
  return Array.from({ length: count }, (_, at) => {
    const editor = at % editors;
    const spot = places[editor]!;
    if (spot.left-- <= 0) {
      Object.assign(spot, { clause: Math.floor(draw() * ARTICLES * CLAUSES_EACH), place: draw(), left: between(draw, STAY) });
    }
    // Not in lockstep: each somewhere in the editor's own stretch of time.
    const at_ms = ((at + draw() * editors * 0.5) * 1000) / rate_per_s;
    return { at_ms, editor, clause: spot.clause, place: spot.place, act: actOf(draw) };
  }).sort((a, b) => a.at_ms - b.at_ms);
}

function actOf(draw: () => number): Edit["act"] {
  const kind = draw();
  const length = between(draw, STRETCH);
  if (kind < SHARES.type) return { t: "type", text: ` ${words(draw, between(draw, [1, 2]))}` };
  if (kind < SHARES.type + SHARES.delete) return { t: "delete", length };
  return { t: kind < SHARES.type + SHARES.delete + SHARES.emphasis ? "emphasis" : "bracket", length };
}

/** The clauses that edits name by their place in this list: the same in every copy of the text. */
export function clausesIn(doc: Y.Doc): string[] {
  return [...nodesOf(doc)].flatMap(([id, fields]) => (stringIn(fields, "kind") === "paragraph" ? id : [])).sort();
}

/** Do an edit in somebody's document, as one transaction with `origin`. */
export function perform(doc: Y.Doc, clauses: readonly string[], { clause, place, act }: Edit, origin: unknown): void {
  const node = clauses[clause]!;
  const text = textIn(fragmentIn(doc, node, LANG)!);
  const at = Math.floor(place * text.length);
  if (act.t === "type") return doc.transact(() => text.insert(at, act.text, {}), origin);
  const length = Math.min(act.length, text.length - at);
  if (length === 0) return;
  doc.transact(() => {
    if (act.t === "delete") text.delete(at, length);
    else if (act.t === "emphasis") text.format(at, length, { em: {} });
    else bracketSpan(doc, [{ node, lang: LANG, from: at, to: at + length }], { by: "" });
  }, origin);
}
