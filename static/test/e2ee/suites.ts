// Suites 1 and 3 for tests: cheaper than the room suite, and those for which the official vectors exist.

import {
  type AeadEncryptionContext,
  type AeadInterface,
  Aes128Gcm,
  DhkemX25519HkdfSha256,
  HkdfSha256,
} from "@hpke/core";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { x25519 } from "@noble/curves/ed25519.js";
import { sha256 } from "@noble/hashes/sha2.js";

import { makeSuite, type Primitives, type Suite } from "../../src/e2ee/suite.ts";
import { own } from "../../src/wire/bytes.ts";

/** New ones for each suite: @hpke/core writes the suite's number, cipher included, into the KDF that it is given. */
function common(): Omit<Primitives, "aead"> {
  return {
    kem: new DhkemX25519HkdfSha256(),
    kdf: new HkdfSha256(),
    hash: sha256,
    isPublicKey: (raw) => raw.length === 32,
    publicKeyOf: async (privateKey) => own(x25519.getPublicKey(privateKey)),
  };
}

class ChaCha20Poly1305 implements AeadInterface {
  readonly id = 0x0003;
  readonly keySize = 32;
  readonly nonceSize = 12;
  readonly tagSize = 16;

  createEncryptionContext(key: ArrayBuffer): AeadEncryptionContext {
    const cipher = (iv: Buffered, aad: Buffered) => chacha20poly1305(new Uint8Array(key), bytes(iv), bytes(aad));
    return {
      seal: async (iv, data, aad) => own(cipher(iv, aad).encrypt(bytes(data))).buffer,
      open: async (iv, data, aad) => own(cipher(iv, aad).decrypt(bytes(data))).buffer,
    };
  }
}

type Buffered = Parameters<AeadEncryptionContext["seal"]>[0];

function bytes(raw: Buffered): Uint8Array {
  return ArrayBuffer.isView(raw) ? new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength) : new Uint8Array(raw);
}

export const SUITE_1: Suite = makeSuite(1, "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519", {
  ...common(),
  aead: new Aes128Gcm(),
});

export const SUITE_3: Suite = makeSuite(3, "MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519", {
  ...common(),
  aead: new ChaCha20Poly1305(),
});
