// Which bytes are an Ed25519 public key, and a signature, that all libraries judge alike (docs/protocol.md §1).
//
// RFC 8032 leaves open what to do with encodings that are not reduced and with points of small order, and libraries
// differ: what one member accepts, another one would refuse. Twin of portal/wire/signature_key.py.

import { hex } from "../wire/bytes.ts";

export const PUBLIC_KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;

/**
 * Whether `raw` is a reduced y-coordinate, with the sign of x in the top bit, that is not of small order. Whether there
 * is such a point at all shows when a signature is verified.
 */
export function isSignatureKey(raw: Uint8Array): boolean {
  if (raw.length !== PUBLIC_KEY_BYTES) return false;
  const y = new Uint8Array(raw);
  y[PUBLIC_KEY_BYTES - 1]! &= 0x7f;
  return isBelow(y, PRIME) && !SMALL_ORDER_POINTS.has(hex(y));
}

/** Whether the first half of `raw` is a point as above, and the second a number below the order of the group. */
export function isSignature(raw: Uint8Array): boolean {
  const [point, scalar] = [raw.subarray(0, PUBLIC_KEY_BYTES), raw.subarray(PUBLIC_KEY_BYTES)];
  return raw.length === SIGNATURE_BYTES && isSignatureKey(point) && isBelow(scalar, GROUP_ORDER);
}

function isBelow(number: Uint8Array, limit: Uint8Array): boolean {
  for (let i = limit.length - 1; i >= 0; i--) if (number[i] !== limit[i]) return number[i]! < limit[i]!;
  return false;
}

/** 2^255 - 19, little-endian. */
const PRIME = Uint8Array.of(0xed, ...new Array<number>(30).fill(0xff), 0x7f);
/** 2^252 + 27742317777372353535851937790883648493, little-endian. */
const GROUP_ORDER = Uint8Array.of(
  ...[0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14],
  ...new Array<number>(15).fill(0),
  0x10,
);
/** y-coordinates of the points of order 1, 2, 4 and 8, little-endian. */
const SMALL_ORDER_POINTS = new Set([
  "00".repeat(32),
  `01${"00".repeat(31)}`,
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  `ec${"ff".repeat(30)}7f`,
]);
