// A room's record to take away as a bundle that others can verify; readable.ts makes the page to read.

import { type BundleItem, type LoggedRoot, writeBundle } from "../e2ee/bundle.ts";
import type { DeviceIdentity } from "../e2ee/identity.ts";
import type { RecordKey } from "../e2ee/record.ts";
import { type Bytes, utf8 } from "../wire/bytes.ts";
import { decodeEnvelope } from "../wire/envelope.ts";
import { MemberError } from "./failure.ts";
import type { Host } from "./host.ts";
import type { People } from "./people.ts";
import type { Room } from "./room.ts";

/**
 * The record from this account's base on, with the keys of the epochs that it can read, signed by this device; `roots`
 * are heads of it that stand in the ledger.
 */
export async function recordBundle(
  room: Room,
  people: People,
  exporter: DeviceIdentity,
  exported_s: number,
  roots: readonly LoggedRoot[] = [],
): Promise<Blob> {
  const keys = room.ring.all().flatMap(({ epoch }) => room.ring.key(epoch) ?? []);
  return new Blob(await bundleOf(room, people, exporter, exported_s, keys, roots), { type: "application/jsonl" });
}

/** The same without keys: who wrote when, as signed, and nothing of what. UTF-8. */
export async function sealedBundle(room: Room, host: Host): Promise<Bytes> {
  if (!room.data.base) return new Uint8Array();
  const exported_s = Math.floor(host.now_ms() / 1000);
  return utf8((await bundleOf(room, host.people, host.keyholder.device, exported_s, [])).join(""));
}

async function bundleOf(
  room: Room,
  people: People,
  exporter: DeviceIdentity,
  exported_s: number,
  keys: RecordKey[],
  roots: readonly LoggedRoot[] = [],
): Promise<string[]> {
  const { base } = room.data;
  if (!base) throw new MemberError("room.no_key");
  const authors = new Set([exporter.account, ...room.log.all().flatMap((row) => row.account ?? [])]);
  const lists = [...authors].map((account) => ({ account, statements: people.statements(account) }));
  const input = { room: room.id, base, exported_s, exporter, lists, keys, items: itemsOf(room, base.number), roots };
  const lines: string[] = [];
  for await (const line of writeBundle(input)) lines.push(line);
  return lines;
}

async function* itemsOf(room: Room, after: number): AsyncGenerator<BundleItem> {
  for await (const [number, raw] of room.log.raws()) {
    if (number > after) yield { number, at_ms: room.log.row(number)?.at_ms ?? 0, envelope: decodeEnvelope(raw) };
  }
}
