// The brackets of a text and what the acts decided on them. The Python twin is portal/wire/drafts/brackets.py.

import { b64 } from "../bytes.ts";
import { bracketHash, type OptionWords } from "./clauses.ts";
import { bracketedIn } from "./clean.ts";
import type { BracketView } from "./projection-types.ts";
import type { Decided } from "./state.ts";
import type { Bracket, TextDocument } from "./text.ts";

interface Found {
  readonly whole: boolean;
  readonly options: Map<string, OptionWords[]>;
  /** In the order of the document. */
  readonly nodes: Set<string>;
  refused: boolean;
}

/**
 * All brackets that have words or stand around the whole text, by id. One that only its marks tell of (its entry was
 * removed) counts like any other; one of which no words are left does not.
 */
export function bracketsOf(
  document: TextDocument,
  langs: readonly string[],
  decisions: Readonly<Record<string, Decided>>,
): Map<string, BracketView> {
  const found = new Map(document.brackets.map((bracket) => [bracket.id, listed(bracket)]));
  for (const node of document.nodes) {
    for (const lang of langs) {
      for (const [[bracket, option], words] of bracketedIn(node, lang)) {
        const here = found.get(bracket) ?? { whole: false, options: new Map(), nodes: new Set(), refused: false };
        found.set(bracket, here);
        here.nodes.add(node.id);
        if (words === null) here.refused = true;
        else if (here.options.has(option)) here.options.get(option)!.push(words);
        else here.options.set(option, [words]);
      }
    }
  }
  const standing = [...found].filter(([, { whole, nodes }]) => whole || nodes.size > 0);
  standing.sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(standing.map(([id, bracket]) => [id, viewOf(id, bracket, decisions)]));
}

function listed({ whole, options }: Bracket): Found {
  return { whole, options: new Map(options.map(({ id }) => [id, []])), nodes: new Set(), refused: false };
}

function viewOf(id: string, found: Found, decisions: Readonly<Record<string, Decided>>): BracketView {
  const hash = found.refused ? null : hashOf(id, found.options);
  const nodes = [...found.nodes];
  const decision = Object.hasOwn(decisions, id) ? decisions[id]! : null;
  if (decision?.conflict) return { state: "conflicted", hash, option: null, voided: false, nodes };
  if (decision === null || decision.option === "") return { state: "open", hash, option: null, voided: false, nodes };
  // An option that does not exist would leave none of the words: whoever wants that has the option "delete".
  if (decision.hash !== hash || !found.options.has(decision.option)) {
    return { state: "open", hash, option: null, voided: true, nodes };
  }
  return { state: "decided", hash, option: decision.option, voided: false, nodes };
}

interface Hashed {
  readonly bracket: string;
  readonly options: ReadonlyMap<string, readonly OptionWords[]>;
  readonly hash: string;
}

/** By the first words that stand in the bracket: as long as no clause with it is touched, they are the same object. */
const known = new WeakMap<OptionWords, Hashed>();

function hashOf(bracket: string, options: ReadonlyMap<string, readonly OptionWords[]>): string {
  const first = [...options.values()].find((words) => words.length > 0)?.[0];
  const before = first && known.get(first);
  if (before?.bracket === bracket && sameOptions(before.options, options)) return before.hash;
  const hash = b64(bracketHash(bracket, options));
  if (first !== undefined) known.set(first, { bracket, options, hash });
  return hash;
}

function sameOptions(a: Hashed["options"], b: Hashed["options"]): boolean {
  return (
    a.size === b.size &&
    [...a].every(([option, words]) => {
      const others = b.get(option);
      return others?.length === words.length && words.every((one, i) => one === others[i]);
    })
  );
}
