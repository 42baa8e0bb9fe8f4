// Leaves of a room's group: which device each is, and the checks that every leaf must pass whoever brought it.

import type { ClientConfig, Extension, RatchetTree } from "ts-mls";
import type { Capabilities } from "ts-mls";
import { encodeCapabilities } from "ts-mls/capabilities.js";
import { defaultKeyPackageEqualityConfig } from "ts-mls/keyPackageEqualityConfig.js";
import type { LeafNode } from "ts-mls/leafNode.js";
import { defaultPaddingConfig } from "ts-mls/paddingConfig.js";

import { equal, fromUtf8, hex, utf8 } from "../wire/bytes.ts";
import { type History, isHistory } from "../wire/envelope.ts";
import type { Id } from "../wire/ids.ts";
import type { Directory, ListedDevice } from "./devices.ts";
import { type DeviceKind, parseCredentialIdentity } from "./identity.ts";
import { Refusal, refusing, require } from "./refusal.ts";
import type { Suite } from "./suite.ts";

/** The group-context extension that holds the history policy (private use, RFC 9420 §17.3). */
export const HISTORY_EXTENSION = 0xf0a1;

/** One device in a room's group; `leaf` is its place in the tree. */
export interface Member {
  readonly account: Id;
  readonly device: Id;
  readonly kind: DeviceKind;
  readonly leaf: number;
}

/** What every leaf here can do, and nothing more. */
export function capabilitiesOf(suite: Suite): Capabilities {
  return {
    versions: ["mls10"],
    ciphersuites: [suite.impl.name],
    extensions: [HISTORY_EXTENSION],
    proposals: [],
    credentials: ["basic"],
  };
}

/** The member that a leaf says it is; Refusal "credential.malformed". */
export function memberOf(leaf: LeafNode, index: number): Member {
  if (leaf.credential.credentialType !== "basic") throw new Refusal("credential.malformed", { leaf: index });
  return { ...parseCredentialIdentity(leaf.credential.identity), leaf: index };
}

/** The leaf at a place of the tree, or undefined if that is blank or outside. */
export function leafAt(tree: RatchetTree, index: number): LeafNode | undefined {
  const node = tree[index * 2];
  return node?.nodeType === "leaf" ? node.leaf : undefined;
}

/** All leaves with their places. */
export function leavesOf(tree: RatchetTree): { leaf: LeafNode; index: number }[] {
  return tree.flatMap((node, i) => (node?.nodeType === "leaf" ? [{ leaf: node.leaf, index: i / 2 }] : []));
}

/** All members, by their place in the tree. */
export function membersOf(tree: RatchetTree): Member[] {
  return leavesOf(tree).map(({ leaf, index }) => memberOf(leaf, index));
}

/**
 * Check one leaf: the account's verified list holds the device with this key and kind, and the leaf keeps to the
 * profile. A device that is revoked by now passes: the list may be newer than what is being processed.
 *
 * Refusal: "leaf.unlisted", "leaf.profile", "credential.malformed".
 */
export function checkLeaf(leaf: LeafNode, suite: Suite, directory: Directory): ListedDevice {
  const { account, device, kind } = memberOf(leaf, -1);
  const listed = directory.device(account, device);
  const same = listed !== undefined && listed.kind === kind && equal(listed.key, leaf.signaturePublicKey);
  if (!same) throw new Refusal("leaf.unlisted", { account, device });
  const capable = equal(encodeCapabilities(leaf.capabilities), encodeCapabilities(capabilitiesOf(suite)));
  const plain = leaf.extensions.length === 0 && leaf.leafNodeSource !== "update";
  require(capable && plain && suite.isPublicKey(leaf.hpkePublicKey), "leaf.profile", { account, device });
  return listed;
}

/** Refuse a tree ("leaf.duplicate") in which a device, a signature key or an encryption key comes twice. */
export function requireDistinct(tree: RatchetTree): void {
  const seen = new Set<string>();
  const meet = (name: string): void => {
    require(!seen.has(name), "leaf.duplicate");
    seen.add(name);
  };
  for (const { leaf, index } of leavesOf(tree)) {
    meet(`device ${memberOf(leaf, index).device}`);
    meet(`signature ${hex(leaf.signaturePublicKey)}`);
  }
  for (const node of tree) {
    if (node !== undefined) meet(hex(node.nodeType === "leaf" ? node.leaf.hpkePublicKey : node.parent.hpkePublicKey));
  }
}

/** The group-context extensions of a policy. */
export function historyExtensions(history: History): Extension[] {
  return [{ extensionType: HISTORY_EXTENSION, extensionData: utf8(history) }];
}

/** The policy in a group's extensions; Refusal "commit.history" unless it is exactly that. */
export function historyOf(extensions: readonly Extension[]): History {
  const [extension, ...others] = extensions;
  if (extension?.extensionType !== HISTORY_EXTENSION || others.length > 0) throw new Refusal("commit.history");
  const text = refusing("commit.history", () => fromUtf8(extension.extensionData));
  if (!isHistory(text)) throw new Refusal("commit.history");
  return text;
}

/**
 * How ts-mls is to judge. Its defaults would accept every credential. Lifetimes are checked here, by the caller's
 * clock: when a package is used, not when an old commit is read again.
 */
export function configFor(directory: Directory): ClientConfig {
  return {
    authService: {
      async validateCredential(credential, signaturePublicKey) {
        if (credential.credentialType !== "basic") return false;
        const { account, device, kind } = parseCredentialIdentity(credential.identity);
        const listed = directory.device(account, device);
        return listed !== undefined && listed.kind === kind && equal(listed.key, signaturePublicKey);
      },
    },
    keyPackageEqualityConfig: defaultKeyPackageEqualityConfig,
    keyRetentionConfig: { retainKeysForGenerations: 1, retainKeysForEpochs: 1, maximumForwardRatchetSteps: 1 },
    lifetimeConfig: { maximumTotalLifetime: 0n, validateLifetimeOnReceive: false },
    paddingConfig: defaultPaddingConfig,
  };
}
