// Items of a draft's streams: sealed under the room's record key, everything signed (docs/protocol.md §10).

import { sha256 } from "@noble/hashes/sha2.js";

import { type Bytes, concat, equal, MalformedError, own, random, readU32, readU64, u32, u64 } from "../wire/bytes.ts";
import {
  DRAFT_CONTENT_LABEL,
  DRAFT_CONTEXT_BYTES,
  draftContentAad,
  type DraftEnvelope,
  type DraftHeader,
  draftKeyInfo,
  draftSignedBytes,
  encodeDraftHeader,
  encodeDraftItem,
  isSealedKind,
  paddedMaxBytes,
} from "../wire/drafts/envelope.ts";
import { padDraft, smallestClass, unpadDraft } from "../wire/drafts/padding.ts";
import type { DraftItemKind, Stream } from "../wire/drafts/streams.ts";
import type { Id } from "../wire/ids.ts";
import { NONCE_BYTES, openGcm, sealGcm } from "./aead.ts";
import type { RecordKey } from "./record.ts";
import { Refusal, require } from "./refusal.ts";
import { sign, type SigningKey, verify } from "./signing.ts";

const COMMITMENT_BYTES = 32;
/** Where an envelope says room, epoch and bucket. */
const [ROOM_AT, EPOCH_AT, BUCKET_AT] = [2, 51, 59];

/** Where an item stands; the record key says in which room, epoch and bucket. */
export interface DraftPlace {
  readonly kind: DraftItemKind;
  readonly draft: Id;
  readonly stream: Stream;
  readonly device: Id;
  readonly sequence: number;
  readonly item: Id;
  readonly seenNumber: number;
  /** 32 bytes. */
  readonly seenHead: Bytes;
}

/**
 * Make one item: `plaintext` sealed where the kind is a sealed one, and signed.
 *
 * @returns the whole envelope. Refusal "item.too_large" if the text exceeds what the kind takes.
 */
export async function makeDraftItem(
  key: RecordKey,
  place: DraftPlace,
  plaintext: Uint8Array,
  signer: SigningKey,
): Promise<Bytes> {
  const { room, epoch, bucket } = key;
  const fields = { room, epoch, bucket, ...place };
  const body = isSealedKind(place.kind) ? await sealBody(key, fields, plaintext) : own(plaintext);
  const header: DraftHeader = { ...fields, bodySha256: own(sha256(body)) };
  return encodeDraftItem(header, await sign(signer, draftSignedBytes(encodeDraftHeader(header))), body);
}

/** Whether an item is signed by this device key (32 bytes). */
export function isDraftItemSigned(envelope: DraftEnvelope, deviceKey: Uint8Array): Promise<boolean> {
  return verify(deviceKey, draftSignedBytes(envelope.raw), envelope.signature);
}

/**
 * The plaintext of an item whose signature was verified; of a kind that is not sealed, its body.
 *
 * Refusal: "item.other_epoch", "item.commitment", "item.cipher", "item.padding".
 */
export async function openDraftItem(key: RecordKey, envelope: DraftEnvelope): Promise<Bytes> {
  const { raw, body, kind, stream } = envelope;
  if (!isSealedKind(kind)) return body;
  const place = concat(raw.subarray(ROOM_AT, ROOM_AT + 16), u64(readU64(raw, EPOCH_AT)), u32(readU32(raw, BUCKET_AT)));
  require(equal(place, key.place), "item.other_epoch", { epoch: envelope.epoch, bucket: envelope.bucket });
  const { cipherKey, commitment } = await itemSecret(key, envelope);
  const end = NONCE_BYTES + COMMITMENT_BYTES;
  require(equal(commitment, body.subarray(NONCE_BYTES, end)), "item.commitment");
  const aad = concat(DRAFT_CONTENT_LABEL, raw.subarray(0, DRAFT_CONTEXT_BYTES));
  const padded = await openGcm(cipherKey, body.subarray(0, NONCE_BYTES), body.subarray(end), aad);
  if (padded === null) throw new Refusal("item.cipher");
  try {
    return unpadDraft(padded, smallestClass(kind, stream.kind));
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    throw new Refusal("item.padding");
  }
}

async function sealBody(
  key: RecordKey,
  fields: Omit<DraftHeader, "bodySha256">,
  plaintext: Uint8Array,
): Promise<Bytes> {
  const { kind, stream } = fields;
  const { cipherKey, commitment } = await itemSecret(key, fields);
  const nonce = random(NONCE_BYTES);
  let padded: Bytes;
  try {
    padded = padDraft(plaintext, smallestClass(kind, stream.kind), paddedMaxBytes(kind));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Refusal("item.too_large", { bytes: plaintext.length });
  }
  return concat(nonce, commitment, await sealGcm(cipherKey, nonce, padded, draftContentAad(fields)));
}

/**
 * The cipher's key and the commitment to it, 32 bytes each: HKDF-Expand of 64 bytes, one block of HMAC (RFC 5869 §2.3).
 */
async function itemSecret(
  key: RecordKey,
  header: Parameters<typeof draftKeyInfo>[0],
): Promise<{ cipherKey: Bytes; commitment: Bytes }> {
  const info = concat(draftKeyInfo(header), Uint8Array.of(1));
  const secret = new Uint8Array(await crypto.subtle.sign("HMAC", await key.root, info));
  return { cipherKey: secret.subarray(0, 32), commitment: secret.subarray(32) };
}
