// The envelope of a draft's items and the chain of heads of each of its streams (docs/protocol.md §10). The Python twin is
// portal/wire/drafts/envelope.py.

import { sha256 } from "@noble/hashes/sha2.js";

import { type Bytes, concat, equal, MalformedError, own, readU32, readU64, u32, u64, utf8 } from "../bytes.ts";
import { type Id, idBytes, idText } from "../ids.ts";
import { isSizeClass, SEALED_EXTRA_BYTES, smallestClass } from "./padding.ts";
import { DraftItemKind, isOwner, isStreamKind, KINDS, type Stream, type StreamKind } from "./streams.ts";

export const DRAFT_VERSION = 1;
export const DRAFT_HEADER_BYTES = 175;
export const DRAFT_SIGNATURE_BYTES = 64;
export const DRAFT_PREFIX_BYTES = DRAFT_HEADER_BYTES + DRAFT_SIGNATURE_BYTES;
const HASH_BYTES = 32;
/** The header without the body's hash: what the cipher of a sealed body authenticates. */
export const DRAFT_CONTEXT_BYTES = DRAFT_HEADER_BYTES - HASH_BYTES;
/** A body that is not sealed: founding, rights, countersign. */
export const PLAIN_BODY_MAX_BYTES = 1 << 19;
export const SEALED_PADDED_MAX_BYTES = 1 << 20;
export const STATE_PADDED_MAX_BYTES = 4 << 20;

export const DRAFT_ITEM_LABEL = utf8("portal draft item v1\0");
export const DRAFT_HEAD_LABEL = utf8("portal draft head v1\0");
export const DRAFT_KEY_LABEL = utf8("portal draft key v1\0");
export const DRAFT_CONTENT_LABEL = utf8("portal draft content v1\0");

/** What the device signs. `bucket` is the UTC day of `epoch`; what was seen is of the same stream; hashes have 32 bytes. */
export interface DraftHeader {
  readonly kind: DraftItemKind;
  readonly room: Id;
  readonly draft: Id;
  readonly stream: Stream;
  readonly epoch: number;
  readonly bucket: number;
  readonly device: Id;
  readonly sequence: number;
  readonly item: Id;
  readonly seenNumber: number;
  readonly seenHead: Bytes;
  readonly bodySha256: Bytes;
}

/** One item of a draft's stream. `raw` is all of it as it travels and is stored; the fields are what it says. */
export interface DraftEnvelope extends DraftHeader {
  readonly signature: Bytes;
  readonly body: Bytes;
  readonly raw: Bytes;
}

/** The first 143 bytes of an envelope: all that is said of an item but its body's hash. */
export function encodeDraftContext(header: Omit<DraftHeader, "bodySha256">): Bytes {
  return concat(
    Uint8Array.of(DRAFT_VERSION, header.kind),
    idBytes(header.room),
    idBytes(header.draft),
    Uint8Array.of(header.stream.kind),
    idBytes(header.stream.owner),
    u64(header.epoch),
    u32(header.bucket),
    idBytes(header.device),
    u64(header.sequence),
    idBytes(header.item),
    u64(header.seenNumber),
    exactly(header.seenHead, HASH_BYTES),
  );
}

/** The 175 bytes that are signed. */
export function encodeDraftHeader(header: DraftHeader): Bytes {
  return concat(encodeDraftContext(header), exactly(header.bodySha256, HASH_BYTES));
}

/** What the device key signs: the label and the header (175 bytes, or an envelope that begins with them). */
export function draftSignedBytes(raw: Uint8Array): Bytes {
  return concat(DRAFT_ITEM_LABEL, raw.subarray(0, DRAFT_HEADER_BYTES));
}

/** The bytes that travel: header, signature, body. */
export function encodeDraftItem(header: DraftHeader, signature: Uint8Array, body: Uint8Array): Bytes {
  return concat(encodeDraftHeader(header), exactly(signature, DRAFT_SIGNATURE_BYTES), body);
}

/** What the cipher of a sealed body authenticates. */
export function draftContentAad(header: Omit<DraftHeader, "bodySha256">): Bytes {
  return concat(DRAFT_CONTENT_LABEL, encodeDraftContext(header));
}

/** The HKDF info of an item's secret (64 bytes from the epoch's record key). */
export function draftKeyInfo(header: Pick<DraftHeader, "draft" | "stream" | "device" | "sequence" | "item">): Bytes {
  return concat(
    DRAFT_KEY_LABEL,
    idBytes(header.draft),
    Uint8Array.of(header.stream.kind),
    idBytes(header.stream.owner),
    idBytes(header.device),
    u64(header.sequence),
    idBytes(header.item),
  );
}

