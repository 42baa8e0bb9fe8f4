// Trees: many random changes by many members, the official vectors, and trees that are wrong.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { joinGroup as libraryJoin } from "ts-mls/clientState.js";
import { decodeMlsMessage } from "ts-mls/message.js";
import { emptyPskIndex } from "ts-mls/pskIndex.js";
import { decodeRatchetTree } from "ts-mls/ratchetTree.js";
import { treeHash } from "ts-mls/treeHash.js";
import { toNodeIndex } from "ts-mls/treemath.js";

import { decodeGroup, encodeGroup, epochAuthenticator, exporterValue } from "../../src/e2ee/group.ts";
import type { DeviceIdentity } from "../../src/e2ee/identity.ts";
import { decodeKeyPackage, decodePrivatePackage, type KeyPackagePair } from "../../src/e2ee/keypackage.ts";
import { configFor } from "../../src/e2ee/leaf.ts";
import { processCommit } from "../../src/e2ee/process.ts";
import type { Suite } from "../../src/e2ee/suite.ts";
import { areParentHashesValid, requireShape } from "../../src/e2ee/tree.ts";
import { hex } from "../../src/wire/bytes.ts";
import { Directories, foundRoom, join, keyPackageOf, Ledger, makeCommit, Person, type Seat } from "./people.ts";
import { refused } from "./refused.ts";
import { SUITE_1, SUITE_3 } from "./suites.ts";

