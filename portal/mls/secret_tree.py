"""Keys of an epoch's messages: a tree of secrets, and two ratchets for each member (RFC 9420 §9).

An immutable value, as everything here: taking a key returns the tree without it. So a key exists exactly until the
state that still has it is forgotten, and a message that does not open costs nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from types import MappingProxyType
from typing import Final

from portal.mls import tree_math
from portal.mls.codec import Reader, opaque, u8, u32
from portal.mls.derive import derive_tree_secret, expand_with_label
from portal.mls.errors import MalformedError, RefusedError
from portal.mls.suites import Suite

AHEAD_MAX: Final = 1000
"""How many generations a message may be ahead: what a forged number can make a receiver compute, before it is refused
by the cipher's tag."""
KEPT_MAX: Final = 200
"""How many keys of messages that did not come yet are kept for each sender and kind; the oldest go first."""
_LAST_GENERATION: Final = 0xFFFF_FFFF


class RatchetKind(IntEnum):
    """Which of a member's two ratchets (§9.1)."""

    HANDSHAKE = 1
    APPLICATION = 2


@dataclass(frozen=True, slots=True, repr=False)
class MessageKey:
    """The key and the nonce of one message."""

    key: bytes
    nonce: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Ratchet:
    """A chain of secrets, one for each generation (§9.1). ``generation`` is the next one, ``kept`` those skipped."""

    secret: bytes
    generation: int = 0
    kept: Mapping[int, MessageKey] = field(default_factory=dict)

    def step(self, suite: Suite) -> tuple["Ratchet", MessageKey]:
        """Return the ratchet without its next key, and that key."""
        taken, generation = self.secret, self.generation
        if generation > _LAST_GENERATION:
            raise RefusedError("generation.far")
        key = derive_tree_secret(suite, taken, "key", generation, suite.key_bytes)
        nonce = derive_tree_secret(suite, taken, "nonce", generation, suite.nonce_bytes)
        secret = derive_tree_secret(suite, taken, "secret", generation, suite.hash_bytes)
        return Ratchet(secret, generation + 1, self.kept), MessageKey(key, nonce)

    def take(self, suite: Suite, generation: int) -> tuple["Ratchet", MessageKey]:
        """Return the ratchet without the key of this generation, and that key.

        Raises:
            RefusedError: generation.used, generation.far.
        """
        kept = dict(self.kept)
        if generation < self.generation:
            if generation not in kept:
                raise RefusedError("generation.used", f"generation {generation}")
            key = kept.pop(generation)
            return replace(self, kept=MappingProxyType(kept)), key
        if generation - self.generation > AHEAD_MAX:
            raise RefusedError("generation.far", f"generation {generation} after {self.generation}")
        ratchet = self
        while ratchet.generation < generation:
            skipped = ratchet.generation
            ratchet, kept[skipped] = ratchet.step(suite)
        ratchet, key = ratchet.step(suite)
        oldest_first = sorted(kept)
        for old in oldest_first[: max(0, len(oldest_first) - KEPT_MAX)]:
            del kept[old]
        return replace(ratchet, kept=MappingProxyType(kept)), key

    def encode(self) -> bytes:
        """Return the bytes to store."""
        kept = b"".join(u32(number) + opaque(key.key) + opaque(key.nonce) for number, key in self.kept.items())
        return opaque(self.secret) + opaque(self.generation.to_bytes(5, "big")) + opaque(kept)

    @classmethod
    def read(cls, reader: Reader) -> "Ratchet":
        """Take what ``encode`` wrote; MalformedError."""
        secret, generation = reader.opaque(), int.from_bytes(reader.opaque(), "big")
        kept = reader.vector(lambda inner: (inner.number(4), MessageKey(inner.opaque(), inner.opaque())))
        return cls(secret, generation, MappingProxyType(dict(kept)))


