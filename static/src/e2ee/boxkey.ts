// What can be said of an account's X-Wing keys (X25519 + ML-KEM-768) by looking at them, without the library that
// computes with them: device lists are checked long before anything is sealed.

import { hex } from "../wire/bytes.ts";

export const BOX_SEED_BYTES = 32;
export const BOX_PUBLIC_KEY_BYTES = 1216;

/**
 * Whether `raw` is an X-Wing public key that can be sealed to: the length is right, ML-KEM's coefficients are reduced
 * (FIPS 203 §7.2) and the X25519 half is not one of the points that make every shared secret zero (RFC 7748 §6.1).
 */
export function isBoxPublicKey(raw: Uint8Array): boolean {
  if (raw.length !== BOX_PUBLIC_KEY_BYTES) return false;
  for (let i = 0; i < COEFFICIENT_BYTES; i += 3) {
    const bits = raw[i]! | (raw[i + 1]! << 8) | (raw[i + 2]! << 16);
    if ((bits & 0xfff) >= MLKEM_MODULUS || bits >> 12 >= MLKEM_MODULUS) return false;
  }
  const point = raw.slice(-X25519_BYTES);
  point[X25519_BYTES - 1]! &= 0x7f; // X25519 ignores the top bit
  return !SMALL_ORDER_POINTS.has(hex(point));
}

/** ML-KEM-768: three polynomials of 256 coefficients of 12 bits. */
const COEFFICIENT_BYTES = 3 * 384;
const MLKEM_MODULUS = 3329;
const X25519_BYTES = 32;
/** Little-endian u-coordinates of the points of order 1, 2, 4 and 8, also those not reduced modulo 2^255-19. */
const SMALL_ORDER_POINTS = new Set([
  "00".repeat(32),
  `01${"00".repeat(31)}`,
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  `ec${"ff".repeat(30)}7f`,
  `ed${"ff".repeat(30)}7f`,
  `ee${"ff".repeat(30)}7f`,
]);
