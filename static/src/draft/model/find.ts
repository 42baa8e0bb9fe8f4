// Finding words in a text, and putting others in their place.

import type * as Y from "yjs";
import type { Run, TextDocument } from "../../wire/drafts/text.ts";
import { fragmentIn } from "./doc.ts";
import { formatsOf, lengthOf, readInline, textIn, unitsOf } from "./inline.ts";

export interface Found {
  node: string;
  from: number;
  to: number;
}

const CHARACTERS = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Characters in the form in which they are compared, each with where it stands. */
function folded(text: string): { form: string; from: number; to: number }[] {
  return [...CHARACTERS.segment(text)].map(({ segment, index }) => {
    const form = segment.normalize("NFKC").toUpperCase().toLowerCase(); // by way of capitals ς is σ
    return { form: /^\s+$/.test(form) ? " " : form, from: index, to: index + segment.length };
  });
}

/** Where words stand in a column, in order; none overlap. Case and composition of letters do not count. */
export function findWords(document: TextDocument, lang: string, query: string): Found[] {
  const wanted = folded(query).map(({ form }) => form);
  if (wanted.length === 0) return [];
  return document.nodes.flatMap(({ id, text }) => {
    const letters = folded(unitsOf(text[lang] ?? []));
    const found: Found[] = [];
    for (let at = 0; at + wanted.length <= letters.length; ) {
      const here = wanted.every((form, index) => letters[at + index]?.form === form);
      const [first, last] = [letters[at], letters[at + wanted.length - 1]];
      if (here && first !== undefined && last !== undefined) found.push({ node: id, from: first.from, to: last.to });
      at += here ? wanted.length : 1;
    }
    return found;
  });
}

/** Put other words in these places; they take the marks of the first letter that they replace. */
export function replaceWords(doc: Y.Doc, lang: string, places: readonly Found[], words: string): void {
  for (const { node, from, to } of [...places].reverse()) {
    const fragment = fragmentIn(doc, node, lang);
    if (fragment === undefined) continue;
    const text = textIn(fragment);
    const marks = runAt(readInline(text), from);
    text.delete(from, to - from);
    if (words !== "") text.insert(from, words, marks === undefined ? {} : formatsOf(marks));
  }
}

function runAt(runs: readonly Run[], offset: number): Run | undefined {
  let at = 0;
  return runs.find((run) => {
    at += lengthOf(run);
    return at > offset;
  });
}
