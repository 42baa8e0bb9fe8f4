// Citations: words of a clause that were agreed elsewhere, marked with where. One is read at a place; its id tells
// stretches of one citation from another one that names the same source.

import type * as Y from "yjs";
import { newId } from "../../wire/ids.ts";
import type { Run, TextDocument } from "../../wire/drafts/text.ts";
import { fragmentIn } from "./doc.ts";
import { besideLetter, citeKey, citeKeysIn, lengthOf, lengthOfRuns, plainText, readInline, sliceRuns, textIn, unitsOf } from "./inline.ts";

/** Longest source, in UTF-16 units: enough for a document, its article and a date. */
export const LONGEST_SOURCE = 300;

/** A stretch of a clause's words in one language; offsets in UTF-16 units. */
export interface CitedStretch {
  node: string;
  lang: string;
  from: number;
  to: number;
}

export interface CitedWords extends CitedStretch {
  id: string;
  source: string;
  words: string;
}

/** Say where words were agreed; source "": say it no longer. Returns the citation's id, null if no words are there. */
export function cite(doc: Y.Doc, { node, lang, from, to }: CitedStretch, source: string): string | null {
  const fragment = fragmentIn(doc, node, lang);
  if (fragment === undefined) return null;
  const text = textIn(fragment);
  const runs = readInline(text);
  const units = unitsOf(runs);
  const begin = besideLetter(units, Math.max(0, from), -1);
  const end = besideLetter(units, Math.min(to, lengthOfRuns(runs)), 1);
  if (begin >= end) return null;
  const id = newId();
  const said = source.trim().slice(0, LONGEST_SOURCE).replace(/[\uD800-\uDBFF]$/, ""); // half a letter is no text
  const gone = Object.fromEntries([...citeKeysIn(text, begin, end)].map((key) => [key, null]));
  text.format(begin, end - begin, { ...gone, ...(said === "" ? {} : { [citeKey(id)]: { id, source: said } }) });
  return id;
}

/** The citations in one clause's words, in their order. */
export function citationsIn(node: string, lang: string, runs: readonly Run[]): CitedWords[] {
  const found: CitedWords[] = [];
  let at = 0;
  for (const run of runs) {
    const [from, to] = [at, (at += lengthOf(run))];
    if (run.cite === undefined) continue;
    const last = found.at(-1);
    const words = plainText([run]);
    if (last?.id === run.cite.id && last.to === from) {
      found[found.length - 1] = { ...last, to, words: last.words + words };
    } else found.push({ node, lang, from, to, ...run.cite, words });
  }
  return found;
}

/** The citation in which all of these words stand; null for none, and for several. */
export function citationAround(stretch: CitedStretch, runs: readonly Run[]): CitedWords | null {
  const { node, lang, from, to } = stretch;
  return citationsIn(node, lang, runs).find((each) => each.from <= from && to <= each.to) ?? null;
}

/** The words of a stretch, to be read. */
export function wordsAt({ from, to }: CitedStretch, runs: readonly Run[]): string {
  return plainText(sliceRuns(runs, from, to));
}

/** Each source that the words of a language cite, in the order of the text, with the clauses that do. */
export function sourcesIn(document: TextDocument, lang: string): Map<string, string[]> {
  const sources = new Map<string, string[]>();
  for (const { id, text } of document.nodes) {
    for (const { source } of citationsIn(id, lang, text[lang] ?? [])) {
      const nodes = sources.get(source) ?? [];
      if (!nodes.includes(id)) sources.set(source, [...nodes, id]);
    }
  }
  return sources;
}
