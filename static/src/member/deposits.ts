// Ring grants: what every commit deposits for every account of the group, and mending one's own.

import { exporterValue, type Group } from "../e2ee/group.ts";
import { grantToJson, type RingBase, type RingEntry, sealGrant } from "../e2ee/ring.ts";
import { equal } from "../wire/bytes.ts";
import { firstHead } from "../wire/envelope.ts";
import type { Id } from "../wire/ids.ts";
import type { GrantJson } from "./answers.ts";
import type { Host } from "./host.ts";
import { askForGrants, type Held, readGrants } from "./keyring.ts";
import type { Room } from "./room.ts";

/**
 * Grants of the epoch that `next` begins, for these accounts. Newcomers also get the older epochs that the room's
 * history lets them read; `seen` is the place of the record that the commit builds on.
 */
export async function depositsFor(
  room: Room,
  host: Host,
  next: Group,
  accounts: Iterable<Id>,
  seen: RingBase,
): Promise<GrantJson[]> {
  const entry: RingEntry = { epoch: next.epoch, bucket: next.bucket, value: await exporterValue(next) };
  const known = room.data.membership.accounts;
  return Promise.all(
    [...accounts].map(async (account) => {
      const newcomer = !Object.hasOwn(known, account);
      const older = newcomer ? allowed(room.ring.all(), next.history) : [];
      const base = newcomer ? newcomersBase(room, next.history, seen) : (known[account] ?? room.data.base!);
      const content = { account, room: room.id, epoch: next.epoch, base, ring: [...older, entry] };
      return grantToJson(await sealGrant(content, host.people.list(account).box, host.keyholder.device));
    }),
  );
}

/** Put a right grant in the place of each own one since `epoch` that differs from the own ring in any entry. */
export async function mendOwnGrants(room: Room, host: Host, epoch: number): Promise<void> {
  const { base } = room.data;
  if (!room.group || !base) return;
  const account = host.keyholder.device.account;
  const listed = await askForGrants(room.id, Math.max(0, epoch - 1), host.http);
  const grants = await readGrants(room.id, listed, host);
  // Of the epochs before somebody was let in again the server keeps no grant, and there is none to take the place of.
  const kept = new Set(listed.map((grant) => grant.epoch));
  for (const held of room.ring.all()) {
    if (held.epoch < Math.max(epoch, 1) || held.from !== "group" || !kept.has(held.epoch)) continue;
    const there = grants.find(({ content }) => content.epoch === held.epoch)?.content.ring ?? [];
    const ring = there.length > 0 ? corrected(room, there) : [entryOf(held)];
    if (isSame(there, ring)) continue;
    const content = { account, room: room.id, epoch: held.epoch, base, ring };
    const grant = await sealGrant(content, host.people.list(account).box, host.keyholder.device);
    await host.http.put(`/api/rooms/${room.id}/grants`, { grant: grantToJson(grant) });
  }
}

/** A grant's entries as the own ring has them; the last alone where the older ones do not fit together. */
function corrected(room: Room, ring: readonly RingEntry[]): RingEntry[] {
  const entries = ring.map((entry) => entryOf(room.ring.entry(entry.epoch) ?? entry));
  const ascending = entries.every((entry, at) => at === 0 || entries[at - 1]!.bucket <= entry.bucket);
  return ascending ? entries : entries.slice(-1);
}

function entryOf({ epoch, bucket, value }: RingEntry): RingEntry {
  return { epoch, bucket, value };
}

function isSame(one: readonly RingEntry[], other: readonly RingEntry[]): boolean {
  const same = (a: RingEntry, b: RingEntry): boolean =>
    a.epoch === b.epoch && a.bucket === b.bucket && equal(a.value, b.value);
  return one.length === other.length && one.every((entry, at) => same(entry, other[at]!));
}

function allowed(entries: Held[], history: string): RingEntry[] {
  if (history === "none") return [];
  const from = history === "all" ? 0 : Number(history.slice("from:".length));
  return entries.filter(({ epoch }) => epoch >= from).map(entryOf);
}

function newcomersBase(room: Room, history: string, seen: RingBase): RingBase {
  if (history === "none") return seen;
  const from = history === "all" ? 0 : Number(history.slice("from:".length));
  if (from === 0) return { number: 0, head: firstHead(room.id) };
  // The place before the commit that began epoch `from`.
  const began = room.log.all().find((row) => row.kind === "commit" && row.state === "open" && row.epoch === from - 1);
  const before = began && room.log.row(began.number - 1);
  return before ? { number: before.number, head: before.head } : seen;
}
