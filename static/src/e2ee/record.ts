// Items of a room's record: content sealed under the epoch's exported key, everything signed (docs/protocol.md §4, §5).

import { extract, hkdf } from "@noble/hashes/hkdf.js";
import { sha256, sha512 } from "@noble/hashes/sha2.js";

import { type Bytes, concat, equal, own, random, readU32, readU64, u32, u64, utf8 } from "../wire/bytes.ts";
import {
  CONTEXT_BYTES,
  encodeContext,
  encodeEnvelope,
  encodeHeader,
  type Envelope,
  type Header,
  ItemKind,
  PREFIX_BYTES,
  signedBytes,
} from "../wire/envelope.ts";
import { type Id, idBytes } from "../wire/ids.ts";
import { NONCE_BYTES, openGcm, sealGcm, TAG_BYTES } from "./aead.ts";
import { isClass, pad, unpad } from "./padding.ts";
import { Refusal, require } from "./refusal.ts";
import { sign, type SigningKey, verify } from "./signing.ts";

const RECORD_KEY_LABEL = utf8("portal record key v1\0");
const ITEM_KEY_LABEL = utf8("portal item key v1\0");
const CONTENT_LABEL = utf8("portal content v1\0");
const COMMITMENT_BYTES = 32;
const OVERHEAD_BYTES = NONCE_BYTES + COMMITMENT_BYTES + TAG_BYTES;
/** Where in an envelope room, epoch and bucket stand, and behind them device, sequence and item id. */
const [PLACE_BEGIN, PLACE_END, AUTHOR_END] = [2, 30, 70];

/**
 * The key of one epoch of one room's record: `value` is K, 32 bytes; `place` is room ‖ u64 epoch ‖ u32 bucket, as in
 * the envelopes of its items; `root` is the HMAC key from which items' keys come.
 */
export interface RecordKey {
  readonly room: Id;
  readonly epoch: number;
  readonly bucket: number;
  readonly value: Bytes;
  readonly place: Bytes;
  readonly root: Promise<CryptoKey>;
}

/** Where an item of content stands; the record key says in which room, epoch and bucket. */
export interface ContentPlace {
  readonly device: Id;
  readonly sequence: number;
  readonly item: Id;
  readonly seenNumber: number;
  readonly seenHead: Bytes;
}

/** K from the epoch's exporter value E and the bucket's shred share (32 bytes each). */
export function deriveRecordKey(e: Uint8Array, share: Uint8Array, room: Id, epoch: number, bucket: number): RecordKey {
  const info = concat(RECORD_KEY_LABEL, idBytes(room), u64(epoch), u32(bucket));
  return recordKeyOf(own(hkdf(sha512, e, share, info, 32)), room, epoch, bucket);
}

/** The record key whose value K is known, as in an export bundle. */
export function recordKeyOf(value: Bytes, room: Id, epoch: number, bucket: number): RecordKey {
  const place = concat(idBytes(room), u64(epoch), u32(bucket));
  const prk = own(extract(sha512, value, undefined));
  const root = crypto.subtle.importKey("raw", prk, { name: "HMAC", hash: "SHA-512" }, false, ["sign"]);
  return { room, epoch, bucket, value, place, root };
}

/**
 * Seal and sign `plaintext` as one item of content.
 *
 * @returns the whole envelope. Refusal "item.too_large" beyond PLAINTEXT_MAX_BYTES.
 */
export async function sealContent(
  key: RecordKey,
  place: ContentPlace,
  plaintext: Uint8Array,
  signer: SigningKey,
): Promise<Bytes> {
  const { room, epoch, bucket } = key;
  const fields = { kind: ItemKind.content, room, epoch, bucket, ...place };
  return signItem(fields, await sealBody(key, fields, plaintext), signer);
}

/** Sign an item whose body is made: content, a commit or the founding. Returns the whole envelope. */
export async function signItem(
  fields: Omit<Header, "bodySha256">,
  body: Uint8Array,
  signer: SigningKey,
): Promise<Bytes> {
  const header: Header = { ...fields, bodySha256: own(sha256(body)) };
  return encodeEnvelope(header, await sign(signer, signedBytes(encodeHeader(header))), body);
}

/** Refuse an item ("item.forged") that is not signed by this device key (32 bytes). */
export async function verifyItem(envelope: Envelope, deviceKey: Uint8Array): Promise<void> {
  const valid = await verify(deviceKey, signedBytes(envelope.raw), envelope.signature);
  require(valid, "item.forged", { device: envelope.device, sequence: envelope.sequence });
}

/**
 * The plaintext of an item of content whose signature was verified.
 *
 * Refusal: "item.kind", "item.other_epoch", "item.malformed", "item.commitment", "item.cipher", "item.padding".
 */
export async function openContent(key: RecordKey, { raw }: Pick<Envelope, "raw">): Promise<Bytes> {
  const [body, context] = [raw.subarray(PREFIX_BYTES), raw.subarray(0, CONTEXT_BYTES)];
  require(raw[1] === ItemKind.content, "item.kind");
  if (!equal(context.subarray(PLACE_BEGIN, PLACE_END), key.place))
    throw new Refusal("item.other_epoch", { epoch: readU64(raw, 18), bucket: readU32(raw, 26) });
  require(isClass(body.length - OVERHEAD_BYTES), "item.malformed", { bytes: body.length });
  const { cipherKey, commitment } = await itemSecret(key, context);
  const claimed = body.subarray(NONCE_BYTES, NONCE_BYTES + COMMITMENT_BYTES);
  require(equal(commitment, claimed), "item.commitment");
  const sealed = { nonce: body.subarray(0, NONCE_BYTES), text: body.subarray(NONCE_BYTES + COMMITMENT_BYTES) };
  const padded = await openGcm(cipherKey, sealed.nonce, sealed.text, concat(CONTENT_LABEL, context));
  if (padded === null) throw new Refusal("item.cipher");
  return unpad(padded);
}

async function sealBody(key: RecordKey, fields: Omit<Header, "bodySha256">, plaintext: Uint8Array): Promise<Bytes> {
  const context = encodeContext(fields);
  const { cipherKey, commitment } = await itemSecret(key, context);
  const nonce = random(NONCE_BYTES);
  const sealed = await sealGcm(cipherKey, nonce, pad(plaintext), concat(CONTENT_LABEL, context));
  return concat(nonce, commitment, sealed);
}

/**
 * The cipher's key and the commitment to it, 32 bytes each: HKDF-Expand of 64 bytes, which is one block of HMAC
 * (RFC 5869 §2.3). Device, sequence and item id stand side by side in an item's context.
 */
async function itemSecret(key: RecordKey, context: Uint8Array): Promise<{ cipherKey: Bytes; commitment: Bytes }> {
  const info = concat(ITEM_KEY_LABEL, context.subarray(PLACE_END, AUTHOR_END), Uint8Array.of(1));
  const secret = new Uint8Array(await crypto.subtle.sign("HMAC", await key.root, info));
  return { cipherKey: secret.subarray(0, 32), commitment: secret.subarray(32) };
}
