// What project() reads of the acts, and what it says. Plain JSON, equal in both twins; the Python twin is
// portal/wire/drafts/projection_types.py.

import type { Stance } from "./acts.ts";
import type { ActsState } from "./state.ts";
import type { NodeKind, Run } from "./text.ts";

/** The part of the acts' state that the projection reads. */
export type StandingActs = Pick<
  ActsState,
  "decisions" | "agreements" | "positions" | "concords" | "authentic" | "packages" | "links"
>;

export type ClauseState = "open" | "bracketed" | "conflicted" | "agreed_ad_ref" | "agreed";

export interface ClauseView {
  readonly node: string;
  readonly kind: NodeKind;
  readonly parent: string;
  /** As counted: "4", "II", "b"; "" where nothing is counted. The words beside it are the page's. */
  readonly number: string;
  /** The same as a plain number; 0 where nothing is counted. */
  readonly ordinal: number;
  readonly depth: number;
  /** Emptied by decisions: no number, no leaf of a root. */
  readonly gone: boolean;
  readonly state: ClauseState;
  /** There is an agreement, on other words than the present ones. */
  readonly voided: boolean;
  /** Linked clauses that are not agreed yet, or wait in their turn: they hold this one at "agreed_ad_ref". */
  readonly waitsFor: readonly string[];
  /** Packages that hold it at "agreed_ad_ref": nothing is agreed until everything is. */
  readonly packages: readonly string[];
  /** Clause hash by column; a column whose words are refused has none. */
  readonly hash: Readonly<Record<string, string>>;
  /** Columns other than the drafting language that no named person has signed off as they now are. */
  readonly stale: readonly string[];
  readonly concord: Readonly<Record<string, { readonly account: string; readonly fresh: boolean }>>;
  /** By column: what remains after the decisions. */
  readonly runs: Readonly<Record<string, readonly Run[]>>;
  readonly open: readonly string[];
  readonly conflicted: readonly string[];
  readonly positions: Readonly<Record<string, { readonly stance: Stance; readonly fresh: boolean }>>;
}

export interface BracketView {
  readonly state: "open" | "conflicted" | "decided";
  /** What a decision names; null if the words are refused. */
  readonly hash: string | null;
  /** The option decided for, else null. */
  readonly option: string | null;
  /** There is a decision, on other words than the present ones. */
  readonly voided: boolean;
  /** In the order of the document. */
  readonly nodes: readonly string[];
}

/** What stands in the way of a root: "" as node or language means all of them. */
export interface Obstacle {
  readonly node: string;
  readonly lang: string;
  readonly why: "bracket" | "conflict" | "concordance" | "missing" | "characters";
}

export interface Projection {
  readonly clauses: readonly ClauseView[];
  readonly brackets: Readonly<Record<string, BracketView>>;
  /** Merkle root by column; null while something of `blocked` stands in its way. */
  readonly roots: Readonly<Record<string, string | null>>;
  /** The draft's root over its authentic languages, which is what is adopted and signed. */
  readonly root: string | null;
  readonly blocked: readonly Obstacle[];
  /** Brackets open and conflicted; clauses agreed and agreed ad referendum; clauses in all. */
  readonly counts: {
    readonly open: number;
    readonly conflicted: number;
    readonly agreed: number;
    readonly adRef: number;
    readonly clauses: number;
  };
  readonly problems: readonly {
    readonly node: string;
    readonly lang: string;
    /** Distinct, ascending: "U+202E". */
    readonly codePoints: readonly string[];
  }[];
}
