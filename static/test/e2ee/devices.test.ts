import assert from "node:assert/strict";
import { test } from "node:test";

import { isBoxPublicKey, newBoxKey } from "../../src/e2ee/box.ts";
import { addDevice, type DeviceList, found, revokeDevice, verifyDeviceList } from "../../src/e2ee/devices.ts";
import { type Statement, statementFromJson, statementToJson } from "../../src/e2ee/identity.ts";
import { newSigningKey, sign, type SigningKey } from "../../src/e2ee/signing.ts";
import { b64, concat, fromUtf8, random, utf8 } from "../../src/wire/bytes.ts";
import { type Canonical, canonicalJson } from "../../src/wire/canonical.ts";
import { newId } from "../../src/wire/ids.ts";
import { NOW_S, Person } from "./people.ts";
import { flipped, refused } from "./refused.ts";

const LABEL = utf8("portal device list v1\0");

/** A statement with some fields changed, signed again by the account's key: what a hostile client could write. */
async function rewritten(statement: Statement, key: SigningKey, fields: Record<string, Canonical>): Promise<Statement> {
  const body = canonicalJson({ ...(JSON.parse(fromUtf8(statement.body)) as Record<string, Canonical>), ...fields });
  return { body, sig: await sign(key, concat(LABEL, body)) };
}

test("a list tells its devices, its newest box key and its head", async () => {
  const person = await Person.create();
  const [one, two] = [await person.addDevice(), await person.addDevice("archive")];
  await person.revoke(one.device);
  const { devices, boxes, box, seq } = await verifyDeviceList(person.account, person.statements);
  assert.deepEqual(
    [...devices.values()].map(({ device, kind, revoked }) => [device, kind, revoked]),
    [
      [one.device, "browser", true],
      [two.device, "archive", false],
    ],
  );
  assert.equal(seq, 3);
  assert.equal(boxes.length, 2);
  assert.deepEqual(box, person.boxes[1]!.publicKey);
  const travelled = person.statements.map((statement) => statementFromJson(statementToJson(statement)));
  assert.deepEqual((await verifyDeviceList(person.account, travelled)).head, person.list.head);
});

test("no statement can be left out, moved, changed or put in by somebody else", async () => {
  const person = await Person.create();
  await person.addDevice();
  await person.addDevice();
  const [first, second, third] = person.statements as [Statement, Statement, Statement];
  const verify = (...statements: Statement[]) => verifyDeviceList(person.account, statements);
  await refused("device_list.malformed", verify());
  await refused("device_list.broken_chain", verify(first, third));
  await refused("device_list.broken_chain", verify(first, third, second));
  await refused("device_list.broken_chain", verify(second));
  await refused("device_list.broken_chain", verify(first, second, second));
  await refused("device_list.forged", verify(first, { ...second, sig: flipped(second.sig, 3) }));
  await refused("device_list.forged", verify(first, { ...second, sig: third.sig }));
  const stranger = await newSigningKey();
  await refused("device_list.forged", verify(first, await rewritten(second, stranger, {})));
  await refused("device_list.forged", verify(await rewritten(first, stranger, {})));
  await refused("device_list.other_account", verifyDeviceList(newId(), person.statements));
});

test("another history than the one seen before is told from an older one", async () => {
  const person = await Person.create();
  await person.addDevice();
  const short = [...person.statements];
  const shortList = person.list;
  await person.addDevice();
  const { seq, head } = person.list;
  await refused("device_list.rolled_back", verifyDeviceList(person.account, short, { seq, head }));
  const added = {
    at_s: NOW_S,
    device: newId(),
    key: (await newSigningKey()).publicKey,
    kind: "browser" as const,
    vault: 1,
  };
  const fork = [...short, await addDevice(shortList, person.sign, added)];
  await refused("device_list.forked", verifyDeviceList(person.account, fork, { seq, head }));
  await refused(
    "device_list.forked",
    verifyDeviceList(person.account, person.statements, { seq: 0, head: random(32) }),
  );
  assert.ok(await verifyDeviceList(person.account, person.statements, { seq: shortList.seq, head: shortList.head }));
});

