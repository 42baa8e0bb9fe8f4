// What a leaf of the ledger holds, 49 bytes: kind ‖ tag ‖ commitment (docs/ledger.md). Twin of
// portal/wire/ledger/entries.py.

import { sha256 } from "@noble/hashes/sha2.js";

import { type Bytes, concat, MalformedError, own, utf8 } from "../bytes.ts";
import { canonicalJson, type CanonicalObject } from "../canonical.ts";

export const ENTRY_BYTES = 49;
export const TAG_BYTES = 16;
export const NONCE_BYTES = 32;
export const COMMITMENT_BYTES = 32;

/** What an entry is about. Numbers are for ever. */
export const EntryKind = {
  padding: 0,
  account_key: 1,
  device_list: 2,
  vouching: 3,
  equipment: 4,
  release: 5,
  room_root: 6,
  draft_version: 7,
  draft_act: 8,
  submission: 9,
  decision: 10,
  ballots: 11,
  agenda: 12,
  hall: 13,
  policy: 14,
} as const;
export type EntryKind = (typeof EntryKind)[keyof typeof EntryKind];

const KINDS: ReadonlySet<number> = new Set(Object.values(EntryKind));
const ENTRY_LABEL = utf8("portal ledger entry v1\0");
const DEVICE_LIST_LABEL = utf8("portal ledger device list v1\0");

/** `tag` has 16 bytes, `commitment` 32. */
export interface Entry {
  readonly kind: EntryKind;
  readonly tag: Bytes;
  readonly commitment: Bytes;
}

/** The 49 bytes of an entry. */
export function encodeEntry({ kind, tag, commitment }: Entry): Bytes {
  if (tag.length !== TAG_BYTES || commitment.length !== COMMITMENT_BYTES) throw new RangeError("no tag or commitment");
  return concat(Uint8Array.of(kind), tag, commitment);
}

/** Read an entry; MalformedError for another length or an unknown kind. */
export function decodeEntry(raw: Uint8Array): Entry {
  if (raw.length !== ENTRY_BYTES || !KINDS.has(raw[0]!)) throw new MalformedError("no entry of the ledger");
  return {
    kind: raw[0] as EntryKind,
    tag: own(raw.slice(1, 1 + TAG_BYTES)),
    commitment: own(raw.slice(1 + TAG_BYTES)),
  };
}

/** The commitment to a statement: SHA-256(label ‖ kind ‖ nonce ‖ canonical JSON). RangeError for another nonce. */
export function commitmentOf(kind: EntryKind, nonce: Uint8Array, statement: CanonicalObject): Bytes {
  if (nonce.length !== NONCE_BYTES) throw new RangeError(`a nonce has ${NONCE_BYTES} bytes, not ${nonce.length}`);
  return own(sha256(concat(ENTRY_LABEL, Uint8Array.of(kind), nonce, canonicalJson(statement))));
}

/** The tag of every device list of an account, by which its owner finds them all. */
export function deviceListTag(account: string): Bytes {
  return own(sha256(concat(DEVICE_LIST_LABEL, utf8(account)))).slice(0, TAG_BYTES);
}
