"""Leaf nodes: who a member is, and what it can do (RFC 9420 §5.3, §7.2)."""

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final, Self

from portal.mls.codec import Reader, opaque, u8, u16, u16_vector, u32, u64, vector
from portal.mls.errors import MalformedError
from portal.mls.suites import verify_with_label

MLS10: Final = 1
"""The only version of the protocol."""


class CredentialType(IntEnum):
    """§5.3."""

    BASIC = 1
    X509 = 2


class ExtensionType(IntEnum):
    """The extensions that RFC 9420 defines (§17.3). Every member can read them, without saying so."""

    APPLICATION_ID = 1
    RATCHET_TREE = 2
    REQUIRED_CAPABILITIES = 3
    EXTERNAL_PUB = 4
    EXTERNAL_SENDERS = 5


class LeafSource(IntEnum):
    """What a leaf node came by (§7.2)."""

    KEY_PACKAGE = 1
    UPDATE = 2
    COMMIT = 3


@dataclass(frozen=True, slots=True)
class Extension:
    """An extension of any kind (§7.2): a type of 16 bits and its data."""

    kind: int
    data: bytes

    def encode(self) -> bytes:
        """Return the bytes."""
        return u16(self.kind) + opaque(self.data)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Take one; MalformedError."""
        return cls(reader.number(2), reader.opaque())


def require_distinct_extensions(extensions: tuple[Extension, ...]) -> None:
    """Raise MalformedError if one type comes twice (§13.4)."""
    if len({extension.kind for extension in extensions}) != len(extensions):
        raise MalformedError("malformed.value", "an extension comes twice")


def read_extensions(reader: Reader) -> tuple[Extension, ...]:
    """Take a list of extensions, each type at most once (§13.4); MalformedError."""
    extensions = reader.vector(Extension.read)
    require_distinct_extensions(extensions)
    return extensions


@dataclass(frozen=True, slots=True)
class Credential:
    """Who somebody says to be (§5.3): an identity (basic), or certificates, the leaf's own first (X.509)."""

    kind: CredentialType
    identity: bytes = b""
    certificates: tuple[bytes, ...] = ()

    def encode(self) -> bytes:
        """Return the bytes."""
        if self.kind is CredentialType.BASIC:
            return u16(self.kind) + opaque(self.identity)
        return u16(self.kind) + opaque(b"".join(map(opaque, self.certificates)))

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Take one; MalformedError, also for a kind that this package does not know."""
        kind = reader.number(2)
        if kind == CredentialType.BASIC:
            return cls(CredentialType.BASIC, identity=reader.opaque())
        if kind == CredentialType.X509:
            return cls(CredentialType.X509, certificates=reader.vector(Reader.opaque))
        raise MalformedError("malformed.value", f"credential {kind}")


def basic(identity: bytes) -> Credential:
    """Return a basic credential."""
    return Credential(CredentialType.BASIC, identity=identity)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a member can do beyond the least (§7.2), by number."""

    versions: tuple[int, ...] = (MLS10,)
    suites: tuple[int, ...] = ()
    extensions: tuple[int, ...] = ()
    proposals: tuple[int, ...] = ()
    credentials: tuple[int, ...] = (int(CredentialType.BASIC),)

    def encode(self) -> bytes:
        """Return the bytes."""
        lists = (self.versions, self.suites, self.extensions, self.proposals, self.credentials)
        return b"".join(map(u16_vector, lists))

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Take them; MalformedError."""
        versions, suites, extensions, proposals, credentials = (reader.numbers(2) for _ in range(5))
        return cls(versions, suites, extensions, proposals, credentials)

    def has_extension(self, kind: int) -> bool:
        """Whether extensions of this kind can be read."""
        return kind in self.extensions or kind in set(ExtensionType)

    def has_proposal(self, kind: int) -> bool:
        """Whether proposals of this kind can be read; those of RFC 9420 always."""
        return 1 <= kind <= 7 or kind in self.proposals


@dataclass(frozen=True, slots=True)
class Lifetime:
    """When a key package may be used (§7.2): Unix seconds, both ends included."""

    not_before_s: int
    not_after_s: int

    def encode(self) -> bytes:
        """Return the 16 bytes."""
        return u64(self.not_before_s) + u64(self.not_after_s)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Take one; MalformedError."""
        return cls(reader.number(8), reader.number(8))


@dataclass(frozen=True, slots=True)
class LeafNode:
    """A member's public half (§7.2).

    ``lifetime`` is there for leaves of key packages, ``parent_hash`` for those of commits; ``signature`` (64 bytes) is
    empty only while a leaf is being made.
    """

    encryption_key: bytes
    signature_key: bytes
    credential: Credential
    capabilities: Capabilities
    source: LeafSource
    lifetime: Lifetime | None = None
    parent_hash: bytes = b""
    extensions: tuple[Extension, ...] = ()
    signature: bytes = b""

    def encode(self) -> bytes:
        """Return the bytes."""
        return self._unsigned() + opaque(self.signature)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Take one; MalformedError."""
        encryption_key, signature_key = reader.opaque(), reader.opaque()
        credential, capabilities = Credential.read(reader), Capabilities.read(reader)
        number = reader.number(1)
        if number not in set(LeafSource):
            raise MalformedError("malformed.value", f"leaf node source {number}")
        source = LeafSource(number)
        lifetime = Lifetime.read(reader) if source is LeafSource.KEY_PACKAGE else None
        parent_hash = reader.opaque() if source is LeafSource.COMMIT else b""
        extensions = read_extensions(reader)
        signature = reader.opaque()
        head = (encryption_key, signature_key, credential, capabilities)
        return cls(*head, source, lifetime, parent_hash, extensions, signature)

    def signed_bytes(self, group_id: bytes, index: int) -> bytes:
        """Return what is signed (§7.2, LeafNodeTBS). The leaf of a key package is not bound to a group and a place."""
        place = b"" if self.source is LeafSource.KEY_PACKAGE else opaque(group_id) + u32(index)
        return self._unsigned() + place

    def verify(self, group_id: bytes, index: int) -> None:
        """Raise BrokenError signature.leaf unless the leaf's own key signed it, for this group and place."""
        signed = self.signed_bytes(group_id, index)
        verify_with_label(self.signature_key, "LeafNodeTBS", signed, self.signature, "signature.leaf")

    def with_signature(self, signature: bytes) -> "LeafNode":
        """Return the same with a signature."""
        return replace(self, signature=signature)

    def _unsigned(self) -> bytes:
        head = opaque(self.encryption_key) + opaque(self.signature_key) + self.credential.encode()
        source = u8(self.source)
        if self.lifetime is not None:
            source += self.lifetime.encode()
        if self.source is LeafSource.COMMIT:
            source += opaque(self.parent_hash)
        return head + self.capabilities.encode() + source + vector(self.extensions)


@dataclass(frozen=True, slots=True)
class RequiredCapabilities:
    """What every member of a group has to be able to do (§11.1)."""

    extensions: tuple[int, ...]
    proposals: tuple[int, ...]
    credentials: tuple[int, ...]

    def encode(self) -> bytes:
        """Return the bytes."""
        return b"".join(map(u16_vector, (self.extensions, self.proposals, self.credentials)))

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Take them; MalformedError."""
        return cls(reader.numbers(2), reader.numbers(2), reader.numbers(2))
