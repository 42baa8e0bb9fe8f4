"""Making and opening messages with an epoch's keys (RFC 9420 §6.2, §6.3)."""

import secrets
from dataclasses import dataclass
from typing import Final

from portal.mls.codec import Reader, decode, u32
from portal.mls.context import GroupContext
from portal.mls.derive import expand_with_label, mac, verify_mac
from portal.mls.errors import MalformedError, RefusedError
from portal.mls.framing import (
    AuthenticatedContent,
    ContentType,
    FramedContent,
    PrivateMessage,
    PublicMessage,
    Sender,
    SenderType,
    content_type,
    read_auth,
    read_content,
    write_content,
)
from portal.mls.sealing import open_sealed, seal
from portal.mls.secret_tree import MessageKey, RatchetKind, SecretTree
from portal.mls.suites import Suite
from portal.mls.wire_format import WireFormat

REUSE_GUARD_BYTES: Final = 4


@dataclass(frozen=True, slots=True)
class SenderData:
    """Who sent a private message, with which key (§6.3.2)."""

    leaf: int
    generation: int
    reuse_guard: bytes

    def encode(self) -> bytes:
        """Return the 12 bytes."""
        return u32(self.leaf) + u32(self.generation) + self.reuse_guard

    @classmethod
    def read(cls, reader: Reader) -> "SenderData":
        """Take them; MalformedError."""
        return cls(reader.number(4), reader.number(4), reader.take(REUSE_GUARD_BYTES))


def protect_public(suite: Suite, message: AuthenticatedContent, membership_key: bytes, context: GroupContext) -> bytes:
    """Return the MLSMessage of a member's public message, with its membership tag (§6.2)."""
    return PublicMessage(message, mac(suite, membership_key, message.tagged_bytes(context))).message()


def open_public(suite: Suite, message: PublicMessage, membership_key: bytes, context: GroupContext) -> None:
    """Raise BrokenError tag.membership unless a member of this epoch made the message (§6.2)."""
    tagged = message.authenticated.tagged_bytes(context)
    verify_mac(suite, membership_key, tagged, message.membership_tag, "tag.membership")


def protect_private(
    suite: Suite, message: AuthenticatedContent, sender_data_secret: bytes, keys: SecretTree, padding_bytes: int = 0
) -> tuple[bytes, SecretTree]:
    """Return the MLSMessage of a private message, and the keys without the one that it took (§6.3)."""
    framed, kind = message.framed, content_type(message.framed.content)
    leaf = framed.sender.index
    rest, generation, key = keys.next_key(leaf, _ratchet(kind))
    sender = SenderData(leaf, generation, secrets.token_bytes(REUSE_GUARD_BYTES))
    head = PrivateMessage(framed.group_id, framed.epoch, kind, framed.authenticated_data, b"", b"")
    plaintext = write_content(framed.content) + message.auth_bytes() + bytes(padding_bytes)
    ciphertext = seal(suite, key.key, _guarded(key, sender), plaintext, head.associated_data())
    sample = _sender_key(suite, sender_data_secret, ciphertext)
    hidden = seal(suite, sample.key, sample.nonce, sender.encode(), head.sender_associated_data())
    sealed = PrivateMessage(framed.group_id, framed.epoch, kind, framed.authenticated_data, hidden, ciphertext)
    return sealed.message(), rest


def open_private(
    suite: Suite, message: PrivateMessage, sender_data_secret: bytes, keys: SecretTree, own_leaf: int
) -> tuple[AuthenticatedContent, SecretTree]:
    """Open a private message: what it says, unverified, and the keys without the one that it took (§6.3).

    The signature in it is the caller's to check.

    Raises:
        MlsError: cipher.message, sender.own, sender.unknown, generation.used, generation.far, MalformedError.
    """
    sender = open_sender_data(suite, message, sender_data_secret)
    if sender.leaf == own_leaf:
        raise RefusedError("sender.own")
    rest, key = keys.key(sender.leaf, _ratchet(message.kind), sender.generation)
    associated, nonce = message.associated_data(), _guarded(key, sender)
    plaintext = open_sealed(suite, key.key, nonce, message.ciphertext, associated, code="cipher.message")
    return _read_plaintext(message, sender.leaf, plaintext), rest


def open_sender_data(suite: Suite, message: PrivateMessage, sender_data_secret: bytes) -> SenderData:
    """Open who sent a private message (§6.3.2); BrokenError cipher.message, MalformedError."""
    sample = _sender_key(suite, sender_data_secret, message.ciphertext)
    hidden, associated = message.encrypted_sender_data, message.sender_associated_data()
    opened = open_sealed(suite, sample.key, sample.nonce, hidden, associated, code="cipher.message")
    return decode(SenderData, opened)


def _read_plaintext(message: PrivateMessage, leaf: int, plaintext: bytes) -> AuthenticatedContent:
    """§6.3.1, PrivateMessageContent."""
    reader = Reader(plaintext)
    content = read_content(reader, message.kind)
    signature, tag = read_auth(reader, message.kind)
    if any(reader.rest()):
        raise MalformedError("malformed.padding")
    sender = Sender(SenderType.MEMBER, leaf)
    framed = FramedContent(message.group_id, message.epoch, sender, message.authenticated_data, content)
    return AuthenticatedContent(WireFormat.PRIVATE_MESSAGE, framed, signature, tag)


def _ratchet(kind: ContentType) -> RatchetKind:
    return RatchetKind.APPLICATION if kind is ContentType.APPLICATION else RatchetKind.HANDSHAKE


def _guarded(key: MessageKey, sender: SenderData) -> bytes:
    """Mix the guard into the nonce: the second line of defence against its reuse (§6.3.1)."""
    head = bytes(one ^ other for one, other in zip(key.nonce, sender.reuse_guard, strict=False))
    return head + key.nonce[REUSE_GUARD_BYTES:]


def _sender_key(suite: Suite, sender_data_secret: bytes, ciphertext: bytes) -> MessageKey:
    """§6.3.2; a ciphertext shorter than the sample can not be one."""
    sample = ciphertext[: suite.hash_bytes]
    key = expand_with_label(suite, sender_data_secret, "key", sample, suite.key_bytes)
    nonce = expand_with_label(suite, sender_data_secret, "nonce", sample, suite.nonce_bytes)
    return MessageKey(key, nonce)
