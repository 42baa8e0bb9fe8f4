"""New secrets for the way from a leaf to the root: making, sealing and opening them (RFC 9420 §7.4, §7.5, §7.6)."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from portal.mls import tree_math
from portal.mls.commits import UpdatePath, UpdatePathNode
from portal.mls.context import GroupContext
from portal.mls.derive import derive_secret
from portal.mls.errors import BrokenError, RefusedError
from portal.mls.leaf import LeafNode, LeafSource
from portal.mls.paths import new_parents, sealed_to, with_path
from portal.mls.ratchet_tree import PathStep, RatchetTree
from portal.mls.sealing import (
    KeyPair,
    decrypt_with_label,
    derive_key_pair,
    encrypt_with_label,
    generate_key_pair,
)
from portal.mls.signing import sign_with_label
from portal.mls.suites import Suite

PATH_LABEL = "UpdatePathNode"


@dataclass(frozen=True, slots=True)
class Ground:
    """What a path is made on: the tree after the proposals and before the path, and the next epoch's context.

    That context has the old transcript. ``joiners``, the leaf indices of new members, are told by Welcome.
    """

    suite: Suite
    tree: RatchetTree
    context: GroupContext
    joiners: Collection[int]


@dataclass(frozen=True, slots=True, repr=False)
class MadePath:
    """A path that this member made.

    ``path_secrets`` and ``keys`` are by place; ``context`` is what the secrets were sealed with.
    """

    path: UpdatePath
    tree: RatchetTree
    context: GroupContext
    path_secrets: dict[int, bytes]
    keys: dict[int, KeyPair]
    commit_secret: bytes


@dataclass(frozen=True, slots=True, repr=False)
class OpenedPath:
    """What a member learns of another one's path: its keys above the place where both meet."""

    keys: dict[int, KeyPair]
    commit_secret: bytes


def make_path(ground: Ground, index: int, seed: bytes) -> MadePath:
    """Make new keys for the leaf at ``index`` and all above it (§7.5); ``seed`` is the leaf's signature key.

    The context's tree hash is set here.
    """
    suite, tree, context = ground.suite, ground.tree, ground.context
    steps = tree.filtered_direct_path(index)
    secret = secrets.token_bytes(suite.hash_bytes)
    path_secrets: dict[int, bytes] = {}
    for step in steps:
        path_secrets[step.place] = secret
        secret = derive_secret(suite, secret, "path")
    # §7.4: one step beyond the last. Where nobody else is left there is no step, and this is still a secret: zeros
    # instead would let the one who was just removed compute the next epoch.
    commit_secret = secret if steps else derive_secret(suite, secret, "path")
    keys = {place: node_key(suite, found) for place, found in path_secrets.items()}
    leaf_key = generate_key_pair(suite)
    parents = new_parents(tree, suite, steps, [keys[step.place].public for step in steps])
    leaf = _renewed(tree.member(index), leaf_key, parents.leaf_parent_hash)
    leaf = leaf.with_signature(sign_with_label(seed, "LeafNodeTBS", leaf.signed_bytes(context.group_id, index)))
    renewed = with_path(tree, index, leaf, parents)
    context = replace(context, tree_hash=renewed.root_hash(suite))
    sealing = replace(ground, context=context)
    nodes = tuple(_seal_step(sealing, step, keys[step.place].public, path_secrets[step.place]) for step in steps)
    own = {2 * index: leaf_key}
    return MadePath(UpdatePath(leaf, nodes), renewed, context, path_secrets, {**keys, **own}, commit_secret)


def node_key(suite: Suite, path_secret: bytes) -> KeyPair:
    """Return the key pair of a node from its path secret (§7.4)."""
    return derive_key_pair(suite, derive_secret(suite, path_secret, "node"))


def open_path(ground: Ground, path: UpdatePath, committer: int, own: int, keys: Mapping[int, KeyPair]) -> OpenedPath:
    """Open the one path secret that is sealed to a key of this member, and derive what follows from it (§7.5).

    ``own`` is this member's leaf index, ``keys`` are its keys by place.

    Raises:
        MlsError: cipher.path, commit.path_shape, commit.path_secret.
    """
    suite, before, told = ground.suite, ground.tree, ground.context.encode()
    steps = before.filtered_direct_path(committer)
    for number, step in enumerate(steps):
        if not tree_math.is_below(2 * own, step.beside):
            continue
        for place, sealed in zip(
            sealed_to(step, ground.joiners), path.nodes[number].encrypted_path_secret, strict=True
        ):
            held = keys.get(place)
            if held is not None and held.public == before.key(place):
                found = decrypt_with_label(suite, held.private, PATH_LABEL, told, sealed, code="cipher.path")
                above = zip(steps[number:], path.nodes[number:], strict=True)
                return follow(suite, found, [(up.place, node.encryption_key) for up, node in above])
    raise RefusedError("commit.path_shape", "nothing is sealed to this member")


def follow(suite: Suite, path_secret: bytes, public: Sequence[tuple[int, bytes]]) -> OpenedPath:
    """Derive the keys from a path secret up to the root, and compare each with the ``public`` one of its place (§7.5).

    Without the comparison, one member could lead others into an epoch that they can not leave.

    Raises:
        MlsError: commit.path_secret, cipher.path.
    """
    if len(path_secret) != suite.hash_bytes:
        raise BrokenError("cipher.path", "length")
    keys = {}
    for place, due in public:
        keys[place] = node_key(suite, path_secret)
        if keys[place].public != due:
            raise RefusedError("commit.path_secret", f"node {place}")
        path_secret = derive_secret(suite, path_secret, "path")
    return OpenedPath(keys, path_secret)


def still_held(tree: RatchetTree, keys: Mapping[int, KeyPair]) -> dict[int, KeyPair]:
    """Return the keys that are still in the tree; the others are to be forgotten (§9.2)."""
    inside = {place: pair for place, pair in keys.items() if place < len(tree.nodes)}
    return {place: pair for place, pair in inside.items() if tree.key(place) == pair.public}


def _renewed(leaf: LeafNode, key: KeyPair, parent_hash: bytes) -> LeafNode:
    source = LeafSource.COMMIT
    return replace(
        leaf, encryption_key=key.public, source=source, lifetime=None, parent_hash=parent_hash, signature=b""
    )


def _seal_step(ground: Ground, step: PathStep, public: bytes, path_secret: bytes) -> UpdatePathNode:
    keys = [key for place in sealed_to(step, ground.joiners) if (key := ground.tree.key(place)) is not None]
    told = ground.context.encode()
    sealed = (encrypt_with_label(ground.suite, key, PATH_LABEL, told, path_secret) for key in keys)
    return UpdatePathNode(public, tuple(sealed))
