// The Merkle tree of RFC 6962 §2 over SHA-256: hashes, and proofs made and verified. Twin of
// portal/wire/ledger/merkle.py. Sizes and indices are integers below 2^53, so no bitwise operators here.

import { sha256 } from "@noble/hashes/sha2.js";

import { type Bytes, concat, equal, own } from "../bytes.ts";

export const HASH_BYTES = 32;

/** A proof does not show what it is said to show. */
export class ProofError extends Error {
  override readonly name = "ProofError";
}

/** That the leaf with the hash `leaf` stands at `index` in the tree of `size` leaves and this root. */
export interface Inclusion {
  readonly index: number;
  readonly size: number;
  readonly leaf: Uint8Array;
  readonly root: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** That the tree of `newSize` leaves begins with all leaves of the tree of `oldSize`. */
export interface Consistency {
  readonly oldSize: number;
  readonly newSize: number;
  readonly oldRoot: Uint8Array;
  readonly newRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** The root of the tree without leaves. */
export const EMPTY_ROOT: Bytes = own(sha256(new Uint8Array(0)));

/** The hash of a leaf that holds `entry`. */
export function leafHash(entry: Uint8Array): Bytes {
  return own(sha256.create().update(LEAF).update(entry).digest());
}

/** The hash of the node above two others. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Bytes {
  return own(sha256(concat(NODE, left, right)));
}

/** MTH: the root of the tree with these leaf hashes. `above`: nodeHash, or one that remembers. */
export function rootOf(leaves: readonly Uint8Array[], above = nodeHash): Bytes {
  if (leaves.length === 0) return EMPTY_ROOT;
  let row = leaves;
  while (row.length > 1) {
    const next: Uint8Array[] = [];
    for (let i = 0; i + 1 < row.length; i += 2) next.push(above(row[i]!, row[i + 1]!));
    if (row.length % 2 === 1) next.push(row[row.length - 1]!);
    row = next;
  }
  return own(row[0]!);
}

/** PATH: the inclusion proof of the leaf at `index`; RangeError if there is none. */
export function inclusionProof(leaves: readonly Uint8Array[], index: number): Bytes[] {
  if (!Number.isSafeInteger(index) || index < 0 || index >= leaves.length) throw new RangeError(`no leaf ${index}`);
  const path: Bytes[] = [];
  let [from, to] = [0, leaves.length];
  while (to - from > 1) {
    const middle = from + splitOf(to - from);
    if (index < middle) path.push(rootOf(leaves.slice(middle, to)));
    else path.push(rootOf(leaves.slice(from, middle)));
    if (index < middle) to = middle;
    else from = middle;
  }
  return path.reverse();
}

/** PROOF: that these leaves begin with their own first `oldSize`; RangeError if there are fewer. */
export function consistencyProof(leaves: readonly Uint8Array[], oldSize: number): Bytes[] {
  if (!Number.isSafeInteger(oldSize) || oldSize < 0 || oldSize > leaves.length) {
    throw new RangeError(`no tree of ${oldSize} leaves`);
  }
  if (oldSize === 0 || oldSize === leaves.length) return [];
  const path: Bytes[] = [];
  let [from, to, old] = [0, leaves.length, oldSize];
  while (old < to - from) {
    const split = splitOf(to - from);
    if (old <= split) {
      path.push(rootOf(leaves.slice(from + split, to)));
      to = from + split;
    } else {
      path.push(rootOf(leaves.slice(from, from + split)));
      from += split;
      old -= split;
    }
  }
  // The old tree's own root is known to the verifier: only a part of it has to be told.
  if (from !== 0) path.push(rootOf(leaves.slice(from, to)));
  return path.reverse();
}

/** Check an inclusion proof (RFC 9162 §2.1.3.2); ProofError if it does not hold. */
export function verifyInclusion({ index, size, leaf, root, proof }: Inclusion): void {
  if (!areSizes(index, size) || index >= size) throw new ProofError("no such leaf in a tree of this size");
  checkLengths(leaf, root, ...proof);
  let [at, last] = [index, size - 1];
  let hash = leaf;
  for (const other of proof) {
    if (last === 0) throw new ProofError("the inclusion proof is too long");
    if (at % 2 === 1 || at === last) {
      hash = nodeHash(other, hash);
      while (at % 2 === 0 && at !== 0) [at, last] = [half(at), half(last)];
    } else {
      hash = nodeHash(hash, other);
    }
    [at, last] = [half(at), half(last)];
  }
  if (last !== 0) throw new ProofError("the inclusion proof is too short");
  if (!equal(hash, root)) throw new ProofError("the inclusion proof leads to another root");
}

/** Check a consistency proof (RFC 9162 §2.1.4.2); ProofError if it does not hold. */
export function verifyConsistency({ oldSize, newSize, oldRoot, newRoot, proof }: Consistency): void {
  if (!areSizes(oldSize, newSize) || oldSize > newSize) throw new ProofError("the tree would have shrunk");
  checkLengths(oldRoot, newRoot, ...proof);
  if (oldSize === newSize || oldSize === 0) {
    const due = oldSize === 0 ? EMPTY_ROOT : newRoot;
    if (!equal(oldRoot, due)) throw new ProofError("two roots of one size");
    if (proof.length > 0) throw new ProofError("the consistency proof is too long");
    if (newSize === 0 && !equal(newRoot, EMPTY_ROOT)) throw new ProofError("two roots of one size");
    return;
  }
  let [at, last] = [oldSize - 1, newSize - 1];
  while (at % 2 === 1) [at, last] = [half(at), half(last)];
  // Where the old tree is complete, its root is the first hash, and is left out of the proof.
  const path = at === 0 ? [oldRoot, ...proof] : proof;
  const first = path[0];
  if (first === undefined) throw new ProofError("the consistency proof is too short");
  let [before, after] = [first, first];
  for (const other of path.slice(1)) {
    if (last === 0) throw new ProofError("the consistency proof is too long");
    if (at % 2 === 1 || at === last) {
      [before, after] = [nodeHash(other, before), nodeHash(other, after)];
      while (at % 2 === 0 && at !== 0) [at, last] = [half(at), half(last)];
    } else {
      after = nodeHash(after, other);
    }
    [at, last] = [half(at), half(last)];
  }
  if (last !== 0) throw new ProofError("the consistency proof is too short");
  if (!equal(before, oldRoot)) throw new ProofError("the consistency proof leads to another old root");
  if (!equal(after, newRoot)) throw new ProofError("the consistency proof leads to another new root");
}

/**
 * The right edge of a tree that grows: the roots of its complete subtrees, the largest first. Who has read all entries
 * of a log up to a size can go on from it, and compare the root at any later size; nothing else has to be kept.
 */
export class Frontier {
  #size = 0;
  #hashes: Bytes[] = [];

