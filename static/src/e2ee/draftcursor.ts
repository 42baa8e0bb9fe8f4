// Where somebody's cursor is in a draft: sealed for the room, signed by the device, shown and forgotten
// (docs/protocol.md §10).
//
// cursor = version 1 ‖ device 16 ‖ u64 epoch ‖ u64 at_ms ‖ nonce 12 ‖ AES-256-GCM(padded) ‖ Ed25519 64

import { type Bytes, concat, MalformedError, random, readU64, u64, utf8 } from "../wire/bytes.ts";
import { padDraft, SMALLEST_CLASS_BYTES, unpadDraft } from "../wire/drafts/padding.ts";
import { type Id, ID_BYTES, idBytes, idText } from "../wire/ids.ts";
import { NONCE_BYTES, openGcm, sealGcm, TAG_BYTES } from "./aead.ts";
import type { RecordKey } from "./record.ts";
import { SIGNATURE_BYTES } from "./signaturekey.ts";
import { sign, type SigningKey, verify } from "./signing.ts";

const VERSION = 1;
const LABEL = utf8("portal draft cursor v1\0");
const EPOCH_AT = 1 + ID_BYTES;
const HEAD_BYTES = EPOCH_AT + 8 + 8;
/** What the server passes on, whole. */
export const CURSOR_MAX_BYTES = 4096;
const PADDED_MAX_BYTES = 2048;

/** In which draft of which room. */
export interface CursorPlace {
  readonly room: Id;
  readonly draft: Id;
}

/** What a cursor says before it is opened; `at_ms` is its sender's clock, and only ever grows. */
export interface CursorHead {
  readonly device: Id;
  readonly epoch: number;
  readonly at_ms: number;
}

/** The whole message; RangeError for a cursor of more than 2,044 bytes. */
export async function sealCursor(
  key: RecordKey,
  place: CursorPlace,
  head: Omit<CursorHead, "epoch">,
  cursor: Uint8Array,
  signer: SigningKey,
): Promise<Bytes> {
  const front = concat(Uint8Array.of(VERSION), idBytes(head.device), u64(key.epoch), u64(head.at_ms));
  const nonce = random(NONCE_BYTES);
  const padded = padDraft(cursor, SMALLEST_CLASS_BYTES, PADDED_MAX_BYTES);
  const sealed = await sealGcm(await cursorKey(key, place, front), nonce, padded, aadOf(place, front));
  const unsigned = concat(front, nonce, sealed);
  return concat(unsigned, await sign(signer, concat(aadOf(place, front), unsigned)));
}

/** What a cursor says of itself; null for what is none. */
export function readCursorHead(raw: Uint8Array): CursorHead | null {
  const least = HEAD_BYTES + NONCE_BYTES + SMALLEST_CLASS_BYTES + TAG_BYTES + SIGNATURE_BYTES;
  if (raw.length < least || raw.length > CURSOR_MAX_BYTES || raw[0] !== VERSION) return null;
  return unlessMalformed(() => ({
    device: idText(raw.subarray(1, 1 + ID_BYTES)),
    epoch: readU64(raw, EPOCH_AT),
    at_ms: readU64(raw, EPOCH_AT + 8),
  }));
}

/** The cursor, or null if it is not by `deviceKey` (32 bytes) or does not open. */
export async function openCursor(
  key: RecordKey,
  place: CursorPlace,
  raw: Uint8Array,
  deviceKey: Uint8Array,
): Promise<Bytes | null> {
  const front = raw.subarray(0, HEAD_BYTES);
  const unsigned = raw.subarray(0, raw.length - SIGNATURE_BYTES);
  const signature = raw.subarray(raw.length - SIGNATURE_BYTES);
  if (!(await verify(deviceKey, concat(aadOf(place, front), unsigned), signature))) return null;
  const nonce = unsigned.subarray(HEAD_BYTES, HEAD_BYTES + NONCE_BYTES);
  const sealed = unsigned.subarray(HEAD_BYTES + NONCE_BYTES);
  const padded = await openGcm(await cursorKey(key, place, front), nonce, sealed, aadOf(place, front));
  return padded && unlessMalformed(() => unpadDraft(padded, SMALLEST_CLASS_BYTES));
}

function aadOf({ room, draft }: CursorPlace, front: Uint8Array): Bytes {
  return concat(LABEL, idBytes(room), idBytes(draft), front);
}

/** 32 bytes of HKDF-Expand from the epoch's record key: another one for every moment of every device. */
async function cursorKey(key: RecordKey, place: CursorPlace, front: Uint8Array): Promise<Bytes> {
  const info = concat(aadOf(place, front), Uint8Array.of(1));
  return new Uint8Array(await crypto.subtle.sign("HMAC", await key.root, info)).subarray(0, 32);
}

function unlessMalformed<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof MalformedError) return null;
    throw error;
  }
}
