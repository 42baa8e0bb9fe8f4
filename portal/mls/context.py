"""What all members of a group agree on, and how it is told to others (RFC 9420 §8.1, §12.4.3)."""

from dataclasses import dataclass, replace
from typing import Self

from portal.mls.codec import Reader, opaque, u16, u32, u64, vector
from portal.mls.errors import MalformedError, RefusedError
from portal.mls.leaf import MLS10, Extension, ExtensionType, read_extensions
from portal.mls.suites import verify_with_label


@dataclass(frozen=True, slots=True)
class GroupContext:
    """The state that every key of an epoch is bound to (§8.1)."""

    suite: int
    group_id: bytes
    epoch: int
    tree_hash: bytes
    confirmed_transcript_hash: bytes
    extensions: tuple[Extension, ...] = ()

    def encode(self) -> bytes:
        """Return the bytes."""
        head = u16(MLS10) + u16(self.suite) + opaque(self.group_id) + u64(self.epoch)
        return head + opaque(self.tree_hash) + opaque(self.confirmed_transcript_hash) + vector(self.extensions)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Take one; MalformedError."""
        if reader.number(2) != MLS10:
            raise MalformedError("malformed.value", "version")
        suite, group_id, epoch = reader.number(2), reader.opaque(), reader.number(8)
        return cls(suite, group_id, epoch, reader.opaque(), reader.opaque(), read_extensions(reader))


@dataclass(frozen=True, slots=True)
class GroupInfo:
    """An epoch as a member tells it to somebody outside (§12.4.3). ``signer`` is the member's leaf."""

    context: GroupContext
    extensions: tuple[Extension, ...]
    confirmation_tag: bytes
    signer: int
    signature: bytes = b""

    def encode(self) -> bytes:
        """Return the bytes."""
        return self.signed_bytes() + opaque(self.signature)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Take one; MalformedError."""
        context, extensions = GroupContext.read(reader), read_extensions(reader)
        return cls(context, extensions, reader.opaque(), reader.number(4), reader.opaque())

    def signed_bytes(self) -> bytes:
        """Return what is signed (GroupInfoTBS)."""
        return self.context.encode() + vector(self.extensions) + opaque(self.confirmation_tag) + u32(self.signer)

    def with_signature(self, signature: bytes) -> "GroupInfo":
        """Return the same with a signature."""
        return replace(self, signature=signature)

    def verify(self, key: bytes) -> None:
        """Raise BrokenError signature.group_info unless ``key`` signed this."""
        verify_with_label(key, "GroupInfoTBS", self.signed_bytes(), self.signature, "signature.group_info")

    def tree_bytes(self, beside: bytes | None) -> bytes:
        """Return the ratchet tree, which comes inside or ``beside``; RefusedError welcome.no_tree."""
        for extension in self.extensions:
            if extension.kind == ExtensionType.RATCHET_TREE:
                return extension.data
        if beside is None:
            raise RefusedError("welcome.no_tree")
        return beside
