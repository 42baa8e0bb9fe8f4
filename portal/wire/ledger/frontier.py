"""The right edge of a tree that grows: all that is needed to go on. Twin of static/src/wire/ledger/merkle.ts."""

from collections.abc import Sequence

from portal.wire.ledger.merkle import EMPTY_ROOT, node_hash


class Frontier:
    """The roots of a tree's complete subtrees, the largest first, one for each one-bit of its size.

    Who has read all entries of a log up to a size can go on from it, and compare the root at any later size.
    """

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        """ValueError unless there is one hash for each complete subtree of a tree of ``size`` leaves."""
        if size < 0 or len(hashes) != size.bit_count():
            msg = "not the frontier of a tree of this size"
            raise ValueError(msg)
        self.size = size
        self.hashes = list(hashes)

    def append(self, leaf: bytes) -> None:
        """Put the leaf with this hash at the end."""
        left = self.size
        while left & 1:
            leaf = node_hash(self.hashes.pop(), leaf)
            left >>= 1
        self.hashes.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """Return the root of the tree as it is now."""
        if not self.hashes:
            return EMPTY_ROOT
        root = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            root = node_hash(left, root)
        return root
