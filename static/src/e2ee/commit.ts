// Making a commit: always public, always with a path, proposals inline (RFC 9420 §12.4.1).
//
// ts-mls 1.6.4's createCommit is not used, for two reasons. It adds a path only where RFC 9420 demands one, and for
// rooms every commit has one. And when the committer is alone afterwards, it takes zeros for the commit secret where
// §7.4 takes the leaf's path secret one step on: the one who was just removed from a room of two could compute the next
// epoch.

import type { CiphersuiteImpl, GroupState, KeyPackage, RatchetTree } from "ts-mls";
import { applyProposals, nextEpochContext } from "ts-mls/clientState.js";
import { encode } from "ts-mls/codec/tlsEncoder.js";
import { deriveSecret } from "ts-mls/crypto/kdf.js";
import { createConfirmationTag, createContentCommitSignature } from "ts-mls/framedContent.js";
import type { GroupContext } from "ts-mls/groupContext.js";
import { signGroupInfo } from "ts-mls/groupInfo.js";
import { makeKeyPackageRef } from "ts-mls/keyPackage.js";
import { type EpochSecrets, initializeEpoch } from "ts-mls/keySchedule.js";
import { encodeMlsMessage } from "ts-mls/message.js";
import { protectPublicMessage } from "ts-mls/messageProtectionPublic.js";
import { pathToPathSecrets } from "ts-mls/pathSecrets.js";
import { mergePrivateKeyPaths, toPrivateKeyPath, updateLeafKey } from "ts-mls/privateKeyPath.js";
import type { ProposalOrRef } from "ts-mls/proposalOrRefType.js";
import { emptyPskIndex } from "ts-mls/pskIndex.js";
import { ratchetTreeEncoder } from "ts-mls/ratchetTree.js";
import { treeHashRoot } from "ts-mls/treeHash.js";
import { type LeafIndex, leafToNodeIndex, toLeafIndex } from "ts-mls/treemath.js";
import { createUpdatePath, firstCommonAncestor, type PathSecret, type UpdatePath } from "ts-mls/updatePath.js";
import { encryptGroupInfo, encryptGroupSecrets } from "ts-mls/welcome.js";

import { type Bytes, own } from "../wire/bytes.ts";
import { COMMIT_BODY_MAX_BYTES, commitAuthenticatedData, type History } from "../wire/envelope.ts";
import type { Id } from "../wire/ids.ts";
import type { Directory } from "./devices.ts";
import { clientState, type Group, groupOf, roster } from "./group.ts";
import { checkedKeyPackage } from "./keypackage.ts";
import { historyExtensions, type Member, memberOf, requireDistinct } from "./leaf.ts";
import { requireGone } from "./process.ts";
import { Refusal, refusingLater, require } from "./refusal.ts";
import type { Suite } from "./suite.ts";
import { soundPrivatePath } from "./tree.ts";

/** What a commit is to change. `add` are key packages (MLSMessages), `remove` devices; none of either only rotates. */
export interface GroupChange {
  readonly add?: readonly Uint8Array[];
  readonly remove?: readonly Id[];
  /** Accounts that are out of the room from then on. None of their devices may stay or come. */
  readonly going?: readonly Id[];
  readonly history?: History;
  /** The bucket of the epoch that begins: today, never before the present epoch's. */
  readonly bucket: number;
  /** The record as this device has seen it: number n and head_n (32 bytes). */
  readonly seenNumber: number;
  readonly seenHead: Bytes;
}

/** A commit that waits for the server to accept it; until then the group stays what it was. */
export interface Pending {
  /** The body of the commit's envelope. */
  readonly body: Bytes;
  /** For those who were added, with the ratchet tree inside; null if none were. */
  readonly welcome: Bytes | null;
  readonly next: Group;
  readonly added: Member[];
  readonly removed: Member[];
}

interface Path {
  readonly tree: RatchetTree;
  readonly update: UpdatePath;
  readonly secrets: PathSecret[];
  readonly leafPrivateKey: Uint8Array;
  readonly commitSecret: Uint8Array;
}

interface Epoch {
  readonly context: GroupContext;
  readonly confirmationTag: Uint8Array;
  readonly secrets: EpochSecrets;
}

/**
 * Make a commit.
 *
 * Refusal: "commit.bucket", "commit.going", "commit.unknown_member", "commit.own_removal", "key_package.*" and "leaf.*"
 * of who is to be added, "commit.too_large" beyond 1 MiB.
 */
