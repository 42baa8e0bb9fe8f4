// Thousands of random mutations of everything that is signed or sealed: none is accepted.

import assert from "node:assert/strict";
import { test } from "node:test";

import { type DeviceList, verifyDeviceList } from "../../src/e2ee/devices.ts";
import { exporterValue } from "../../src/e2ee/group.ts";
import type { Statement } from "../../src/e2ee/identity.ts";
import { readKeyPackage } from "../../src/e2ee/keypackage.ts";
import { processCommit } from "../../src/e2ee/process.ts";
import { deriveRecordKey, openContent, sealContent, verifyItem } from "../../src/e2ee/record.ts";
import { Refusal } from "../../src/e2ee/refusal.ts";
import { openGrant, sealGrant, verifyGrant } from "../../src/e2ee/ring.ts";
import { type Bytes, concat, MalformedError, random, utf8 } from "../../src/wire/bytes.ts";
import { decodeEnvelope } from "../../src/wire/envelope.ts";
import { newId } from "../../src/wire/ids.ts";
import { commitEnvelope, keyPackageOf, makeCommit, NOW_S } from "./people.ts";
import { devices, directory, kim, lee, room, suite } from "./small_rooms.ts";

const MUTATIONS = 2000;

/** The same mutations in every run. */
let state = 20_261_122;
function pick(below: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
}

/** Bits flipped, bytes set, pieces cut out, doubled, put elsewhere, or an end cut off; never the same bytes. */
function mutated(raw: Uint8Array): Bytes {
  const [at, length] = [pick(raw.length), 1 + pick(40)];
  const [before, piece, after] = [raw.subarray(0, at), raw.subarray(at, at + length), raw.subarray(at + length)];
  const changes: (() => Bytes)[] = [
    () => new Uint8Array(raw.with(at, raw[at]! ^ (1 << pick(8)))),
    () => new Uint8Array(raw.with(at, [0, 1, 0x7f, 0x80, 0xff][pick(5)]!)),
    () => concat(before, after),
    () => concat(before, piece, piece, after),
    () => concat(before, random(length), after),
    () => concat(before, piece.toReversed(), after),
    () => new Uint8Array(before),
  ];
  const changed = changes[pick(changes.length)]!();
  return Buffer.compare(changed, raw) === 0 ? mutated(raw) : changed;
}

/** Whether the work accepts; anything but a refusal is a fault of ours. */
async function accepts(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (error instanceof Refusal || error instanceof MalformedError) return false;
    throw error;
  }
}

async function acceptedOf(work: (i: number) => Promise<unknown>, times = MUTATIONS): Promise<number> {
  let accepted = 0;
  for (let i = 0; i < times; i++) if (await accepts(() => work(i))) accepted += 1;
  return accepted;
}

test("mutated items", async () => {
  const [device] = devices as [(typeof devices)[0]];
  const key = deriveRecordKey(random(32), random(32), newId(), 2, 20_000);
  const place = { device: device.device, sequence: 3, item: newId(), seenNumber: 8, seenHead: random(32) };
  const raw = await sealContent(key, place, utf8("a position"), device.key);
  const open = async (bytes: Uint8Array): Promise<void> => {
    const envelope = decodeEnvelope(bytes);
    await verifyItem(envelope, device.key.publicKey);
    await openContent(key, envelope);
  };
  assert.ok(await accepts(() => open(raw)));
  assert.equal(await acceptedOf(() => open(mutated(raw))), 0);
});

test("mutated statements of device lists", async () => {
  const { account, statements } = kim;
  const read = async (chain: Statement[]): Promise<DeviceList> => verifyDeviceList(account, chain);
  assert.ok(await accepts(() => read(statements)));
  const accepted = await acceptedOf(() => {
    const place = pick(statements.length);
    const { body, sig } = statements[place]!;
    const changed = pick(4) === 0 ? { body, sig: mutated(sig) } : { body: mutated(body), sig };
    return read(statements.with(place, changed));
  });
  assert.equal(accepted, 0);
});

test("mutated grants", async () => {
  const [device] = devices as [(typeof devices)[0]];
  const ring = [1, 2].map((epoch) => ({ epoch, bucket: epoch, value: random(32) }));
  const content = { account: lee.account, room: newId(), epoch: 2, base: { number: 0, head: random(32) }, ring };
  const grant = await sealGrant(content, lee.boxes[0]!.publicKey, device);
  const accepted = await acceptedOf(async () => {
    const changed = pick(5) === 0 ? { ...grant, sig: mutated(grant.sig) } : { ...grant, sealed: mutated(grant.sealed) };
    await verifyGrant(changed, device.key.publicKey);
  });
  assert.equal(accepted, 0);
  // Opening is slow: fewer, and without the signature's help.
  assert.equal(await acceptedOf(() => openGrant({ ...grant, sealed: mutated(grant.sealed) }, lee.boxes), 150), 0);
});

test("mutated key packages", async () => {
  const { public: raw } = await keyPackageOf(devices[1]!, suite);
  assert.ok(await accepts(() => readKeyPackage(raw, directory, NOW_S, suite)));
  assert.equal(await acceptedOf(() => readKeyPackage(mutated(raw), directory, NOW_S, suite)), 0);
});

test("mutated commits, in envelopes that their sender signs", async () => {
  const { ledger, seats } = await room(2);
  const [attacker, victim] = seats;
  const made = await makeCommit(ledger, attacker, directory);
  const { body } = made.envelope;
  const before = await exporterValue(victim.group);
  const processed = async (bytes: Uint8Array): Promise<unknown> => {
    const envelope = await commitEnvelope(ledger, attacker, bytes, victim.group.bucket);
    return processCommit(victim.group, envelope, directory);
  };
  assert.ok(await accepts(() => processed(body)));
  assert.equal(await acceptedOf(() => processed(mutated(body))), 0);
  assert.deepEqual(await exporterValue(victim.group), before);
});
