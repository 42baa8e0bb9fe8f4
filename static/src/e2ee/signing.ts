// Ed25519 (RFC 8032) by WebCrypto, with keys made from 32-byte seeds so that a vault can carry them.

import { type Bytes, concat, own, unb64 } from "../wire/bytes.ts";
import { isSignature, isSignatureKey, PUBLIC_KEY_BYTES } from "./signaturekey.ts";

export const SEED_BYTES = 32;

/** A key pair: the seed is the secret, 32 bytes each. */
export interface SigningKey {
  readonly seed: Bytes;
  readonly publicKey: Bytes;
}

/** The fixed beginning of an Ed25519 private key in PKCS #8 (RFC 8410 §7); the seed follows. */
const PKCS8_PREFIX = Uint8Array.of(48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32);

/** Imported keys are kept, because importing costs more than verifying; the oldest goes when there are many. */
const KEPT_KEYS = 4096;
const publicKeys = new Map<string, Promise<CryptoKey>>();
const privateKeys = new WeakMap<Uint8Array, Promise<CryptoKey>>();

/** A fresh key pair from the system's random numbers. */
export function newSigningKey(): Promise<SigningKey> {
  return signingKeyFromSeed(crypto.getRandomValues(new Uint8Array(SEED_BYTES)));
}

/** The key pair of a seed; RangeError unless it has 32 bytes. */
export async function signingKeyFromSeed(seed: Uint8Array): Promise<SigningKey> {
  const kept = new Uint8Array(seed);
  const key = await importPrivate(kept, true);
  const { x } = await crypto.subtle.exportKey("jwk", key);
  return { seed: kept, publicKey: unb64(x ?? "", PUBLIC_KEY_BYTES) };
}

/** The 64-byte signature of `message`. */
export function sign(key: SigningKey, message: Uint8Array): Promise<Bytes> {
  return signWithSeed(key.seed, message);
}

/** Like sign, from the seed alone. */
export async function signWithSeed(seed: Uint8Array, message: Uint8Array): Promise<Bytes> {
  const imported = privateKeys.get(seed) ?? importPrivate(seed, false);
  privateKeys.set(seed, imported);
  return new Uint8Array(await crypto.subtle.sign("Ed25519", await imported, own(message)));
}

/**
 * Whether `signature` is by `publicKey` over `message`; false as well for keys and signatures that are none, also such
 * as some libraries take and others do not (./signaturekey.ts).
 */
export async function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  if (!isSignatureKey(publicKey) || !isSignature(signature)) return false;
  let key: CryptoKey;
  try {
    key = await importPublic(publicKey);
  } catch {
    return false; // not a point of the curve
  }
  return crypto.subtle.verify("Ed25519", key, own(signature), own(message));
}

function importPrivate(seed: Uint8Array, extractable: boolean): Promise<CryptoKey> {
  if (seed.length !== SEED_BYTES) throw new RangeError(`a seed has ${SEED_BYTES} bytes, not ${seed.length}`);
  return crypto.subtle.importKey("pkcs8", concat(PKCS8_PREFIX, seed), "Ed25519", extractable, ["sign"]);
}

function importPublic(publicKey: Uint8Array): Promise<CryptoKey> {
  const name = String.fromCharCode(...publicKey);
  const known = publicKeys.get(name);
  if (known !== undefined) return known;
  const imported = crypto.subtle.importKey("raw", new Uint8Array(publicKey), "Ed25519", false, ["verify"]);
  publicKeys.set(name, imported);
  if (publicKeys.size > KEPT_KEYS) publicKeys.delete(publicKeys.keys().next().value ?? name);
  return imported;
}
