// Everything that a person does to a text, each one edit that undo takes back as one.

import type * as Y from "yjs";
import type { NodeKind, Run } from "../../wire/drafts/text.ts";
import * as brackets from "./brackets.ts";
import type { BracketWish, OptionWish, Stretch } from "./brackets.ts";
import * as citations from "./citations.ts";
import type { CitedStretch } from "./citations.ts";
import * as clauses from "./clauses.ts";
import type { NewClause, Place, Words } from "./clauses.ts";
import { EDIT } from "./doc.ts";
import { plainRuns } from "./inline.ts";
import * as languages from "./languages.ts";
import * as notes from "./notes.ts";

/** Words by language: with their marks, or bare. */
export type GivenWords = Readonly<Record<string, string | readonly Run[]>>;

export interface DraftOps {
  /** Several of these as one edit. */
  together<T>(work: () => T): T;
  addClause(wish: NewClause): string;
  /** A clause behind `after`, under the same parent; behind a heading the first one under it. */
  insertClause(after: string, kind: NodeKind, words: GivenWords): string;
  /** False if it would then stand under itself. */
  moveClause(node: string, place: Place): boolean;
  /** What stands under it takes its place. */
  removeClause(node: string): void;
  /** The new clause, which has what stands behind `offset`. */
  splitClause(node: string, lang: string, offset: number): string | null;
  /** Append `second` to `first`; where in `lang` it now begins. */
  joinClauses(first: string, second: string, lang: string): number;
  setKind(node: string, kind: NodeKind): void;
  setWords(node: string, lang: string, words: string | readonly Run[]): void;
  /** The bracket; null if there are no words. */
  bracketSpan(stretches: readonly Stretch[], wish: BracketWish): string | null;
  bracketWhole(wish: BracketWish): string;
  /** All words of a clause as one option and others as the next; the bracket. Null if there is no such clause. */
  bracketClause(node: string, words: GivenWords, wish: BracketWish & OptionWish): string | null;
  /** Other words for a bracket, in this clause; the option. Null if there is no such bracket. */
  addOption(bracket: string, to: { node: string; words: GivenWords }, wish: OptionWish): string | null;
  removeOption(bracket: string, option: string): void;
  removeBracket(bracket: string): void;
  /** Option by bracket, of standing decisions. */
  cleanDecided(decisions: ReadonlyMap<string, string>): void;
  /** A footnote at this place; its id. */
  addNote(node: string, lang: string, offset: number): string | null;
  /** Say where words were agreed, "" for no longer; the citation's id. Null if no words are there. */
  cite(stretch: CitedStretch, source: string): string | null;
  setLanguages(langs: readonly string[]): void;
  setTitle(lang: string, title: string): void;
}

function runsOf(words: GivenWords): Words {
  return Object.fromEntries(Object.entries(words).map(([lang, each]) => [lang, runsIn(each)]));
}

function runsIn(words: string | readonly Run[]): readonly Run[] {
  return typeof words === "string" ? plainRuns(words) : words;
}

export function opsOn(doc: Y.Doc): DraftOps {
  const edit = <A extends unknown[], T>(work: (doc: Y.Doc, ...given: A) => T) => {
    return (...given: A): T => doc.transact(() => work(doc, ...given), EDIT);
  };
  return {
    together: (work) => doc.transact(work, EDIT),
    addClause: edit(clauses.addClause),
    insertClause: edit((on, after: string, kind: NodeKind, words: GivenWords) =>
      clauses.addClause(on, { ...clauses.placeBehind(on, after), kind, text: runsOf(words) }),
    ),
    moveClause: edit(clauses.moveClause),
    removeClause: edit(clauses.removeClause),
    splitClause: edit(clauses.splitClause),
    joinClauses: edit(clauses.joinClauses),
    setKind: edit(clauses.setKind),
    setWords: edit((on, node: string, lang: string, words: string | readonly Run[]) =>
      clauses.setWords(on, node, lang, runsIn(words)),
    ),
    bracketSpan: edit(brackets.bracketSpan),
    bracketWhole: edit(brackets.bracketWhole),
    bracketClause: edit((on, node: string, words: GivenWords, wish: BracketWish & OptionWish) =>
      brackets.bracketClause(on, node, runsOf(words), wish),
    ),
    addOption: edit((on, bracket: string, to: { node: string; words: GivenWords }, wish: OptionWish) =>
      brackets.addOption(on, bracket, to.node, runsOf(to.words), wish),
    ),
    removeOption: edit(brackets.removeOption),
    removeBracket: edit(brackets.removeBracket),
    cleanDecided: edit(brackets.cleanDecided),
    addNote: edit(notes.addNote),
    cite: edit(citations.cite),
    setLanguages: edit(languages.setLanguages),
    setTitle: edit(languages.setTitle),
  };
}
