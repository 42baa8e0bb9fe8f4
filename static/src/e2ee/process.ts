// Processing a commit of the record. Everything that RFC 9420 allows and rooms do not use is refused before ts-mls sees
// it, and what ts-mls 1.6.4 does not check is checked after it; either way the group that was passed in stays as it
// was.

import type { RatchetTree } from "ts-mls";
import type { Commit } from "ts-mls/commit.js";
import { decodeMlsMessage, encodeMlsMessage } from "ts-mls/message.js";
import { unprotectPublicMessage } from "ts-mls/messageProtectionPublic.js";
import { processPublicMessage } from "ts-mls/processMessages.js";
import type { Proposal } from "ts-mls/proposal.js";
import { emptyPskIndex } from "ts-mls/pskIndex.js";
import type { PublicMessage } from "ts-mls/publicMessage.js";
import { addLeafNode, removeLeafNode } from "ts-mls/ratchetTree.js";
import { toLeafIndex } from "ts-mls/treemath.js";
import type { UpdatePath } from "ts-mls/updatePath.js";

import { equal } from "../wire/bytes.ts";
import { accountsGoing, type Envelope, type History, ItemKind } from "../wire/envelope.ts";
import { type Id, idBytes } from "../wire/ids.ts";
import type { Directory } from "./devices.ts";
import { clientState, type Group, groupOf, roster } from "./group.ts";
import { checkShape } from "./keypackage.ts";
import { checkLeaf, historyOf, leafAt, type Member, memberOf, requireDistinct } from "./leaf.ts";
import { verifyItem } from "./record.ts";
import { Refusal, refusing, require } from "./refusal.ts";
import { soundPrivatePath } from "./tree.ts";

/**
 * What a commit changed. `next` is null if it removed this device. `going` are the accounts that are out of the room
 * from then on; any other account stays, also without a device in the group.
 */
export interface Processed {
  readonly next: Group | null;
  readonly committer: Member;
  readonly added: Member[];
  readonly removed: Member[];
  readonly going: Id[];
  readonly history: History;
}

/** The parts of a public commit by a member. */
export interface PublicCommit {
  readonly message: PublicMessage;
  readonly commit: Commit;
  readonly leaf: number;
  readonly confirmationTag: Uint8Array;
}

/**
 * Process the commit in `envelope`, whose signature is verified here too.
 *
 * Refusal "commit.*", "leaf.*", "item.forged", "item.kind": nothing has changed, and this device can not go on in this
 * group unless it is let in anew. "commit.own": it is this device's own; what was kept when it was made counts.
 */
export async function processCommit(group: Group, envelope: Envelope, directory: Directory): Promise<Processed> {
  const { message, commit, leaf } = decodePublicCommit(envelope);
  requirePlace(group, envelope, message);
  const going = goingIn(envelope, message);
  const committer = await committerOf(group, envelope, leaf);
  const path = requirePath(group, commit, committer);
  const proposals = commit.proposals.map(inlineProposal);
  checkLeaf(path.leafNode, group.suite, directory);
  for (const proposal of proposals) checkProposal(group, proposal, directory);
  const removed = proposals.flatMap((proposal) => removedMember(group, proposal));
  const added = addedMembers(group.mls.ratchetTree, proposals);
  requireGone(group, { added, removed, going });
  const gone = removed.some(({ leaf: place }) => place === group.own.leaf);
  const next = gone ? null : await advance(group, envelope, message, directory);
  if (gone) await requireAuthentic(group, message);
  return { next, committer, added, removed, going, history: historyAfter(group, proposals) };
}

/**
 * The public commit by a member that an envelope holds; Refusal "item.kind", "commit.malformed", "commit.not_a_commit".
 */
export function decodePublicCommit(envelope: Envelope): PublicCommit {
  require(envelope.kind === ItemKind.commit, "item.kind");
  const decoded = refusing("commit.malformed", () => decodeMlsMessage(envelope.body, 0))?.[0];
  if (decoded === undefined) throw new Refusal("commit.malformed");
  const canonical = refusing("commit.malformed", () => encodeMlsMessage(decoded));
  require(equal(canonical, envelope.body), "commit.malformed");
  if (decoded.wireformat !== "mls_public_message") throw new Refusal("commit.not_a_commit");
  const message = decoded.publicMessage;
  const { content, auth } = message;
  if (content.contentType !== "commit" || auth.contentType !== "commit" || content.sender.senderType !== "member") {
    throw new Refusal("commit.not_a_commit");
  }
  return { message, commit: content.commit, leaf: content.sender.leafIndex, confirmationTag: auth.confirmationTag };
}

/** The commit is for this group at this epoch. */
function requirePlace(group: Group, envelope: Envelope, { content }: PublicMessage): void {
  const { epoch, bucket } = envelope;
  const sameGroup = envelope.room === group.room && equal(content.groupId, idBytes(group.room));
  require(sameGroup, "commit.other_group");
  const sameEpoch = epoch === group.epoch && content.epoch === group.mls.groupContext.epoch;
  require(sameEpoch, "commit.other_epoch", { epoch, at: group.epoch });
  require(bucket >= group.bucket, "commit.bucket", { bucket, from: group.bucket });
}

/** The accounts that a commit sends out of the room; Refusal "commit.other_data" unless it authenticates its header. */
export function goingIn(envelope: Envelope, { content }: PublicMessage): Id[] {
  return refusing("commit.other_data", () => accountsGoing(content.authenticatedData, envelope));
}

