"""Proposals: the changes that a commit makes (RFC 9420 §12.1), and the names of pre-shared keys (§8.4)."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Self, TypeAlias

from portal.mls.codec import Reader, opaque, u8, u16, u32, u64, vector
from portal.mls.errors import MalformedError
from portal.mls.key_packages import KeyPackage
from portal.mls.leaf import Extension, LeafNode, read_extensions


class ProposalType(IntEnum):
    """§17.4."""

    ADD = 1
    UPDATE = 2
    REMOVE = 3
    PSK = 4
    REINIT = 5
    EXTERNAL_INIT = 6
    GROUP_CONTEXT_EXTENSIONS = 7


class PskType(IntEnum):
    """Where a pre-shared key comes from (§8.4)."""

    EXTERNAL = 1
    RESUMPTION = 2


class PskUsage(IntEnum):
    """What a resumption key is for (§8.4)."""

    APPLICATION = 1
    REINIT = 2
    BRANCH = 3


@dataclass(frozen=True, slots=True)
class PskId:
    """The name of a pre-shared key (§8.4), with a nonce of the hash's length.

    External keys have an ``identifier``; resumption keys a ``usage``, and the ``group_id`` and ``epoch`` that they are
    of.
    """

    kind: PskType
    nonce: bytes
    identifier: bytes = b""
    usage: PskUsage = PskUsage.APPLICATION
    group_id: bytes = b""
    epoch: int = 0

    def encode(self) -> bytes:
        """Return the bytes."""
        if self.kind is PskType.EXTERNAL:
            return u8(self.kind) + opaque(self.identifier) + opaque(self.nonce)
        name = u8(self.usage) + opaque(self.group_id) + u64(self.epoch)
        return u8(self.kind) + name + opaque(self.nonce)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Take one; MalformedError."""
        kind = reader.number(1)
        if kind == PskType.EXTERNAL:
            identifier = reader.opaque()
            return cls(PskType.EXTERNAL, reader.opaque(), identifier=identifier)
        if kind != PskType.RESUMPTION:
            raise MalformedError("malformed.value", f"pre-shared key of kind {kind}")
        usage = reader.number(1)
        if usage not in set(PskUsage):
            raise MalformedError("malformed.value", f"usage {usage}")
        group_id, epoch = reader.opaque(), reader.number(8)
        return cls(PskType.RESUMPTION, reader.opaque(), usage=PskUsage(usage), group_id=group_id, epoch=epoch)


@dataclass(frozen=True, slots=True)
class Add:
    """Lets a new member in (§12.1.1)."""

    package: KeyPackage
    kind = ProposalType.ADD

    def encode(self) -> bytes:
        """Return the bytes after the type."""
        return self.package.encode()

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Take one; MalformedError."""
        return cls(KeyPackage.read(reader))


@dataclass(frozen=True, slots=True)
class Update:
    """Replaces the sender's leaf (§12.1.2)."""

    leaf: LeafNode
    kind = ProposalType.UPDATE

    def encode(self) -> bytes:
        """Return the bytes after the type."""
        return self.leaf.encode()

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Take one; MalformedError."""
        return cls(LeafNode.read(reader))


@dataclass(frozen=True, slots=True)
class Remove:
    """Takes the member at a leaf out (§12.1.3)."""

    removed: int
    kind = ProposalType.REMOVE

    def encode(self) -> bytes:
        """Return the bytes after the type."""
        return u32(self.removed)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Take one; MalformedError."""
        return cls(reader.number(4))


@dataclass(frozen=True, slots=True)
class Psk:
    """Mixes a pre-shared key into the next epoch (§12.1.4)."""

    psk: PskId
    kind = ProposalType.PSK

    def encode(self) -> bytes:
        """Return the bytes after the type."""
        return self.psk.encode()

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Take one; MalformedError."""
        return cls(PskId.read(reader))


@dataclass(frozen=True, slots=True)
class ReInit:
    """Ends this group for another one (§12.1.5). Read, and refused in commits: the portal never does it."""

    group_id: bytes
    version: int
    suite: int
    extensions: tuple[Extension, ...]
    kind = ProposalType.REINIT

    def encode(self) -> bytes:
        """Return the bytes after the type."""
        return opaque(self.group_id) + u16(self.version) + u16(self.suite) + vector(self.extensions)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Take one; MalformedError."""
        return cls(reader.opaque(), reader.number(2), reader.number(2), read_extensions(reader))


@dataclass(frozen=True, slots=True)
class ExternalInit:
    """Lets somebody in without being asked (§12.1.6). Read, and refused in commits."""

    kem_output: bytes
    kind = ProposalType.EXTERNAL_INIT

    def encode(self) -> bytes:
        """Return the bytes after the type."""
        return opaque(self.kem_output)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Take one; MalformedError."""
        return cls(reader.opaque())


@dataclass(frozen=True, slots=True)
class GroupContextExtensions:
    """Replaces the group's extensions (§12.1.7)."""

    extensions: tuple[Extension, ...]
    kind = ProposalType.GROUP_CONTEXT_EXTENSIONS

    def encode(self) -> bytes:
        """Return the bytes after the type."""
        return vector(self.extensions)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Take one; MalformedError."""
        return cls(read_extensions(reader))


Proposal: TypeAlias = Add | Update | Remove | Psk | ReInit | ExternalInit | GroupContextExtensions

_KINDS: dict[int, type[Proposal]] = {
    kind.kind: kind for kind in (Add, Update, Remove, Psk, ReInit, ExternalInit, GroupContextExtensions)
}


def write_proposal(proposal: Proposal) -> bytes:
    """Return a proposal with its type before it (§12.1)."""
    return u16(proposal.kind) + proposal.encode()


def read_proposal(reader: Reader) -> Proposal:
    """Take a proposal; MalformedError, also for a type that RFC 9420 does not have."""
    number = reader.number(2)
    kind = _KINDS.get(number)
    if kind is None:
        raise MalformedError("malformed.value", f"proposal {number}")
    return kind.read(reader)
