// What hostile members, removed members and a hostile server try on a room's group; each attempt is refused, and the
// group stays as it was.

import assert from "node:assert/strict";
import { test } from "node:test";

import type { ClientState, Proposal } from "ts-mls";
import { nextEpochContext } from "ts-mls/clientState.js";
import { createCommit } from "ts-mls/createCommit.js";
import { createProposal } from "ts-mls/createMessage.js";
import { createConfirmationTag, createContentCommitSignature } from "ts-mls/framedContent.js";
import { initializeEpoch, mlsExporter } from "ts-mls/keySchedule.js";
import { decodeMlsMessage, encodeMlsMessage, type MlsPublicMessage } from "ts-mls/message.js";
import { protectPublicMessage } from "ts-mls/messageProtectionPublic.js";
import type { ProposalOrRef } from "ts-mls/proposalOrRefType.js";
import { removeLeafNode } from "ts-mls/ratchetTree.js";
import { treeHashRoot } from "ts-mls/treeHash.js";
import { toLeafIndex } from "ts-mls/treemath.js";

import {
  clientState,
  decodeGroup,
  encodeGroup,
  exporterValue,
  type Group,
  revokedMembers,
  roster,
} from "../../src/e2ee/group.ts";
import type { DeviceIdentity } from "../../src/e2ee/identity.ts";
import { joinGroup } from "../../src/e2ee/join.ts";
import { decodeKeyPackage, makeKeyPackage, readKeyPackage } from "../../src/e2ee/keypackage.ts";
import { processCommit } from "../../src/e2ee/process.ts";
import { deriveRecordKey, openContent, sealContent } from "../../src/e2ee/record.ts";
import { newSigningKey } from "../../src/e2ee/signing.ts";
import { concat, equal, hex, own, random, u32, utf8 } from "../../src/wire/bytes.ts";
import { commitAuthenticatedData, decodeEnvelope, type Envelope } from "../../src/wire/envelope.ts";
import { idBytes, newId } from "../../src/wire/ids.ts";
import {
  commitEnvelope,
  Directories,
  foundRoom,
  join,
  keyPackageOf,
  Ledger,
  makeCommit,
  NOW_S,
  Person,
  type Seat,
} from "./people.ts";
import { flipped, refused, refusedLike } from "./refused.ts";
import { SUITE_1 } from "./suites.ts";

const [kim, lee, park] = [await Person.create(), await Person.create(), await Person.create()];
const directory = new Directories(kim, lee, park);
const devices: DeviceIdentity[] = [await kim.addDevice(), await lee.addDevice(), await park.addDevice()];
const suite = SUITE_1;

/** A room of the first `size` devices, all at the same epoch. */
async function room(size: number): Promise<{ ledger: Ledger; seats: [Seat, Seat, ...Seat[]] }> {
  const ledger = new Ledger();
  const founder = await foundRoom(ledger, devices[0]!, "all", suite);
  const joiners = await Promise.all(
    devices.slice(1, size).map(async (device) => ({ device, keyPackage: await keyPackageOf(device, suite) })),
  );
  const made = await makeCommit(ledger, founder, directory, {
    add: joiners.map(({ keyPackage }) => keyPackage.public),
  });
  const others = await Promise.all(
    joiners.map(({ device, keyPackage }) => join(ledger, device, keyPackage, made, directory)),
  );
  return { ledger, seats: [{ ...founder, group: made.pending.next }, ...others] as unknown as [Seat, Seat, ...Seat[]] };
}

/** Processing must be refused with this code and leave the group bit by bit as it was. */
async function refusedCommit(
  code: Parameters<typeof refused>[0],
  group: Group,
  envelope: Envelope,
  by = directory,
): Promise<void> {
  const before = hex(encodeGroup(group));
  await refused(code, processCommit(group, envelope, by));
  assert.equal(hex(encodeGroup(group)), before);
}

const authenticated = (ledger: Ledger, bucket: number) => commitAuthenticatedData(ledger.number, ledger.head, bucket);

