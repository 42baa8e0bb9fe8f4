"""The ratchet tree: all members' leaves, and public keys for groups of them (RFC 9420 §4, §7).

A tree is an immutable value. Nodes are kept by place (see tree_math), blank ones as None.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self, TypeAlias

from portal.mls import tree_math
from portal.mls.codec import Reader, opaque, u8, u32, u32_vector
from portal.mls.errors import MalformedError, RefusedError
from portal.mls.leaf import LeafNode
from portal.mls.suites import Suite

LEAVES_MAX = 1 << 20
"""Larger trees are refused before any work is done for them."""
_LEAF = 1
_PARENT = 2


@dataclass(frozen=True, slots=True)
class ParentNode:
    """A key that everybody below has, but for the unmerged leaves, which came later (§7.1). Those are sorted."""

    encryption_key: bytes
    parent_hash: bytes
    unmerged_leaves: tuple[int, ...] = ()

    def encode(self) -> bytes:
        """Return the bytes."""
        return opaque(self.encryption_key) + opaque(self.parent_hash) + u32_vector(self.unmerged_leaves)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Take one; MalformedError."""
        return cls(reader.opaque(), reader.opaque(), reader.numbers(4))


Node: TypeAlias = LeafNode | ParentNode


@dataclass(frozen=True, slots=True)
class Member:
    """A leaf that is not blank, and its index."""

    index: int
    leaf: LeafNode


def _write_node(node: Node | None) -> bytes:
    if node is None:
        return b"\0"
    kind = _LEAF if isinstance(node, LeafNode) else _PARENT
    return b"\1" + u8(kind) + node.encode()


def _read_node(reader: Reader) -> Node:
    kind = reader.number(1)
    if kind == _LEAF:
        return LeafNode.read(reader)
    if kind == _PARENT:
        return ParentNode.read(reader)
    raise MalformedError("malformed.value", f"node of kind {kind}")


