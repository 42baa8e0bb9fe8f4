// An account looks after its own keys: every entry of the ledger about its device list has to be one that it signed.
// Twin of portal/member/ledger/watch.py.
//
// The entries are read, not asked for by name: the server does not learn what is looked for, and can leave nothing out,
// since all that was read has to hash to the root that the log signed.

import { b64, type Bytes, equal, hex, MalformedError } from "../../wire/bytes.ts";
import type { Id } from "../../wire/ids.ts";
import { commitmentOf, decodeEntry, deviceListTag, EntryKind } from "../../wire/ledger/entries.ts";
import { Frontier, leafHash } from "../../wire/ledger/merkle.ts";
import { TILE_WIDTH } from "../../wire/ledger/tiles.ts";
import { MemberError } from "../failure.ts";
import type { KeptLedger, Signed } from "./kept.ts";
import type { Shown } from "./shown.ts";
import type { Log } from "./log.ts";

/** An entry that bears the own tag. */
export interface OwnEntry {
  index: number;
  commitment: Bytes;
}

type Scanned = Pick<KeptLedger, "scanned" | "own">;

/** After so many bundles what was read is kept. */
const STRETCH = 64;

/**
 * Read on to the end of `tree`; `keep` is told now and then how far it got. MemberError "ledger.malformed" if the
 * entries are not those of the tree: then nothing of it counts, and it begins anew.
 */
export async function scan(
  account: Id,
  before: Scanned,
  tree: Signed,
  first: number | null,
  log: Log,
  keep: (scanned: Scanned) => Promise<void>,
): Promise<void> {
  const frontier = await beginning(before.scanned, tree, first, log);
  const tag = deviceListTag(account);
  let own = before.own;
  for (let read = 0; frontier.size < tree.size; read++) {
    const bundle = Math.floor(frontier.size / TILE_WIDTH);
    const width = Math.min(TILE_WIDTH, tree.size - bundle * TILE_WIDTH);
    const entries = await log.entries(bundle, width);
    for (const entry of entries.slice(frontier.size % TILE_WIDTH)) {
      const hit = ownIn(entry, tag);
      if (hit) own = [...own, { index: frontier.size, commitment: hit }];
      frontier.append(leafHash(entry));
    }
    if (read % STRETCH === STRETCH - 1) await keep({ scanned: keptOf(frontier), own });
  }
  if (equal(frontier.root(), tree.root)) return keep({ scanned: keptOf(frontier), own });
  await keep({ scanned: null, own: [] });
  throw new MemberError("ledger.malformed");
}

/** Those of the account's entries that no statement of its list explains. */
export function unexplained(account: Id, own: readonly OwnEntry[], shown: Shown): OwnEntry[] {
  const explained = new Set<string>();
  for (const [seq, head] of shown.heads.entries()) {
    const place = shown.places[seq];
    if (!place) continue;
    const statement = { account, list: b64(head), version: seq };
    explained.add(`${place.index} ${hex(commitmentOf(EntryKind.device_list, place.nonce, statement))}`);
  }
  return own.filter(({ index, commitment }) => !explained.has(`${index} ${hex(commitment)}`));
}

function ownIn(entry: Uint8Array, tag: Uint8Array): Bytes | null {
  try {
    const read = decodeEntry(entry);
    return read.kind === EntryKind.device_list && equal(read.tag, tag) ? read.commitment : null;
  } catch (error) {
    if (error instanceof MalformedError) return null; // of a later version
    throw error;
  }
}

/**
 * Where to read on: where it ended, else at the bundle of the account's first entry, or the newest one. The hashes of
 * what lies before come from the log, and need no trust: a wrong one leads to another root.
 */
async function beginning(
  scanned: Scanned["scanned"],
  tree: Signed,
  first: number | null,
  log: Log,
): Promise<Frontier> {
  if (scanned && scanned.size <= tree.size) return Frontier.of(scanned.size, scanned.hashes);
  const from = Math.min(first ?? tree.size - 1, tree.size - 1);
  const start = Math.max(0, from - (from % TILE_WIDTH));
  if (start === 0) return new Frontier();
  const lefts = leftOf(start, tree.size, await log.inclusion(start, tree.size));
  try {
    return Frontier.of(start, lefts);
  } catch (error) {
    if (error instanceof RangeError) throw new MemberError("ledger.malformed");
    throw error;
  }
}

/** The left siblings of an inclusion proof, the largest subtree first: the frontier of the tree before the leaf. */
function leftOf(index: number, size: number, proof: readonly Bytes[]): Bytes[] {
  const lefts: Bytes[] = [];
  let [at, last] = [index, size - 1];
  for (const other of proof) {
    if (at % 2 === 1 || at === last) {
      lefts.unshift(other);
      while (at % 2 === 0 && at !== 0) [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
    }
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  return lefts;
}

function keptOf(frontier: Frontier): NonNullable<Scanned["scanned"]> {
  return { size: frontier.size, hashes: [...frontier.hashes] };
}
