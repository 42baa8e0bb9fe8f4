// The alternatives to each clause, with the numbers by which people speak of them: Alt.1, Alt.2.

import type { Id } from "../../wire/ids.ts";
import { type Proposal, byAge } from "./proposals.ts";

export interface Alternative {
  proposal: Proposal;
  /** Counts from 1 within its clause, new clauses apart; a withdrawn one keeps its number. */
  number: number;
}

/** Alternatives by clause. `insert` ones, which propose a new clause, are numbered apart from the others. */
export function alternativesByClause(proposals: readonly Proposal[]): Map<Id, Alternative[]> {
  const byClause = new Map<Id, Alternative[]>();
  const counts = new Map<string, number>();
  for (const proposal of [...proposals].sort(byAge)) {
    const series = `${proposal.node} ${proposal.kind === "insert" ? "new" : "other"}`;
    const number = (counts.get(series) ?? 0) + 1;
    counts.set(series, number);
    byClause.set(proposal.node, [...(byClause.get(proposal.node) ?? []), { proposal, number }]);
  }
  return byClause;
}

/** Where proposals of one clause went: by "delegation proposal", the options that were made from them. */
export function takenOver(
  brackets: readonly {
    id: Id;
    options: readonly { id: Id; from: readonly { delegation: Id; proposal: Id }[] }[];
  }[],
): Map<string, { bracket: Id; option: Id }[]> {
  const found = new Map<string, { bracket: Id; option: Id }[]>();
  for (const { id: bracket, options } of brackets) {
    for (const { id: option, from } of options) {
      for (const { delegation, proposal } of from) {
        const key = `${delegation} ${proposal}`;
        found.set(key, [...(found.get(key) ?? []), { bracket, option }]);
      }
    }
  }
  return found;
}
