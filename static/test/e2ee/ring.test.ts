import assert from "node:assert/strict";
import { test } from "node:test";

import { newBoxKey, sealTo } from "../../src/e2ee/box.ts";
import {
  type Grant,
  type GrantContent,
  grantFromJson,
  grantToJson,
  openGrant,
  sealGrant,
  verifyGrant,
} from "../../src/e2ee/ring.ts";
import { sign } from "../../src/e2ee/signing.ts";
import { b64, concat, random, u64, utf8 } from "../../src/wire/bytes.ts";
import { type Canonical, canonicalJson } from "../../src/wire/canonical.ts";
import { idBytes, newId } from "../../src/wire/ids.ts";
import { sha256 } from "@noble/hashes/sha2.js";
import { Person } from "./people.ts";
import { flipped, refused } from "./refused.ts";

const kim = await Person.create();
const device = await kim.addDevice();
const reader = await Person.create();

function contentOf(epochs: number[]): GrantContent {
  const ring = epochs.map((epoch) => ({ epoch, bucket: 20_000 + epoch, value: random(32) }));
  return {
    account: reader.account,
    room: newId(),
    epoch: epochs.at(-1) ?? 0,
    base: { number: 4, head: random(32) },
    ring,
  };
}

async function grantOf(content: GrantContent): Promise<Grant> {
  return sealGrant(content, reader.boxes[0]!.publicKey, device);
}

test("a grant opens for its account alone, with whichever of its box keys", async () => {
  const content = contentOf([1, 2, 9]);
  const grant = grantFromJson(content.room, grantToJson(await grantOf(content)));
  await verifyGrant(grant, device.key.publicKey);
  const newer = await newBoxKey();
  assert.deepEqual(await openGrant(grant, [reader.boxes[0]!, newer]), content);
  await refused("grant.cipher", openGrant(grant, [newer]));
  await refused("grant.cipher", openGrant(grant, kim.boxes));
});

test("a grant is bound to its room, epoch and account, by its seal and by its signature", async () => {
  const content = contentOf([3]);
  const grant = await grantOf(content);
  const moved: Grant[] = [
    { ...grant, room: newId() },
    { ...grant, epoch: 4 },
    { ...grant, account: newId() },
  ];
  for (const other of moved) {
    await refused("grant.forged", verifyGrant(other, device.key.publicKey));
    await refused("grant.cipher", openGrant(other, reader.boxes));
  }
  await refused("grant.forged", verifyGrant(grant, (await kim.addDevice()).key.publicKey));
  await refused("grant.forged", verifyGrant({ ...grant, sig: flipped(grant.sig, 9) }, device.key.publicKey));
  const sealedByOther = await sealTo(reader.boxes[0]!.publicKey, utf8("other"), utf8("{}"));
  await refused("grant.forged", verifyGrant({ ...grant, sealed: sealedByOther }, device.key.publicKey));
  await refused("grant.cipher", openGrant({ ...grant, sealed: sealedByOther }, reader.boxes));
  await refused("grant.cipher", openGrant({ ...grant, sealed: grant.sealed.slice(0, 1000) }, reader.boxes));
});

/** A grant whose inside is freely chosen, sealed and signed properly: what a hostile member could deposit. */
async function hostile(content: GrantContent, inside: Canonical | string): Promise<Grant> {
  const { room, account, epoch } = content;
  const info = concat(utf8("portal ring grant v1\0"), idBytes(room), u64(epoch), idBytes(account));
  const plaintext = typeof inside === "string" ? utf8(inside) : canonicalJson(inside);
  const sealed = await sealTo(reader.boxes[0]!.publicKey, info, plaintext);
  return {
    room,
    account,
    epoch,
    sealed,
    device: device.device,
    sig: await sign(device.key, concat(info, sha256(sealed))),
  };
}

test("what a hostile member seals is judged by what it says", async () => {
  const content = contentOf([1, 2]);
  const { account, room, epoch } = content;
  const good = {
    account,
    base: { head: b64(random(32)), number: 0 },
    epoch,
    ring: [
      [1, 20_001, b64(random(32))],
      [2, 20_002, b64(random(32))],
    ],
    room,
    v: 1,
  };
  const entry = (of: number, bucket: number): Canonical => [of, bucket, b64(random(32))];
  assert.ok(await openGrant(await hostile(content, good), reader.boxes));
  const mismatches: Record<string, Canonical>[] = [
    { account: newId() },
    { room: newId() },
    { epoch: 3 },
    { v: 2 },
    { ring: [] },
    { ring: [entry(1, 1)] },
    { ring: [entry(2, 1), entry(1, 1), entry(2, 1)] },
    { ring: [entry(1, 9), entry(2, 8)] },
    { ring: [entry(2, 9), entry(2, 9)] },
    { ring: [entry(2, 9), entry(3, 9)] },
  ];
  for (const change of mismatches)
    await refused("grant.mismatch", openGrant(await hostile(content, { ...good, ...change }), reader.boxes));
  const malformed: Record<string, Canonical>[] = [
    { more: 1 },
    { base: 1 },
    { base: {} },
    { ring: [[2, 9, "AA"]] },
    { ring: [[2, 9]] },
    { ring: [["2", 9, b64(random(32))]] },
  ];
  for (const change of malformed)
    await refused("grant.malformed", openGrant(await hostile(content, { ...good, ...change }), reader.boxes));
  for (const text of ["", "null", "[]", JSON.stringify(good, null, 1), '{"a":']) {
    await refused("grant.malformed", openGrant(await hostile(content, text), reader.boxes));
  }
});

test("a JSON form that is none is refused before anything is opened", async () => {
  const content = contentOf([1]);
  const json = grantToJson(await grantOf(content));
  for (const change of [
    { account: "x" },
    { epoch: -1 },
    { epoch: 1.5 },
    { device: "" },
    { sig: "AA" },
    { sealed: "!" },
  ]) {
    await refused("grant.malformed", () => grantFromJson(content.room, { ...json, ...change }));
  }
});
