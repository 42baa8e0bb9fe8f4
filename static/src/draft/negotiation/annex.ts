// A delegation's private notes on a draft: a draft of its own, in a room of the delegation, with the words that it
// could live with, clause by clause. Whoever is not in that room can not read it: it is sealed with that room's keys.
//
// Each note is a clause under an id of its own whose parent is the clause that it is about. That one stands in another
// document, so a note hangs in the air there, which every reader allows (docs/protocol.md §10). Two colleagues who begin
// a note at once make two: under one id, the library would keep one of them. Notes of before stand under the id of the
// clause itself; they are read, and written to, as well.

import * as Y from "yjs";
import { type Id, newId } from "../../wire/ids.ts";
import { EDIT, type Fields, fragmentIn, isLanguage, mapIn, mapsIn, metaOf, nodesOf, stringIn } from "../model/doc.ts";
import { createText, newNode } from "../model/create.ts";
import { readFragment, textIn } from "../model/inline.ts";
import { orderBetween } from "../model/order.ts";
import { wordsOf } from "./options.ts";
import { fragmentOfWords, runsOf } from "./fragments.ts";
import { setWords } from "../model/clauses.ts";

const TEMPLATE = "annex:";
/** The field of a note that says what it was taken over from. */
const FROM = "from";

/** One person's words on a clause, in one language; a note of before may have several. */
export interface Note {
  /** Of its node; the clause's own for a note of before. */
  id: Id;
  lang: string;
  words: string;
  /** Yjs client numbers of those whose letters stand in it. */
  clients: readonly number[];
}

/** What a draft that holds the private notes on `draft` says that it was made from. */
export function annexTemplate(draft: Id): string {
  return `${TEMPLATE}${draft}`;
}

/** Whether a draft holds the private notes on `draft`. */
export function isAnnexOf(doc: Y.Doc, draft: Id): boolean {
  return stringIn(metaOf(doc), "template") === annexTemplate(draft);
}

/** A draft that holds private notes, as the server lists it; `created_ms` is null until the server has it. */
export interface FoundAnnex {
  draft: Id;
  created_ms: number | null;
}

/**
 * Of several private notes on one draft, as when two colleagues begin at once: the one that is written to, and the rest
 * in the same order for every colleague, since it follows from when the server took each, then from the id. A server
 * that tells them different times parts what they write to, and hides nothing: all of them read all.
 */
export function chosenAnnex<Found extends FoundAnnex>(
  found: readonly Found[],
): { written: Found | null; others: readonly Found[] } {
  const once = [...new Map(found.map((each) => [each.draft, each])).values()];
  const [written = null, ...others] = once.sort(byAge);
  return { written, others };
}

function byAge(a: FoundAnnex, b: FoundAnnex): number {
  const [first, second] = [a.created_ms ?? Number.MAX_SAFE_INTEGER, b.created_ms ?? Number.MAX_SAFE_INTEGER];
  return first - second || compare(a.draft, b.draft);
}

/** The first state of private notes on `draft`, as a Yjs update. */
export function newAnnex(draft: Id, lang: string, title: string): Uint8Array {
  const doc = new Y.Doc();
  createText(doc, { id: annexTemplate(draft), nodes: [] }, [lang], { [lang]: title });
  const update = Y.encodeStateAsUpdate(doc);
  doc.destroy();
  return update;
}

/** All notes on a clause, empty ones too, in the order in which they were begun; the same for every reader. */
export function notesOn(doc: Y.Doc, clause: Id): Note[] {
  return nodesAbout(doc, clause).flatMap(([id, fields]) =>
    [...(mapIn(fields, "text")?.keys() ?? [])]
      .filter(isLanguage)
      .sort()
      .flatMap((lang) => readNote(doc, id, lang)),
  );
}

/** The words of one note as they are now; "" where there is none. */
export function noteWords(doc: Y.Doc, id: Id, lang: string): string {
  const fragment = fragmentIn(doc, id, lang);
  return fragment === undefined ? "" : wordsOf(readFragment(fragment));
}

/** Write a note: into the node `id` where there is one, into a new one under that id otherwise. */
export function writeNote(doc: Y.Doc, clause: Id, { id, lang, words }: Pick<Note, "id" | "lang" | "words">): void {
  doc.transact(() => {
    if (nodesOf(doc).has(id)) setWords(doc, id, lang, runsOf(words));
    else addNote(doc, clause, id, lang, words);
  }, EDIT);
}

/** Copy a note of another annex into this one. What it was stays with it, so that it is not offered again. */
export function takeOverNote(doc: Y.Doc, clause: Id, note: Note): void {
  doc.transact(() => {
    addNote(doc, clause, newId(), note.lang, note.words).set(FROM, nameOf(note));
  }, EDIT);
}

/** The notes on a clause in another annex whose words nobody has taken over as they are now. */
export function leftNotes(doc: Y.Doc, other: Y.Doc, clause: Id): Note[] {
  const taken = new Set(nodesAbout(doc, clause).map(([, fields]) => stringIn(fields, FROM)));
  const there = new Set(notesOn(doc, clause).map(({ lang, words }) => JSON.stringify([lang, words])));
  return notesOn(other, clause).filter((note) => {
    const isThere = there.has(JSON.stringify([note.lang, note.words]));
    return note.words.trim() !== "" && !isThere && !taken.has(nameOf(note));
  });
}

function addNote(doc: Y.Doc, clause: Id, id: Id, lang: string, words: string): Fields {
  const last = nodesAbout(doc, clause).at(-1)?.[1];
  const order = orderBetween(stringIn(last, "order"), null);
  const fields = newNode("paragraph", clause, order, new Map([[lang, fragmentOfWords(words)]]));
  nodesOf(doc).set(id, fields);
  return fields;
}

function nodesAbout(doc: Y.Doc, clause: Id): [id: string, fields: Fields][] {
  const about = mapsIn(nodesOf(doc)).filter(([id, fields]) => id === clause || stringIn(fields, "parent") === clause);
  return about.sort(([a, x], [b, y]) => compare(stringIn(x, "order"), stringIn(y, "order")) || compare(a, b));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function readNote(doc: Y.Doc, id: Id, lang: string): Note[] {
  const fragment = fragmentIn(doc, id, lang);
  if (fragment === undefined) return [];
  const words = wordsOf(readFragment(fragment));
  return [{ id, lang, words, clients: words === "" ? [] : clientsIn(fragment) }];
}

/** Whose letters are left in a fragment, by Yjs client number, in the order in which they stand. */
function clientsIn(fragment: Y.XmlFragment): number[] {
  const clients = new Set<number>();
  for (let item = textIn(fragment)._start; item !== null; item = item.right) {
    if (!item.deleted && item.countable) clients.add(item.id.client);
  }
  return [...clients];
}

/** A note with the words that it has now: other words are another one. */
function nameOf({ id, lang, words }: Note): string {
  return JSON.stringify([id, lang, words]);
}
