// Who is in a room's group, followed through the record.
//
// The leaves of the tree are seats: a commit empties the seats that it removes and places every added device on the
// first empty one (RFC 9420 §7.7, §12.1.1), so that whoever reads from the founding on knows them without group state.
//
// Which accounts go is what the commit says, and nothing else: an account that it does not name stays, with or
// without a
// seat (its devices revoked, suspended, or about to be seated anew); one that it names must have no seat afterwards.

import type { Directory } from "../e2ee/devices.ts";
import type { DeviceKind } from "../e2ee/identity.ts";
import { Refusal } from "../e2ee/refusal.ts";
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

/** What a commit does: leaves emptied, then devices seated, in this order; and the accounts that it names as gone. */
export interface SeatChange {
  removedLeaves: readonly number[];
  added: readonly Seat[];
  going: readonly Id[];
}

export interface Changed {
  membership: Membership;
  /** Accounts that came and went. */
  added: Id[];
  removed: Id[];
}

/**
 * The membership after a commit. `base`: from where the accounts that it lets in verify.
 *
 * Refusal "commit.going": it names an account that keeps or gets a seat.
 */
export function afterCommit(before: Membership, change: SeatChange, base: Place): Changed {
  const accounts = { ...before.accounts };
  const added = [...new Set(change.added.map((seat) => seat.account))].filter(
    (account) => !Object.hasOwn(accounts, account),
  );
  for (const account of added) accounts[account] = base;
  const removed = change.going.filter((account) => Object.hasOwn(accounts, account));
  for (const account of removed) delete accounts[account];
  if (before.seats === null) return { membership: { seats: null, accounts }, added, removed };

  const seats = [...before.seats];
  for (const leaf of change.removedLeaves) seats[leaf] = null;
  for (const { account, device, kind } of change.added) seats[firstEmpty(seats)] = { account, device, kind };
  const kept = seats.find((seat) => seat && change.going.includes(seat.account));
  if (kept) throw new Refusal("commit.going", { account: kept.account, device: kept.device });
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

/** Seats of devices that their account has revoked, or that are on no list known here. */
export function revokedSeats({ seats }: Membership, directory: Directory): Seat[] {
  return (seats ?? []).filter(
    (seat): seat is Seat => seat !== null && (directory.device(seat.account, seat.device)?.revoked ?? true),
  );
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