export async function commit(group: Group, change: GroupChange, directory: Directory, now_s: number): Promise<Pending> {
  require(change.bucket >= group.bucket, "commit.bucket", { bucket: change.bucket, from: group.bucket });
  const { impl } = group.suite;
  const add = (change.add ?? []).map((raw) => checkedKeyPackage(raw, directory, now_s, group.suite));
  const removed = (change.remove ?? []).map((device) => removable(group, device));
  const packages = await Promise.all(add);
  requireNewcomers(group, packages, removed);
  const proposals = proposalsOf(packages, removed, change.history);
  const applied = await refusingLater("commit.refused", () =>
    applyProposals(clientState(group, directory), proposals, ownLeaf(group), emptyPskIndex, false, impl),
  );
  if (applied.additionalResult.kind !== "memberCommit") throw new Refusal("commit.refused");
  const { addedLeafNodes: joiners } = applied.additionalResult;
  const extensions = historyExtensions(change.history ?? group.history);
  const context: GroupContext = { ...group.mls.groupContext, extensions };
  const path = await createPath(
    group,
    applied.tree,
    context,
    joiners.map(([leaf]) => leaf),
  );
  requireDistinct(path.tree);
  const added = joiners.map(([leaf, keyPackage]) => memberOf(keyPackage.leafNode, leaf));
  const going = [...new Set(change.going)];
  requireGone(group, { added, removed, going });
  const authenticated = commitAuthenticatedData(change.seenNumber, change.seenHead, change.bucket, going);
  const { body, epoch } = await frame(group, context, path, proposals, authenticated);
  require(body.length <= COMMIT_BODY_MAX_BYTES, "commit.too_large", {
    bytes: body.length,
    limit: COMMIT_BODY_MAX_BYTES,
  });
  const welcome = joiners.length === 0 ? null : await createWelcome(group, epoch, path, joiners);
  return { body, welcome, next: await nextGroup(group, epoch, path, change.bucket), added, removed };
}

function ownLeaf(group: Group): LeafIndex {
  return toLeafIndex(group.own.leaf);
}

function removable(group: Group, device: Id): Member {
  require(device !== group.own.device, "commit.own_removal");
  const member = roster(group).find((one) => one.device === device);
  if (member === undefined) throw new Refusal("commit.unknown_member", { device });
  return member;
}

/** No device is added that is there already and stays, and none twice. */
function requireNewcomers(group: Group, packages: readonly KeyPackage[], removed: readonly Member[]): void {
  const present = new Set(roster(group).map(({ device }) => device));
  for (const { device } of removed) present.delete(device);
  for (const { leafNode } of packages) {
    const { device } = memberOf(leafNode, -1);
    require(!present.has(device), "leaf.duplicate", { device });
    present.add(device);
  }
}

function proposalsOf(add: KeyPackage[], remove: Member[], history: History | undefined): ProposalOrRef[] {
  const proposals = [
    ...remove.map(({ leaf }) => ({ proposalType: "remove" as const, remove: { removed: leaf } })),
    ...add.map((keyPackage) => ({ proposalType: "add" as const, add: { keyPackage } })),
  ];
  const extensions = history === undefined ? [] : [historyProposal(history)];
  return [...extensions, ...proposals].map((proposal) => ({ proposalOrRefType: "proposal", proposal }));
}

function historyProposal(history: History) {
  const groupContextExtensions = { extensions: historyExtensions(history) };
  return { proposalType: "group_context_extensions" as const, groupContextExtensions };
}

/** New keys for this leaf and all above it, encrypted to all others but those who come by Welcome. */
async function createPath(group: Group, tree: RatchetTree, context: GroupContext, joiners: LeafIndex[]): Promise<Path> {
  const { impl } = group.suite;
  // The library draws the leaf's path secret and lets go of it; it is needed where no node above the leaf is left.
  const leafSecret = impl.rng.randomBytes(impl.kdf.size);
  const drawing: CiphersuiteImpl = { ...impl, rng: { randomBytes: () => leafSecret } };
  const excluded = joiners.map(leafToNodeIndex);
  const signKey = group.mls.signaturePrivateKey;
  const made = await createUpdatePath(tree, ownLeaf(group), context, signKey, drawing, excluded);
  const [renewed, update, secrets, leafPrivateKey] = made;
  const last = secrets.at(-1)?.secret ?? leafSecret;
  return {
    tree: renewed,
    update,
    secrets,
    leafPrivateKey: await impl.hpke.exportPrivateKey(leafPrivateKey),
    commitSecret: await deriveSecret(last, "path", impl.kdf),
  };
}

