// A delegation's private notes on a draft: a draft of its own, in a room of the delegation, with the words that it
// could live with, clause by clause. Whoever is not in that room can not read it: it is sealed with that room's keys.

import * as Y from "yjs";
import type { Id } from "../../wire/ids.ts";
import { EDIT, fragmentIn, metaOf, nodesOf, stringIn } from "../model/doc.ts";
import { createText, newNode } from "../model/create.ts";
import { readFragment } from "../model/inline.ts";
import { orderBetween } from "../model/order.ts";
import { wordsOf } from "./options.ts";
import { fragmentOfWords, runsOf } from "./fragments.ts";
import { setWords } from "../model/clauses.ts";

const TEMPLATE = "annex:";

/** Whether a draft holds the private notes on `draft`. */
export function isAnnexOf(doc: Y.Doc, draft: Id): boolean {
  return stringIn(metaOf(doc), "template") === `${TEMPLATE}${draft}`;
}

/** The first state of private notes on `draft`, as a Yjs update. */
export function newAnnex(draft: Id, lang: string, title: string): Uint8Array {
  const doc = new Y.Doc();
  createText(doc, { id: `${TEMPLATE}${draft}`, nodes: [] }, [lang], { [lang]: title });
  const update = Y.encodeStateAsUpdate(doc);
  doc.destroy();
  return update;
}

/** What is noted on a clause; "" for nothing. */
export function noteOn(doc: Y.Doc, clause: Id, lang: string): string {
  const fragment = fragmentIn(doc, clause, lang);
  return fragment === undefined ? "" : wordsOf(readFragment(fragment));
}

/** Note something on a clause: under the clause's own id, so that it is found again wherever the clause moves. */
export function setNote(doc: Y.Doc, clause: Id, lang: string, words: string): void {
  doc.transact(() => {
    if (nodesOf(doc).has(clause)) {
      setWords(doc, clause, lang, runsOf(words));
      return;
    }
    const text = new Map([[lang, fragmentOfWords(words)]]);
    nodesOf(doc).set(clause, newNode("paragraph", "", orderBetween("", null), text));
  }, EDIT);
}