/** Whether bodies of this kind are sealed; the others are canonical JSON that the server reads, too. */
export function isSealedKind(kind: DraftItemKind): boolean {
  const { founding, rights, countersign } = DraftItemKind;
  return kind !== founding && kind !== rights && kind !== countersign;
}

/** The longest padded plaintext of a sealed kind, in bytes. */
export function paddedMaxBytes(kind: DraftItemKind): number {
  const isState = kind === DraftItemKind.snapshot || kind === DraftItemKind.revision;
  return isState ? STATE_PADDED_MAX_BYTES : SEALED_PADDED_MAX_BYTES;
}

/**
 * Parse an envelope; check shape, size, padding class and body hash. The signature is the caller's to verify.
 *
 * MalformedError: not version 1, an unknown kind or stream, a kind that the stream does not take, a wrong size or padding
 * class, a number of 2^53 or more, or a body that is not the hashed one.
 */
export function decodeDraftItem(received: Uint8Array): DraftEnvelope {
  const raw = new Uint8Array(received); // a copy: an item never changes with the buffer it came in
  if (raw.length <= DRAFT_PREFIX_BYTES) throw new MalformedError(`${raw.length} bytes can not hold an item`);
  if (raw[0] !== DRAFT_VERSION) throw new MalformedError(`version ${raw[0]} is not ${DRAFT_VERSION}`);
  const stream = checkedStream(raw);
  const kind = checkedKind(raw[1]!, stream.kind);
  const body = raw.subarray(DRAFT_PREFIX_BYTES);
  checkSize(kind, stream.kind, body.length);
  const bodySha256 = raw.subarray(DRAFT_CONTEXT_BYTES, DRAFT_HEADER_BYTES);
  if (!equal(sha256(body), bodySha256)) throw new MalformedError("the body is not the one whose hash the header holds");
  return {
    kind,
    room: idText(raw.subarray(2, 18)),
    draft: idText(raw.subarray(18, 34)),
    stream,
    epoch: readU64(raw, 51),
    bucket: readU32(raw, 59),
    device: idText(raw.subarray(63, 79)),
    sequence: readU64(raw, 79),
    item: idText(raw.subarray(87, 103)),
    seenNumber: readU64(raw, 103),
    seenHead: raw.subarray(111, DRAFT_CONTEXT_BYTES),
    bodySha256,
    signature: raw.subarray(DRAFT_HEADER_BYTES, DRAFT_PREFIX_BYTES),
    body,
    raw,
  };
}

/** SHA-256 over header and signature, 32 bytes; the body is bound by its hash in the header. */
export function draftItemHash(raw: Uint8Array): Bytes {
  return own(sha256(raw.subarray(0, DRAFT_PREFIX_BYTES)));
}

/** head_0 of one stream of a draft, 32 bytes. */
export function firstDraftHead(draft: Id, stream: Stream): Bytes {
  return own(
    sha256(concat(DRAFT_HEAD_LABEL, idBytes(draft), Uint8Array.of(stream.kind), idBytes(stream.owner))),
  );
}

/**
 * head_`number` from the head before it, the server's time of the item, and the item's hash; 32 bytes. With the time, since
 * deadlines and rights hang on it: who has the same head was told the same times.
 */
export function nextDraftHead(head: Uint8Array, number: number, at_ms: number, hash: Uint8Array): Bytes {
  const [before, item] = [exactly(head, HASH_BYTES), exactly(hash, HASH_BYTES)];
  return own(sha256(concat(DRAFT_HEAD_LABEL, before, u64(number), u64(at_ms), item)));
}

function checkedStream(raw: Bytes): Stream {
  const kind = raw[34];
  const owner = raw.subarray(35, 51);
  if (!isStreamKind(kind) || !isOwner(kind, owner)) throw new MalformedError("no such stream");
  return { kind, owner: idText(owner) };
}

function checkedKind(byte: number, stream: StreamKind): DraftItemKind {
  const kind = KINDS[stream].find((known) => known === byte);
  if (kind === undefined) throw new MalformedError(`kind ${byte} has no place in this stream`);
  return kind;
}

function checkSize(kind: DraftItemKind, stream: StreamKind, bodyBytes: number): void {
  const most = isSealedKind(kind) ? paddedMaxBytes(kind) + SEALED_EXTRA_BYTES : PLAIN_BODY_MAX_BYTES;
  if (bodyBytes > most) throw new MalformedError(`a body of ${bodyBytes} bytes exceeds ${most}`);
  if (!isSealedKind(kind)) return;
  if (!isSizeClass(bodyBytes - SEALED_EXTRA_BYTES, smallestClass(kind, stream)))
    throw new MalformedError("the body's size is no padding class");
}

function exactly(raw: Uint8Array, lengthBytes: number): Uint8Array {
  if (raw.length !== lengthBytes) throw new MalformedError(`${raw.length} bytes where ${lengthBytes} are due`);
  return raw;
}
