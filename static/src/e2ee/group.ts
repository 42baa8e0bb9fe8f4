// A room's MLS group (RFC 9420, by ts-mls) as this device sees it at one epoch: an immutable value. commit.ts,
// process.ts and join.ts make the next one; a refusal leaves the old one as it was.

import type { ClientState, GroupState } from "ts-mls";
import { createGroup as createMlsGroup, decodeGroupState, encodeGroupState } from "ts-mls/clientState.js";
import { signGroupInfo } from "ts-mls/groupInfo.js";
import { mlsExporter } from "ts-mls/keySchedule.js";
import { encodeMlsMessage } from "ts-mls/message.js";
import { encodeRatchetTree } from "ts-mls/ratchetTree.js";

import { type Bytes, concat, equal, own, readU32, u32 } from "../wire/bytes.ts";
import type { History } from "../wire/envelope.ts";
import { type Id, idBytes, idText } from "../wire/ids.ts";
import type { Directory } from "./devices.ts";
import { credentialIdentity, type DeviceIdentity } from "./identity.ts";
import { configFor, historyExtensions, historyOf, leafAt, type Member, memberOf, membersOf } from "./leaf.ts";
import { generateKeyPackage, LAST_RESORT_LIFETIME_DAYS } from "./keypackage.ts";
import { Refusal, refusing, require } from "./refusal.ts";
import { ROOM_SUITE, type Suite } from "./suite.ts";

export type { Member } from "./leaf.ts";

/** The group of `room` at one epoch. `mls` holds its secrets and is nobody's business but this folder's. */
export interface Group {
  readonly room: Id;
  readonly epoch: number;
  readonly bucket: number;
  readonly history: History;
  readonly own: Member;
  readonly suite: Suite;
  readonly mls: GroupState;
}

const STATE_VERSION = 1;
const EXPORTER_LABEL = "portal record v1";
const EXPORTER_BYTES = 32;
const DAY_S = 86_400;

/** A new group with this device alone, at epoch 0. */
export async function createGroup(
  room: Id,
  bucket: number,
  history: History,
  device: DeviceIdentity,
  suite: Suite = ROOM_SUITE,
): Promise<Group> {
  const alone: Directory = {
    device: (account, id) => {
      const self = account === device.account && id === device.device;
      return self
        ? { device: id, key: device.key.publicKey, kind: device.kind, added_s: 0, revoked: false }
        : undefined;
    },
  };
  // Nobody is let in by this package: it only gives the founder's leaf its shape until the first commit renews it.
  const [notBefore_s, notAfter_s] = [bucket * DAY_S, (bucket + LAST_RESORT_LIFETIME_DAYS) * DAY_S];
  const { publicPackage, privatePackage } = await generateKeyPackage(device, suite, notBefore_s, notAfter_s);
  const extensions = historyExtensions(history);
  const config = configFor(alone);
  const state = await createMlsGroup(idBytes(room), publicPackage, privatePackage, extensions, suite.impl, config);
  return groupOf(state, bucket, suite);
}

/** All devices in the group, by their place in the tree. */
export function roster(group: Group): Member[] {
  return membersOf(group.mls.ratchetTree);
}

/**
 * Members that their account has revoked, or that are on no list known here. While there are any, nothing may be sent
 * but the commit that removes them.
 */
export function revokedMembers(group: Group, directory: Directory): Member[] {
  return roster(group).filter(({ account, device }) => directory.device(account, device)?.revoked ?? true);
}

/** E, the epoch's exporter value from which record keys come, 32 bytes. */
export async function exporterValue(group: Group): Promise<Bytes> {
  const context = concat(idBytes(group.room), u32(group.bucket));
  const { exporterSecret } = group.mls.keySchedule;
  return own(await mlsExporter(exporterSecret, EXPORTER_LABEL, context, EXPORTER_BYTES, group.suite.impl));
}

/** What the epoch code is made of: equal for all members exactly if they share the epoch and its whole history. */
export function epochAuthenticator(group: Group): Bytes {
  return own(group.mls.keySchedule.epochAuthenticator);
}

/** What tells somebody outside, such as the server, the public half of this epoch (RFC 9420 §12.4.3): no secret. */
export async function groupInfo({ mls, own: self, suite }: Group): Promise<Bytes> {
  const tree = { extensionType: "ratchet_tree" as const, extensionData: encodeRatchetTree(mls.ratchetTree) };
  const { groupContext, confirmationTag, signaturePrivateKey } = mls;
  const unsigned = { groupContext, extensions: [tree], confirmationTag, signer: self.leaf };
  const signed = await signGroupInfo(unsigned, signaturePrivateKey, suite.impl.signature);
  return own(encodeMlsMessage({ version: "mls10", wireformat: "mls_group_info", groupInfo: signed }));
}

/** The bytes to store: a version, the suite, the bucket, the MLS state without the device's signature key. */
export function encodeGroup({ suite, bucket, mls }: Group): Bytes {
  const state = encodeGroupState({ ...mls, signaturePrivateKey: new Uint8Array() });
  return concat(Uint8Array.of(STATE_VERSION), u32(suite.id), u32(bucket), state);
}

/** Read stored bytes; Refusal "state.malformed" for another version, suite or device, or damage. */
export function decodeGroup(raw: Uint8Array, device: DeviceIdentity, suite: Suite = ROOM_SUITE): Group {
  require(raw.length > 9 && raw[0] === STATE_VERSION && readU32(raw, 1) === suite.id, "state.malformed");
  return refusing("state.malformed", () => {
    const decoded = decodeGroupState(raw.subarray(9), 0);
    if (decoded === undefined || decoded[1] !== raw.length - 9) throw new Refusal("state.malformed");
    const group = groupOf({ ...decoded[0], signaturePrivateKey: device.key.seed }, readU32(raw, 5), suite);
    const leaf = leafAt(group.mls.ratchetTree, group.own.leaf);
    const identity = leaf?.credential.credentialType === "basic" ? leaf.credential.identity : new Uint8Array();
    const same = equal(identity, credentialIdentity(device));
    require(same && equal(leaf?.signaturePublicKey ?? new Uint8Array(), device.key.publicKey), "state.malformed");
    return group;
  });
}

/**
 * The group of an MLS state. What this portal never uses is dropped at once: the secret tree, from which keys of MLS's
 * own messages would come, and the keys of earlier epochs.
 */
export function groupOf(state: GroupState, bucket: number, suite: Suite): Group {
  const { groupContext, ratchetTree, privatePath } = state;
  const leaf = leafAt(ratchetTree, privatePath.leafIndex);
  if (leaf === undefined) throw new Refusal("state.malformed");
  const mls: GroupState = {
    groupContext,
    ratchetTree,
    privatePath,
    keySchedule: state.keySchedule,
    signaturePrivateKey: state.signaturePrivateKey,
    confirmationTag: state.confirmationTag,
    secretTree: [],
    historicalReceiverData: new Map(),
    unappliedProposals: {},
    groupActiveState: { kind: "active" },
  };
  return {
    room: idText(groupContext.groupId),
    epoch: Number(groupContext.epoch),
    bucket,
    history: historyOf(groupContext.extensions),
    own: memberOf(leaf, privatePath.leafIndex),
    suite,
    mls,
  };
}

/** The MLS state with the judge that ts-mls is to ask. */
export function clientState(group: Group, directory: Directory): ClientState {
  return { ...group.mls, clientConfig: configFor(directory) };
}
