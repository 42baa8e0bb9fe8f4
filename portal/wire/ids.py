"""Identifiers and base64url text (docs/protocol.md, Conventions)."""

import base64
import binascii
import re
import secrets
from typing import NewType

ID_BYTES = 16

Id = NewType("Id", str)
"""Any identifier: 16 random bytes as 22 characters of base64url without padding."""
AccountId = NewType("AccountId", Id)
DeviceId = NewType("DeviceId", Id)
DelegationId = NewType("DelegationId", Id)
RoomId = NewType("RoomId", Id)
ItemId = NewType("ItemId", Id)
BlobId = NewType("BlobId", Id)
InvitationId = NewType("InvitationId", Id)

_B64_TEXT = re.compile(r"[A-Za-z0-9_-]*\Z")


def b64(raw: bytes) -> str:
    """Return ``raw`` as base64url without padding (RFC 4648 §5)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def unb64(text: str, length_bytes: int | None = None) -> bytes:
    """Return the bytes of canonical base64url ``text``.

    Raises:
        ValueError: another alphabet, padding, non-zero spare bits, or not ``length_bytes`` bytes long.
    """
    if not _B64_TEXT.match(text):
        msg = "not base64url without padding"
        raise ValueError(msg)
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError(str(error)) from error
    if b64(raw) != text:
        msg = "base64url text is not canonical"
        raise ValueError(msg)
    if length_bytes is not None and len(raw) != length_bytes:
        msg = f"{len(raw)} bytes where {length_bytes} are due"
        raise ValueError(msg)
    return raw


def new_id() -> Id:
    """Return a fresh random identifier."""
    return Id(b64(secrets.token_bytes(ID_BYTES)))


def id_bytes(identifier: str) -> bytes:
    """Return the 16 bytes of ``identifier``; ValueError if it is none."""
    return unb64(identifier, ID_BYTES)


def is_id(text: object) -> bool:
    """Tell whether ``text`` is a well-formed identifier."""
    if not isinstance(text, str):
        return False
    try:
        id_bytes(text)
    except ValueError:
        return False
    return True
