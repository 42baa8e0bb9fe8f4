// Padding classes: how much of a text's length the server learns (docs/protocol.md §5). The Python twin is
// portal/wire/padding.py.

import { type Bytes, readU32, u32 } from "../wire/bytes.ts";
import { CONTENT_PADDED_MAX_BYTES } from "../wire/envelope.ts";
import { require } from "./refusal.ts";

const LENGTH_BYTES = 4;
const SMALL_CLASSES_BYTES = [256, 512, 1024, 2048, 4096];
const CLASS_STEP_BYTES = 4096;

/** The longest plaintext of one item. */
export const PLAINTEXT_MAX_BYTES = CONTENT_PADDED_MAX_BYTES - LENGTH_BYTES;

/** Whether a padded text may have this size. */
export function isClass(size: number): boolean {
  const large = size > CLASS_STEP_BYTES && size <= CONTENT_PADDED_MAX_BYTES && size % CLASS_STEP_BYTES === 0;
  return large || SMALL_CLASSES_BYTES.includes(size);
}

/** u32 length ‖ plaintext ‖ zeros up to the size class; Refusal "item.too_large" beyond PLAINTEXT_MAX_BYTES. */
export function pad(plaintext: Uint8Array): Bytes {
  const { length } = plaintext;
  require(length <= PLAINTEXT_MAX_BYTES, "item.too_large", { bytes: length, limit: PLAINTEXT_MAX_BYTES });
  const padded = new Uint8Array(classOf(length));
  padded.set(u32(length));
  padded.set(plaintext, LENGTH_BYTES);
  return padded;
}

/** The plaintext in a padded text; Refusal "item.padding" for another class or bytes that are not zero. */
export function unpad(padded: Uint8Array): Bytes {
  require(padded.length >= LENGTH_BYTES, "item.padding");
  const length = readU32(padded, 0);
  const end = LENGTH_BYTES + length;
  require(end <= padded.length && classOf(length) === padded.length, "item.padding");
  let rest = 0;
  for (let i = end; i < padded.length; i++) rest |= padded[i]!;
  require(rest === 0, "item.padding");
  return new Uint8Array(padded.subarray(LENGTH_BYTES, end));
}

/** The size class that holds `length` bytes and their length field. */
function classOf(length: number): number {
  const needed = LENGTH_BYTES + length;
  const small = SMALL_CLASSES_BYTES.find((size) => size >= needed);
  return small ?? Math.ceil(needed / CLASS_STEP_BYTES) * CLASS_STEP_BYTES;
}
