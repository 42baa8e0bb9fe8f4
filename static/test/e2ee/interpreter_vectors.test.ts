// What PyNaCl and cryptography made by docs/protocol.md (tests/wire/make_interpreter_vectors.py), read by the browser's
// code.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { openAside } from "../../src/e2ee/aside.ts";
import { boxKeyFromSeed } from "../../src/e2ee/box.ts";
import { verifyDeviceList } from "../../src/e2ee/devices.ts";
import { readEnrolment } from "../../src/e2ee/enrolment.ts";
import { statementFromJson } from "../../src/e2ee/identity.ts";
import { openPrivate, openPrivateKey } from "../../src/e2ee/private.ts";
import { isVouchedBy, parseVouching } from "../../src/e2ee/vouching.ts";
import { b64, fromUtf8, unb64 } from "../../src/wire/bytes.ts";
import { flipped, refused } from "./refused.ts";

interface Vectors {
  room: string;
  owner: string;
  owner_sign: string;
  account: string;
  device: string;
  statements: { body: string; sig: string }[];
  enrolment: { request: string; code: string };
  vouching: { body: string; sig: string };
  asides: { to: string; seed: string; sealed: string; text: string }[];
  private: { to: string; seed: string; key: string; given: string; sealed: string; text: string };
}

const file = new URL("../../../tests/vectors/interpreters.json", import.meta.url);
const vectors = JSON.parse(readFileSync(file, "utf8")) as Vectors;
const { room, account, device } = vectors;
const list = await verifyDeviceList(account, vectors.statements.map(statementFromJson));
const directory = {
  device: (owner: string, id: string) => (owner === account ? list.devices.get(id) : undefined),
};

test("a request and its code", () => {
  const { request, code } = vectors.enrolment;
  const { account: whose, device: which, sign, machine } = readEnrolment(code, unb64(request));
  assert.deepEqual([whose, which, b64(sign), machine], [account, device, b64(list.sign), "booth 3"]);
});

test("an owner's word", async () => {
  const statement = statementFromJson(vectors.vouching);
  const { account: whose, by, for: readers, sign } = parseVouching(statement.body);
  assert.deepEqual([whose, by, readers, b64(sign)], [account, vectors.owner, "delegation", b64(list.sign)]);
  assert.equal(await isVouchedBy(statement, unb64(vectors.owner_sign)), true);
  assert.equal(await isVouchedBy(statement, list.sign), false);
});

test("asides", async () => {
  for (const { to, seed, sealed, text } of vectors.asides) {
    const boxes = [await boxKeyFromSeed(unb64(seed))];
    const place = { room, from: account, to };
    const opened = await openAside(unb64(sealed), place, boxes, directory);
    assert.deepEqual([opened.device, fromUtf8(opened.content)], [device, text]);
    await refused("aside.cipher", openAside(flipped(unb64(sealed), 1200), place, boxes, directory));
    await refused("aside.cipher", openAside(unb64(sealed), { room, from: to, to: account }, boxes, directory));
    await refused("aside.forged", openAside(unb64(sealed), place, boxes, { device: () => undefined }));
  }
});

test("a private key and what is sealed under it", async () => {
  const { to, seed, key, given, sealed, text } = vectors.private;
  const value = await openPrivateKey(unb64(given), { room, key, account: to }, [await boxKeyFromSeed(unb64(seed))]);
  const opened = await openPrivate(value!, { room, device, key }, unb64(sealed));
  assert.equal(fromUtf8(opened!), text);
  assert.equal(await openPrivate(value!, { room: to, device, key }, unb64(sealed)), null);
});
