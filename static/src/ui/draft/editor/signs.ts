// Where the signs of brackets stand: one function for the text at rest and for the editor, so that both look the same.

import type { BracketMark, Run, TextDocument } from "../../../wire/drafts/text.ts";
import { lengthOf, lengthOfRuns } from "../../../draft/model/inline.ts";

/** A "[" or "]" of an option, at an offset of its clause. */
export interface Sign {
  at: number;
  side: "open" | "close";
  bracket: string;
  option: string;
}

/** A bracket of which deletion is an option: this is said where its words end. */
export interface Deletion {
  at: number;
  bracket: string;
  option: string;
}

export interface ClauseSigns {
  signs: readonly Sign[];
  deletions: readonly Deletion[];
}

const NO_SIGNS: ClauseSigns = { signs: [], deletions: [] };

function keyOf([bracket, option]: BracketMark): string {
  return `${bracket} ${option}`;
}

/** Where each option that stands at `from` ends again. */
function endsOf(runs: readonly Run[], from: number, size: number): Map<string, number> {
  const ends = new Map<string, number>();
  let at = 0;
  for (const run of runs) {
    at += lengthOf(run);
    if (at <= from) continue;
    for (const mark of run.brackets) if ((ends.get(keyOf(mark)) ?? from) >= at - lengthOf(run)) ends.set(keyOf(mark), at);
  }
  for (const [key, end] of ends) if (end === size) ends.set(key, Infinity);
  return ends;
}

/**
 * The signs of one clause. A bracket that goes on from the clause before, or into the one behind, has none there.
 *
 * @param before options that stand at the end of the clause before; `behind` at the beginning of the one behind.
 */
export function signsOf(runs: readonly Run[], before: readonly BracketMark[], behind: readonly BracketMark[]): Sign[] {
  const signs: Sign[] = [];
  const size = lengthOfRuns(runs);
  let open: { mark: BracketMark; since: number }[] = before.map((mark) => ({ mark, since: -1 }));
  const step = (at: number, marks: readonly BracketMark[], runsLeft: boolean): void => {
    const wanted = new Map(marks.map((mark) => [keyOf(mark), mark]));
    const closing = open.filter(({ mark }) => !wanted.has(keyOf(mark))).sort((a, b) => b.since - a.since);
    for (const { mark: [bracket, option], since } of closing) {
      if (since >= 0 || at > 0) signs.push({ at, side: "close", bracket, option });
    }
    open = open.filter(({ mark }) => wanted.has(keyOf(mark)));
    const known = new Set(open.map(({ mark }) => keyOf(mark)));
    const ends = endsOf(runs, at, size);
    const opening = marks.filter((mark) => !known.has(keyOf(mark)));
    opening.sort((a, b) => (ends.get(keyOf(b)) ?? 0) - (ends.get(keyOf(a)) ?? 0));
    for (const mark of opening) {
      if (runsLeft) signs.push({ at, side: "open", bracket: mark[0], option: mark[1] });
      open.push({ mark, since: at });
    }
  };
  let at = 0;
  for (const run of runs) {
    step(at, run.brackets, true);
    at += lengthOf(run);
  }
  if (runs.length > 0) step(at, behind.filter((mark) => open.some((each) => keyOf(each.mark) === keyOf(mark))), false);
  return signs;
}

/** The signs of every clause of a text in one language, by clause; a clause without any is not there. */
export function layOut(document: TextDocument, lang: string): Map<string, ClauseSigns> {
  const nodes = document.nodes.filter(({ kind, text }) => kind !== "note" && (text[lang]?.length ?? 0) > 0);
  const notes = document.nodes.filter(({ kind }) => kind === "note");
  const found = new Map<string, ClauseSigns>();
  nodes.forEach(({ id, text }, at) => {
    const before = nodes[at - 1]?.text[lang]?.at(-1)?.brackets ?? [];
    const behind = nodes[at + 1]?.text[lang]?.[0]?.brackets ?? [];
    keep(found, id, signsOf(text[lang] ?? [], before, behind));
  });
  for (const { id, text } of notes) keep(found, id, signsOf(text[lang] ?? [], [], []));
  addDeletions(document, found);
  return found;
}

function keep(found: Map<string, ClauseSigns>, node: string, signs: readonly Sign[]): void {
  if (signs.length > 0) found.set(node, { signs, deletions: [] });
}

/** Said once for each bracket, where the last of its words end. */
function addDeletions(document: TextDocument, found: Map<string, ClauseSigns>): void {
  for (const { id: bracket, options } of document.brackets) {
    const option = options.find(({ kind }) => kind === "delete")?.id;
    if (option === undefined) continue;
    const holders = document.nodes.filter(({ id }) => found.get(id)?.signs.some((sign) => sign.bracket === bracket));
    const last = holders.at(-1)?.id ?? "";
    const { signs, deletions } = found.get(last) ?? NO_SIGNS;
    const at = signs.findLast((sign) => sign.bracket === bracket && sign.side === "close")?.at;
    if (at !== undefined) found.set(last, { signs, deletions: [...deletions, { at, bracket, option }] });
  }
}

/** Who is behind an option, and how its bracket stands; what the signs show. */
export interface OptionLook {
  /** Code of the delegation, "" for none. */
  code: string;
  /** Standing words, words that a decision takes out, or neither. */
  state: "open" | "conflicted" | "kept" | "struck";
}

export type Looks = ReadonlyMap<string, OptionLook>;

/** The look of an option; one that its bracket does not name has none behind it. */
export function lookOf(looks: Looks, bracket: string, option: string): OptionLook {
  return looks.get(`${bracket} ${option}`) ?? { code: "", state: "open" };
}
