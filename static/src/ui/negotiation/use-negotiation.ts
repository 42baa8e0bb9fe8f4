// What the sides of a negotiation are drawn from: the draft, with what all delegations propose and support.

import { useMemo } from "preact/hooks";
import { type Board, readBoards } from "../../draft/negotiation/support.ts";
import type { ActType, ClauseRef } from "../../wire/drafts/acts.ts";
import type { ActsState } from "../../wire/drafts/state.ts";
import { type Right, includes, mayAct, partiesOf } from "../../wire/drafts/rights.ts";
import type { Bracket, TextDocument, TextNode } from "../../wire/drafts/text.ts";
import type { ClauseView, Projection } from "../../wire/drafts/projection.ts";
import type { Id } from "../../wire/ids.ts";
import { type DraftContext, useDraft } from "../draft/use-draft.ts";
import { usePortal } from "../portal.ts";
import { ClauseNames } from "./clause-names.ts";

export interface Negotiation extends DraftContext {
  acts: ActsState;
  /** The reader's delegation, "" for none. */
  own: Id | "";
  /** Delegations that may propose, in the order of their ids. */
  parties: readonly Id[];
  boards: readonly Board[];
  /** The columns on which positions and agreements are taken: the authentic languages, or the drafting one alone. */
  columns: readonly string[];
  /** The shortest time that a silence may run, in milliseconds. */
  silenceMin_ms: number;
  names: ClauseNames;
  clause(node: Id): ClauseView | undefined;
  node(node: Id): TextNode | undefined;
  bracket(bracket: Id): Bracket | undefined;
  may(right: Right): boolean;
  mayAct(act: ActType): boolean;
}

export function useNegotiation(): Negotiation {
  const draft = useDraft();
  const { view, document, projection, proposals, round } = draft;
  const boards = useMemo(() => readBoards(proposals), [proposals, round]);
  const { nodes, brackets, clauses, names } = tablesOf(document, projection);
  const acts = view.acts;
  return {
    ...draft,
    acts,
    own: view.delegation,
    parties: partiesOf(acts.rights),
    boards,
    columns: acts.authentic.length > 0 ? acts.authentic : document.meta.langs.slice(0, 1),
    silenceMin_ms: view.silence_min_ms,
    names,
    clause: (node) => clauses.get(node),
    node: (node) => nodes.get(node),
    bracket: (bracket) => brackets.get(bracket),
    may: (right) => includes(view.right, right),
    mayAct: (act) => mayAct(view.right, act),
  };
}

/** A state of the text, by ids. */
interface Tables {
  nodes: ReadonlyMap<Id, TextNode>;
  brackets: ReadonlyMap<Id, Bracket>;
  clauses: ReadonlyMap<Id, ClauseView>;
  names: ClauseNames;
}

const known = new WeakMap<Projection, Tables & { document: TextDocument }>();

/** Made once for each state of the text: a dozen sections beside it ask for them at each edit. */
function tablesOf(document: TextDocument, projection: Projection): Tables {
  const before = known.get(projection);
  if (before?.document === document) return before;
  const clauses = new Map(projection.clauses.map((each) => [each.node, each]));
  const made = {
    document,
    nodes: new Map(document.nodes.map((node) => [node.id, node])),
    brackets: new Map(document.brackets.map((bracket) => [bracket.id, bracket])),
    clauses,
    names: new ClauseNames(clauses, document),
  };
  known.set(projection, made);
  return made;
}

/** What acts name of clauses: each column that positions and agreements are taken on, as it reads now. */
export function refsOf(clause: ClauseView, columns: readonly string[]): ClauseRef[] {
  const { node } = clause;
  return columns.flatMap((lang) => {
    const hash = clause.hash[lang];
    return hash === undefined ? [] : [{ node, lang, hash }];
  });
}

/** As refsOf, for several clauses by their ids. */
export function refsOfAll(nodes: readonly Id[], { clause, columns }: Negotiation): ClauseRef[] {
  return nodes.flatMap((node) => {
    const found = clause(node);
    return found === undefined ? [] : refsOf(found, columns);
  });
}

/** Goes to a clause in the text, with its inspector beside it. */
export function useShowClause(): (node: Id) => void {
  const { session } = usePortal();
  const { view, select } = useDraft();
  return (node) => {
    select(node);
    session.go({ screen: "draft", room: view.room, draft: view.draft, tab: "text" });
  };
}
