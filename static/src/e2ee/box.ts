// HPKE (RFC 9180, base mode) with X-Wing (X25519 + ML-KEM-768, KEM 0x647a), HKDF-SHA512 and AES-256-GCM: what is
// sealed to an account stays sealed when quantum computers come.

import { Aes256Gcm, CipherSuite, HkdfSha512 } from "@hpke/core";
import { XWing } from "@hpke/hybridkem-x-wing";

import { type Bytes, concat, hex, own, random } from "../wire/bytes.ts";

export const BOX_SEED_BYTES = 32;
export const BOX_PUBLIC_KEY_BYTES = 1216;
export const BOX_ENC_BYTES = 1120;
const TAG_BYTES = 16;

/** A key pair: the 32-byte seed is the secret, the public key has 1,216 bytes. */
export interface BoxKey {
  readonly seed: Bytes;
  readonly publicKey: Bytes;
}

const kem = new XWing();
const suite = new CipherSuite({ kem, kdf: new HkdfSha512(), aead: new Aes256Gcm() });

/** A fresh key pair from the system's random numbers. */
export function newBoxKey(): Promise<BoxKey> {
  return boxKeyFromSeed(random(BOX_SEED_BYTES));
}

/** The key pair of a seed; RangeError unless it has 32 bytes. */
export async function boxKeyFromSeed(seed: Uint8Array): Promise<BoxKey> {
  if (seed.length !== BOX_SEED_BYTES) throw new RangeError(`a seed has ${BOX_SEED_BYTES} bytes, not ${seed.length}`);
  const kept = new Uint8Array(seed);
  await suite.kem.deserializePrivateKey(kept.buffer); // has the library load what generateKeyPairDerand takes as loaded
  const pair = await kem.generateKeyPairDerand(new Uint8Array(kept));
  return { seed: kept, publicKey: new Uint8Array(await kem.serializePublicKey(pair.publicKey)) };
}

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

/** enc (1,120 bytes) ‖ ciphertext ‖ tag (16 bytes), which only the holder of the key's seed opens. */
export async function sealTo(publicKey: Uint8Array, info: Uint8Array, plaintext: Uint8Array): Promise<Bytes> {
  const recipientPublicKey = await kem.deserializePublicKey(ownBuffer(publicKey));
  const { enc, ct } = await suite.seal({ recipientPublicKey, info: ownBuffer(info) }, ownBuffer(plaintext));
  return concat(new Uint8Array(enc), new Uint8Array(ct));
}

/** The plaintext of what sealTo made with the same `info`; any error of the library if it does not open. */
export async function openWith(key: BoxKey, info: Uint8Array, sealed: Uint8Array): Promise<Bytes> {
  if (sealed.length < BOX_ENC_BYTES + TAG_BYTES) throw new RangeError(`${sealed.length} bytes hold no sealed text`);
  const recipientKey = await kem.deserializePrivateKey(ownBuffer(key.seed));
  const enc = ownBuffer(sealed.subarray(0, BOX_ENC_BYTES));
  const opened = await suite.open(
    { recipientKey, enc, info: ownBuffer(info) },
    ownBuffer(sealed.subarray(BOX_ENC_BYTES)),
  );
  return new Uint8Array(opened);
}

/** The library takes whole buffers, not views. */
function ownBuffer(raw: Uint8Array): ArrayBuffer {
  return own(new Uint8Array(raw)).buffer;
}