@dataclass(frozen=True, slots=True, repr=False)
class SecretTree:
    """What is left of an epoch's secrets: of subtrees in which nobody has sent, and ratchets of those who have."""

    suite: Suite
    leaves: int
    nodes: Mapping[int, bytes]
    ratchets: Mapping[tuple[int, RatchetKind], Ratchet]

    @classmethod
    def of(cls, suite: Suite, encryption_secret: bytes, leaves: int) -> "SecretTree":
        """Return the tree of an epoch (§9)."""
        root = tree_math.root(leaves)
        return cls(suite, leaves, MappingProxyType({root: encryption_secret}), MappingProxyType({}))

    def without_keys(self) -> "SecretTree":
        """Return the tree of somebody who neither sends nor reads private messages in this epoch."""
        return replace(self, nodes=MappingProxyType({}), ratchets=MappingProxyType({}))

    def next_key(self, leaf: int, kind: RatchetKind) -> tuple["SecretTree", int, MessageKey]:
        """Take the next key of a member: the tree without it, its generation, and the key.

        Raises:
            RefusedError: generation.used if the tree is without keys.
        """
        tree = self._with_ratchets(leaf)
        ratchet = tree.ratchets[leaf, kind]
        stepped, key = ratchet.step(self.suite)
        return tree._with_ratchet(leaf, kind, stepped), ratchet.generation, key  # noqa: SLF001 - the same class

    def key(self, leaf: int, kind: RatchetKind, generation: int) -> tuple["SecretTree", MessageKey]:
        """Take the key of a received message.

        Raises:
            RefusedError: generation.used, generation.far, sender.unknown outside of the tree.
        """
        if not 0 <= leaf < self.leaves:
            raise RefusedError("sender.unknown", f"leaf {leaf}")
        tree = self._with_ratchets(leaf)
        ratchet, key = tree.ratchets[leaf, kind].take(self.suite, generation)
        return tree._with_ratchet(leaf, kind, ratchet), key  # noqa: SLF001 - the same class

    def encode(self) -> bytes:
        """Return the bytes to store."""
        nodes = b"".join(u32(place) + opaque(secret) for place, secret in self.nodes.items())
        ratchets = b"".join(u32(leaf) + u8(kind) + one.encode() for (leaf, kind), one in self.ratchets.items())
        return u32(self.leaves) + opaque(nodes) + opaque(ratchets)

    @classmethod
    def read(cls, reader: Reader, suite: Suite) -> "SecretTree":
        """Take what ``encode`` wrote; MalformedError."""
        leaves = reader.number(4)
        nodes = reader.vector(lambda inner: (inner.number(4), inner.opaque()))
        ratchets = reader.vector(_read_ratchet)
        return cls(suite, leaves, MappingProxyType(dict(nodes)), MappingProxyType(dict(ratchets)))

    def _with_ratchet(self, leaf: int, kind: RatchetKind, ratchet: Ratchet) -> "SecretTree":
        return replace(self, ratchets=MappingProxyType({**self.ratchets, (leaf, kind): ratchet}))

    def _with_ratchets(self, leaf: int) -> "SecretTree":
        """Split the secrets on the way down to ``leaf``, deleting each, and start its two ratchets (§9.2)."""
        if (leaf, RatchetKind.HANDSHAKE) in self.ratchets:
            return self
        nodes = dict(self.nodes)
        way = [2 * leaf, *tree_math.direct_path(2 * leaf, self.leaves)]
        place = next((place for place in way if place in nodes), None)
        if place is None:
            raise RefusedError("generation.used", f"no keys of leaf {leaf}")
        while (below := tree_math.children(place)) is not None:
            secret = nodes.pop(place)
            for child, side in zip(below, (b"left", b"right"), strict=True):
                nodes[child] = expand_with_label(self.suite, secret, "tree", side, self.suite.hash_bytes)
            place = below[0] if tree_math.is_below(2 * leaf, below[0]) else below[1]
        secret = nodes.pop(place)
        started = {
            (leaf, kind): Ratchet(expand_with_label(self.suite, secret, label, b"", self.suite.hash_bytes))
            for kind, label in ((RatchetKind.HANDSHAKE, "handshake"), (RatchetKind.APPLICATION, "application"))
        }
        ratchets = MappingProxyType({**self.ratchets, **started})
        return replace(self, nodes=MappingProxyType(nodes), ratchets=ratchets)


def _read_ratchet(reader: Reader) -> tuple[tuple[int, RatchetKind], Ratchet]:
    leaf, number = reader.number(4), reader.number(1)
    if number not in set(RatchetKind):
        raise MalformedError("malformed.state")
    return (leaf, RatchetKind(number)), Ratchet.read(reader)
