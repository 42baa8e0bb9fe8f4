"""Commits: a list of proposals, and new keys on the way from the committer to the root (RFC 9420 §7.6, §12.4)."""

from dataclasses import dataclass
from typing import Self

from portal.mls.codec import Reader, opaque, optional, u8, vector
from portal.mls.errors import MalformedError
from portal.mls.leaf import LeafNode
from portal.mls.proposals import Proposal, read_proposal, write_proposal


@dataclass(frozen=True, slots=True)
class HpkeCiphertext:
    """What is sealed to a public key (§7.6): the encapsulated key, and the ciphertext."""

    kem_output: bytes
    ciphertext: bytes

    def encode(self) -> bytes:
        """Return the bytes."""
        return opaque(self.kem_output) + opaque(self.ciphertext)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Take one; MalformedError."""
        return cls(reader.opaque(), reader.opaque())


@dataclass(frozen=True, slots=True)
class UpdatePathNode:
    """A new public key, and its path secret sealed to everybody below the node's other child (§7.6)."""

    encryption_key: bytes
    encrypted_path_secret: tuple[HpkeCiphertext, ...]

    def encode(self) -> bytes:
        """Return the bytes."""
        return opaque(self.encryption_key) + vector(self.encrypted_path_secret)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Take one; MalformedError."""
        return cls(reader.opaque(), reader.vector(HpkeCiphertext.read))


@dataclass(frozen=True, slots=True)
class UpdatePath:
    """The committer's new leaf, and the nodes of its filtered direct path, lowest first (§7.6)."""

    leaf: LeafNode
    nodes: tuple[UpdatePathNode, ...]

    def encode(self) -> bytes:
        """Return the bytes."""
        return self.leaf.encode() + vector(self.nodes)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Take one; MalformedError."""
        return cls(LeafNode.read(reader), reader.vector(UpdatePathNode.read))


@dataclass(frozen=True, slots=True)
class ProposalRef:
    """The hash of a proposal that was sent before (§12.4)."""

    ref: bytes


def write_proposal_or_ref(item: Proposal | ProposalRef) -> bytes:
    """Return ProposalOrRef (§12.4)."""
    if isinstance(item, ProposalRef):
        return u8(2) + opaque(item.ref)
    return u8(1) + write_proposal(item)


def read_proposal_or_ref(reader: Reader) -> Proposal | ProposalRef:
    """Take a ProposalOrRef (§12.4); MalformedError."""
    kind = reader.number(1)
    if kind == 1:
        return read_proposal(reader)
    if kind == 2:
        return ProposalRef(reader.opaque())
    raise MalformedError("malformed.value", f"proposal or reference {kind}")


@dataclass(frozen=True, slots=True)
class Commit:
    """§12.4."""

    proposals: tuple[Proposal | ProposalRef, ...]
    path: UpdatePath | None

    def encode(self) -> bytes:
        """Return the bytes."""
        return opaque(b"".join(map(write_proposal_or_ref, self.proposals))) + optional(self.path)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Take one; MalformedError."""
        return cls(reader.vector(read_proposal_or_ref), reader.optional(UpdatePath.read))
