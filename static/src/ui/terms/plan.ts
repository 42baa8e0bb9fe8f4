// What an import would change: which concepts of a file are new to the room, which are terms of it put otherwise.

import type { TermView } from "../../member/api.ts";
import { type Concept, type Word, distinct } from "./concept.ts";

export interface Change {
  /** Null for a new one. */
  before: TermView | null;
  words: Word[];
  note: string;
}

export interface Plan {
  added: Change[];
  changed: Change[];
  /** How many say what is agreed already. */
  same: number;
}

/** How the room's terms stand in a file. */
export function conceptsOf(terms: readonly TermView[]): Concept[] {
  return terms.map(({ term, words, note }) => ({ name: term, words, note }));
}

/**
 * Compare a file with what is agreed. A concept is the term of its id; without one it is the term with which it shares
 * the most words; then the file's preferred words take the place of the agreed ones, and everything else stays.
 */
export function planOf(terms: readonly TermView[], concepts: readonly Concept[]): Plan {
  const left = new Map(terms.map((term) => [term.term, term]));
  const plan: Plan = { added: [], changed: [], same: 0 };
  const take = (concept: Concept, before: TermView | undefined): void => {
    if (before === undefined) {
      plan.added.push({ before: null, words: concept.words, note: concept.note });
      return;
    }
    left.delete(before.term);
    const change = joined(concept, before);
    if (saysTheSame(change, before)) plan.same += 1;
    else plan.changed.push(change);
  };
  const unnamed: Concept[] = [];
  for (const concept of concepts) {
    const named = concept.name === null ? undefined : left.get(concept.name);
    if (named === undefined) unnamed.push(concept);
    else take(concept, named);
  }
  for (const concept of unnamed) take(concept, nearest(concept, left.values()));
  return plan;
}

function joined({ name, words, note }: Concept, before: TermView): Change {
  if (name === before.term) return { before, words, note };
  const put = new Set(words.filter(({ status }) => status === "preferred").map(({ lang }) => lang));
  const kept = before.words.filter(({ lang, status }) => status !== "preferred" || !put.has(lang));
  return { before, words: distinct([...words, ...kept]), note: note || before.note };
}

/** The term that shares the most words, or undefined where none shares any. */
function nearest({ words }: Concept, terms: Iterable<TermView>): TermView | undefined {
  const own = new Set(words.filter(({ status }) => status !== "forbidden").map(nameOf));
  let best: { term: TermView; shared: number } | undefined;
  for (const term of terms) {
    const shared = term.words.filter((word) => word.status !== "forbidden" && own.has(nameOf(word))).length;
    if (shared > (best?.shared ?? 0)) best = { term, shared };
  }
  return best?.term;
}

function nameOf({ lang, text }: Word): string {
  return `${lang} ${text.normalize("NFC").toLowerCase()}`;
}

function saysTheSame(change: Change, before: TermView): boolean {
  const sorted = (words: readonly Word[]): string =>
    words
      .map(({ lang, text, status }) => JSON.stringify([lang, text, status]))
      .sort()
      .join();
  return change.note === before.note && sorted(change.words) === sorted(before.words);
}
