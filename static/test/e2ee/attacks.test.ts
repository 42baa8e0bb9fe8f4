// What hostile members and removed members try on a room's group by a commit; each attempt is refused, and the group
// stays as it was.

import assert from "node:assert/strict";
import { test } from "node:test";

import { sha256 } from "@noble/hashes/sha2.js";
import type { Proposal } from "ts-mls";
import { createCommit } from "ts-mls/createCommit.js";
import { createProposal } from "ts-mls/createMessage.js";
import { mlsExporter } from "ts-mls/keySchedule.js";
import { decodeMlsMessage, encodeMlsMessage, type MlsPublicMessage } from "ts-mls/message.js";

import { clientState, decodeGroup, encodeGroup, exporterValue } from "../../src/e2ee/group.ts";
import { credentialIdentity } from "../../src/e2ee/identity.ts";
import { joinGroup } from "../../src/e2ee/join.ts";
import { decodeKeyPackage } from "../../src/e2ee/keypackage.ts";
import { leafAt } from "../../src/e2ee/leaf.ts";
import { processCommit } from "../../src/e2ee/process.ts";
import { deriveRecordKey, openContent, sealContent } from "../../src/e2ee/record.ts";
import { concat, hex, own, random, u32, utf8 } from "../../src/wire/bytes.ts";
import { decodeEnvelope } from "../../src/wire/envelope.ts";
import { idBytes, newId } from "../../src/wire/ids.ts";
import { authenticated, crafted, inline, nextExporter, reframed, remove, spliced } from "./crafting.ts";
import { commitEnvelope, keyPackageOf, makeCommit, type Seat } from "./people.ts";
import { flipped, refused } from "./refused.ts";
import { directory, kim, lee, park, refusedCommit, room, suite } from "./small_rooms.ts";

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

test("who leaves a room of two does not know the next epoch, as it would by the library's own commit", async () => {
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

test("a path whose keys do not belong to its secrets is refused by members and by who joins", async () => {
  const { ledger, seats } = await room(2);
  const [attacker, victim] = seats;
  const { hpke } = suite.impl;
  const deriveKeyPair = (ikm: Uint8Array) => hpke.deriveKeyPair(sha256(ikm));
  const crooked = { ...suite, impl: { ...suite.impl, hpke: { ...hpke, deriveKeyPair } } };
  const device = await park.addDevice();
  const keyPackage = await keyPackageOf(device, suite);
  const seat = { ...attacker, group: { ...attacker.group, suite: crooked } };
  const made = await makeCommit(ledger, seat, directory, { add: [keyPackage.public] });
  await refusedCommit("commit.broken_path", victim.group, made.envelope);
  const joining = { room: ledger.room, welcome: made.pending.welcome!, commit: made.envelope, keyPackage, device };
  await refused("welcome.tree", joinGroup({ ...joining, directory, suite }));
});

test("an encryption key that another member has is refused", async () => {
  const { ledger, seats } = await room(3);
  const [attacker, victim, third] = seats as [Seat, Seat, Seat];
  const { hpke } = suite.impl;
  const stolen = await hpke.importPublicKey(leafAt(victim.group.mls.ratchetTree, victim.group.own.leaf)!.hpkePublicKey);
  const pairs = [await hpke.generateKeyPair(), { ...(await hpke.generateKeyPair()), publicKey: stolen }];
  const copying = { ...hpke, generateKeyPair: async () => pairs.shift()! };
  const device = await park.addDevice();
  const keyPackage = await keyPackageOf(device, { ...suite, impl: { ...suite.impl, hpke: copying } });
  await refused("leaf.duplicate", makeCommit(ledger, attacker, directory, { add: [keyPackage.public] }));

  const extraProposals: Proposal[] = [
    { proposalType: "remove", remove: { removed: third.group.own.leaf } },
    { proposalType: "add", add: { keyPackage: decodeKeyPackage(keyPackage.public) } },
  ];
  const authenticatedData = authenticated(ledger, attacker.group.bucket);
  const options = { wireAsPublicMessage: true, extraProposals, authenticatedData };
  const state = clientState(attacker.group, directory);
  const theirs = await createCommit({ state, cipherSuite: suite.impl }, options);
  const body = encodeMlsMessage(theirs.commit);
  const envelope = await commitEnvelope(ledger, attacker, body, attacker.group.bucket);
  await refusedCommit("commit.refused", victim.group, envelope);
});

test("a committer that changes its own credential or key is refused", async () => {
  const { ledger, seats } = await room(2);
  const [attacker, victim] = seats;
  const other = await kim.addDevice();
  const honest = (await makeCommit(ledger, attacker, directory)).envelope;
  const message = (decodeMlsMessage(honest.body, 0)?.[0] as MlsPublicMessage).publicMessage;
  if (message.content.contentType !== "commit" || message.content.commit.path === undefined) assert.fail();
  const { commit } = message.content;
  const { path } = commit;
  const changes = [
    { credential: { credentialType: "basic" as const, identity: credentialIdentity(other) } },
    { signaturePublicKey: other.key.publicKey },
  ];
  for (const change of changes) {
    const changed = { ...commit, path: { nodes: path!.nodes, leafNode: { ...path!.leafNode, ...change } } };
    const content = { ...message.content, commit: changed };
    await refusedCommit("commit.changed_leaf", victim.group, await reframed(ledger, attacker, { ...message, content }));
  }
  const leafNode = { ...path!.leafNode, signature: flipped(path!.leafNode.signature, 0) };
  const content = { ...message.content, commit: { ...commit, path: { nodes: path!.nodes, leafNode } } };
  await refusedCommit("commit.refused", victim.group, await reframed(ledger, attacker, { ...message, content }));
});