  /** The frontier of a tree of `size` leaves; RangeError unless there is one hash for each of its complete subtrees. */
  static of(size: number, hashes: readonly Uint8Array[]): Frontier {
    if (!areSizes(size) || hashes.length !== onesOf(size)) throw new RangeError("not the frontier of such a tree");
    const frontier = new Frontier();
    frontier.#size = size;
    frontier.#hashes = hashes.map((hash) => own(hash));
    return frontier;
  }

  get size(): number {
    return this.#size;
  }

  get hashes(): readonly Bytes[] {
    return this.#hashes;
  }

  /** Put the leaf with this hash at the end. */
  append(leaf: Uint8Array): void {
    let hash = own(leaf);
    for (let left = this.#size; left % 2 === 1; left = half(left)) hash = nodeHash(this.#hashes.pop()!, hash);
    this.#hashes.push(hash);
    this.#size++;
  }

  /** The root of the tree as it is now. */
  root(): Bytes {
    return this.#hashes.length === 0 ? EMPTY_ROOT : this.#hashes.reduceRight((right, left) => nodeHash(left, right));
  }
}

function checkLengths(...hashes: readonly Uint8Array[]): void {
  if (!hashes.every((hash) => hash.length === HASH_BYTES)) throw new ProofError("not a hash's length");
}

/** The largest power of two below `size`, which is at least 2. */
function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

function onesOf(size: number): number {
  let ones = 0;
  for (let left = size; left > 0; left = half(left)) ones += left % 2;
  return ones;
}

function half(value: number): number {
  return Math.floor(value / 2);
}

function areSizes(...values: readonly number[]): boolean {
  return values.every((value) => Number.isSafeInteger(value) && value >= 0);
}
