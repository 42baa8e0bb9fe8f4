// Everything about an item of content that can be found out without the record around it: whether its body is the one
// whose hash is signed, whether a device signed it, and what is inside (docs/protocol.md §5).
//
// For many items at once, and by WebCrypto alone, hashing included: it is several times faster than any script.

import type { Bytes } from "../wire/bytes.ts";
import { equal } from "../wire/bytes.ts";
import { CONTEXT_BYTES, HEADER_BYTES, PREFIX_BYTES, signedBytes } from "../wire/envelope.ts";
import { openContent, type RecordKey } from "./record.ts";
import { Refusal } from "./refusal.ts";
import { verify } from "./signing.ts";

/** An envelope, the key of the device that it names (32 bytes) and its epoch's key; null for what is not known. */
export interface Sealed {
  readonly raw: Bytes;
  readonly deviceKey: Bytes | null;
  readonly key: RecordKey | null;
}

export interface Examination {
  /** SHA-256 over header and signature, 32 bytes. */
  readonly itemHash: Bytes;
  /** The body is the one whose hash the header holds. If not, nothing else here counts. */
  readonly whole: boolean;
  /** The signature is the device's. */
  readonly signed: boolean;
  /** The plaintext, or why it does not open, or null without a key. */
  readonly opened: Bytes | Refusal | null;
}

/** Enough at once to keep WebCrypto busy, not so much that memory fills. */
const ITEMS_AT_ONCE = 128;

/** Examine items of content; each is at least as long as an envelope's header and signature. */
export async function examine(items: readonly Sealed[]): Promise<Examination[]> {
  const found: Examination[] = [];
  for (let begin = 0; begin < items.length; begin += ITEMS_AT_ONCE)
    found.push(...(await Promise.all(items.slice(begin, begin + ITEMS_AT_ONCE).map(examineOne))));
  return found;
}

async function examineOne({ raw, deviceKey, key }: Sealed): Promise<Examination> {
  const prefix = raw.subarray(0, PREFIX_BYTES);
  const [itemHash, bodyHash, signed, opened] = await Promise.all([
    sha256(prefix),
    sha256(raw.subarray(PREFIX_BYTES)),
    deviceKey !== null && verify(deviceKey, signedBytes(raw), prefix.subarray(HEADER_BYTES)),
    key && openContent(key, { raw }).catch(refusalOnly),
  ]);
  return { itemHash, whole: equal(bodyHash, raw.subarray(CONTEXT_BYTES, HEADER_BYTES)), signed, opened };
}

async function sha256(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

function refusalOnly(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  throw error;
}
