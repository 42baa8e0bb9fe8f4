// What a witness signs (c2sp.org/tlog-cosignature): a checkpoint with the time. Twin of
// portal/wire/ledger/cosignature.py.

import { type Bytes, concat, MalformedError, readU64, u64, utf8 } from "../bytes.ts";
import { type Checkpoint, formatCheckpoint } from "./checkpoint.ts";
import { SignatureType } from "./note.ts";

const TIME_BYTES = 8;
const SUBTREE_LABEL = utf8("subtree/v1\n\0");
/** Bytes of a signature alone, by the type of its key. */
export const SIGNATURE_BYTES: Readonly<Record<number, number>> = { 1: 64, 4: 64, 6: 2420 };

/** What the witness `name` signs with a key of this type; `time_s` is Unix time. RangeError for other types. */
export function cosignedMessage(type: SignatureType, name: string, time_s: number, checkpoint: Checkpoint): Bytes {
  if (type === SignatureType.cosignatureEd25519) {
    return utf8(`cosignature/v1\ntime ${time_s}\n${formatCheckpoint(checkpoint)}`);
  }
  if (type !== SignatureType.cosignatureMldsa44) throw new RangeError("no key of a witness");
  const { origin, size, root } = checkpoint;
  return concat(SUBTREE_LABEL, short(name), u64(time_s), short(origin), u64(0), u64(size), root);
}

/** The time and the signature of a cosignature's raw bytes; MalformedError unless they have the type's length. */
export function splitCosignature(type: SignatureType, raw: Bytes): [time_s: number, signature: Bytes] {
  if (raw.length !== TIME_BYTES + (SIGNATURE_BYTES[type] ?? 0)) throw new MalformedError("not a cosignature's length");
  return [readU64(raw, 0), raw.slice(TIME_BYTES)];
}

/** The raw bytes of a cosignature, as they follow the key's id in a note's line. */
export function joinCosignature(time_s: number, signature: Uint8Array): Bytes {
  return concat(u64(time_s), signature);
}

/** A text of 1 … 255 bytes behind its length. */
function short(text: string): Bytes {
  const raw = utf8(text);
  if (raw.length < 1 || raw.length > 255) throw new MalformedError("a name of no or too many bytes");
  return concat(Uint8Array.of(raw.length), raw);
}
