// Who may be in a room's group: leaves, key packages, welcomes, stored state.

import assert from "node:assert/strict";
import { test } from "node:test";

import { generateKeyPackageWithKey } from "ts-mls/keyPackage.js";
import { encodeMlsMessage } from "ts-mls/message.js";

import { decodeGroup, encodeGroup, exporterValue, revokedMembers, roster } from "../../src/e2ee/group.ts";
import { credentialIdentity } from "../../src/e2ee/identity.ts";
import { joinGroup } from "../../src/e2ee/join.ts";
import { makeKeyPackage, readKeyPackage } from "../../src/e2ee/keypackage.ts";
import { capabilitiesOf } from "../../src/e2ee/leaf.ts";
import { processCommit } from "../../src/e2ee/process.ts";
import { newSigningKey } from "../../src/e2ee/signing.ts";
import { ROOM_SUITE } from "../../src/e2ee/suite.ts";
import { concat } from "../../src/wire/bytes.ts";
import { newId } from "../../src/wire/ids.ts";
import { join, keyPackageOf, makeCommit, NOW_S, type Seat } from "./people.ts";
import { flipped, refused, refusedLike } from "./refused.ts";
import { asListed, devices, directory, lee, park, refusedCommit, room, suite } from "./small_rooms.ts";

test("leaves that the device lists do not hold are refused, whoever brings them", async () => {
  const { ledger, seats } = await room(2);
  const [attacker, victim] = seats;
  const listed = await park.addDevice();
  const swapped = [
    { ...listed, key: await newSigningKey() },
    { ...listed, kind: "archive" as const },
    { ...listed, device: newId() },
    { ...listed, account: lee.account },
    { ...listed, account: newId() },
  ];
  const gullible = {
    device: (account: string, device: string) =>
      directory.device(account, device) ?? swapped.map(asListed).find((one) => one.device === device),
  };
  for (const ghost of swapped) {
    const trusting = {
      device: (account: string, device: string) =>
        device === ghost.device && account === ghost.account ? asListed(ghost) : gullible.device(account, device),
    };
    const keyPackage = await keyPackageOf(ghost, suite);
    await refused("leaf.unlisted", readKeyPackage(keyPackage.public, directory, NOW_S, suite));
    await refused("leaf.unlisted", makeCommit(ledger, attacker, directory, { add: [keyPackage.public] }));
    const made = await makeCommit(ledger, attacker, trusting, { add: [keyPackage.public] });
    await refusedCommit("leaf.unlisted", victim.group, made.envelope);
    const joining = {
      room: ledger.room,
      welcome: made.pending.welcome!,
      commit: made.envelope,
      keyPackage,
      device: ghost,
      directory,
      suite,
    };
    await refused("leaf.unlisted", joinGroup(joining));
  }
});

test("a leaf that says more or less of what it can do than the profile is refused", async () => {
  const device = await park.addDevice();
  const profile = capabilitiesOf(suite);
  const others = [
    { ...profile, extensions: [...profile.extensions, 0xf0ff] },
    { ...profile, extensions: [] },
    { ...profile, ciphersuites: [...profile.ciphersuites, ROOM_SUITE.impl.name] },
    { ...profile, proposals: [0xf0ff] },
    { ...profile, versions: [...profile.versions, ...profile.versions] },
    profile,
  ];
  for (const capabilities of others) {
    const { publicPackage: keyPackage } = await generateKeyPackageWithKey(
      { credentialType: "basic", identity: credentialIdentity(device) },
      capabilities,
      { notBefore: BigInt(NOW_S - 1), notAfter: BigInt(NOW_S + 1) },
      [],
      { signKey: device.key.seed, publicKey: device.key.publicKey },
      suite.impl,
    );
    const raw = encodeMlsMessage({ version: "mls10", wireformat: "mls_key_package", keyPackage });
    const read = readKeyPackage(raw, directory, NOW_S, suite);
    if (capabilities === profile) assert.equal((await read).device, device.device);
    else await refused("leaf.profile", read);
  }
});