/** Numbers that look random and are the same in every run (Numerical Recipes' linear congruence). */
function chooser(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

interface Joiner {
  device: DeviceIdentity;
  keyPackage: KeyPackagePair;
}

/** One random commit: some are taken out, some come in, some of those taken out come back at once. */
async function randomStep(
  seats: Seat[],
  person: Person,
  ledger: Ledger,
  pick: (below: number) => number,
  suite: Suite,
) {
  const directory = new Directories(person);
  const committer = seats[pick(seats.length)]!;
  const removed = seats.filter((seat) => seat !== committer && pick(6) === 0);
  const devices = removed.filter(() => pick(3) === 0).map(({ device }) => device);
  if (seats.length < 12) for (let i = pick(4); i > 0; i--) devices.push(await person.addDevice());
  const joiners: Joiner[] = [];
  for (const device of devices) joiners.push({ device, keyPackage: await keyPackageOf(device, suite) });
  const made = await makeCommit(ledger, committer, directory, {
    add: joiners.map(({ keyPackage }) => keyPackage.public),
    remove: removed.map(({ device }) => device.device),
  });
  const after: Seat[] = [{ device: committer.device, group: made.pending.next }];
  for (const seat of seats.filter((one) => one !== committer)) {
    const seen = await processCommit(seat.group, made.envelope, directory);
    assert.deepEqual(seen.added, made.pending.added);
    assert.equal(seen.next === null, removed.includes(seat));
    if (seen.next !== null) after.push({ device: seat.device, group: seen.next });
  }
  for (const { device, keyPackage } of joiners) after.push(await join(ledger, device, keyPackage, made, directory));
  return after.map(({ device, group }) => ({ device, group: decodeGroup(encodeGroup(group), device, suite) }));
}

for (const seed of [1, 2]) {
  test(`members stay in one epoch through random changes, and everybody can join (seed ${seed})`, async () => {
    const pick = chooser(seed);
    const [person, ledger] = [await Person.create(), new Ledger()];
    let seats = [await foundRoom(ledger, await person.addDevice(), "all", SUITE_1)];
    for (let step = 0; step < 14; step++) {
      seats = await randomStep(seats, person, ledger, pick, SUITE_1);
      const values = await Promise.all(seats.map(async ({ group }) => hex(await exporterValue(group))));
      assert.equal(new Set(values).size, 1, `step ${step}`);
      assert.equal(new Set(seats.map(({ group }) => hex(epochAuthenticator(group)))).size, 1);
    }
    assert.ok(seats.length > 1);
  });
}

test("a sound Welcome that the library's own join refuses is accepted", async () => {
  const [person, ledger] = [await Person.create(), new Ledger()];
  const directory = new Directories(person);
  const first = await foundRoom(ledger, await person.addDevice(), "all", SUITE_1);
  const devices: DeviceIdentity[] = [];
  for (let i = 0; i < 7; i++) devices.push(await person.addDevice());
  const packages = await Promise.all(devices.map((device) => keyPackageOf(device, SUITE_1)));
  const filled = await makeCommit(ledger, first, directory, { add: packages.map((one) => one.public) });
  first.group = filled.pending.next;
  // Leaf 4 renews the nodes above it, but for the one beside the leaf that was taken out: the newcomer will be unmerged
  // below the root, and merged at the root, which the first leaf renews when it adds it.
  const fourth = await join(ledger, devices[3]!, packages[3]!, filled, directory);
  const emptied = await makeCommit(ledger, first, directory, { remove: [devices[5]!.device] });
  first.group = emptied.pending.next;
  fourth.group = (await processCommit(fourth.group, emptied.envelope, directory)).next!;
  const renewed = await makeCommit(ledger, fourth, directory);
  first.group = (await processCommit(first.group, renewed.envelope, directory)).next!;
  const newcomer = await person.addDevice();
  const keyPackage = await keyPackageOf(newcomer, SUITE_1);
  const made = await makeCommit(ledger, first, directory, { add: [keyPackage.public] });
  const joined = await join(ledger, newcomer, keyPackage, made, directory);
  assert.deepEqual(await exporterValue(joined.group), await exporterValue(made.pending.next));

  const message = decodeMlsMessage(made.pending.welcome!, 0)?.[0];
  if (message?.wireformat !== "mls_welcome") assert.fail();
  const [theirs, secret] = [
    decodeKeyPackage(keyPackage.public),
    decodePrivatePackage(keyPackage.private, newcomer.key.seed),
  ];
  const joining = libraryJoin(
    message.welcome,
    theirs,
    secret,
    emptyPskIndex,
    SUITE_1.impl,
    undefined,
    undefined,
    configFor(directory),
  );
  await assert.rejects(joining, /unmerged_leaves/);
});

interface TreeVector {
  cipher_suite: number;
  tree: string;
  tree_hashes: string[];
}

const folder = process.env["PORTAL_MLS_VECTORS"] ?? new URL("../../../../shared/vectors/mls", import.meta.url).pathname;
const vectors = `${folder}/tree-validation.json`;
const missing = existsSync(vectors)
  ? false
  : "the official MLS vectors are not here: set PORTAL_MLS_VECTORS to their folder";

test("the official trees of suites 1 and 3 are sound, and not after a change", { skip: missing }, async () => {
  const entries = JSON.parse(readFileSync(vectors, "utf8")) as TreeVector[];
  assert.ok(entries.length >= 28);
  let parents = 0;
  for (const { cipher_suite, tree: encoded, tree_hashes } of entries) {
    const suite = cipher_suite === 1 ? SUITE_1 : SUITE_3;
    const tree = decodeRatchetTree(new Uint8Array(Buffer.from(encoded, "hex")), 0)?.[0];
    if (tree === undefined) assert.fail();
    for (const [place, due] of tree_hashes.entries()) {
      assert.equal(hex(await treeHash(tree, toNodeIndex(place), suite.impl.hash)), due);
    }
    requireShape(tree);
    assert.ok(await areParentHashesValid(tree, suite));
    const place = tree.findIndex((node) => node?.nodeType === "parent");
    const node = tree[place];
    if (node?.nodeType !== "parent") continue;
    parents += 1;
    const hpkePublicKey = node.parent.hpkePublicKey.map((byte, i) => (i === 0 ? byte ^ 1 : byte));
    const changed = tree.with(place, { nodeType: "parent", parent: { ...node.parent, hpkePublicKey } });
    assert.ok(!(await areParentHashesValid(changed, suite)));
    const crossed = tree.with(place, { nodeType: "parent", parent: { ...node.parent, unmergedLeaves: [tree.length] } });
    await refused("welcome.tree", () => requireShape(crossed));
  }
  assert.ok(parents >= 20);
});
