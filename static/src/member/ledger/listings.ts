// Whether people's device lists stand in the ledger. Twin of portal/member/ledger/listings.py.
//
// | the newest statement is                             | its devices                                     |
// |-----------------------------------------------------|-------------------------------------------------|
// | proven: the log holds the commitment to it          | count                                           |
// | not proven yet, first seen less than an hour ago    | count: it is being entered                      |
// | not proven an hour after, while the log does answer | what it added since the last proven one is not  |
// |                                                     | believed; nothing is sealed to the account      |

import { type Bytes, unb64 } from "../../wire/bytes.ts";
import type { Id } from "../../wire/ids.ts";
import { commitmentOf, deviceListTag, encodeEntry, EntryKind } from "../../wire/ledger/entries.ts";
import { leafHash, ProofError, verifyInclusion } from "../../wire/ledger/merkle.ts";
import { MemberError } from "../failure.ts";
import { isPassing } from "../http.ts";
import { GRACE_MS, type KeptListing, type Signed } from "./kept.ts";
import type { Log } from "./log.ts";

/** The leaf of a device list's statement. */
export function leafOf(account: Id, seq: number, head: string, nonce: Uint8Array): Bytes {
  const commitment = commitmentOf(EntryKind.device_list, nonce, { account, list: head, version: seq });
  return leafHash(encodeEntry({ kind: EntryKind.device_list, tag: deviceListTag(account), commitment }));
}

/** Look for the list in the tree. MemberError of a passing kind, unless the hour is over. */
export async function judged(
  account: Id,
  listing: KeptListing,
  tree: Signed,
  log: Log,
  now_ms: number,
): Promise<KeptListing> {
  if (listing.proven >= listing.newest) return listing;
  const late = now_ms - listing.since_ms > GRACE_MS;
  const found = await isIn(account, listing, tree, log).catch((error: unknown) => {
    if (late && isPassing(error)) return false;
    throw error;
  });
  const proven = found ? listing.word!.seq : listing.proven;
  const word = found ? null : listing.word;
  return { ...listing, proven, word, refused: proven < listing.newest && late };
}

async function isIn(account: Id, { word }: KeptListing, tree: Signed, log: Log): Promise<boolean> {
  if (!word || word.index >= tree.size) return false;
  const leaf = leafOf(account, word.seq, word.head, unb64(word.nonce));
  try {
    const proof = await log.inclusion(word.index, tree.size);
    verifyInclusion({ index: word.index, size: tree.size, leaf, root: tree.root, proof });
    return true;
  } catch (error) {
    if (error instanceof ProofError || (error instanceof MemberError && !isPassing(error))) return false;
    throw error;
  }
}
