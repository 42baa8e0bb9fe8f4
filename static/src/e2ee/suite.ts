// The pinned MLS cipher suite, put together from the primitives that ts-mls asks for.
//
// ts-mls's own providers would pull every algorithm that it knows into the bundle (its index imports the noble one
// statically), so nothing of ts-mls is imported by its index here, and the suite is made from @hpke/core, @noble/hashes
// and WebCrypto. Rooms use suite 83 only; tests make suites 1 and 3 by makeSuite, for the official vectors.

import {
  type AeadInterface,
  Aes256Gcm,
  CipherSuite,
  HkdfSha512,
  type KdfInterface,
  type KemInterface,
} from "@hpke/core";
import { XWing } from "@hpke/hybridkem-x-wing";
import { expand, extract } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha512 } from "@noble/hashes/sha2.js";
import type { CHash } from "@noble/hashes/utils.js";
import type { CiphersuiteImpl, CiphersuiteName } from "ts-mls";
import type { Hash } from "ts-mls/crypto/hash.js";
import type { Hpke, PrivateKey, PublicKey } from "ts-mls/crypto/hpke.js";
import type { Kdf } from "ts-mls/crypto/kdf.js";
import type { Signature } from "ts-mls/crypto/signature.js";

import { type Bytes, equal, random } from "../wire/bytes.ts";
import { boxKeyFromSeed } from "./box.ts";
import { isBoxPublicKey } from "./boxkey.ts";
import { newSigningKey, signWithSeed, verify } from "./signing.ts";

/** A cipher suite ready for use: its registered or pinned number, and its primitives. */
export interface Suite {
  readonly id: number;
  readonly impl: CiphersuiteImpl;
  /**
   * Whether these bytes are a public key that can be sealed to. A bad one in a group would stop all others' commits.
   */
  isPublicKey(raw: Uint8Array): boolean;
  /** The public key of a private key, both as MLS serialises them. */
  publicKeyOf(privateKey: Uint8Array): Promise<Bytes>;
}

/** What a suite is made of. The signature is Ed25519 in all of them. */
export interface Primitives {
  readonly kem: KemInterface;
  readonly kdf: KdfInterface;
  readonly aead: AeadInterface;
  readonly hash: CHash;
  readonly isPublicKey: Suite["isPublicKey"];
  readonly publicKeyOf: Suite["publicKeyOf"];
}

/** A suite of this number and name, from these primitives. */
export function makeSuite(id: number, name: CiphersuiteName, primitives: Primitives): Suite {
  const { hash, isPublicKey, publicKeyOf } = primitives;
  const impl = { name, hash: hashOf(hash), kdf: kdfOf(hash), hpke: hpkeOf(primitives), signature: ed25519, rng };
  return { id, impl, isPublicKey, publicKeyOf };
}

const rng = { randomBytes: random };

const ed25519: Signature = {
  sign: signWithSeed,
  verify,
  async keygen() {
    const { seed, publicKey } = await newSigningKey();
    return { signKey: seed, publicKey };
  },
};

function hashOf(hash: Primitives["hash"]): Hash {
  return {
    digest: async (data) => hash(data),
    mac: async (key, data) => hmac(hash, key, data),
    verifyMac: async (key, mac, data) => equal(hmac(hash, key, data), mac),
  };
}

function kdfOf(hash: Primitives["hash"]): Kdf {
  return {
    extract: async (salt, ikm) => extract(hash, ikm, salt),
    expand: async (prk, info, length) => expand(hash, prk, info, length),
    size: hash.outputLen,
  };
}

function hpkeOf({ kem, kdf, aead }: Primitives): Hpke {
  const hpke = new CipherSuite({ kem, kdf, aead });
  return {
    async seal(recipientPublicKey, plaintext, info, aad) {
      const sealed = await hpke.seal({ recipientPublicKey, info: buffer(info) }, buffer(plaintext), buffer(aad));
      return { ct: new Uint8Array(sealed.ct), enc: new Uint8Array(sealed.enc) };
    },
    async open(recipientKey, kemOutput, ciphertext, info, aad) {
      const params = { recipientKey, enc: buffer(kemOutput), info: buffer(info) };
      return new Uint8Array(await hpke.open(params, buffer(ciphertext), buffer(aad)));
    },
    async exportSecret(recipientPublicKey, context, length, info) {
      const sender = await hpke.createSenderContext({ recipientPublicKey, info: buffer(info) });
      return { enc: new Uint8Array(sender.enc), secret: new Uint8Array(await sender.export(buffer(context), length)) };
    },
    async importSecret(recipientKey, context, kemOutput, length, info) {
      const params = { recipientKey, enc: buffer(kemOutput), info: buffer(info) };
      return new Uint8Array(await (await hpke.createRecipientContext(params)).export(buffer(context), length));
    },
    async encryptAead(key, nonce, aad, plaintext) {
      const context = aead.createEncryptionContext(buffer(key));
      return new Uint8Array(await context.seal(buffer(nonce), buffer(plaintext), buffer(aad)));
    },
    async decryptAead(key, nonce, aad, ciphertext) {
      const context = aead.createEncryptionContext(buffer(key));
      return new Uint8Array(await context.open(buffer(nonce), buffer(ciphertext), buffer(aad)));
    },
    importPrivateKey: async (key) => privateKey(await kem.deserializePrivateKey(buffer(key))),
    importPublicKey: async (key) => publicKey(await kem.deserializePublicKey(buffer(key))),
    exportPrivateKey: async (key) => new Uint8Array(await kem.serializePrivateKey(key)),
    exportPublicKey: async (key) => new Uint8Array(await kem.serializePublicKey(key)),
    deriveKeyPair: async (ikm) => pair(await kem.deriveKeyPair(buffer(ikm))),
    generateKeyPair: async () => pair(await kem.generateKeyPair()),
    keyLength: aead.keySize,
    nonceLength: aead.nonceSize,
  };
}

// ts-mls tells public from private keys by type; @hpke has one type for both.
function privateKey(key: CryptoKey): PrivateKey {
  return key as PrivateKey;
}

function publicKey(key: CryptoKey): PublicKey {
  return key as PublicKey;
}

function pair(keys: CryptoKeyPair): { privateKey: PrivateKey; publicKey: PublicKey } {
  return { privateKey: privateKey(keys.privateKey), publicKey: publicKey(keys.publicKey) };
}

/** @hpke takes whole buffers, not views. */
function buffer(raw: Uint8Array | undefined): ArrayBuffer {
  return (new Uint8Array(raw ?? []) as Bytes).buffer;
}

/** The suite of every room: X-Wing (X25519 + ML-KEM-768), AES-256-GCM, SHA-512, Ed25519. */
export const ROOM_SUITE: Suite = makeSuite(83, "MLS_256_XWING_AES256GCM_SHA512_Ed25519", {
  kem: new XWing(),
  kdf: new HkdfSha512(),
  aead: new Aes256Gcm(),
  hash: sha512,
  isPublicKey: isBoxPublicKey,
  publicKeyOf: async (privateKey) => (await boxKeyFromSeed(privateKey)).publicKey,
});
