// The keys of a room's record that this account holds: one exporter value an epoch, one share a bucket.
//
// | entry comes from      | reads | a device outside of the group may seal under it                          |
// |-----------------------|-------|--------------------------------------------------------------------------|
// | own group state       | yes   | (it is inside)                                                           |
// | grant of own account, | yes   | yes                                                                      |
// |  or of the pinned one |       |                                                                          |
// |  that made the commit |       |                                                                          |
// | grant of someone else | yes   | no: an account that the server made up could hand out a key of its own   |
// | of a revoked device   | yes   | no: nor may whoever has that device now                                  |
// | under a changed key   | yes   | no, also if the key that the person knows is shown again later           |
//
// A grant counts most for the epoch whose commit it came with. What it says of older ones fills gaps only: else one
// member's false grant would take the whole past from somebody who has lost every device.

import { deriveRecordKey, type RecordKey } from "../e2ee/record.ts";
import { Refusal } from "../e2ee/refusal.ts";
import type { GrantContent, RingEntry } from "../e2ee/ring.ts";
import { type Bytes, equal, unb64 } from "../wire/bytes.ts";
import type { Id } from "../wire/ids.ts";
import type { GrantJson } from "./answers.ts";
import type { Http } from "./http.ts";
import type { Keyholder } from "./keyholder.ts";
import { later } from "./loading.ts";
import type { People } from "./people.ts";

/**
 * `from`: the account whose device deposited it, "revoked" for a revoked device, "unaccepted" for one that is listed
 * under a changed key only, or "group" for what the own group gave.
 */
export interface Held extends RingEntry {
  readonly from: Id | "group" | "revoked" | "unaccepted";
}

/** Kept under "ring:<room>". */
export interface KeptRing {
  entries: Held[];
  shares: [bucket: number, share: Bytes][];
}

export class KeyRing {
  readonly room: Id;
  private readonly entries: Map<number, Held>;
  private readonly shares: Map<number, Bytes>;
  private readonly keys = new Map<number, RecordKey>();
  /** Whether anything was put in since it was made. */
  changed = false;

  constructor(room: Id, kept: KeptRing = { entries: [], shares: [] }) {
    this.room = room;
    this.entries = new Map(kept.entries.map((entry) => [entry.epoch, entry]));
    this.shares = new Map(kept.shares);
  }

  keep(): KeptRing {
    return { entries: this.all(), shares: [...this.shares] };
  }

  copy(): KeyRing {
    return new KeyRing(this.room, this.keep());
  }

  /** All entries, in the order of their epochs. */
  all(): Held[] {
    return [...this.entries.values()].sort((a, b) => a.epoch - b.epoch);
  }

  entry(epoch: number): Held | undefined {
    return this.entries.get(epoch);
  }

  hasShare(bucket: number): boolean {
    return this.shares.has(bucket);
  }

  get newestEpoch(): number {
    return Math.max(-1, ...this.entries.keys());
  }

  /** Put in what a grant says; returns whether anything changed. */
  putGrant({ content, depositor }: ReadGrant): boolean {
    let changed = false;
    for (const entry of content.ring) {
      const fillsGap = !this.entries.has(entry.epoch);
      if (fillsGap || entry.epoch === content.epoch) changed = this.put({ ...entry, from: depositor }) || changed;
    }
    return changed;
  }

  /** Put an entry in; only the own group says another value than itself. Returns whether anything changed. */
  put(entry: Held): boolean {
    const before = this.entries.get(entry.epoch);
    if (before && before.from === entry.from && equal(before.value, entry.value)) return false;
    if (before && entry.from !== "group" && (before.from === "group" || equal(before.value, entry.value))) return false;
    this.entries.set(entry.epoch, entry);
    this.keys.delete(entry.epoch);
    this.changed = true;
    return true;
  }

  putShare(bucket: number, share: Bytes): void {
    const before = this.shares.get(bucket);
    if (before && equal(before, share)) return;
    this.shares.set(bucket, share);
    this.keys.clear();
    this.changed = true;
  }

  /** The key of an epoch's items, or null while its entry or its bucket's share is missing. */
  key(epoch: number): RecordKey | null {
    const known = this.keys.get(epoch);
    if (known) return known;
    const entry = this.entries.get(epoch);
    const share = entry && this.shares.get(entry.bucket);
    if (!entry || !share) return null;
    const key = deriveRecordKey(entry.value, share, this.room, epoch, entry.bucket);
    this.keys.set(epoch, key);
    return key;
  }
}

/** A grant that opened, and whose device deposited it, as `Held.from` has it. */
export interface ReadGrant {
  content: GrantContent;
  depositor: Id | "revoked" | "unaccepted";
}

/** What the server keeps of the account's own grants after `epoch`, whatever they are worth. */
export function askForGrants(room: Id, epoch: number | null, http: Http): Promise<GrantJson[]> {
  const query = epoch === null ? "" : `?after=${epoch}`;
  return http.get<GrantJson[]>(`/api/rooms/${room}/grants${query}`);
}

type Reader = { people: People; keyholder: Keyholder };

/**
 * Those of the account's own grants that are signed by a listed device of somebody known and open with the account's
 * keys, ascending by epoch. Others are left out: nothing can be done with them.
 */
export async function readGrants(
  room: Id,
  listed: readonly GrantJson[],
  { people, keyholder }: Reader,
): Promise<ReadGrant[]> {
  await keyholder.meet(listed.map((json) => json.device));
  const read = await Promise.all(listed.map((json) => readGrant(room, json, people, keyholder)));
  return read.filter((grant) => grant !== null).sort((a, b) => a.content.epoch - b.content.epoch);
}

/** The account's own grants after `epoch` that can be read. */
export async function fetchGrants(room: Id, epoch: number | null, host: Reader & { http: Http }): Promise<ReadGrant[]> {
  return readGrants(room, await askForGrants(room, epoch, host.http), host);
}

async function readGrant(room: Id, json: GrantJson, people: People, keyholder: Keyholder): Promise<ReadGrant | null> {
  const owner = people.owner(json.device, people.accounts());
  if (!owner || json.account !== keyholder.device.account) return null;
  const { grantFromJson, openGrant, verifyGrant } = await later();
  try {
    const grant = grantFromJson(room, json);
    await verifyGrant(grant, owner.listed.key);
    return {
      content: await openGrant(grant, await keyholder.boxes()),
      depositor: owner.listed.revoked ? "revoked" : owner.accepted ? owner.account : "unaccepted",
    };
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

/** The shares of a room's buckets, as the server has them now. */
export async function fetchShares(room: Id, http: Http): Promise<[number, Bytes][]> {
  const answer = await http.get<{ bucket: number; share: string }[]>(`/api/rooms/${room}/shares`);
  return answer.map(({ bucket, share }) => [bucket, unb64(share, 32)]);
}
