// What every export is made from: columns of entries with their footnotes and comments, and where it all comes from.

import type { Stance } from "../../wire/drafts/acts.ts";
import type { ClauseView } from "../../wire/drafts/projection-types.ts";
import { type Entry, type Piece, type Version, difference, entriesOf, redline } from "../redline/redline.ts";
import { type Atom, atomsOf } from "../redline/signs.ts";

/** A version by its name, and whose it is. */
export interface Source {
  /** "Rev.2", or the page's word for what is on the table now. */
  name: string;
  at_ms: number;
  /** Who filed it, by name; "" for what is on the table. */
  author: string;
  /** b64(32): root over the authentic languages, or the document's hash; "" if there is none. */
  hash: string;
  version: Version;
}

export interface ManuscriptComment {
  node: string;
  lang: string;
  /** The words it is about; if they are gone, it is about the whole clause. */
  quote: string;
  author: string;
  at_ms: number;
  text: string;
  resolved: boolean;
  /** Index of the comment it answers, in the same list; null for the first of a thread. */
  reply: number | null;
}

export interface Footnote {
  /** As counted in its column. */
  number: number;
  pieces: Piece[];
}

export interface Column {
  lang: string;
  title: string;
  entries: Entry[];
  notes: ReadonlyMap<string, Footnote>;
  /** What it cites, in reading order: the words, and where they were agreed. */
  citations: readonly { words: string; source: string }[];
}

/** Words beside the text, in the reader's language. */
export interface ExportWords {
  lang: string;
  /** With {name}, {date}: "Rev.2 of 3 May 2026". */
  version: string;
  /** With {before}, {after}. */
  compared: string;
  whole: string;
  /** With {number}. */
  movedFrom: string;
  movedTo: string;
  moved: string;
  comments: string;
  footnotes: string;
  citations: string;
  evidence: string;
}

export interface Manuscript {
  draft: string;
  columns: Column[];
  /** Where the words come from; with `before`, the columns are redlines. */
  source: Source;
  before: Source | null;
  comments: readonly ManuscriptComment[];
  /** Names of delegations by id. */
  names: Readonly<Record<string, string>>;
  made_ms: number;
  words: ExportWords;
}

export interface ManuscriptWish {
  draft: string;
  /** Title by column. */
  title: Readonly<Record<string, string>>;
  langs: readonly string[];
  source: Source;
  before: Source | null;
  comments: readonly ManuscriptComment[];
  names: Readonly<Record<string, string>>;
  made_ms: number;
  words: ExportWords;
}

export function manuscriptOf(wish: ManuscriptWish): Manuscript {
  const { draft, source, before, names, made_ms, words } = wish;
  const columns = wish.langs.map((lang): Column => {
    const { version } = source;
    const entries = before === null ? entriesOf(version, lang) : redline(before.version, version, lang);
    const title = wish.title[lang] ?? "";
    const notes = notesOf(entries, version, before?.version ?? null, lang);
    return { lang, title, entries, notes, citations: citationsOf(entries) };
  });
  const comments = wish.comments.filter(({ lang }) => wish.langs.includes(lang));
  return { draft, columns, source, before, comments: rethreaded(wish.comments, comments), names, made_ms, words };
}

/** Comments that are left, with their answers pointing at where the answered ones are now. */
function rethreaded(all: readonly ManuscriptComment[], left: readonly ManuscriptComment[]): ManuscriptComment[] {
  const place = new Map(left.map((comment, index) => [comment, index]));
  return left.map((comment) => {
    const answered = comment.reply === null ? undefined : all[comment.reply];
    return { ...comment, reply: (answered === undefined ? undefined : place.get(answered)) ?? null };
  });
}

/** Footnotes in the order in which they are called, with what changed inside them. */
function notesOf(entries: readonly Entry[], now: Version, before: Version | null, lang: string): Map<string, Footnote> {
  const notes = new Map<string, Footnote>();
  for (const { pieces } of entries) {
    for (const { atom, op } of pieces) {
      if (atom.t !== "note" || notes.has(atom.note)) continue;
      const [after, earlier] = [atomsOfNote(now, atom.note, lang), atomsOfNote(before ?? now, atom.note, lang)];
      const note =
        op === "deleted" ? earlier.map((each): Piece => ({ op, atom: each })) : difference(earlier, after, lang);
      notes.set(atom.note, { number: notes.size + 1, pieces: note });
    }
  }
  return notes;
}

/** Of the words that stand; what a redline shows as taken out cites nothing any more. */
function citationsOf(entries: readonly Entry[]): { words: string; source: string }[] {
  const found: { words: string; source: string }[] = [];
  for (const { pieces, change } of entries) {
    if (change === "away" || change === "deleted") continue;
    let source: string | null = null;
    for (const { atom, op } of pieces) {
      if (op === "deleted") continue;
      const before: string | null = source;
      if (atom.t !== "break") source = atom.t === "text" ? atom.source : null;
      if (source === null) continue;
      const words = atom.t === "text" ? atom.text : " ";
      const last = found.at(-1);
      if (last !== undefined && before === source) last.words += words;
      else found.push({ words, source });
    }
  }
  return found.map(({ words, source }) => ({ words: words.trim(), source }));
}

function atomsOfNote({ clauses, brackets, supporters }: Version, note: string, lang: string): Atom[] {
  const clause = clauses.find(({ node }) => node === note);
  return atomsOf(clause?.runs[lang] ?? [], { brackets, supporters });
}

/** "Norway; Chile": delegations by their names. */
export function namesOf(delegations: readonly string[], names: Readonly<Record<string, string>>): string {
  return delegations.map((delegation) => names[delegation] ?? delegation).join("; ");
}

/** A moment as a date in the reader's language; UTC, since a file has no time zone of its own. */
export function dateOf(at_ms: number, lang: string): string {
  return new Intl.DateTimeFormat(lang, { dateStyle: "long", timeZone: "UTC" }).format(at_ms);
}

/** A sentence with its {placeholders} filled. */
export function filled(sentence: string, values: Readonly<Record<string, string>>): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

/** Line that says what the file is: which version, or which two. */
export function sourceLine({ source, before, words }: Manuscript): string {
  const named = ({ name, at_ms }: Source): string => filled(words.version, { name, date: dateOf(at_ms, words.lang) });
  return before === null ? named(source) : filled(words.compared, { before: named(before), after: named(source) });
}

/** The stance of each delegation on each clause, for what can show it. */
export function positionsOf(
  clauses: readonly ClauseView[],
): { node: string; delegation: string; stance: Stance; fresh: boolean }[] {
  return clauses.flatMap(({ node, positions }) =>
    Object.entries(positions).map(([delegation, { stance, fresh }]) => ({ node, delegation, stance, fresh })),
  );
}
