// Clauses as they read after the decisions. What is found out about a clause is kept as long as the object that holds
// its words (`text`): a reader that gives the same one for a clause that nobody touched pays for nothing again.
// The Python twin is portal/wire/drafts/clean.py.

import { b64, type Bytes } from "../bytes.ts";
import { clauseHash, type NotedText, type OptionWords, optionWords, textLeaf, textOfRuns } from "./clauses.ts";
import { type BracketMark, cleanRuns, RefusedText, type Run, type TextNode } from "./text.ts";

/** One language of a clause. */
export interface CleanColumn {
  readonly runs: readonly Run[];
  /** The footnotes to which they refer. */
  readonly notes: readonly string[];
  /** The brackets that remain in them. */
  readonly undecided: readonly string[];
  /** Nothing but white space remains. */
  readonly isEmpty: boolean;
  /** null if the words are refused. */
  readonly hash: string | null;
  /** The code points for which they are, ascending. */
  readonly refused: readonly number[];
  /** The hash of its leaf under this number. RefusedText if the words are refused. */
  readonly leaf: (number: string) => Bytes;
}

export interface CleanNode {
  readonly node: TextNode;
  readonly columns: ReadonlyMap<string, CleanColumn>;
  /** By column, as a ClauseView has them. */
  readonly hash: Readonly<Record<string, string>>;
  readonly runs: Readonly<Record<string, readonly Run[]>>;
  /** The brackets that stand in any of its columns, decided or not; sorted. */
  readonly brackets: readonly string[];
  /** No words remain in any column. */
  readonly isEmpty: boolean;
  /** And it had some: the decisions took them. */
  readonly gone: boolean;
}

/** What a clause's language puts into brackets, by bracket and option. */
export type Bracketed = readonly (readonly [BracketMark, OptionWords | null])[];

interface Known {
  readonly brackets: ReadonlySet<string>;
  readonly bracketed: Bracketed;
  column: (CleanColumn & { readonly key: string }) | null;
}

/** What is known of a clause's words; its id and kind count in the hashes too. */
interface Words {
  readonly id: string;
  readonly kind: string;
  readonly columns: Map<string, Known>;
  clean: CleanNode | null;
}

const known = new WeakMap<TextNode["text"], Words>();
const NOTHING: readonly Run[] = [];

/** The words that `node` has in `lang`. */
export function runsOf(node: TextNode, lang: string): readonly Run[] {
  return Object.hasOwn(node.text, lang) ? node.text[lang]! : NOTHING;
}

/** The options' words in this clause and language; null in the place of words that are refused. */
export function bracketedIn(node: TextNode, lang: string): Bracketed {
  return knownOf(node, lang).bracketed;
}

/** `node` in the languages `langs`, where `decided` names the option of each decided bracket. */
export function cleanNode(node: TextNode, langs: readonly string[], decided: ReadonlyMap<string, string>): CleanNode {
  const columns = new Map(langs.map((lang) => [lang, columnOf(node, lang, decided)]));
  const words = wordsOf(node);
  if (words.clean !== null && sameColumns(words.clean.columns, columns)) return { ...words.clean, node };
  const brackets = new Set(langs.flatMap((lang) => [...knownOf(node, lang).brackets]));
  const isEmpty = [...columns.values()].every((column) => column.isEmpty);
  words.clean = {
    node,
    columns,
    hash: Object.fromEntries([...columns].flatMap(([lang, { hash }]) => (hash === null ? [] : [[lang, hash]]))),
    runs: Object.fromEntries([...columns].map(([lang, { runs }]) => [lang, runs])),
    brackets: [...brackets].sort(),
    isEmpty,
    gone: isEmpty && !langs.every((lang) => runsOf(node, lang).every(isBlank)),
  };
  return words.clean;
}

function sameColumns(a: CleanNode["columns"], b: CleanNode["columns"]): boolean {
  if (a.size !== b.size) return false;
  const others = b.entries();
  for (const [lang, column] of a) {
    const [otherLang, other] = others.next().value!;
    if (lang !== otherLang || column !== other) return false;
  }
  return true;
}

function wordsOf({ id, kind, text }: TextNode): Words {
  let words = known.get(text);
  if (words?.id !== id || words.kind !== kind) known.set(text, (words = { id, kind, columns: new Map(), clean: null }));
  return words;
}

function knownOf(node: TextNode, lang: string): Known {
  const { columns } = wordsOf(node);
  let found = columns.get(lang);
  if (found === undefined) columns.set(lang, (found = bracketsIn(node, lang)));
  return found;
}

function bracketsIn(node: TextNode, lang: string): Known {
  const runs = runsOf(node, lang);
  const marks = runs.flatMap((run) => run.brackets);
  const brackets = new Set(marks.map(([bracket]) => bracket));
  return { brackets, bracketed: brackets.size === 0 ? [] : optionWords(node.id, lang, runs), column: null };
}

function columnOf(node: TextNode, lang: string, decided: ReadonlyMap<string, string>): CleanColumn {
  const here = knownOf(node, lang);
  const decisions = [...here.brackets].filter((id) => decided.has(id)).map((id) => [id, decided.get(id)]);
  const key = decisions.length === 0 ? "" : JSON.stringify(decisions);
  if (here.column?.key !== key) here.column = { key, ...read(node, lang, cleanRuns(runsOf(node, lang), decided)) };
  return here.column;
}

function read(node: TextNode, lang: string, runs: readonly Run[]): CleanColumn {
  return {
    runs,
    notes: runs.flatMap(({ atom }) => (typeof atom === "object" ? [atom.note] : [])),
    undecided: [...new Set(runs.flatMap(({ brackets }) => brackets.map(([bracket]) => bracket)))],
    isEmpty: runs.every(isBlank),
    ...hashed(node, lang, runs),
    leaf: leafOf(node, runs),
  };
}

function hashed(node: TextNode, lang: string, runs: readonly Run[]): Pick<CleanColumn, "hash" | "refused"> {
  try {
    return { hash: b64(clauseHash(node, lang, runs)), refused: [] };
  } catch (error) {
    if (error instanceof RefusedText) return { hash: null, refused: error.codePoints };
    throw error;
  }
}

/** One column's leaf, made when it is asked for and kept while the clause keeps its number. */
function leafOf({ id, kind }: TextNode, runs: readonly Run[]): (number: string) => Bytes {
  let words: NotedText | null = null;
  let made: { readonly number: string; readonly leaf: Bytes } | null = null;
  return (number) => {
    words ??= textOfRuns(runs);
    if (made?.number !== number) made = { number, leaf: textLeaf({ node: id, kind, number, ...words }) };
    return made.leaf;
  };
}

/** White space only; what is refused is none. */
function isBlank({ text, atom }: Run): boolean {
  return (atom === undefined || atom === "br") && /^[ \t\n\r\u00A0]*$/.test(text);
}