/** A commit of freely chosen parts, signed and tagged by a member with everything that it knows. */
async function crafted(
  ledger: Ledger,
  seat: Seat,
  proposals: ProposalOrRef[],
  of: { state?: ClientState } = {},
): Promise<Envelope> {
  const { impl } = suite;
  const state = of.state ?? clientState(seat.group, directory);
  const { groupContext, keySchedule, confirmationTag } = state;
  const removed = proposals.flatMap((one) =>
    one.proposalOrRefType === "proposal" && one.proposal.proposalType === "remove" ? [one.proposal.remove.removed] : [],
  );
  const tree = removed.reduce((current, leaf) => removeLeafNode(current, toLeafIndex(leaf)), state.ratchetTree);
  const sender = { senderType: "member" as const, leafIndex: seat.group.own.leaf };
  const data = authenticated(ledger, seat.group.bucket);
  const { framedContent, signature } = await createContentCommitSignature(
    groupContext,
    "mls_public_message",
    { proposals, path: undefined },
    sender,
    data,
    state.signaturePrivateKey,
    impl.signature,
  );
  const treeHash = await treeHashRoot(tree, impl.hash);
  const context = await nextEpochContext(
    groupContext,
    "mls_public_message",
    framedContent,
    signature,
    treeHash,
    confirmationTag,
    impl.hash,
  );
  const zeros = new Uint8Array(impl.kdf.size);
  const secrets = await initializeEpoch(keySchedule.initSecret, zeros, context, zeros, impl.kdf);
  const tag = await createConfirmationTag(
    secrets.keySchedule.confirmationKey,
    context.confirmedTranscriptHash,
    impl.hash,
  );
  const auth = { contentType: "commit" as const, signature, confirmationTag: tag };
  const content = { wireformat: "mls_public_message" as const, content: framedContent, auth };
  const publicMessage = await protectPublicMessage(keySchedule.membershipKey, groupContext, content, impl);
  const body = encodeMlsMessage({ version: "mls10", wireformat: "mls_public_message", publicMessage });
  return commitEnvelope(ledger, seat, body, seat.group.bucket);
}

const inline = (proposal: Proposal): ProposalOrRef => ({ proposalOrRefType: "proposal", proposal });
const remove = (leaf: number): ProposalOrRef => inline({ proposalType: "remove", remove: { removed: leaf } });

test("a removal without a path is refused, also an empty commit without one", async () => {
  const { ledger, seats } = await room(3);
  const [attacker, victim] = seats;
  await refusedCommit("commit.no_path", victim.group, await crafted(ledger, attacker, [remove(2)]));
  await refusedCommit("commit.no_path", victim.group, await crafted(ledger, attacker, []));
  const keyPackage = decodeKeyPackage((await keyPackageOf(await kim.addDevice(), suite)).public);
  await refusedCommit(
    "commit.no_path",
    victim.group,
    await crafted(ledger, attacker, [inline({ proposalType: "add", add: { keyPackage } })]),
  );
});

test("a removed member can neither process, nor export, nor open what follows, with all that it kept", async () => {
  const { ledger, seats } = await room(3);
  const [chair, member, removed] = seats as [Seat, Seat, Seat];
  const kept = hex(encodeGroup(removed.group));
  const made = await makeCommit(ledger, chair, directory, { remove: [removed.device.device] });
  const seen = await processCommit(removed.group, made.envelope, directory);
  assert.equal(seen.next, null);
  assert.deepEqual(
    seen.removed.map(({ device }) => device),
    [removed.device.device],
  );
  const after = (await processCommit(member.group, made.envelope, directory)).next!;
  assert.deepEqual(await exporterValue(after), await exporterValue(made.pending.next));

  const share = random(32);
  const { epoch, bucket } = after;
  const key = deriveRecordKey(await exporterValue(after), share, ledger.room, epoch, bucket);
  const place = { device: chair.device.device, sequence: 9, item: newId(), seenNumber: 0, seenHead: ledger.head };
  const item = decodeEnvelope(await sealContent(key, place, utf8("without them"), chair.device.key));
  const old = decodeGroup(own(Buffer.from(kept, "hex")), removed.device, suite);
  const guess = deriveRecordKey(await exporterValue(old), share, ledger.room, epoch, bucket);
  await refused("item.commitment", openContent(guess, item));
  const nextCommit = await makeCommit(ledger, { ...chair, group: made.pending.next }, directory);
  await refusedCommit("commit.other_epoch", old, nextCommit.envelope);
  assert.equal(await nextExporter(old, made.envelope), null);
});

