// Who is in a room's group, followed through the record.
//
// The leaves of the tree are seats: a commit empties the seats that it removes and places every added device on the
// first empty one (RFC 9420 §7.7, §12.1.1), so that whoever reads from the founding on knows them without group state.
//
// | last seat of an account is emptied, and …                 | the account                           |
// |-----------------------------------------------------------|---------------------------------------|
// | it is seated anew by the same commit                      | stays                                 |
// | every device so removed was revoked by its own account    | stays, without a seat                 |
// | otherwise                                                 | is out of the room                    |

import type { DeviceKind } from "../e2ee/identity.ts";
import type { Id } from "../wire/ids.ts";
import type { Place } from "./roomdata.ts";

export interface Seat {
  account: Id;
  device: Id;
  kind: DeviceKind;
}

/**
 * `seats` by leaf index; null while unknown (history `none`, before this device has joined the group).
 * `accounts`: where each may begin to verify the record; null for those who were there before this account.
 */
export interface Membership {
  seats: (Seat | null)[] | null;
  accounts: Record<Id, Place | null>;
}

/** What a commit does: leaves emptied, then devices seated, in this order. */
export interface SeatChange {
  removedLeaves: readonly number[];
  added: readonly Seat[];
}

export interface Changed {
  membership: Membership;
  /** Accounts that came and went. */
  added: Id[];
  removed: Id[];
}

/**
 * The membership after a commit. `base`: from where the accounts that it lets in verify.
 * `isRevoked`: whether an account has revoked a device of its own.
 */
export function afterCommit(
  before: Membership,
  change: SeatChange,
  base: Place,
  isRevoked: (account: Id, device: Id) => boolean,
): Changed {
  const accounts = { ...before.accounts };
  const added = [...new Set(change.added.map((seat) => seat.account))].filter((account) => !Object.hasOwn(accounts, account));
  for (const account of added) accounts[account] = base;
  if (before.seats === null) return { membership: { seats: null, accounts }, added, removed: [] };

  const seats = [...before.seats];
  const emptied: Seat[] = [];
  for (const leaf of change.removedLeaves) {
    const seat = seats[leaf];
    if (seat) emptied.push(seat);
    seats[leaf] = null;
  }
  for (const { account, device, kind } of change.added) seats[firstEmpty(seats)] = { account, device, kind };
  const seated = new Set(seats.map((seat) => seat?.account));
  const removed = [...new Set(emptied.map((seat) => seat.account))].filter((account) => {
    const lost = emptied.filter((seat) => seat.account === account);
    return !seated.has(account) && !lost.every((seat) => isRevoked(account, seat.device));
  });
  for (const account of removed) delete accounts[account];
  return { membership: { seats, accounts }, added, removed };
}

/** The membership as the group itself shows it. Accounts without a seat that were known stay known. */
export function fromRoster(before: Membership, roster: readonly (Seat & { leaf: number })[]): Membership {
  const seats: (Seat | null)[] = [];
  for (const { leaf, account, device, kind } of roster) {
    while (seats.length <= leaf) seats.push(null);
    seats[leaf] = { account, device, kind };
  }
  const accounts = { ...before.accounts };
  for (const { account } of roster) accounts[account] ??= null;
  return { seats, accounts };
}

/** The seat of a device, if it has one. */
export function seatOf(membership: Membership, device: Id): Seat | null {
  return membership.seats?.find((seat) => seat?.device === device) ?? null;
}

/** Whether seats derived from the record and from the group are the same people at the same places. */
export function sameSeats(a: Membership, b: Membership): boolean {
  if (a.seats === null || b.seats === null) return true;
  const places = Math.max(a.seats.length, b.seats.length);
  for (let leaf = 0; leaf < places; leaf++) if (a.seats[leaf]?.device !== b.seats[leaf]?.device) return false;
  return true;
}

function firstEmpty(seats: readonly (Seat | null)[]): number {
  const empty = seats.findIndex((seat) => !seat);
  return empty === -1 ? seats.length : empty;
}