@dataclass(frozen=True)
class RatchetTree:
    """The nodes of a tree of ``leaves`` leaves, a power of two."""

    nodes: tuple[Node | None, ...]

    @property
    def leaves(self) -> int:
        """How many leaves there are, blank ones included."""
        return (len(self.nodes) + 1) // 2

    def encode(self) -> bytes:
        """Return ``optional<Node> ratchet_tree<V>`` without the blanks at the end (§12.4.3.3), its length before it."""
        last = max((place for place, node in enumerate(self.nodes) if node is not None), default=-1)
        return opaque(b"".join(map(_write_node, self.nodes[: last + 1])))

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Take one; MalformedError, also if leaves and parents are not where they belong or the end is blank."""
        nodes = list(reader.vector(lambda inner: inner.optional(_read_node)))
        if not nodes or nodes[-1] is None or len(nodes) > tree_math.node_width(LEAVES_MAX):
            raise MalformedError("malformed.tree", f"{len(nodes)} nodes")
        for place, node in enumerate(nodes):
            if node is not None and isinstance(node, LeafNode) != (place % 2 == 0):
                raise MalformedError("malformed.tree", f"node {place}")
        leaves = 1
        while tree_math.node_width(leaves) < len(nodes):
            leaves *= 2
        nodes += [None] * (tree_math.node_width(leaves) - len(nodes))
        return cls(tuple(nodes))

    def leaf(self, index: int) -> LeafNode | None:
        """Return the leaf at ``index``, None if that is blank or outside."""
        node = self.nodes[2 * index] if 0 <= index < self.leaves else None
        return node if isinstance(node, LeafNode) else None

    def member(self, index: int) -> LeafNode:
        """Return the leaf at ``index``; RefusedError tree.blank if nobody is there."""
        leaf = self.leaf(index)
        if leaf is None:
            raise RefusedError("tree.blank", f"leaf {index}")
        return leaf

    def members(self) -> Iterator[Member]:
        """All leaves that are not blank, by their index."""
        for index in range(self.leaves):
            leaf = self.leaf(index)
            if leaf is not None:
                yield Member(index, leaf)

    def parent(self, place: int) -> ParentNode | None:
        """Return the parent node at ``place``, None if it is blank or a leaf."""
        node = self.nodes[place]
        return node if isinstance(node, ParentNode) else None

    def key(self, place: int) -> bytes | None:
        """Return the encryption key at ``place``, None if that is blank."""
        node = self.nodes[place]
        return None if node is None else node.encryption_key

    def keys(self) -> list[bytes]:
        """All encryption keys of the tree."""
        return [node.encryption_key for node in self.nodes if node is not None]

    def resolution(self, place: int) -> list[int]:
        """Return the places that together cover everybody below ``place`` (§4.1.1)."""
        node = self.nodes[place]
        if isinstance(node, ParentNode):
            return [place, *(2 * leaf for leaf in node.unmerged_leaves)]
        if node is not None:
            return [place]
        below = tree_math.children(place)
        return [] if below is None else self.resolution(below[0]) + self.resolution(below[1])

    def filtered_direct_path(self, index: int) -> list["PathStep"]:
        """Return the ancestors of a leaf that get new keys: whose other child covers somebody (§4.1.2)."""
        steps = []
        below = 2 * index
        for place in tree_math.direct_path(below, self.leaves):
            beside = tree_math.sibling(below, self.leaves)
            covered = [] if beside is None else self.resolution(beside)
            if beside is not None and covered:
                steps.append(PathStep(place, beside, tuple(covered)))
            below = place
        return steps

    def with_leaf_added(self, leaf: LeafNode) -> tuple["RatchetTree", int]:
        """Return the tree with ``leaf`` at the leftmost free place, and that place's index (§7.7, §12.1.1)."""
        nodes = list(self.nodes)
        free = next((index for index in range(self.leaves) if nodes[2 * index] is None), None)
        if free is None:
            free = self.leaves
            nodes += [None] * (len(nodes) + 1)
        nodes[2 * free] = leaf
        for place in tree_math.direct_path(2 * free, (len(nodes) + 1) // 2):
            above = nodes[place]
            if isinstance(above, ParentNode):
                unmerged = tuple(sorted({*above.unmerged_leaves, free}))
                nodes[place] = replace(above, unmerged_leaves=unmerged)
        return RatchetTree(tuple(nodes)), free

    def with_leaf_updated(self, index: int, leaf: LeafNode) -> "RatchetTree":
        """Return the tree with another leaf at ``index``, and all above it blank (§12.1.2)."""
        return self._with_leaf(index, leaf)

    def with_leaf_removed(self, index: int) -> "RatchetTree":
        """Return the tree without the leaf at ``index``, as small as it can be (§7.8, §12.1.3)."""
        nodes = self._with_leaf(index, None).nodes
        while len(nodes) > 1 and all(node is None for node in nodes[len(nodes) // 2 + 1 :]):
            nodes = nodes[: len(nodes) // 2]
        return RatchetTree(nodes)

    def with_nodes(self, changed: Mapping[int, Node | None]) -> "RatchetTree":
        """Return the tree with these nodes in place of what was there."""
        nodes = list(self.nodes)
        for place, node in changed.items():
            nodes[place] = node
        return RatchetTree(tuple(nodes))

    def hashes(self, suite: Suite) -> tuple[bytes, ...]:
        """Return the hash of every node's subtree (§7.8), by place."""
        known = self._hashes_by_suite
        if suite.number not in known:
            hashed: list[bytes] = [b""] * len(self.nodes)
            # Children lie lower than their parents: by height, all that is needed is there.
            for place in sorted(range(len(self.nodes)), key=tree_math.level):
                below = tree_math.children(place)
                both = None if below is None else (hashed[below[0]], hashed[below[1]])
                hashed[place] = _node_hash(suite, place, self.nodes[place], both)
            known[suite.number] = tuple(hashed)
        return known[suite.number]

    def root_hash(self, suite: Suite) -> bytes:
        """Return the tree hash that the group's context names."""
        return self.hashes(suite)[tree_math.root(self.leaves)]

    def original_hash(self, suite: Suite, place: int, without: frozenset[int]) -> bytes:
        """Return the hash of the subtree at ``place`` as it was before the leaves ``without`` came (§7.9)."""
        if without.isdisjoint(tree_math.leaves_below(place)):
            return self.hashes(suite)[place]
        node, below = self.nodes[place], tree_math.children(place)
        if below is None:
            return _node_hash(suite, place, None, None)
        if isinstance(node, ParentNode):
            staying = tuple(leaf for leaf in node.unmerged_leaves if leaf not in without)
            node = replace(node, unmerged_leaves=staying)
        both = (self.original_hash(suite, below[0], without), self.original_hash(suite, below[1], without))
        return _node_hash(suite, place, node, both)

    def parent_hash(self, suite: Suite, place: int, beside: int) -> bytes:
        """Return the parent hash of the node at ``place``, for the child that is not ``beside`` (§7.9).

        Raises:
            RefusedError: tree.blank.
        """
        node = self.parent(place)
        if node is None:
            raise RefusedError("tree.blank", f"node {place}")
        original = self.original_hash(suite, beside, frozenset(node.unmerged_leaves))
        return parent_hash(suite, node, original)

    @cached_property
    def _hashes_by_suite(self) -> dict[int, tuple[bytes, ...]]:
        return {}

    def _with_leaf(self, index: int, leaf: LeafNode | None) -> "RatchetTree":
        self.member(index)
        changed: dict[int, Node | None] = dict.fromkeys(tree_math.direct_path(2 * index, self.leaves))
        return self.with_nodes({**changed, 2 * index: leaf})


@dataclass(frozen=True, slots=True)
class PathStep:
    """A node that a committer renews, its child that is not on the path, and the places that cover that side."""

    place: int
    beside: int
    covered: tuple[int, ...]


def parent_hash(suite: Suite, node: ParentNode, original_sibling_hash: bytes) -> bytes:
    """Return the hash that the next node below ``node`` holds (§7.9, ParentHashInput)."""
    return suite.digest(opaque(node.encryption_key) + opaque(node.parent_hash) + opaque(original_sibling_hash))


def _node_hash(suite: Suite, place: int, node: Node | None, below: tuple[bytes, bytes] | None) -> bytes:
    """§7.8, TreeHashInput."""
    content = b"\0" if node is None else b"\1" + node.encode()
    if below is None:
        return suite.digest(u8(_LEAF) + u32(place // 2) + content)
    return suite.digest(u8(_PARENT) + content + opaque(below[0]) + opaque(below[1]))
