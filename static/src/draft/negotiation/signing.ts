// The order in which delegations sign, and the order in which their names stand in each one's copy.

import type { Id } from "../../wire/ids.ts";

/**
 * The alternat: in the copy that a delegation keeps, its own name stands first; the others follow in the agreed order.
 * A delegation that is not in the order gets the agreed order.
 */
export function alternat(order: readonly Id[], keeper: Id): Id[] {
  return order.includes(keeper) ? [keeper, ...order.filter((each) => each !== keeper)] : [...order];
}

/** Whose turn it is: the first in the order that has not signed; null if all have. */
export function nextToSign(order: readonly Id[], signed: ReadonlySet<Id>): Id | null {
  return order.find((each) => !signed.has(each)) ?? null;
}

export interface Turn {
  delegation: Id;
  /** signed · now: its turn · waits: for those before it. */
  standing: "signed" | "now" | "waits";
}

/** Where each delegation of the order stands. */
export function turnsOf(order: readonly Id[], signed: ReadonlySet<Id>): Turn[] {
  const next = nextToSign(order, signed);
  return order.map((delegation) => ({
    delegation,
    standing: signed.has(delegation) ? "signed" : delegation === next ? "now" : "waits",
  }));
}

/** Move a delegation one place up (-1) or down (1); the same order if there is no such place. */
export function moved(order: readonly Id[], delegation: Id, step: -1 | 1): Id[] {
  const from = order.indexOf(delegation);
  const to = from + step;
  const next = [...order];
  if (from < 0 || to < 0 || to >= order.length) return next;
  next.splice(from, 1);
  next.splice(to, 0, delegation);
  return next;
}
