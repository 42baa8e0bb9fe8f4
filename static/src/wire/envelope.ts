// The record's envelope and the chain of heads (docs/protocol.md §4, §5). The Python twin is portal/wire/envelope.py.

import { sha256 } from "@noble/hashes/sha2.js";

import {
  type Bytes,
  compareBytes,
  concat,
  equal,
  MalformedError,
  own,
  readU32,
  readU64,
  u32,
  u64,
  utf8,
} from "./bytes.ts";
import { canonicalJson, integerOf, parseCanonicalObject, textOf } from "./canonical.ts";
import { type Id, ID_BYTES, idBytes, idText } from "./ids.ts";

export const VERSION = 1;
export const HEADER_BYTES = 142;
export const SIGNATURE_BYTES = 64;
export const PREFIX_BYTES = HEADER_BYTES + SIGNATURE_BYTES;
export const HASH_BYTES = 32;
/** The header without the body's hash: what the content's cipher authenticates. */
export const CONTEXT_BYTES = HEADER_BYTES - HASH_BYTES;
export const CONTENT_PADDED_MAX_BYTES = 65_536;
/** Nonce 12, commitment 32, padded content, tag 16. */
export const CONTENT_BODY_MAX_BYTES = CONTENT_PADDED_MAX_BYTES + 60;
export const COMMIT_BODY_MAX_BYTES = 1 << 20;
/** The pinned MLS cipher suite: X-Wing, AES-256-GCM, SHA-512, Ed25519 (unregistered number). */
export const SUITE = 83;

export const ITEM_LABEL = utf8("portal item v1\0");
export const HEAD_LABEL = utf8("portal head v1\0");
export const COMMIT_LABEL = utf8("portal commit v1\0");

/** What the body of an item is. */
export const ItemKind = { content: 1, commit: 2, founding: 3 } as const;
export type ItemKind = (typeof ItemKind)[keyof typeof ItemKind];

/** What a new member may read: nothing before it came, everything, or from epoch N on. */
export type History = "none" | "all" | `from:${number}`;

/** What the device signs. `bucket` is a UTC day number; `seenHead` and `bodySha256` have 32 bytes. */
export interface Header {
  readonly kind: ItemKind;
  readonly room: Id;
  readonly epoch: number;
  readonly bucket: number;
  readonly device: Id;
  readonly sequence: number;
  readonly item: Id;
  readonly seenNumber: number;
  readonly seenHead: Bytes;
  readonly bodySha256: Bytes;
}

/** One item of a room's record. `raw` is all of it as it travels and is stored; the fields are what it says. */
export interface Envelope extends Header {
  readonly signature: Bytes;
  readonly body: Bytes;
  readonly raw: Bytes;
}

/** The first 110 bytes of an envelope: all that is said of an item but its body's hash. */
export function encodeContext(header: Omit<Header, "bodySha256">): Bytes {
  return concat(
    Uint8Array.of(VERSION, header.kind),
    idBytes(header.room),
    u64(header.epoch),
    u32(header.bucket),
    idBytes(header.device),
    u64(header.sequence),
    idBytes(header.item),
    u64(header.seenNumber),
    exactly(header.seenHead, HASH_BYTES),
  );
}

/** The 142 bytes that are signed. */
export function encodeHeader(header: Header): Bytes {
  return concat(encodeContext(header), exactly(header.bodySha256, HASH_BYTES));
}

/** What the device key signs: the label and the header (142 bytes, or an envelope that begins with them). */
export function signedBytes(raw: Uint8Array): Bytes {
  return concat(ITEM_LABEL, raw.subarray(0, HEADER_BYTES));
}

/** The bytes that travel: header, signature, body. */
export function encodeEnvelope(header: Header, signature: Uint8Array, body: Uint8Array): Bytes {
  return concat(encodeHeader(header), exactly(signature, SIGNATURE_BYTES), body);
}

/**
 * Parse an envelope and check its shape, size and body hash; the signature is verifyItem's to check.
 *
 * MalformedError: not version 1, unknown kind, wrong size, a number of 2^53 or more, or a body that is not the hashed
 * one.
 */
export function decodeEnvelope(received: Uint8Array): Envelope {
  const envelope = readEnvelope(new Uint8Array(received)); // a copy: an item never changes with the buffer it came in
  if (!equal(sha256(envelope.body), envelope.bodySha256))
    throw new MalformedError("the body is not the one whose hash the header holds");
  return envelope;
}

/**
 * What an envelope says, in views of `raw`: for whoever has the body hashed elsewhere (e2ee/examine.ts), as nothing
 * that this returns counts before that.
 *
 * MalformedError: as decodeEnvelope, but for the body's hash.
 */
