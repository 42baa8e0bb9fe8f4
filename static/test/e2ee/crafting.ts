// Commits as a hostile member would make them: with everything that it knows, and nothing that this portal's code
// checks.

import assert from "node:assert/strict";

import { nextEpochContext } from "ts-mls/clientState.js";
import { createConfirmationTag, createContentCommitSignature } from "ts-mls/framedContent.js";
import { initializeEpoch, mlsExporter } from "ts-mls/keySchedule.js";
import { decodeMlsMessage, encodeMlsMessage, type MlsPublicMessage } from "ts-mls/message.js";
import { protectPublicMessage } from "ts-mls/messageProtectionPublic.js";
import type { Proposal } from "ts-mls";
import type { ProposalOrRef } from "ts-mls/proposalOrRefType.js";
import { removeLeafNode } from "ts-mls/ratchetTree.js";
import { treeHashRoot } from "ts-mls/treeHash.js";
import { toLeafIndex } from "ts-mls/treemath.js";

import { clientState, type Group } from "../../src/e2ee/group.ts";
import { concat, equal, hex, u32 } from "../../src/wire/bytes.ts";
import { commitAuthenticatedData, type Envelope } from "../../src/wire/envelope.ts";
import { idBytes } from "../../src/wire/ids.ts";
import { commitEnvelope, type Ledger, makeCommit, type Seat } from "./people.ts";
import { directory, suite } from "./small_rooms.ts";

/** What an honest commit authenticates at this place of the record. */
export const authenticated = (ledger: Ledger, bucket: number) =>
  commitAuthenticatedData(ledger.number, ledger.head, bucket);

/** A commit of freely chosen parts, signed and tagged by a member with everything that it knows. */
export async function crafted(ledger: Ledger, seat: Seat, proposals: ProposalOrRef[]): Promise<Envelope> {
  const { impl } = suite;
  const state = clientState(seat.group, directory);
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

export const inline = (proposal: Proposal): ProposalOrRef => ({ proposalOrRefType: "proposal", proposal });
export const remove = (leaf: number): ProposalOrRef => inline({ proposalType: "remove", remove: { removed: leaf } });

/** The proposals of one commit with the path of an honest one, framed and signed anew: past the check for a path. */
export async function spliced(ledger: Ledger, seat: Seat, crafted: Envelope): Promise<Envelope> {
  const honest = (await makeCommit(ledger, seat, directory)).envelope;
  const [one, two] = [crafted, honest].map(
    ({ body }) => (decodeMlsMessage(body, 0)?.[0] as MlsPublicMessage).publicMessage,
  );
  if (one?.content.contentType !== "commit" || two?.content.contentType !== "commit") assert.fail();
  const commit = { proposals: one.content.commit.proposals, path: two.content.commit.path };
  return reframed(ledger, seat, { ...two, content: { ...two.content, commit } });
}

/** A public message with changed content, signed and tagged again by its sender. */
export async function reframed(
  ledger: Ledger,
  seat: Seat,
  message: MlsPublicMessage["publicMessage"],
): Promise<Envelope> {
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

/**
 * The attack of a removed member: it knows the old init secret and all that is public, and takes zeros for the commit
 * secret. Returns the exporter value that it computes if its confirmation tag matches the commit's, else null.
 */
export async function nextExporter(old: Group, envelope: Envelope): Promise<string | null> {
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
