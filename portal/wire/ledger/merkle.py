"""Merkle trees of RFC 6962 §2.1: roots, inclusion proofs and consistency proofs, made and verified.

Whoever makes a proof passes ``node`` in, which gives the hash of a complete subtree; where the hashes lie is its own
business. Sizes and indexes count leaves. All hashes are SHA-256, 32 bytes.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

HASH_BYTES: Final = 32
SIZE_MAX: Final = 2**53 - 1
"""Largest tree that both twins can count."""
PROOF_MAX: Final = 63
"""No proof has more hashes (C2SP tlog-witness)."""
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()

Node: TypeAlias = Callable[[int, int], bytes]
"""(height, index) → hash over the leaves from index·2^height up to (index+1)·2^height."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of a leaf that holds ``entry``."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of the node above ``left`` and ``right``."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Return the root of the tree whose leaves, or complete subtrees of one height, have these hashes."""
    row = list(hashes)
    if not row:
        return EMPTY_ROOT
    while len(row) > 1:
        odd = row[-1:] if len(row) % 2 else []
        row = [node_hash(row[i], row[i + 1]) for i in range(0, len(row) - 1, 2)] + odd
    return row[0]


def range_root(begin: int, end: int, node: Node) -> bytes:
    """Return the hash over the leaves from ``begin`` up to ``end``.

    ``begin`` must be a multiple of a power of two that is at least ``end - begin``, as it is wherever RFC 6962 splits.
    """
    leaves = end - begin
    if leaves and not leaves & (leaves - 1):
        height = leaves.bit_length() - 1
        return node(height, begin >> height)
    if not leaves:
        return EMPTY_ROOT
    parts = []
    while begin < end:
        height = (end - begin).bit_length() - 1
        parts.append(node(height, begin >> height))
        begin += 1 << height
    found = parts.pop()
    while parts:
        found = node_hash(parts.pop(), found)
    return found


def inclusion_proof(index: int, size: int, node: Node) -> list[bytes]:
    """Return PATH(index, D[size]) of RFC 6962 §2.1.1, from the leaf's sibling upwards.

    Raises:
        ValueError: there is no such leaf.
    """
    if not 0 <= index < size:
        msg = f"a tree of {size} leaves has no leaf {index}"
        raise ValueError(msg)
    proof, lower, upper = [], 0, size
    while upper - lower > 1:
        split = lower + _split(upper - lower)
        if index < split:
            proof.append(range_root(split, upper, node))
            upper = split
        else:
            proof.append(range_root(lower, split, node))
            lower = split
    return proof[::-1]


def consistency_proof(old: int, new: int, node: Node) -> list[bytes]:
    """Return PROOF(old, D[new]) of RFC 6962 §2.1.2; empty where ``old`` is 0 or ``new``.

    Raises:
        ValueError: ``old`` is larger than ``new``.
    """
    if not 0 <= old <= new:
        msg = f"a tree does not grow from {old} to {new}"
        raise ValueError(msg)
    if old == 0:
        return []
    proof, lower, upper = [], 0, new
    while old != upper:
        split = lower + _split(upper - lower)
        if old <= split:
            proof.append(range_root(split, upper, node))
            upper = split
        else:
            proof.append(range_root(lower, split, node))
            lower = split
    if lower > 0:
        proof.append(range_root(lower, upper, node))
    return proof[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Tell whether ``proof`` shows that the tree of ``size`` leaves under ``root`` has ``leaf`` (a hash) at ``index``.

    The algorithm is that of RFC 9162 §2.1.3.2.
    """
    if not 0 <= index < size <= SIZE_MAX:
        return False
    place, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0 or len(sibling) != HASH_BYTES:
            return False
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Tell whether ``proof`` shows that the tree of ``new`` leaves begins with the tree of ``old`` leaves.

    The empty tree is the beginning of every tree. The algorithm is that of RFC 9162 §2.1.4.2.
    """
    if not 0 <= old <= new <= SIZE_MAX or any(len(part) != HASH_BYTES for part in proof):
        return False
    if old == new:
        return old_root == new_root and not proof
    if old == 0:
        return old_root == EMPTY_ROOT and not proof
    parts = list(proof) if old & (old - 1) else [old_root, *proof]
    if not parts:
        return False
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    found_old = found_new = parts[0]
    for part in parts[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            found_old, found_new = node_hash(part, found_old), node_hash(part, found_new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found_new = node_hash(found_new, part)
        place, last = place >> 1, last >> 1
    return last == 0 and found_old == old_root and found_new == new_root


def _split(leaves: int) -> int:
    """Return the largest power of two that is smaller than ``leaves``, which is at least 2."""
    return 1 << (leaves - 1).bit_length() - 1