export function readEnvelope(raw: Bytes): Envelope {
  const { length } = raw;
  if (length <= PREFIX_BYTES) throw new MalformedError(`${length} bytes can not hold an item`);
  if (length > PREFIX_BYTES + COMMIT_BODY_MAX_BYTES)
    throw new MalformedError(`${length} bytes are more than any item has`);
  const kind = checkedKind(raw);
  const body = raw.subarray(PREFIX_BYTES);
  const limit = kind === ItemKind.commit ? COMMIT_BODY_MAX_BYTES : CONTENT_BODY_MAX_BYTES;
  if (body.length > limit) throw new MalformedError(`a body of ${body.length} bytes exceeds ${limit}`);
  return {
    kind,
    room: idText(raw.subarray(2, 18)),
    epoch: readU64(raw, 18),
    bucket: readU32(raw, 26),
    device: idText(raw.subarray(30, 46)),
    sequence: readU64(raw, 46),
    item: idText(raw.subarray(54, 70)),
    seenNumber: readU64(raw, 70),
    seenHead: raw.subarray(78, CONTEXT_BYTES),
    bodySha256: raw.subarray(CONTEXT_BYTES, HEADER_BYTES),
    signature: raw.subarray(HEADER_BYTES, PREFIX_BYTES),
    body,
    raw,
  };
}

/** SHA-256 over header and signature, 32 bytes; the body is bound by its hash in the header. */
export function itemHash(envelope: Envelope): Bytes {
  return own(sha256(envelope.raw.subarray(0, PREFIX_BYTES)));
}

/** head_0 of a room's record, 32 bytes. */
export function firstHead(room: Id): Bytes {
  return own(sha256(concat(HEAD_LABEL, idBytes(room))));
}

/** head_`number` from the head before it and the item's hash, 32 bytes. */
export function nextHead(head: Uint8Array, number: number, hash: Uint8Array): Bytes {
  return own(sha256(concat(HEAD_LABEL, exactly(head, HASH_BYTES), u64(number), exactly(hash, HASH_BYTES))));
}

/** The bucket in which a moment lies: its UTC day, counted from 1970. */
export function bucketOf(now_ms: number): number {
  return Math.floor(now_ms / 86_400_000);
}

/**
 * What a commit authenticates beside the group's change: the record as the committer saw it, the new bucket, and the
 * accounts that are out of the room from then on, in the ascending order of their 16 bytes.
 */
export function commitAuthenticatedData(
  seenNumber: number,
  seenHead: Uint8Array,
  bucket: number,
  going: readonly Id[] = [],
): Bytes {
  const accounts = going.map(idBytes).sort(compareBytes);
  return concat(COMMIT_LABEL, u64(seenNumber), exactly(seenHead, HASH_BYTES), u32(bucket), ...accounts);
}

/**
 * The accounts that go, from a commit's authenticated data.
 *
 * MalformedError: it does not begin with what the header says, or the accounts are not whole, strictly ascending ids.
 */
export function accountsGoing(
  authenticated: Uint8Array,
  { seenNumber, seenHead, bucket }: Pick<Header, "seenNumber" | "seenHead" | "bucket">,
): Id[] {
  const due = commitAuthenticatedData(seenNumber, seenHead, bucket);
  if (!equal(authenticated.subarray(0, due.length), due)) throw new MalformedError("not what the header says");
  const accounts: Id[] = [];
  for (let at = due.length; at < authenticated.length; at += ID_BYTES) {
    const account = authenticated.subarray(at, at + ID_BYTES);
    const ascends = at === due.length || compareBytes(authenticated.subarray(at - ID_BYTES, at), account) < 0;
    if (!ascends) throw new MalformedError("accounts that are not in ascending order");
    accounts.push(idText(account));
  }
  return accounts;
}

/** Whether `text` is a history policy: none, all, or from:N with N an epoch. */
export function isHistory(text: string): text is History {
  const epoch = /^from:(0|[1-9][0-9]{0,15})$/.exec(text)?.[1];
  return text === "none" || text === "all" || (epoch !== undefined && Number.isSafeInteger(Number(epoch)));
}

/** The body of a record's first item. */
export function foundingBody(room: Id, history: History): Bytes {
  return canonicalJson({ group: room, history, suite: SUITE, v: 1 });
}

/** The policy in a record's first item; MalformedError for another room, suite or version. */
export function parseFoundingBody(raw: Uint8Array, room: Id): { history: History } {
  const body = parseCanonicalObject(raw, ["group", "history", "suite", "v"]);
  const history = textOf(body, "history");
  if (textOf(body, "group") !== room) throw new MalformedError("the founding of another room");
  if (integerOf(body, "suite") !== SUITE || integerOf(body, "v") !== 1)
    throw new MalformedError("another suite or version");
  if (!isHistory(history)) throw new MalformedError("an unknown history policy");
  return { history };
}

function checkedKind(raw: Uint8Array): ItemKind {
  if (raw[0] !== VERSION) throw new MalformedError(`version ${raw[0]} is not ${VERSION}`);
  const kind = raw[1];
  if (kind !== ItemKind.content && kind !== ItemKind.commit && kind !== ItemKind.founding) {
    throw new MalformedError(`kind ${kind} is unknown`);
  }
  return kind;
}

function exactly(raw: Uint8Array, lengthBytes: number): Uint8Array {
  if (raw.length !== lengthBytes) throw new MalformedError(`${raw.length} bytes where ${lengthBytes} are due`);
  return raw;
}
