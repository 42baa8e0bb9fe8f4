"""Places in a complete binary tree kept as an array (RFC 9420 §4.1.2, appendix C).

Leaf i is node 2i, parents are at odd places. The number of leaves is always a power of two: a tree of n leaves has
2n - 1 nodes.
"""


def node_width(leaves: int) -> int:
    """How many nodes a tree of so many leaves has."""
    return 2 * leaves - 1


def level(node: int) -> int:
    """The height of a node: 0 for leaves."""
    return (~node & (node + 1)).bit_length() - 1


def root(leaves: int) -> int:
    """The root of a tree of so many leaves."""
    return leaves - 1


def left(node: int) -> int | None:
    """The left child; None for a leaf."""
    height = level(node)
    return None if height == 0 else node ^ (1 << (height - 1))


def right(node: int) -> int | None:
    """The right child; None for a leaf."""
    height = level(node)
    return None if height == 0 else node ^ (3 << (height - 1))


def children(node: int) -> tuple[int, int] | None:
    """Both children; None for a leaf."""
    half = 1 << level(node) >> 1
    return (node - half, node + half) if half else None


def parent(node: int, leaves: int) -> int | None:
    """The parent; None for the root."""
    if node == root(leaves):
        return None
    height = level(node)
    return (node | 1 << height) & ~(1 << (height + 1))


def sibling(node: int, leaves: int) -> int | None:
    """The other child of the parent; None for the root."""
    if node == root(leaves):
        return None
    return node ^ (1 << (level(node) + 1))


def direct_path(node: int, leaves: int) -> list[int]:
    """All ancestors, from the parent up to the root; ValueError for a node outside of the tree."""
    if not 0 <= node < node_width(leaves):
        msg = f"node {node} is outside of a tree of {leaves} leaves"
        raise ValueError(msg)
    path = []
    above = parent(node, leaves)
    while above is not None:
        path.append(above)
        above = parent(above, leaves)
    return path


def is_below(node: int, ancestor: int) -> bool:
    """Whether ``node`` is in the subtree of ``ancestor``, itself included."""
    reach = (1 << level(ancestor)) - 1
    return ancestor - reach <= node <= ancestor + reach


def leaves_below(node: int) -> range:
    """The indices of the leaves in the subtree of ``node``."""
    reach = (1 << level(node)) - 1
    return range((node - reach) // 2, (node + reach) // 2 + 1)


def common_ancestor(one: int, other: int, leaves: int) -> int:
    """The lowest node that has both nodes of the tree in its subtree; ValueError if ``one`` is outside."""
    return next(node for node in (one, *direct_path(one, leaves)) if is_below(other, node))
