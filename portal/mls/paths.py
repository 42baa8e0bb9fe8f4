"""Update paths as everybody sees them: their shape, their parent hashes, the tree with them (RFC 9420 §7.5, §7.9)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from portal.mls import tree_math
from portal.mls.changes import Situation
from portal.mls.commits import UpdatePath
from portal.mls.errors import RefusedError
from portal.mls.leaf import LeafNode, LeafSource
from portal.mls.ratchet_tree import Node, ParentNode, PathStep, RatchetTree, parent_hash
from portal.mls.rules import check_identity_kept, check_incoming_leaf
from portal.mls.suites import Suite


@dataclass(frozen=True, slots=True)
class NewParents:
    """The parents of a path with their parent hashes, and the parent hash that the committer's leaf must have."""

    nodes: dict[int, ParentNode]
    leaf_parent_hash: bytes


def new_parents(tree: RatchetTree, suite: Suite, steps: Sequence[PathStep], keys: Sequence[bytes]) -> NewParents:
    """Hash a path from the root down (§7.9). ``tree`` is the one before the path, ``keys`` are those of ``steps``."""
    nodes: dict[int, ParentNode] = {}
    hashes = tree.hashes(suite)
    above = b""
    for step, key in reversed(list(zip(steps, keys, strict=True))):
        nodes[step.place] = ParentNode(key, above)
        # A new parent has no unmerged leaves: the other side is as it was when this parent was made.
        above = parent_hash(suite, nodes[step.place], hashes[step.beside])
    return NewParents(nodes, above)


def with_path(tree: RatchetTree, index: int, leaf: LeafNode, parents: NewParents) -> RatchetTree:
    """Return the tree with a committer's new leaf and parents, and all else on its direct path blank (§7.5)."""
    changed: dict[int, Node | None] = dict.fromkeys(tree_math.direct_path(2 * index, tree.leaves))
    return tree.with_nodes({**changed, **parents.nodes, 2 * index: leaf})


def sealed_to(step: PathStep, joiners: Collection[int]) -> list[int]:
    """Return the places to which a step's path secret is sealed: new members get theirs by Welcome (§7.5)."""
    fresh = {2 * index for index in joiners}
    return [place for place in step.covered if place not in fresh]


def apply_path(path: UpdatePath, tree: RatchetTree, joiners: Collection[int], situation: Situation) -> RatchetTree:
    """Check what is public of a received path and merge it (§12.4.2).

    ``tree`` is the one after the proposals, ``situation`` that before them. Whether a key comes twice is for the tree
    that this returns to show.

    Raises:
        MlsError: commit.path_shape, commit.path_key, tree.parent_hash, leaf.*, signature.leaf.
    """
    suite, committer = situation.suite, situation.committer
    leaf = path.leaf
    check_incoming_leaf(leaf, LeafSource.COMMIT, suite, situation.rules)
    check_identity_kept(situation.tree.member(committer), leaf, situation.rules)
    leaf.verify(situation.group_id, committer)
    steps = tree.filtered_direct_path(committer)
    shape = [len(sealed_to(step, joiners)) for step in steps]
    if [len(node.encrypted_path_secret) for node in path.nodes] != shape:
        raise RefusedError("commit.path_shape")
    keys = [node.encryption_key for node in path.nodes]
    if not all(map(suite.is_public_key, keys)):
        raise RefusedError("commit.path_key")
    parents = new_parents(tree, suite, steps, keys)
    if parents.leaf_parent_hash != leaf.parent_hash:
        raise RefusedError("tree.parent_hash", f"leaf {committer}")
    return with_path(tree, committer, leaf, parents)
