// What PyNaCl and cryptography made by docs/protocol.md (tests/wire/make_vectors.py), read by the browser's code.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { sha256 } from "@noble/hashes/sha2.js";

import { boxKeyFromSeed } from "../../src/e2ee/box.ts";
import { verifyDeviceList } from "../../src/e2ee/devices.ts";
import { openChunks } from "../../src/e2ee/files.ts";
import { statementFromJson } from "../../src/e2ee/identity.ts";
import { deriveRecordKey, openContent, verifyItem } from "../../src/e2ee/record.ts";
import { recoveryWrapKey } from "../../src/e2ee/recovery.ts";
import { grantFromJson, type GrantJson, openGrant, verifyGrant } from "../../src/e2ee/ring.ts";
import { openVault, passphraseWrapKey, unwrapVaultKey } from "../../src/e2ee/vault.ts";
import { b64, fromUtf8, hex, own } from "../../src/wire/bytes.ts";
import { decodeEnvelope, firstHead, itemHash, nextHead } from "../../src/wire/envelope.ts";
import { flipped, refused } from "./refused.ts";

interface Vectors {
  account: string;
  device: string;
  device_key: string;
  statements: { body: string; sig: string }[];
  record: {
    room: string;
    epoch: number;
    bucket: number;
    exporter: string;
    share: string;
    items: string[];
    heads: string[];
    texts: string[];
  };
  grant: {
    room: string;
    seed: string;
    grant: GrantJson;
    content: { base: { number: number; head: string }; ring: [number, number, string][] };
  };
  vault: {
    account: string;
    version: number;
    sealed: string;
    sig: string;
    content: { sign: string; box: string[]; labels: Record<string, string> };
    wraps: { passphrase: string; recovery: string };
    export_key: string;
    recovery_key: string;
  };
  file: { key: string; blob: string; content: string; chunk: string };
}

const file = new URL("../../../tests/vectors/other.json", import.meta.url);
const vectors = JSON.parse(readFileSync(file, "utf8")) as Vectors;
const bytes = (text: string) => new Uint8Array(Buffer.from(text, "hex"));
const deviceKey = bytes(vectors.device_key);

test("a device list", async () => {
  const list = await verifyDeviceList(vectors.account, vectors.statements.map(statementFromJson));
  const devices = [...list.devices.values()].map(({ kind, revoked }) => [kind, revoked]);
  assert.deepEqual(devices, [
    ["archive", false],
    ["browser", true],
  ]);
  assert.equal(hex(list.devices.get(vectors.device)!.key), vectors.device_key);
  assert.equal(list.boxes.length, 2);
});

test("items, heads and content", async () => {
  const { room, epoch, bucket, exporter, share, items, heads, texts } = vectors.record;
  const key = deriveRecordKey(bytes(exporter), bytes(share), room, epoch, bucket);
  let head = firstHead(room);
  assert.equal(hex(head), heads[0]);
  for (const [i, raw] of items.entries()) {
    const envelope = decodeEnvelope(bytes(raw));
    assert.deepEqual(envelope.seenHead, head);
    head = nextHead(head, i + 1, itemHash(envelope));
    assert.equal(hex(head), heads[i + 1]);
    await verifyItem(envelope, deviceKey);
    assert.equal(fromUtf8(await openContent(key, envelope)), texts[i]);
  }
});

test("a ring grant", async () => {
  const { room, seed, grant: json, content } = vectors.grant;
  const grant = grantFromJson(room, json);
  await verifyGrant(grant, deviceKey);
  const opened = await openGrant(grant, [await boxKeyFromSeed(bytes(seed))]);
  assert.deepEqual({ number: opened.base.number, head: b64(opened.base.head) }, content.base);
  assert.deepEqual(
    opened.ring.map(({ epoch, bucket, value }) => [epoch, bucket, b64(value)]),
    content.ring,
  );
});

test("the vault by passphrase and by recovery key", async () => {
  const { account, version, sealed, sig, content, wraps, export_key, recovery_key } = vectors.vault;
  const passphraseKey = passphraseWrapKey(bytes(export_key));
  const key = await unwrapVaultKey(bytes(wraps.passphrase), account, "passphrase", passphraseKey);
  const recovered = await unwrapVaultKey(
    bytes(wraps.recovery),
    account,
    "recovery",
    recoveryWrapKey(bytes(recovery_key)),
  );
  assert.deepEqual(recovered, key);
  const opened = await openVault({ version, sealed: bytes(sealed), sig: bytes(sig) }, key, account);
  assert.equal(b64(opened.sign), content.sign);
  assert.deepEqual(opened.labels, content.labels);
});

test("a file", async () => {
  const { key, blob, content, chunk } = vectors.file;
  const expected = { size_bytes: bytes(content).length, sha256: own(sha256(bytes(content))) };
  const opened: string[] = [];
  for await (const part of openChunks(bytes(key), blob, [bytes(chunk)], expected)) opened.push(hex(part));
  assert.equal(opened.join(""), content);
  await refused("file.chunk", openChunks(bytes(key), blob, [flipped(bytes(chunk), 5)], expected).next());
});
