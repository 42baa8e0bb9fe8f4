// Joining a room's group by Welcome (RFC 9420 §12.4.3.1), beside the commit of the record that it belongs to.
//
// ts-mls 1.6.4's joinGroup is not used: see tree.ts for what its check of the tree misses and what it refuses in vain.

import type {
  GroupInfo,
  GroupState,
  KeyPackage,
  PrivateKeyPackage,
  PrivateKeyPath,
  RatchetTree,
  Welcome,
} from "ts-mls";
import type { GroupSecrets } from "ts-mls/groupSecrets.js";
import {
  ratchetTreeFromExtension,
  verifyGroupInfoConfirmationTag,
  verifyGroupInfoSignature,
} from "ts-mls/groupInfo.js";
import { deriveKeySchedule } from "ts-mls/keySchedule.js";
import { decodeMlsMessage, encodeMlsMessage } from "ts-mls/message.js";
import { pathToRoot } from "ts-mls/pathSecrets.js";
import { mergePrivateKeyPaths, toPrivateKeyPath } from "ts-mls/privateKeyPath.js";
import { encodeRatchetTree, findLeafIndex } from "ts-mls/ratchetTree.js";
import { leafToNodeIndex, toLeafIndex } from "ts-mls/treemath.js";
import { firstCommonAncestor } from "ts-mls/updatePath.js";
import { decryptGroupInfo, decryptGroupSecrets } from "ts-mls/welcome.js";

import { type Bytes, equal, own } from "../wire/bytes.ts";
import type { Envelope } from "../wire/envelope.ts";
import { type Id, idBytes } from "../wire/ids.ts";
import type { Directory } from "./devices.ts";
import { type Group, groupOf } from "./group.ts";
import type { DeviceIdentity } from "./identity.ts";
import { decodeKeyPackage, decodePrivatePackage, type KeyPackagePair } from "./keypackage.ts";
import { historyOf, leafAt, type Member, memberOf } from "./leaf.ts";
import { decodePublicCommit } from "./process.ts";
import { verifyItem } from "./record.ts";
import { Refusal, refusing, refusingLater, require } from "./refusal.ts";
import { ROOM_SUITE, type Suite } from "./suite.ts";
import { checkReceivedTree, soundPrivatePath } from "./tree.ts";

/** All that is needed to join: the Welcome, the commit that it belongs to, and the key package that it was made for. */
export interface Joining {
  readonly room: Id;
  readonly welcome: Uint8Array;
  readonly commit: Envelope;
  readonly keyPackage: Pick<KeyPackagePair, "public" | "private" | "ref">;
  readonly device: DeviceIdentity;
  readonly directory: Directory;
  readonly suite?: Suite;
}

/** The hashes of the key packages for which a Welcome was made; Refusal "welcome.malformed". */
export function welcomeRefs(raw: Uint8Array): Bytes[] {
  return decodeWelcome(raw).secrets.map(({ newMember }) => own(newMember));
}

/**
 * Join. Everything in the Welcome is checked against the verified device lists and against the commit in the record.
 *
 * Refusal "welcome.*", "leaf.*", "commit.*", "item.forged".
 */
export async function joinGroup(joining: Joining): Promise<{ group: Group; adder: Member }> {
  const { commit, device, directory, suite = ROOM_SUITE } = joining;
  const keyPackage = decodeKeyPackage(joining.keyPackage.public);
  const privates = decodePrivatePackage(joining.keyPackage.private, device.key.seed);
  const { groupInfo, secrets } = await openWelcome(joining, privates, suite);
  requireContext(groupInfo, joining, suite);
  const tree = treeOf(groupInfo);
  const adder = await adderOf(groupInfo, tree, joining, suite);
  await checkReceivedTree(tree, groupInfo.groupContext, suite, directory);
  const privatePath = await privatePathOf(tree, groupInfo, secrets, { keyPackage, privates }, suite);
  const state = await stateOf(groupInfo, secrets, tree, privatePath, device, suite);
  return { group: groupOf(state, commit.bucket, suite), adder };
}

async function openWelcome(
  { welcome: raw, keyPackage }: Joining,
  privates: PrivateKeyPackage,
  { impl }: Suite,
): Promise<{ groupInfo: GroupInfo; secrets: GroupSecrets }> {
  const welcome = decodeWelcome(raw);
  require(welcome.cipherSuite === impl.name, "welcome.other_group");
  const ours = welcome.secrets.some(({ newMember }) => equal(newMember, keyPackage.ref));
  require(ours, "welcome.not_for_us");
  return refusingLater("welcome.refused", async () => {
    const initKey = await impl.hpke.importPrivateKey(privates.initPrivateKey);
    const secrets = await decryptGroupSecrets(initKey, keyPackage.ref, welcome, impl.hpke);
    require(secrets !== undefined && secrets.psks.length === 0, "welcome.refused", { reason: "group secrets" });
    const noPsk = new Uint8Array(impl.kdf.size);
    const groupInfo = await decryptGroupInfo(welcome, secrets.joinerSecret, noPsk, impl);
    require(groupInfo !== undefined, "welcome.refused", { reason: "group info" });
    return { groupInfo, secrets };
  });
}

