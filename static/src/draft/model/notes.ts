// Footnotes: a sign in the text of a clause, and a node of kind "note" under that clause, which has the words.

import type * as Y from "yjs";
import { addClause, ensureFragment } from "./clauses.ts";
import { nodesOf } from "./doc.ts";
import { besideLetter, insertRuns, lengthOf, readInline, textIn, unitsOf } from "./inline.ts";

/** Put the sign of a new footnote at an offset. Returns the footnote's id; null if there is no such clause. */
export function addNote(doc: Y.Doc, node: string, lang: string, offset: number): string | null {
  if (!nodesOf(doc).has(node)) return null;
  const note = addClause(doc, { kind: "note", parent: node, after: null });
  const text = textIn(ensureFragment(doc, node, lang));
  const runs = readInline(text);
  const place = besideLetter(unitsOf(runs), offset, 1);
  let at = 0;
  const around = runs.find((run) => {
    const begins = at;
    at += lengthOf(run);
    return begins < place && place < at; // at the edge of a bracket the sign stands outside
  });
  const brackets = around?.brackets ?? [];
  insertRuns(text, place, [{ text: "", marks: [], brackets, atom: { note } }]);
  return note;
}
