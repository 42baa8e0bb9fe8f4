"""Whether a ratchet tree that came from somebody else is sound (RFC 9420 §7.9.2, §12.4.3.1).

Implementations go wrong here after removals: a leaf that is unmerged at a node need not be known to blank nodes in
between, nor to nodes that others renewed above it; and a matching parent hash proves nothing unless it covers exactly
what was below when it was made.
"""

from itertools import pairwise

from portal.mls import tree_math
from portal.mls.errors import RefusedError
from portal.mls.leaf import LeafNode, LeafSource
from portal.mls.ratchet_tree import ParentNode, RatchetTree
from portal.mls.suites import Suite


def check_tree(tree: RatchetTree, suite: Suite) -> None:
    """Check keys, unmerged leaves and parent hashes of a tree; the leaves themselves are for ``rules`` to check.

    Raises:
        RefusedError: leaf.key, leaf.duplicate, tree.unmerged, tree.parent_hash.
    """
    require_distinct_keys(tree)
    for place, node in enumerate(tree.nodes):
        if isinstance(node, ParentNode):
            if not suite.is_public_key(node.encryption_key):
                raise RefusedError("leaf.key", f"node {place}")
            _check_unmerged(tree, place, node)
    check_parent_hashes(tree, suite)


def require_distinct_keys(tree: RatchetTree) -> None:
    """Raise RefusedError leaf.duplicate if a signature key or an encryption key comes twice (§7.3, §12.4.3.1)."""
    keys = tree.keys()
    signature_keys = [member.leaf.signature_key for member in tree.members()]
    if len(set(keys)) != len(keys) or len(set(signature_keys)) != len(signature_keys):
        raise RefusedError("leaf.duplicate")


def check_parent_hashes(tree: RatchetTree, suite: Suite) -> None:
    """Raise RefusedError tree.parent_hash unless exactly one node below proves each parent (§7.9.2)."""
    for place, node in enumerate(tree.nodes):
        if isinstance(node, ParentNode):
            children = tree_math.children(place)
            if children is None:
                continue
            below, above = children
            proofs = _proves(tree, suite, place, (below, above)) + _proves(tree, suite, place, (above, below))
            if proofs != 1:
                raise RefusedError("tree.parent_hash", f"node {place}")


def _proves(tree: RatchetTree, suite: Suite, place: int, sides: tuple[int, int]) -> int:
    """Count the nodes on the first side that hold the parent hash of ``place``, and alone were there when it was made.

    That is: such a node is in the resolution of that side, and all else in it are leaves that ``place`` lists as
    unmerged.
    """
    node = tree.parent(place)
    if node is None:
        return 0
    side, beside = sides
    due = tree.parent_hash(suite, place, beside)
    covering = tree.resolution(side)
    unmerged = {2 * leaf for leaf in node.unmerged_leaves if leaf in tree_math.leaves_below(side)}
    return sum(
        _parent_hash_in(tree, candidate) == due and {other for other in covering if other != candidate} == unmerged
        for candidate in covering
    )


def _parent_hash_in(tree: RatchetTree, place: int) -> bytes | None:
    node = tree.nodes[place]
    if isinstance(node, LeafNode):
        return node.parent_hash if node.source is LeafSource.COMMIT else None
    return None if node is None else node.parent_hash


def _check_unmerged(tree: RatchetTree, place: int, node: ParentNode) -> None:
    """§12.4.3.1: each is a member below, and unmerged at every present node between; sorted (§7.1)."""
    if any(first >= second for first, second in pairwise(node.unmerged_leaves)):
        raise RefusedError("tree.unmerged", f"node {place}")
    for leaf in node.unmerged_leaves:
        if leaf not in tree_math.leaves_below(place) or tree.leaf(leaf) is None:
            raise RefusedError("tree.unmerged", f"node {place}, leaf {leaf}")
        for above in tree_math.direct_path(2 * leaf, tree.leaves):
            if above == place:
                break
            between = tree.parent(above)
            if between is not None and leaf not in between.unmerged_leaves:
                raise RefusedError("tree.unmerged", f"node {above}, leaf {leaf}")
