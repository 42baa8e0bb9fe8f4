"""Messages of a group and what is signed of them (RFC 9420 §6.1, §6.2, §6.3, §8.2)."""

import hmac
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Self, TypeAlias

from portal.mls.codec import Reader, opaque, u8, u16, u32, u64
from portal.mls.commits import Commit
from portal.mls.context import GroupContext
from portal.mls.errors import MalformedError, RefusedError
from portal.mls.leaf import MLS10
from portal.mls.proposals import Proposal, read_proposal, write_proposal
from portal.mls.suites import Suite, ref_hash, verify_with_label
from portal.mls.wire_format import WireFormat, write_message


class ContentType(IntEnum):
    """§6."""

    APPLICATION = 1
    PROPOSAL = 2
    COMMIT = 3


class SenderType(IntEnum):
    """§6. Only members are ever accepted here; the others are read, so that the refusal can say what it was."""

    MEMBER = 1
    EXTERNAL = 2
    NEW_MEMBER_PROPOSAL = 3
    NEW_MEMBER_COMMIT = 4


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sent a message (§6): a member's leaf index, or an external sender's number."""

    kind: SenderType
    index: int = 0

    def encode(self) -> bytes:
        """Return the bytes."""
        numbered = self.kind in {SenderType.MEMBER, SenderType.EXTERNAL}
        return u8(self.kind) + (u32(self.index) if numbered else b"")

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Take one; MalformedError."""
        number = reader.number(1)
        if number not in set(SenderType):
            raise MalformedError("malformed.value", f"sender {number}")
        kind = SenderType(number)
        numbered = kind in {SenderType.MEMBER, SenderType.EXTERNAL}
        return cls(kind, reader.number(4) if numbered else 0)


Content: TypeAlias = bytes | Proposal | Commit
"""Application data, a proposal, or a commit."""


def content_type(content: Content) -> ContentType:
    """Return the type of what a message holds."""
    if isinstance(content, bytes):
        return ContentType.APPLICATION
    return ContentType.COMMIT if isinstance(content, Commit) else ContentType.PROPOSAL


def write_content(content: Content) -> bytes:
    """Return the content without its type."""
    if isinstance(content, bytes):
        return opaque(content)
    return content.encode() if isinstance(content, Commit) else write_proposal(content)


def read_content_type(reader: Reader) -> ContentType:
    """Take a content type; MalformedError."""
    number = reader.number(1)
    if number not in set(ContentType):
        raise MalformedError("malformed.value", f"content type {number}")
    return ContentType(number)


def read_content(reader: Reader, kind: ContentType) -> Content:
    """Take content of this type; MalformedError."""
    if kind is ContentType.APPLICATION:
        return reader.opaque()
    return Commit.read(reader) if kind is ContentType.COMMIT else read_proposal(reader)


@dataclass(frozen=True, slots=True)
class FramedContent:
    """What a message says, and for which group and epoch (§6)."""

    group_id: bytes
    epoch: int
    sender: Sender
    authenticated_data: bytes
    content: Content

    def encode(self) -> bytes:
        """Return the bytes."""
        head = opaque(self.group_id) + u64(self.epoch) + self.sender.encode() + opaque(self.authenticated_data)
        return head + u8(content_type(self.content)) + write_content(self.content)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Take one; MalformedError."""
        group_id, epoch, sender = reader.opaque(), reader.number(8), Sender.read(reader)
        authenticated_data, kind = reader.opaque(), read_content_type(reader)
        return cls(group_id, epoch, sender, authenticated_data, read_content(reader, kind))


@dataclass(frozen=True, slots=True)
class AuthenticatedContent:
    """A message's content with what proves it (§6): a signature of 64 bytes, and for commits the confirmation tag."""

    wire_format: WireFormat
    framed: FramedContent
    signature: bytes
    confirmation_tag: bytes = b""

    def encode(self) -> bytes:
        """Return the bytes."""
        return u16(self.wire_format) + self.framed.encode() + self.auth_bytes()

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Take one; MalformedError."""
        number = reader.number(2)
        if number not in {WireFormat.PUBLIC_MESSAGE, WireFormat.PRIVATE_MESSAGE}:
            raise MalformedError("malformed.value", f"wire format {number}")
        framed = FramedContent.read(reader)
        return cls(WireFormat(number), framed, *read_auth(reader, content_type(framed.content)))

    def auth_bytes(self) -> bytes:
        """Return FramedContentAuthData (§6.1)."""
        tag = opaque(self.confirmation_tag) if isinstance(self.framed.content, Commit) else b""
        return opaque(self.signature) + tag

    def signed_bytes(self, context: GroupContext) -> bytes:
        """Return what a member signs (§6.1, FramedContentTBS)."""
        return u16(MLS10) + u16(self.wire_format) + self.framed.encode() + context.encode()

    def tagged_bytes(self, context: GroupContext) -> bytes:
        """Return what the membership tag covers (§6.2, AuthenticatedContentTBM)."""
        return self.signed_bytes(context) + self.auth_bytes()

    def transcript_bytes(self) -> bytes:
        """Return a commit's part of the transcript (§8.2, ConfirmedTranscriptHashInput)."""
        return u16(self.wire_format) + self.framed.encode() + opaque(self.signature)

    def verify(self, key: bytes, context: GroupContext) -> None:
        """Raise BrokenError signature.message unless ``key`` signed this in the epoch of ``context``."""
        signed = self.signed_bytes(context)
        verify_with_label(key, "FramedContentTBS", signed, self.signature, "signature.message")

    def proposal_ref(self, suite: Suite) -> bytes:
        """Return the reference of a proposal (§5.2)."""
        return ref_hash(suite, "MLS 1.0 Proposal Reference", self.encode())

    def with_signature(self, signature: bytes) -> "AuthenticatedContent":
        """Return the same with a signature."""
        return replace(self, signature=signature)

    def with_confirmation_tag(self, tag: bytes) -> "AuthenticatedContent":
        """Return the same with a confirmation tag."""
        return replace(self, confirmation_tag=tag)