test("a device that is revoked can not be added, and one that is revoked later is told", async () => {
  const { ledger, seats } = await room(2);
  const [chair, member] = seats;
  const lost = await park.addDevice();
  const keyPackage = await keyPackageOf(lost, suite);
  const made = await makeCommit(ledger, chair, directory, { add: [keyPackage.public] });
  await park.revoke(lost.device);
  await refused("leaf.revoked", makeCommit(ledger, chair, directory, { add: [keyPackage.public] }));
  const after = (await processCommit(member.group, made.envelope, directory)).next!;
  assert.deepEqual(
    revokedMembers(after, directory).map(({ device }) => device),
    [lost.device],
  );
  assert.deepEqual(revokedMembers(member.group, directory), []);
});

test("the same device, signature key or encryption key twice is refused", async () => {
  const { ledger, seats } = await room(2);
  const [attacker, victim] = seats;
  const present = victim.device;
  const again = await keyPackageOf(present, suite);
  await refused("leaf.duplicate", makeCommit(ledger, attacker, directory, { add: [again.public] }));
  const twice = await Promise.all([keyPackageOf(devices[2]!, suite), keyPackageOf(devices[2]!, suite)]);
  await refused("leaf.duplicate", makeCommit(ledger, attacker, directory, { add: twice.map((one) => one.public) }));
  const twin = { ...present, key: await newSigningKey() };
  const both = {
    device: (account: string, device: string) =>
      device === twin.device ? { ...asListed(twin) } : directory.device(account, device),
  };
  await refused(
    "leaf.duplicate",
    makeCommit(ledger, attacker, both, { add: [(await keyPackageOf(twin, suite)).public] }),
  );
});

test("a rejoin takes out the old leaf and adds the device anew", async () => {
  const { ledger, seats } = await room(3);
  const [chair, member, broken] = seats as [Seat, Seat, Seat];
  const keyPackage = await keyPackageOf(broken.device, suite);
  const made = await makeCommit(ledger, chair, directory, { remove: [broken.device.device], add: [keyPackage.public] });
  const rejoined = await join(ledger, broken.device, keyPackage, made, directory);
  const after = (await processCommit(member.group, made.envelope, directory)).next!;
  assert.equal((await processCommit(broken.group, made.envelope, directory)).next, null);
  assert.deepEqual(await exporterValue(rejoined.group), await exporterValue(after));
  assert.deepEqual(
    roster(rejoined.group).map(({ device }) => device),
    roster(after).map(({ device }) => device),
  );
});

test("a welcome is for its room, its commit, its key package and this suite only", async () => {
  const { ledger, seats } = await room(2);
  const [chair] = seats;
  const device = devices[2]!;
  const [keyPackage, other] = [await keyPackageOf(device, suite), await keyPackageOf(device, suite)];
  const made = await makeCommit(ledger, chair, directory, { add: [keyPackage.public] });
  const rival = await makeCommit(ledger, chair, directory, { add: [keyPackage.public] });
  const joining = {
    room: ledger.room,
    welcome: made.pending.welcome!,
    commit: made.envelope,
    keyPackage,
    device,
    directory,
    suite,
  };
  assert.equal((await joinGroup(joining)).adder.device, chair.device.device);
  await refused("welcome.other_commit", joinGroup({ ...joining, commit: rival.envelope }));
  await refused("welcome.other_commit", joinGroup({ ...joining, welcome: rival.pending.welcome! }));
  await refused("welcome.not_for_us", joinGroup({ ...joining, keyPackage: other }));
  await refused("welcome.other_group", joinGroup({ ...joining, room: newId() }));
  await refused("welcome.malformed", joinGroup({ ...joining, welcome: made.pending.welcome!.slice(1) }));
  await refused(
    "welcome.malformed",
    joinGroup({ ...joining, welcome: concat(made.pending.welcome!, Uint8Array.of(0)) }),
  );
  await refused("welcome.refused", joinGroup({ ...joining, keyPackage: { ...keyPackage, private: other.private } }));
  const { suite: _, ...inRoomSuite } = joining;
  await refused("welcome.other_group", joinGroup(inRoomSuite));
  for (let byte = 0; byte < made.pending.welcome!.length; byte += 41) {
    await refusedLike("welcome.", joinGroup({ ...joining, welcome: flipped(made.pending.welcome!, byte) }));
  }
});