/**
 * The attack of a removed member: it knows the old init secret and all that is public, and takes zeros for the commit
 * secret. Returns the exporter value that it computes if its confirmation tag matches the commit's, else null.
 */
async function nextExporter(old: Group, envelope: Envelope): Promise<string | null> {
  const { impl } = suite;
  const message = decodeMlsMessage(envelope.body, 0)?.[0] as MlsPublicMessage;
  const { content, auth } = message.publicMessage;
  if (content.contentType !== "commit" || auth.contentType !== "commit" || content.commit.path === undefined)
    assert.fail();
  const removed = content.commit.proposals.flatMap((one) =>
    one.proposalOrRefType === "proposal" && one.proposal.proposalType === "remove" ? [one.proposal.remove.removed] : [],
  );
  const tree = removed
    .reduce((current, leaf) => removeLeafNode(current, toLeafIndex(leaf)), old.mls.ratchetTree)
    .slice();
  if (content.sender.senderType !== "member") assert.fail();
  tree[content.sender.leafIndex * 2] = { nodeType: "leaf", leaf: content.commit.path.leafNode };
  const treeHash = await treeHashRoot(tree, impl.hash);
  const { groupContext, confirmationTag, keySchedule } = old.mls;
  const context = await nextEpochContext(
    groupContext,
    "mls_public_message",
    content,
    auth.signature,
    treeHash,
    confirmationTag,
    impl.hash,
  );
  const zeros = new Uint8Array(impl.kdf.size);
  const { keySchedule: next } = await initializeEpoch(keySchedule.initSecret, zeros, context, zeros, impl.kdf);
  const tag = await createConfirmationTag(next.confirmationKey, context.confirmedTranscriptHash, impl.hash);
  if (!equal(tag, auth.confirmationTag)) return null;
  const exported = concat(idBytes(old.room), u32(envelope.bucket));
  return hex(await mlsExporter(next.exporterSecret, "portal record v1", exported, 32, impl));
}

test("who is removed from a room of two does not know the next epoch, as with the library's own commit it would", async () => {
  const { ledger, seats } = await room(2);
  const [chair, removed] = seats;
  const made = await makeCommit(ledger, chair, directory, { remove: [removed.device.device] });
  assert.equal(await nextExporter(removed.group, made.envelope), null);

  const state = clientState(chair.group, directory);
  const options = {
    wireAsPublicMessage: true,
    extraProposals: [{ proposalType: "remove" as const, remove: { removed: removed.group.own.leaf } }],
    authenticatedData: authenticated(ledger, chair.group.bucket),
  };
  const theirs = await createCommit({ state, cipherSuite: suite.impl }, options);
  const envelope = await commitEnvelope(ledger, chair, encodeMlsMessage(theirs.commit), chair.group.bucket);
  const secret = theirs.newState.keySchedule.exporterSecret;
  const context = concat(idBytes(ledger.room), u32(chair.group.bucket));
  const value = hex(await mlsExporter(secret, "portal record v1", context, 32, suite.impl));
  assert.equal(
    await nextExporter(removed.group, envelope),
    value,
    "the attack itself must work on a zero commit secret",
  );
});

