// Keys and signatures that libraries judge differently (tests/wire/make_signature_vectors.py): the browser says what
// the server and Python say.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { newBoxKey } from "../../src/e2ee/box.ts";
import { found, verifyDeviceList } from "../../src/e2ee/devices.ts";
import { Refusal } from "../../src/e2ee/refusal.ts";
import { isSignature, isSignatureKey } from "../../src/e2ee/signaturekey.ts";
import { newSigningKey, sign, verify } from "../../src/e2ee/signing.ts";
import { newId } from "../../src/wire/ids.ts";

interface Case {
  name: string;
  key: string;
  message: string;
  signature: string;
  accepted: boolean;
  key_fine: boolean;
  signature_fine: boolean;
}

const file = new URL("../../../tests/vectors/signatures.json", import.meta.url);
const cases = JSON.parse(readFileSync(file, "utf8")) as Case[];

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(text, "hex"));
}

test("a signature is taken exactly where the others take it", async () => {
  for (const one of cases) {
    const [key, message, signature] = [bytes(one.key), bytes(one.message), bytes(one.signature)];
    assert.equal(await verify(key, message, signature), one.accepted, one.name);
    // Some browsers refuse these by themselves, some do not.
    assert.equal(isSignatureKey(key), one.key_fine, one.name);
    assert.equal(isSignature(signature), one.signature_fine, one.name);
  }
});

test("signatures and keys that are made pass", async () => {
  for (let i = 0; i < 50; i++) {
    const key = await newSigningKey();
    const message = Uint8Array.of(i);
    assert.equal(await verify(key.publicKey, message, await sign(key, message)), true);
  }
});

test("a device list under a key of small order is refused for its key", async () => {
  const [account, sign, box] = [newId(), await newSigningKey(), (await newBoxKey()).publicKey];
  const small = cases.find((one) => !one.key_fine)!;
  const forged = await found({ account, at_s: 1, sign: { ...sign, publicKey: bytes(small.key) }, box });
  await assert.rejects(
    verifyDeviceList(account, [forged]),
    (error) => error instanceof Refusal && error.code === "device_list.malformed",
  );
});