test("key packages have a lifetime, and nobody is added outside it", async () => {
  const { ledger, seats } = await room(2);
  const device = devices[2]!;
  const year_s = 366 * 86_400;
  const expired = await makeKeyPackage(device, NOW_S - 91 * 86_400, false, suite);
  const early = await makeKeyPackage(device, NOW_S + 2 * 3600, false, suite);
  const lastResort = await makeKeyPackage(device, NOW_S - 300 * 86_400, true, suite);
  for (const keyPackage of [expired, early]) {
    await refused("key_package.lifetime", readKeyPackage(keyPackage.public, directory, NOW_S, suite));
    await refused("key_package.lifetime", makeCommit(ledger, seats[0], directory, { add: [keyPackage.public] }));
  }
  const { account, device: id, notAfter_s } = await readKeyPackage(lastResort.public, directory, NOW_S, suite);
  assert.deepEqual([account, id, notAfter_s], [park.account, device.device, NOW_S + 65 * 86_400]);
  assert.ok(lastResort.notAfter_s < NOW_S + year_s);
  await refused(
    "key_package.other_suite",
    readKeyPackage((await keyPackageOf(device)).public, directory, NOW_S, suite),
  );
  await refused("key_package.malformed", readKeyPackage(lastResort.public.slice(1), directory, NOW_S, suite));
  const changed = flipped(lastResort.public, -1);
  await refused("key_package.forged", readKeyPackage(changed, directory, NOW_S, suite));
});

test("a change that can not be is refused before anything is made", async () => {
  const { ledger, seats } = await room(2);
  const [chair] = seats;
  await refused("commit.own_removal", makeCommit(ledger, chair, directory, { remove: [chair.device.device] }));
  await refused("commit.unknown_member", makeCommit(ledger, chair, directory, { remove: [newId()] }));
  await refused("commit.bucket", makeCommit(ledger, chair, directory, { bucket: chair.group.bucket - 1 }));
});

test("the history policy changes by a commit, for those who process it and those who join later", async () => {
  const { ledger, seats } = await room(2);
  const [chair, member] = seats;
  const keyPackage = await keyPackageOf(devices[2]!, suite);
  const made = await makeCommit(ledger, chair, directory, { history: "none", add: [keyPackage.public] });
  const seen = await processCommit(member.group, made.envelope, directory);
  const joined = await join(ledger, devices[2]!, keyPackage, made, directory);
  assert.deepEqual(
    [seen.history, seen.next!.history, joined.group.history, made.pending.next.history],
    ["none", "none", "none", "none"],
  );
  assert.deepEqual(await exporterValue(seen.next!), await exporterValue(joined.group));
});

test("stored state comes back for its own device only, and not damaged or of another suite", async () => {
  const { ledger, seats } = await room(2);
  const [chair, member] = seats;
  const stored = encodeGroup(member.group);
  const restored = { ...member, group: decodeGroup(stored, member.device, suite) };
  const made = await makeCommit(ledger, chair, directory);
  assert.deepEqual(
    await exporterValue((await processCommit(restored.group, made.envelope, directory)).next!),
    await exporterValue(made.pending.next),
  );
  await refused("state.malformed", () => decodeGroup(stored, chair.device, suite));
  await refused("state.malformed", () => decodeGroup(stored, member.device));
  await refused("state.malformed", () => decodeGroup(stored.with(0, 2), member.device, suite));
  await refused("state.malformed", () => decodeGroup(stored.slice(0, -1), member.device, suite));
  await refused("state.malformed", () => decodeGroup(concat(stored, Uint8Array.of(0)), member.device, suite));
  assert.ok(
    !Buffer.from(stored).includes(Buffer.from(member.device.key.seed)),
    "the device's key is stored once, elsewhere",
  );
});