test("proposals by reference and other kinds of proposals are refused", async () => {
  const { ledger, seats } = await room(3);
  const [attacker, victim] = seats;
  const by = await crafted(ledger, attacker, [{ proposalOrRefType: "reference", reference: random(32) }]);
  const withPath = await spliced(ledger, attacker, by);
  await refusedCommit("commit.by_reference", victim.group, withPath);
  const kinds: Proposal[] = [
    {
      proposalType: "psk",
      psk: { preSharedKeyId: { psktype: "external", pskId: random(4), pskNonce: random(32) } as never },
    },
    { proposalType: "external_init", externalInit: { kemOutput: random(32) } },
    { proposalType: 0xf123, proposalData: random(3) },
    {
      proposalType: "reinit",
      reinit: { groupId: random(16), version: "mls10", cipherSuite: suite.impl.name, extensions: [] },
    },
  ];
  for (const proposal of kinds) {
    await refusedCommit(
      "commit.proposal",
      victim.group,
      await spliced(ledger, attacker, await crafted(ledger, attacker, [inline(proposal)])),
    );
  }
  const extensions = [
    { extensionType: 0xf0a1, extensionData: utf8("everything") },
    { extensionType: 0xf0a2, extensionData: utf8("all") },
    { extensionType: "external_senders" as const, extensionData: random(9) },
  ];
  for (const extension of extensions) {
    const proposal = inline({
      proposalType: "group_context_extensions",
      groupContextExtensions: { extensions: [extension] },
    });
    await refusedCommit(
      "commit.history",
      victim.group,
      await spliced(ledger, attacker, await crafted(ledger, attacker, [proposal])),
    );
  }
});

/** The proposals of one commit with the path of an honest one, framed and signed anew: past the check for a path. */
async function spliced(ledger: Ledger, seat: Seat, crafted: Envelope): Promise<Envelope> {
  const honest = (await makeCommit(ledger, seat, directory)).envelope;
  const [one, two] = [crafted, honest].map(
    ({ body }) => (decodeMlsMessage(body, 0)?.[0] as MlsPublicMessage).publicMessage,
  );
  if (one?.content.contentType !== "commit" || two?.content.contentType !== "commit") assert.fail();
  const commit = { proposals: one.content.commit.proposals, path: two.content.commit.path };
  return reframed(ledger, seat, { ...two, content: { ...two.content, commit } });
}

/** A public message with changed content, signed and tagged again by its sender. */
async function reframed(ledger: Ledger, seat: Seat, message: MlsPublicMessage["publicMessage"]): Promise<Envelope> {
  const { content, auth } = message;
  if (content.contentType !== "commit" || auth.contentType !== "commit") assert.fail();
  const { impl } = suite;
  const { groupContext, keySchedule, signaturePrivateKey } = seat.group.mls;
  const { signature, framedContent } = await createContentCommitSignature(
    groupContext,
    "mls_public_message",
    content.commit,
    content.sender,
    content.authenticatedData,
    signaturePrivateKey,
    impl.signature,
  );
  const authenticatedContent = {
    wireformat: "mls_public_message" as const,
    content: framedContent,
    auth: { ...auth, signature },
  };
  const publicMessage = await protectPublicMessage(keySchedule.membershipKey, groupContext, authenticatedContent, impl);
  const body = encodeMlsMessage({ version: "mls10", wireformat: "mls_public_message", publicMessage });
  return commitEnvelope(ledger, seat, body, seat.group.bucket);
}

test("a commit of another epoch, group, sender or with other data than its header is refused", async () => {
  const { ledger, seats } = await room(3);
  const [attacker, victim, third] = seats as [Seat, Seat, Seat];
  const made = await makeCommit(ledger, attacker, directory);
  const { body } = made.envelope;
  const next = (await processCommit(victim.group, made.envelope, directory)).next!;
  await refusedCommit("commit.other_epoch", next, made.envelope);
  await refusedCommit("commit.own", attacker.group, made.envelope);
  await refusedCommit(
    "commit.other_sender",
    victim.group,
    await commitEnvelope(ledger, third, body, victim.group.bucket),
  );
  await refusedCommit(
    "commit.other_data",
    victim.group,
    await commitEnvelope(ledger, attacker, body, victim.group.bucket + 1),
  );
  await refusedCommit(
    "commit.bucket",
    victim.group,
    await commitEnvelope(ledger, attacker, body, victim.group.bucket - 1),
  );
  const elsewhere = await room(2);
  await refusedCommit(
    "commit.other_group",
    victim.group,
    await commitEnvelope(elsewhere.ledger, attacker, body, victim.group.bucket),
  );
  const foreign = await makeCommit(elsewhere.ledger, elsewhere.seats[0], directory);
  await refusedCommit(
    "commit.other_group",
    victim.group,
    await commitEnvelope(ledger, attacker, foreign.envelope.body, victim.group.bucket),
  );
  ledger.append(made.envelope);
  await refusedCommit(
    "commit.other_data",
    victim.group,
    await commitEnvelope(ledger, attacker, body, victim.group.bucket),
  );
});