/** Sign the commit in the old epoch, derive the new one from it, and frame it as a public message. */
async function frame(
  group: Group,
  context: GroupContext,
  path: Path,
  proposals: ProposalOrRef[],
  authenticatedData: Uint8Array,
): Promise<{ body: Bytes; epoch: Epoch }> {
  const { impl } = group.suite;
  const { groupContext, keySchedule, signaturePrivateKey } = group.mls;
  const wireformat = "mls_public_message";
  const { framedContent: content, signature } = await createContentCommitSignature(
    groupContext,
    wireformat,
    { proposals, path: path.update },
    { senderType: "member", leafIndex: group.own.leaf },
    authenticatedData,
    signaturePrivateKey,
    impl.signature,
  );
  const epoch = await nextEpoch(group, context, path, content, signature);
  const auth = { contentType: "commit" as const, signature, confirmationTag: epoch.confirmationTag };
  const authenticated = { wireformat, content, auth } as const;
  const publicMessage = await protectPublicMessage(keySchedule.membershipKey, groupContext, authenticated, impl);
  return { body: own(encodeMlsMessage({ version: "mls10", wireformat, publicMessage })), epoch };
}

async function nextEpoch(
  group: Group,
  context: GroupContext,
  path: Path,
  content: Parameters<typeof nextEpochContext>[2],
  signature: Uint8Array,
): Promise<Epoch> {
  const { impl } = group.suite;
  const { keySchedule, confirmationTag: interim } = group.mls;
  const treeHash = await treeHashRoot(path.tree, impl.hash);
  const next = await nextEpochContext(context, "mls_public_message", content, signature, treeHash, interim, impl.hash);
  const noPsk = new Uint8Array(impl.kdf.size);
  const secrets = await initializeEpoch(keySchedule.initSecret, path.commitSecret, next, noPsk, impl.kdf);
  const { confirmationKey } = secrets.keySchedule;
  const confirmationTag = await createConfirmationTag(confirmationKey, next.confirmedTranscriptHash, impl.hash);
  return { context: next, confirmationTag, secrets };
}

async function createWelcome(
  group: Group,
  { context, confirmationTag, secrets }: Epoch,
  path: Path,
  joiners: [LeafIndex, KeyPackage][],
): Promise<Bytes> {
  const { impl } = group.suite;
  const ratchetTree = encode(ratchetTreeEncoder)(path.tree);
  const extensions = [{ extensionType: "ratchet_tree" as const, extensionData: ratchetTree }];
  const unsigned = { groupContext: context, extensions, confirmationTag, signer: group.own.leaf };
  const groupInfo = await signGroupInfo(unsigned, group.mls.signaturePrivateKey, impl.signature);
  const encryptedGroupInfo = await encryptGroupInfo(groupInfo, secrets.welcomeSecret, impl);
  const entries = joiners.map(async ([leaf, keyPackage]) => {
    const ancestor = firstCommonAncestor(path.tree, leaf, ownLeaf(group));
    const pathSecret = path.secrets.find(({ nodeIndex }) => nodeIndex === ancestor)?.secret;
    const groupSecrets = { joinerSecret: secrets.joinerSecret, pathSecret, psks: [] };
    const initKey = await impl.hpke.importPublicKey(keyPackage.initKey);
    const { enc, ct } = await encryptGroupSecrets(initKey, encryptedGroupInfo, groupSecrets, impl.hpke);
    const newMember = await makeKeyPackageRef(keyPackage, impl.hash);
    return { newMember, encryptedGroupSecrets: { kemOutput: enc, ciphertext: ct } };
  });
  const welcome = { cipherSuite: context.cipherSuite, secrets: await Promise.all(entries), encryptedGroupInfo };
  return own(encodeMlsMessage({ version: "mls10", wireformat: "mls_welcome", welcome }));
}

async function nextGroup(group: Group, epoch: Epoch, path: Path, bucket: number): Promise<Group> {
  const { mls, suite } = group;
  const leafRenewed = updateLeafKey(mls.privatePath, path.leafPrivateKey);
  const above = await toPrivateKeyPath(pathToPathSecrets(path.secrets), group.own.leaf, suite.impl);
  const privatePath = await ownPath(path.tree, mergePrivateKeyPaths(leafRenewed, above), suite);
  const state: GroupState = {
    ...mls,
    groupContext: epoch.context,
    ratchetTree: path.tree,
    privatePath,
    keySchedule: epoch.secrets.keySchedule,
    confirmationTag: epoch.confirmationTag,
  };
  return groupOf(state, bucket, suite);
}

async function ownPath(tree: RatchetTree, path: GroupState["privatePath"], suite: Suite) {
  const sound = await soundPrivatePath(tree, path, suite);
  if (sound === null) throw new Refusal("commit.broken_path");
  return sound;
}
