// The heads of rooms' records in the ledger: what the server has said of a room in public.

import { b64, type Bytes, unb64 } from "../../wire/bytes.ts";
import type { Id } from "../../wire/ids.ts";
import { commitmentOf, encodeEntry, EntryKind, NONCE_BYTES, TAG_BYTES } from "../../wire/ledger/entries.ts";
import { HASH_BYTES, leafHash, ProofError, verifyInclusion } from "../../wire/ledger/merkle.ts";
import { MemberError } from "../failure.ts";
import { isBytes, isCount, isRecord } from "../fields.ts";
import { isPassing } from "../http.ts";
import type { Signed } from "./kept.ts";
import type { Log } from "./log.ts";

/** A room's head (32 bytes) after item `number`, and where the ledger has it. */
export interface RoomRoot {
  number: number;
  head: Bytes;
  index: number;
  nonce: Bytes;
  tag: Bytes;
}

const EMPTY = new Uint8Array(0);
const NONE: RoomRoot = { number: 0, head: EMPTY, index: Infinity, nonce: EMPTY, tag: EMPTY };

/** A line of the answer; one that is not entered yet, or is no root, has the index Infinity, and is in no tree. */
export function readRoot(said: unknown): RoomRoot {
  if (!isRecord(said)) return NONE;
  const { number, head, index, nonce, tag } = said;
  if (!isCount(number) || !isCount(index) || !isBytes(head, HASH_BYTES)) return NONE;
  if (!isBytes(nonce, NONCE_BYTES) || !isBytes(tag, TAG_BYTES)) return NONE;
  return { number, head: unb64(head), index, nonce: unb64(nonce), tag: unb64(tag) };
}

/** Whether the tree holds it. MemberError of a passing kind. */
export async function rootIsIn(room: Id, root: RoomRoot, tree: Signed, log: Log): Promise<boolean> {
  const { number, head, index, nonce, tag } = root;
  const commitment = commitmentOf(EntryKind.room_root, nonce, { head: b64(head), number, room });
  const leaf = leafHash(encodeEntry({ kind: EntryKind.room_root, tag, commitment }));
  try {
    const proof = await log.inclusion(index, tree.size);
    verifyInclusion({ index, size: tree.size, leaf, root: tree.root, proof });
    return true;
  } catch (error) {
    if (error instanceof ProofError || (error instanceof MemberError && !isPassing(error))) return false;
    throw error;
  }
}
