// Checks of a ratchet tree (RFC 9420 §7): of one that came in a Welcome, and of the keys that this device holds in it.
//
// ts-mls's own check of received trees is not used: it demands that all ancestors of an unmerged leaf list the same
// unmerged leaves, so that it refuses sound trees once a leaf was added below a node that others have renewed above;
// and it does not check that a parent hash covers exactly its resolution (§7.9.2).

import type { PrivateKeyPath, RatchetTree } from "ts-mls";
import type { GroupContext } from "ts-mls/groupContext.js";
import { verifyLeafNodeSignature, verifyLeafNodeSignatureKeyPackage } from "ts-mls/leafNode.js";
import { calculateParentHash } from "ts-mls/parentHash.js";
import type { ParentNode } from "ts-mls/parentNode.js";
import { resolution } from "ts-mls/ratchetTree.js";
import { treeHashRoot } from "ts-mls/treeHash.js";
import { directPath, isAncestor, leafWidth, left, right, toNodeIndex } from "ts-mls/treemath.js";

import { equal } from "../wire/bytes.ts";
import type { Directory } from "./devices.ts";
import { checkLeaf, leavesOf, requireDistinct } from "./leaf.ts";
import { require } from "./refusal.ts";
import type { Suite } from "./suite.ts";

/**
 * Check a tree that came from outside: every leaf listed and signed, shape, hashes.
 *
 * Refusal: "leaf.*" of a leaf, "leaf.duplicate", "welcome.tree" with the failed check in `detail`.
 */
export async function checkReceivedTree(
  tree: RatchetTree,
  context: GroupContext,
  suite: Suite,
  directory: Directory,
): Promise<void> {
  for (const { leaf } of leavesOf(tree)) checkLeaf(leaf, suite, directory);
  requireDistinct(tree);
  requireShape(tree);
  require(equal(await treeHashRoot(tree, suite.impl.hash), context.treeHash), "welcome.tree", { check: "hash" });
  require(await areParentHashesValid(tree, suite), "welcome.tree", { check: "parent hash" });
  const { signature } = suite.impl;
  const signed = leavesOf(tree).map(({ leaf, index }) =>
    leaf.leafNodeSource === "key_package"
      ? verifyLeafNodeSignatureKeyPackage({ ...leaf, leafNodeSource: "key_package" }, signature)
      : verifyLeafNodeSignature(leaf, context.groupId, index, signature),
  );
  require((await Promise.all(signed)).every(Boolean), "welcome.tree", { check: "leaf signature" });
}

/** Leaves at even places, parents at odd ones; unmerged leaves in order, present, and known to every node between. */
export function requireShape(tree: RatchetTree): void {
  for (const [place, node] of tree.entries()) {
    if (node === undefined) continue;
    require((node.nodeType === "leaf") === (place % 2 === 0), "welcome.tree", { check: "shape" });
    if (node.nodeType === "leaf") continue;
    const { unmergedLeaves } = node.parent;
    const ascending = unmergedLeaves.every((leaf, i) => i === 0 || unmergedLeaves[i - 1]! < leaf);
    require(ascending && unmergedLeaves.every((leaf) => isUnmergedBelow(tree, leaf, place)), "welcome.tree", {
      check: "unmerged leaves",
    });
  }
}

/** Whether `leaf` is a present leaf below the node at `place`, and unmerged at every present node between. */
function isUnmergedBelow(tree: RatchetTree, leaf: number, place: number): boolean {
  const leafPlace = toNodeIndex(leaf * 2);
  if (tree[leafPlace]?.nodeType !== "leaf") return false;
  const above = directPath(leafPlace, leafWidth(tree.length));
  const height = above.indexOf(toNodeIndex(place));
  return (
    height >= 0 &&
    above.slice(0, height).every((between) => parentAt(tree, between)?.unmergedLeaves.includes(leaf) ?? true)
  );
}

/** Whether every present parent is covered by exactly one parent hash of the right extent (RFC 9420 §7.9.2). */
export async function areParentHashesValid(tree: RatchetTree, suite: Suite): Promise<boolean> {
  const covered = new Map<number, number>();
  for (const [place, node] of tree.entries()) {
    const claimed = node?.nodeType === "parent" ? node.parent.parentHash : parentHashOf(node);
    if (claimed === undefined) continue;
    const [computed, above] = await calculateParentHash(tree, toNodeIndex(place), suite.impl.hash);
    if (above === undefined || parentAt(tree, above) === undefined || !equal(computed, claimed)) continue;
    if (coversResolution(tree, place, above)) covered.set(above, (covered.get(above) ?? 0) + 1);
  }
  return tree.every((node, place) => node?.nodeType !== "parent" || covered.get(place) === 1);
}

/** Between the parent `above` and the node at `place` there is nothing but leaves that `above` lists as unmerged. */
function coversResolution(tree: RatchetTree, place: number, above: number): boolean {
  const child = place < above ? left(toNodeIndex(above)) : right(toNodeIndex(above));
  const beside = resolution(tree, child).filter((other) => other !== place);
  const unmerged = (parentAt(tree, above)?.unmergedLeaves ?? [])
    .map((leaf) => toNodeIndex(leaf * 2))
    .filter((leaf) => leaf === child || isAncestor(leaf, child, tree.length));
  const found = resolution(tree, child).some((other) => other === place);
  return found && beside.length === unmerged.length && beside.every((other) => unmerged.includes(other));
}

/**
 * The private keys that this device must hold in `tree`, each checked against its public key; keys of nodes that are
 * gone are left out, so that they are forgotten. `before` spares the work for nodes that did not change.
 *
 * Returns null if a key is missing or does not fit: then the committer's path secrets are not those of its path.
 */
export async function soundPrivatePath(
  tree: RatchetTree,
  path: PrivateKeyPath,
  suite: Suite,
  before?: { readonly tree: RatchetTree; readonly path: PrivateKeyPath },
): Promise<PrivateKeyPath | null> {
  const ownPlace = toNodeIndex(path.leafIndex * 2);
  const privateKeys: Record<number, Uint8Array> = {};
  for (const place of [ownPlace, ...directPath(ownPlace, leafWidth(tree.length))]) {
    const due = publicKeyAt(tree, place);
    if (due === undefined || parentAt(tree, place)?.unmergedLeaves.includes(path.leafIndex)) continue;
    const held = path.privateKeys[place];
    if (held === undefined) return null;
    const known = before !== undefined && before.path.privateKeys[place] === held;
    const unchanged = known && equal(publicKeyAt(before.tree, place) ?? new Uint8Array(), due);
    if (!unchanged && !equal(await suite.publicKeyOf(held), due)) return null;
    privateKeys[place] = held;
  }
  return { leafIndex: path.leafIndex, privateKeys };
}

function parentAt(tree: RatchetTree, place: number): ParentNode | undefined {
  const node = tree[place];
  return node?.nodeType === "parent" ? node.parent : undefined;
}

function publicKeyAt(tree: RatchetTree, place: number): Uint8Array | undefined {
  const node = tree[place];
  return node?.nodeType === "leaf" ? node.leaf.hpkePublicKey : node?.parent.hpkePublicKey;
}

function parentHashOf(node: RatchetTree[number]): Uint8Array | undefined {
  return node?.nodeType === "leaf" && node.leaf.leafNodeSource === "commit" ? node.leaf.parentHash : undefined;
}
