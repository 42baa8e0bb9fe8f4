// Padding classes of what is sealed in a draft: how much of a length the server learns (docs/protocol.md §10). The Python
// twin is portal/wire/drafts/padding.py.

import { type Bytes, MalformedError, readU32, u32 } from "../bytes.ts";
import { DraftItemKind, StreamKind } from "./streams.ts";

/** What sealing adds to the padded plaintext: nonce 12, commitment 32, tag 16. */
export const SEALED_EXTRA_BYTES = 60;
export const SMALLEST_CLASS_BYTES = 256;
/** The smallest class of an act: an objection, a consent and an extension look alike. */
export const ACT_CLASS_BYTES = 2048;

const LENGTH_BYTES = 4;
const SMALL_CLASSES_BYTES = [256, 512, 1024, 2048, 4096];
const STEP_BYTES = 4096;
const STEPS_UP_TO_BYTES = 65_536;
const STEPS = 16;

/** The smallest padded size, in bytes, of such an item. */
export function smallestClass(kind: DraftItemKind, stream: StreamKind): number {
  return kind === DraftItemKind.entry && stream === StreamKind.acts ? ACT_CLASS_BYTES : SMALLEST_CLASS_BYTES;
}

/** The padded size of a plaintext of `lengthBytes`, its length field included. */
export function sizeClass(lengthBytes: number, smallestBytes: number = SMALLEST_CLASS_BYTES): number {
  return classOf(Math.max(LENGTH_BYTES + lengthBytes, smallestBytes));
}

/** Whether a padded plaintext may have this size. */
export function isSizeClass(paddedBytes: number, smallestBytes: number = SMALLEST_CLASS_BYTES): boolean {
  return paddedBytes >= smallestBytes && classOf(paddedBytes) === paddedBytes;
}

/** u32 length ‖ plaintext ‖ zeros up to its class; RangeError if that is more than `mostBytes`. */
export function padDraft(plaintext: Uint8Array, smallestBytes: number, mostBytes: number): Bytes {
  const paddedBytes = sizeClass(plaintext.length, smallestBytes);
  if (paddedBytes > mostBytes) throw new RangeError(`${plaintext.length} bytes are more than fit into ${mostBytes}`);
  const padded = new Uint8Array(paddedBytes);
  padded.set(u32(plaintext.length));
  padded.set(plaintext, LENGTH_BYTES);
  return padded;
}

/** The plaintext in a padded text; MalformedError for another class or bytes that are not zero. */
export function unpadDraft(padded: Uint8Array, smallestBytes: number): Bytes {
  const length = padded.length < LENGTH_BYTES ? 0 : readU32(padded, 0);
  const end = LENGTH_BYTES + length;
  let rest = end <= padded.length && sizeClass(length, smallestBytes) === padded.length ? 0 : 1;
  for (let i = end; i < padded.length; i++) rest |= padded[i]!;
  if (rest !== 0) throw new MalformedError("the padding is not the one that the length demands");
  return new Uint8Array(padded.subarray(LENGTH_BYTES, end));
}

function classOf(neededBytes: number): number {
  const small = SMALL_CLASSES_BYTES.find((size) => size >= neededBytes);
  if (small !== undefined) return small;
  const enclosing = 1 << (32 - Math.clz32(neededBytes - 1));
  const step = neededBytes <= STEPS_UP_TO_BYTES ? STEP_BYTES : enclosing / STEPS;
  return Math.ceil(neededBytes / step) * step;
}
