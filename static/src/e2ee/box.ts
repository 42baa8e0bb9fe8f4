// HPKE (RFC 9180, base mode) with X-Wing (X25519 + ML-KEM-768, KEM 0x647a), HKDF-SHA512 and AES-256-GCM: what is
// sealed to an account stays sealed when quantum computers come.

import { Aes256Gcm, CipherSuite, HkdfSha512 } from "@hpke/core";
import { XWing } from "@hpke/hybridkem-x-wing";

import { type Bytes, concat, own, random } from "../wire/bytes.ts";
import { BOX_SEED_BYTES } from "./boxkey.ts";

export { isBoxPublicKey } from "./boxkey.ts";

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