test("ids and keys are never used twice, nor is the account's own key a device's", async () => {
  const person = await Person.create();
  const device = await person.addDevice();
  const { list, sign: key } = person;
  const fresh = await newSigningKey();
  const added = { at_s: NOW_S, device: newId(), key: fresh.publicKey, kind: "browser" as const, vault: 1 };
  const append = (statement: Promise<Statement>) =>
    statement.then((made) => verifyDeviceList(list.account, [...person.statements, made]));
  await refused("device_list.reused", append(addDevice(list, key, { ...added, device: device.device })));
  await refused("device_list.reused", append(addDevice(list, key, { ...added, key: device.key.publicKey })));
  await refused("device_list.reused", append(addDevice(list, key, { ...added, key: key.publicKey })));
  await refused("device_list.malformed", append(addDevice(list, key, { ...added, vault: 0 })));
  const revoked = { at_s: NOW_S, device: device.device, box: (await newBoxKey()).publicKey };
  await refused("device_list.reused", append(revokeDevice(list, key, { ...revoked, box: list.box })));
  await refused("device_list.unknown_device", append(revokeDevice(list, key, { ...revoked, device: newId() })));
  await person.revoke(device.device);
  const twice = revokeDevice(person.list, key, { ...revoked, box: (await newBoxKey()).publicKey });
  await refused(
    "device_list.unknown_device",
    twice.then((made) => verifyDeviceList(list.account, [...person.statements, made])),
  );
});

test("fields of the wrong kind, unknown ones and other spellings are refused though they are signed", async () => {
  const person = await Person.create();
  await person.addDevice();
  const [first, second] = person.statements as [Statement, Statement];
  const changes: Record<string, Canonical>[] = [
    { more: 1 },
    { v: 2 },
    { kind: "toaster" },
    { device: "short" },
    { key: "AA" },
    { at: "now" },
    { vault: "1" },
    { op: "found" },
    { op: "drop" },
  ];
  for (const change of changes) {
    const made = await rewritten(second, person.sign, change);
    await refused("device_list.malformed", verifyDeviceList(person.account, [first, made]));
  }
  const spaced = utf8(fromUtf8(second.body).replace(',"at"', ', "at"'));
  const resigned = { body: spaced, sig: await sign(person.sign, concat(LABEL, spaced)) };
  await refused("device_list.malformed", verifyDeviceList(person.account, [first, resigned]));
});

test("a box key to which nothing can be sealed is refused: it would stop every commit of a room", async () => {
  const good = (await newBoxKey()).publicKey;
  assert.ok(isBoxPublicKey(good));
  const unreduced = good.with(0, 0xff).with(1, 0xff);
  const smallOrder = concat(good.subarray(0, 1184), new Uint8Array(32));
  const hiddenTopBit = concat(good.subarray(0, 1184), Uint8Array.of(1), new Uint8Array(30), Uint8Array.of(0x80));
  const account = newId();
  const key = await newSigningKey();
  for (const box of [unreduced, smallOrder, hiddenTopBit, good.subarray(1), concat(good, Uint8Array.of(0))]) {
    assert.ok(!isBoxPublicKey(box));
    const statement = await found({ account, at_s: NOW_S, sign: key, box });
    await refused("device_list.malformed", verifyDeviceList(account, [statement]));
  }
});

test("a statement's signature does not hold in another place of the protocol", async () => {
  const person = await Person.create();
  const [first] = person.statements as [Statement];
  const unlabelled: Statement = { body: first.body, sig: await sign(person.sign, first.body) };
  await refused("device_list.forged", verifyDeviceList(person.account, [unlabelled]));
  const list: DeviceList = person.list;
  assert.notEqual(b64(list.head), b64(list.sign));
});