/** Refuse a change ("commit.going") after which an account that goes still has a device in the group. */
export function requireGone(
  group: Group,
  { added, removed, going }: { added: readonly Member[]; removed: readonly Member[]; going: readonly Id[] },
): void {
  const places = new Set(removed.map(({ leaf }) => leaf));
  const staying = [...roster(group).filter(({ leaf }) => !places.has(leaf)), ...added];
  const kept = staying.find(({ account }) => going.includes(account));
  require(kept === undefined, "commit.going", { account: kept?.account ?? null, device: kept?.device ?? null });
}

/** The member that signs in the group is the device that sent the item, and both signatures are by its one key. */
async function committerOf(group: Group, envelope: Envelope, index: number): Promise<Member> {
  const leaf = leafAt(group.mls.ratchetTree, index);
  if (leaf === undefined) throw new Refusal("commit.other_sender", { leaf: index });
  const committer = memberOf(leaf, index);
  require(committer.device === envelope.device, "commit.other_sender", { device: committer.device });
  await verifyItem(envelope, leaf.signaturePublicKey);
  require(committer.device !== group.own.device, "commit.own");
  return committer;
}

/** There is a path, and the committer's leaf in it has the same credential and signature key as before. */
function requirePath(group: Group, { path }: Commit, committer: Member): UpdatePath {
  if (path === undefined) throw new Refusal("commit.no_path");
  const before = leafAt(group.mls.ratchetTree, committer.leaf);
  const { account, device, kind } = memberOf(path.leafNode, committer.leaf);
  const same = account === committer.account && device === committer.device && kind === committer.kind;
  const sameKey = before !== undefined && equal(before.signaturePublicKey, path.leafNode.signaturePublicKey);
  require(same && sameKey, "commit.changed_leaf", { device: committer.device });
  for (const node of path.nodes) require(group.suite.isPublicKey(node.hpkePublicKey), "commit.broken_path");
  return path;
}

function inlineProposal(proposal: Commit["proposals"][number]): Proposal {
  if (proposal.proposalOrRefType !== "proposal") throw new Refusal("commit.by_reference");
  return proposal.proposal;
}

function checkProposal(group: Group, proposal: Proposal, directory: Directory): void {
  switch (proposal.proposalType) {
    case "add":
      checkShape(proposal.add.keyPackage, group.suite);
      checkLeaf(proposal.add.keyPackage.leafNode, group.suite, directory);
      return;
    case "remove":
      if (leafAt(group.mls.ratchetTree, proposal.remove.removed) === undefined) {
        throw new Refusal("commit.unknown_member", { leaf: proposal.remove.removed });
      }
      return;
    case "group_context_extensions":
      historyOf(proposal.groupContextExtensions.extensions);
      return;
    default:
      throw new Refusal("commit.proposal", { type: proposal.proposalType });
  }
}

/** The next epoch: RFC 9420's checks by ts-mls, then those that it leaves out. */
async function advance(group: Group, envelope: Envelope, message: PublicMessage, directory: Directory): Promise<Group> {
  const { suite } = group;
  const before = { tree: group.mls.ratchetTree, path: group.mls.privatePath };
  const { newState } = await refusedByMls(() =>
    processPublicMessage(clientState(group, directory), message, emptyPskIndex, suite.impl),
  );
  requireDistinct(newState.ratchetTree);
  const privatePath = await soundPrivatePath(newState.ratchetTree, newState.privatePath, suite, before);
  if (privatePath === null) throw new Refusal("commit.broken_path");
  return groupOf({ ...newState, privatePath }, envelope.bucket, suite);
}

/**
 * What a removed device can still check: that a member signed this. It is not passed to processPublicMessage, which
 * takes this device for a member as soon as somebody else is added at its place.
 */
async function requireAuthentic(group: Group, message: PublicMessage): Promise<void> {
  const { groupContext, keySchedule, ratchetTree } = group.mls;
  await refusedByMls(() =>
    unprotectPublicMessage(keySchedule.membershipKey, groupContext, ratchetTree, message, group.suite.impl),
  );
}

async function refusedByMls<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal("commit.refused", { reason: error instanceof Error ? error.message : null }, { cause: error });
  }
}

function removedMember(group: Group, proposal: Proposal): Member[] {
  if (proposal.proposalType !== "remove") return [];
  return roster(group).filter(({ leaf }) => leaf === proposal.remove.removed);
}

/** Who is added, at the places that they get: the leftmost free ones once the removed are gone (RFC 9420 §12.1.1). */
function addedMembers(tree: RatchetTree, proposals: Proposal[]): Member[] {
  let current = tree;
  for (const proposal of proposals) {
    if (proposal.proposalType === "remove") current = removeLeafNode(current, toLeafIndex(proposal.remove.removed));
  }
  return proposals.flatMap((proposal) => {
    if (proposal.proposalType !== "add") return [];
    const [next, place] = addLeafNode(current, proposal.add.keyPackage.leafNode);
    current = next;
    return [memberOf(proposal.add.keyPackage.leafNode, place / 2)];
  });
}

function historyAfter(group: Group, proposals: Proposal[]): History {
  const changed = proposals.find((proposal) => proposal.proposalType === "group_context_extensions");
  return changed === undefined ? group.history : historyOf(changed.groupContextExtensions.extensions);
}