test("a commit whose item or message was signed by another key is refused", async () => {
  const { ledger, seats } = await room(3);
  const [attacker, victim, third] = seats as [Seat, Seat, Seat];
  const made = await makeCommit(ledger, attacker, directory);
  const imposter = { ...attacker, device: { ...attacker.device, key: third.device.key } };
  await refusedCommit(
    "item.forged",
    victim.group,
    await commitEnvelope(ledger, imposter, made.envelope.body, victim.group.bucket),
  );
  const message = (decodeMlsMessage(made.envelope.body, 0)?.[0] as MlsPublicMessage).publicMessage;
  const forged = [
    { ...message, auth: { ...message.auth, signature: flipped(message.auth.signature, 4) } },
    { ...message, membershipTag: random(32) },
    { ...message, auth: { ...message.auth, confirmationTag: random(32) } },
  ] as MlsPublicMessage["publicMessage"][];
  for (const publicMessage of forged) {
    const body = encodeMlsMessage({ version: "mls10", wireformat: "mls_public_message", publicMessage });
    await refusedCommit(
      "commit.refused",
      victim.group,
      await commitEnvelope(ledger, attacker, body, victim.group.bucket),
    );
  }
});

test("bodies that are no public commit are refused", async () => {
  const { ledger, seats } = await room(2);
  const [attacker, victim] = seats;
  const state = clientState(attacker.group, directory);
  const proposal = { proposalType: "remove" as const, remove: { removed: 1 } };
  const proposing = await createProposal(state, true, proposal, suite.impl);
  const welcome = (
    await makeCommit(ledger, attacker, directory, { add: [(await keyPackageOf(await lee.addDevice(), suite)).public] })
  ).pending.welcome!;
  const commitBody = (await makeCommit(ledger, attacker, directory)).envelope.body;
  const of = (body: Uint8Array) => commitEnvelope(ledger, attacker, body, victim.group.bucket);
  await refusedCommit("commit.not_a_commit", victim.group, await of(encodeMlsMessage(proposing.message)));
  await refusedCommit("commit.not_a_commit", victim.group, await of(welcome));
  await refusedCommit("commit.malformed", victim.group, await of(random(300)));
  await refusedCommit("commit.malformed", victim.group, await of(concat(commitBody, Uint8Array.of(0))));
  await refusedCommit("commit.malformed", victim.group, await of(commitBody.slice(0, -1)));
});

test("a removed committer is refused, and so is one whose leaf was given to somebody else", async () => {
  const { ledger, seats } = await room(3);
  const [chair, member, removed] = seats as [Seat, Seat, Seat];
  const made = await makeCommit(ledger, chair, directory, { remove: [removed.device.device] });
  const after = (await processCommit(member.group, made.envelope, directory)).next!;
  const late = await makeCommit(ledger, removed, directory);
  await refusedCommit("commit.other_epoch", after, late.envelope);
  const pretending = { ...removed, group: { ...removed.group, epoch: after.epoch } };
  await refusedCommit(
    "commit.other_epoch",
    after,
    await commitEnvelope(ledger, pretending, late.envelope.body, after.bucket),
  );

  const device = await lee.addDevice();
  const refilled = await makeCommit(ledger, chair, directory, {
    remove: [removed.device.device],
    add: [(await keyPackageOf(device, suite)).public],
  });
  const seen = await processCommit(removed.group, refilled.envelope, directory);
  assert.equal(seen.next, null);
  assert.deepEqual(
    seen.added.map(({ leaf }) => leaf),
    [removed.group.own.leaf],
  );
});

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

function asListed({ device, kind, key }: DeviceIdentity) {
  return { device, kind, key: key.publicKey, added_s: 0, revoked: false };
}

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
