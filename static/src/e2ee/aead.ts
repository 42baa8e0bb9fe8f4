// AES-256-GCM by WebCrypto: constant-time, and off this thread.

import { type Bytes, own } from "../wire/bytes.ts";

export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;

/** Ciphertext ‖ tag. `key` has 32 bytes, `nonce` 12 and is used once with this key. */
export async function sealGcm(
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  aad: Uint8Array,
): Promise<Bytes> {
  const imported = await importKey(key, "encrypt");
  return new Uint8Array(await crypto.subtle.encrypt(parameters(nonce, aad), imported, own(plaintext)));
}

/** The plaintext, or null if key, nonce, additional data or ciphertext are not those that were sealed. */
export async function openGcm(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  aad: Uint8Array,
): Promise<Bytes | null> {
  const imported = await importKey(key, "decrypt");
  try {
    return new Uint8Array(await crypto.subtle.decrypt(parameters(nonce, aad), imported, own(sealed)));
  } catch {
    return null; // WebCrypto tells no more than "it failed", by design
  }
}

function importKey(key: Uint8Array, usage: "encrypt" | "decrypt"): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", own(key), "AES-GCM", false, [usage]);
}

function parameters(nonce: Uint8Array, aad: Uint8Array): AesGcmParams {
  return { name: "AES-GCM", iv: own(nonce), additionalData: own(aad) };
}
