// Who stands behind an option of a bracket or behind a proposal, and why; from all delegations' own documents.

import type { Id } from "../../wire/ids.ts";
import { type Proposal, byAge, readProposals, readSupports, supportKey } from "./proposals.ts";
import type * as Y from "yjs";

/** What one delegation proposes and supports. */
export interface Board {
  delegation: Id;
  proposals: readonly Proposal[];
  supports: ReadonlySet<string>;
}

/** by: wrote it · source: the option was made from its proposal · supports: said so · cosponsor: of such a proposal. */
export type Because = "by" | "source" | "supports" | "cosponsor";

export interface Supporter {
  delegation: Id;
  because: Because;
}

/** An option as the text on the table has it. */
export interface OptionFacts {
  id: Id;
  /** Delegation, or "" if a pen-holder without one wrote it. */
  by: Id;
  from: readonly { delegation: Id; proposal: Id }[];
}

/** The boards of all delegations whose documents are here, by delegation. */
export function readBoards(docs: ReadonlyMap<Id, Y.Doc>): Board[] {
  return [...docs].map(([delegation, doc]) => ({
    delegation,
    proposals: readProposals(doc, delegation),
    supports: readSupports(doc),
  }));
}

/** Everybody's proposals, the oldest first. */
export function allProposals(boards: readonly Board[]): Proposal[] {
  return boards.flatMap((board) => [...board.proposals]).sort(byAge);
}

/** The proposal of this id by this delegation, or null. */
export function findProposal(boards: readonly Board[], delegation: Id, proposal: Id): Proposal | null {
  const board = boards.find((each) => each.delegation === delegation);
  return board?.proposals.find((each) => each.id === proposal) ?? null;
}

/**
 * Who stands behind an option, each delegation once with its strongest reason. A delegation whose source proposal was
 * withdrawn does not stand behind it by that any more; whoever wrote the option does until the text changes.
 */
export function supportersOf(bracket: Id, option: OptionFacts, boards: readonly Board[]): Supporter[] {
  const found = new Map<Id, Because>();
  const note = (delegation: Id, because: Because): void => {
    if (delegation !== "" && !found.has(delegation)) found.set(delegation, because);
  };
  const living = option.from.filter((each) => !isWithdrawn(boards, each));
  if (option.from.length === 0) note(option.by, "by");
  for (const { delegation } of living) note(delegation, "source");
  const direct = supportKey({ bracket, option: option.id });
  for (const board of boards) if (board.supports.has(direct)) note(board.delegation, "supports");
  const indirect = living.map((each) => supportKey(each));
  for (const board of boards) if (indirect.some((key) => board.supports.has(key))) note(board.delegation, "cosponsor");
  return [...found].map(([delegation, because]) => ({ delegation, because }));
}

/** The delegations that stand behind a proposal besides the one that made it. */
export function cosponsorsOf(proposal: Proposal, boards: readonly Board[]): Id[] {
  const key = supportKey({ delegation: proposal.delegation, proposal: proposal.id });
  return boards
    .filter(({ delegation, supports }) => delegation !== proposal.delegation && supports.has(key))
    .map(({ delegation }) => delegation);
}

function isWithdrawn(boards: readonly Board[], { delegation, proposal }: { delegation: Id; proposal: Id }): boolean {
  return findProposal(boards, delegation, proposal)?.withdrawn === true;
}