/** The group is the room's, in its suite and profile, at the epoch that the commit begins. */
function requireContext({ groupContext }: GroupInfo, { room, commit }: Joining, { impl }: Suite): void {
  const sameGroup = equal(groupContext.groupId, idBytes(room)) && commit.room === room;
  require(sameGroup, "welcome.other_group");
  require(groupContext.cipherSuite === impl.name && groupContext.version === "mls10", "welcome.other_group");
  require(groupContext.epoch === BigInt(commit.epoch) + 1n, "welcome.other_commit", { epoch: commit.epoch });
  historyOf(groupContext.extensions);
}

function treeOf(groupInfo: GroupInfo): RatchetTree {
  const [extension, ...others] = groupInfo.extensions;
  require(extension?.extensionType === "ratchet_tree" && others.length === 0, "welcome.refused", {
    reason: "extensions",
  });
  const tree = refusing("welcome.tree", () => ratchetTreeFromExtension(groupInfo));
  if (tree === undefined) throw new Refusal("welcome.tree");
  const canonical = equal(encodeRatchetTree(tree), extension.extensionData);
  require(canonical, "welcome.tree", { check: "encoding" });
  return tree;
}

/** Who let us in: signs the group info, and made the commit of the record with the same confirmation tag. */
async function adderOf(groupInfo: GroupInfo, tree: RatchetTree, joining: Joining, { impl }: Suite): Promise<Member> {
  const leaf = leafAt(tree, groupInfo.signer);
  if (leaf === undefined) throw new Refusal("welcome.refused", { reason: "signer" });
  const signed = await verifyGroupInfoSignature(groupInfo, leaf.signaturePublicKey, impl.signature);
  require(signed, "welcome.refused", { reason: "signature" });
  const adder = memberOf(leaf, groupInfo.signer);
  const { message, confirmationTag, leaf: committer } = decodePublicCommit(joining.commit);
  const sameGroup = equal(message.content.groupId, groupInfo.groupContext.groupId);
  const sameSender = committer === adder.leaf && joining.commit.device === adder.device;
  const sameTag = equal(confirmationTag, groupInfo.confirmationTag);
  require(sameGroup && sameSender && sameTag, "welcome.other_commit");
  await verifyItem(joining.commit, leaf.signaturePublicKey);
  return adder;
}

/** Our leaf, and the private keys of the nodes that the adder's path gave us. */
async function privatePathOf(
  tree: RatchetTree,
  { signer }: GroupInfo,
  { pathSecret }: GroupSecrets,
  { keyPackage, privates }: { keyPackage: KeyPackage; privates: PrivateKeyPackage },
  suite: Suite,
): Promise<PrivateKeyPath> {
  const { impl } = suite;
  const leafIndex = findLeafIndex(tree, keyPackage.leafNode);
  if (leafIndex === undefined || pathSecret === undefined) throw new Refusal("welcome.not_for_us");
  const ancestor = refusing("welcome.tree", () => firstCommonAncestor(tree, leafIndex, toLeafIndex(signer)));
  const above = await toPrivateKeyPath(await pathToRoot(tree, ancestor, pathSecret, impl.kdf), leafIndex, impl);
  const leafKey = { leafIndex, privateKeys: { [leafToNodeIndex(leafIndex)]: privates.hpkePrivateKey } };
  const path = await soundPrivatePath(tree, mergePrivateKeyPaths(above, leafKey), suite);
  if (path === null) throw new Refusal("welcome.tree", { check: "path secret" });
  return path;
}

async function stateOf(
  groupInfo: GroupInfo,
  { joinerSecret }: GroupSecrets,
  ratchetTree: RatchetTree,
  privatePath: PrivateKeyPath,
  device: DeviceIdentity,
  { impl }: Suite,
): Promise<GroupState> {
  const { groupContext, confirmationTag } = groupInfo;
  const noPsk = new Uint8Array(impl.kdf.size);
  const confirmed = await verifyGroupInfoConfirmationTag(groupInfo, joinerSecret, noPsk, impl);
  require(confirmed, "welcome.refused", { reason: "confirmation tag" });
  const [keySchedule] = await deriveKeySchedule(joinerSecret, noPsk, groupContext, impl.kdf);
  return {
    groupContext,
    ratchetTree,
    privatePath,
    keySchedule,
    confirmationTag,
    signaturePrivateKey: device.key.seed,
    secretTree: [],
    unappliedProposals: {},
    historicalReceiverData: new Map(),
    groupActiveState: { kind: "active" },
  };
}

function decodeWelcome(raw: Uint8Array): Welcome {
  const decoded = refusing("welcome.malformed", () => decodeMlsMessage(raw, 0))?.[0];
  if (decoded === undefined || decoded.wireformat !== "mls_welcome") throw new Refusal("welcome.malformed");
  const canonical = refusing("welcome.malformed", () => encodeMlsMessage(decoded));
  require(equal(canonical, raw), "welcome.malformed");
  return decoded.welcome;
}
