// What changed between two versions of a draft in one language: clause by clause, and word by word inside a clause.
//
// Clauses are told apart by their ids, which outlive every move and every change of number. Without what was inserted,
// a redline reads as the text before; without what was deleted, as the text after. (A moved clause is struck out where
// it stood; where it stands now, its words are compared with the earlier ones.)

import type { ClauseView, Projection } from "../../wire/drafts/projection-types.ts";
import type { Bracket, NodeKind, TextDocument } from "../../wire/drafts/text.ts";
import { type Edit, type Operation, compare, smoothed } from "./compare.ts";
import { type Atom, type Supporters, atomsOf, plainAtom } from "./signs.ts";
import { words } from "./words.ts";

/** One version as it is read: a revision, or what is on the table now. */
export interface Version {
  /** In the order of the document. */
  clauses: readonly ClauseView[];
  brackets: readonly Bracket[];
  /** Who supports which option; null: without attribution. */
  supporters: Supporters | null;
  /** The whole text is in brackets that nobody has decided. */
  whole: boolean;
}

/** A text with what the acts make of it. */
export function versionOf(document: TextDocument, projection: Projection, supporters: Supporters | null): Version {
  const { brackets } = document;
  const whole = brackets.some((bracket) => bracket.whole && projection.brackets[bracket.id]?.state !== "decided");
  return { clauses: projection.clauses, brackets, supporters, whole };
}

/** "away": it stood here and stands elsewhere now; "moved": it stood elsewhere. */
export type Change = "same" | "changed" | "inserted" | "deleted" | "away" | "moved";

export interface Piece {
  op: Operation;
  atom: Atom;
}

/** A clause of a redline, or of a plain text where every piece is "same". */
export interface Entry {
  node: string;
  kind: NodeKind;
  parent: string;
  depth: number;
  /** As counted in the version after; of what is gone from it, in the one before. */
  number: string;
  ordinal: number;
  change: Change;
  /** Of a moved clause: its number in the other place. */
  otherNumber: string;
  pieces: Piece[];
}

/** A version as entries, nothing changed. */
export function entriesOf(version: Version, lang: string): Entry[] {
  return readable(version).map((clause) => {
    const pieces = atoms(version, clause, lang).map((atom): Piece => ({ op: "same", atom }));
    return entryOf(clause, "same", pieces);
  });
}

/** From `before` to `after` in the column `lang`. */
export function redline(before: Version, after: Version, lang: string): Entry[] {
  const [left, right] = [readable(before), readable(after)];
  const old = new Map(left.map((clause) => [clause.node, clause]));
  const now = new Map(right.map((clause) => [clause.node, clause]));
  const entries: Entry[] = [];
  for (const { op, items } of compare(left, right, ({ node }) => node)) {
    for (const clause of items) {
      const [earlier, later] = [old.get(clause.node), now.get(clause.node)];
      if (op === "deleted") entries.push(gone(before, clause, lang, later));
      else if (earlier === undefined) entries.push(entryOf(clause, "inserted", all("inserted", after, clause, lang)));
      else {
        const pieces = difference(atoms(before, earlier, lang), atoms(after, clause, lang), lang);
        const changed = pieces.some((piece) => piece.op !== "same");
        const change = op === "inserted" ? "moved" : changed ? "changed" : "same";
        entries.push({ ...entryOf(clause, change, pieces), otherNumber: earlier.number });
      }
    }
  }
  return entries;
}

/** Clauses that have a line of their own: footnotes stand where they are called, emptied ones nowhere. */
function readable(version: Version): ClauseView[] {
  return version.clauses.filter(({ kind, gone }) => kind !== "note" && !gone);
}

function gone(before: Version, clause: ClauseView, lang: string, later: ClauseView | undefined): Entry {
  const entry = entryOf(clause, later === undefined ? "deleted" : "away", all("deleted", before, clause, lang));
  return { ...entry, otherNumber: later?.number ?? "" };
}

function entryOf(clause: ClauseView, change: Change, pieces: Piece[]): Entry {
  const { node, kind, parent, depth, number, ordinal } = clause;
  return { node, kind, parent, depth, number, ordinal, change, otherNumber: "", pieces };
}

function atoms({ brackets, supporters }: Version, clause: ClauseView, lang: string): Atom[] {
  return atomsOf(clause.runs[lang] ?? [], { brackets, supporters });
}

function all(op: Operation, version: Version, clause: ClauseView, lang: string): Piece[] {
  return atoms(version, clause, lang).map((atom) => ({ op, atom }));
}

/** Word by word; a change of emphasis alone is none, and shown as it is now. */
export function difference(before: readonly Atom[], after: readonly Atom[], lang: string): Piece[] {
  const edits = compare(cut(before, lang), cut(after, lang), keyOf);
  return merged(smoothed(edits, isSlight));
}

/** The words of two runs, without brackets around them. */
export function textDifference(before: string, after: string, lang: string): Piece[] {
  return difference([plainAtom(before)], [plainAtom(after)], lang);
}

/** Atoms of one word each. */
function cut(atoms: readonly Atom[], lang: string): Atom[] {
  return atoms.flatMap((atom) =>
    atom.t === "text" ? words(lang, atom.text).map((text): Atom => ({ ...atom, text })) : [atom],
  );
}

function keyOf(atom: Atom): string {
  if (atom.t === "text") return `t ${atom.text}`;
  if (atom.t === "break") return "br";
  if (atom.t === "note") return `note ${atom.note}`;
  if (atom.t === "sign") return `${atom.sign} ${atom.bracket}`;
  if (atom.t === "removal") return `removal ${atom.bracket} ${atom.option}`;
  return `by ${atom.bracket} ${atom.option} ${atom.delegations.join(" ")}`;
}

/** A space or a mark between two replaced words. */
function isSlight(atoms: readonly Atom[]): boolean {
  return atoms.every((atom) => atom.t === "text" && !/[\p{L}\p{N}]/u.test(atom.text)) && atoms.length <= 2;
}

/** Words that stand beside one another and look alike as one piece again. */
function merged(edits: readonly Edit<Atom>[]): Piece[] {
  const pieces: Piece[] = [];
  for (const { op, items } of edits) {
    for (const atom of items) {
      const last = pieces.at(-1);
      const joined = last?.op === op ? together(last.atom, atom) : null;
      if (joined !== null && last !== undefined) pieces[pieces.length - 1] = { op, atom: joined };
      else pieces.push({ op, atom });
    }
  }
  return pieces;
}

function together(a: Atom, b: Atom): Atom | null {
  if (a.t !== "text" || b.t !== "text") return null;
  const alike = a.em === b.em && a.strong === b.strong && a.source === b.source;
  if (!alike || String(a.brackets) !== String(b.brackets)) return null;
  return { ...a, text: a.text + b.text };
}