def read_auth(reader: Reader, kind: ContentType) -> tuple[bytes, bytes]:
    """Take FramedContentAuthData: the signature and, for commits, the confirmation tag; MalformedError."""
    signature = reader.opaque()
    return signature, reader.opaque() if kind is ContentType.COMMIT else b""


@dataclass(frozen=True, slots=True)
class PublicMessage:
    """A message that everybody can read (§6.2). Only members of the group can make and check its membership tag."""

    authenticated: AuthenticatedContent
    membership_tag: bytes = b""

    def encode(self) -> bytes:
        """Return the bytes, without an MLSMessage around them."""
        framed = self.authenticated.framed
        tag = opaque(self.membership_tag) if framed.sender.kind is SenderType.MEMBER else b""
        return framed.encode() + self.authenticated.auth_bytes() + tag

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Take one; MalformedError. Application data is for whoever processes the message to refuse."""
        framed = FramedContent.read(reader)
        signature, tag = read_auth(reader, content_type(framed.content))
        authenticated = AuthenticatedContent(WireFormat.PUBLIC_MESSAGE, framed, signature, tag)
        return cls(authenticated, reader.opaque() if framed.sender.kind is SenderType.MEMBER else b"")

    def message(self) -> bytes:
        """Return the MLSMessage."""
        return write_message(WireFormat.PUBLIC_MESSAGE, self.encode())


@dataclass(frozen=True, slots=True)
class PrivateMessage:
    """A message that members alone can read (§6.3)."""

    group_id: bytes
    epoch: int
    kind: ContentType
    authenticated_data: bytes
    encrypted_sender_data: bytes
    ciphertext: bytes

    def encode(self) -> bytes:
        """Return the bytes, without an MLSMessage around them."""
        return self.associated_data() + opaque(self.encrypted_sender_data) + opaque(self.ciphertext)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Take one; MalformedError."""
        group_id, epoch, kind = reader.opaque(), reader.number(8), read_content_type(reader)
        return cls(group_id, epoch, kind, reader.opaque(), reader.opaque(), reader.opaque())

    def associated_data(self) -> bytes:
        """Return what the content's cipher authenticates (§6.3.1, PrivateContentAAD)."""
        return self.sender_associated_data() + opaque(self.authenticated_data)

    def sender_associated_data(self) -> bytes:
        """Return what the sender data's cipher authenticates (§6.3.2, SenderDataAAD)."""
        return opaque(self.group_id) + u64(self.epoch) + u8(self.kind)

    def message(self) -> bytes:
        """Return the MLSMessage."""
        return write_message(WireFormat.PRIVATE_MESSAGE, self.encode())


def confirmed_transcript_hash(suite: Suite, interim: bytes, commit: AuthenticatedContent) -> bytes:
    """Return the confirmed transcript hash after ``commit`` (§8.2)."""
    return suite.digest(interim + commit.transcript_bytes())


def interim_transcript_hash(suite: Suite, confirmed: bytes, confirmation_tag: bytes) -> bytes:
    """Return the interim transcript hash, from which the next confirmed one is made (§8.2)."""
    return suite.digest(confirmed + opaque(confirmation_tag))


def require_place(framed: FramedContent, context: GroupContext) -> None:
    """Raise RefusedError group.other or epoch.other unless a message is for this group and epoch."""
    if not hmac.compare_digest(framed.group_id, context.group_id):
        raise RefusedError("group.other")
    if framed.epoch != context.epoch:
        raise RefusedError("epoch.other", f"epoch {framed.epoch} in {context.epoch}")
