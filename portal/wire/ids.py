"""Identifiers and base64url text (docs/protocol.md, Conventions)."""

import binascii
import secrets
from typing import Final, NewType

ID_BYTES = 16

Id = NewType("Id", str)
"""Any identifier: 16 random bytes as 22 characters of base64url without padding."""
AccountId = NewType("AccountId", Id)
DeviceId = NewType("DeviceId", Id)
DelegationId = NewType("DelegationId", Id)
RoomId = NewType("RoomId", Id)
ItemId = NewType("ItemId", Id)
BlobId = NewType("BlobId", Id)
DraftId = NewType("DraftId", Id)
InvitationId = NewType("InvitationId", Id)

# Tables instead of regular expressions and a second encoding: this is on the path of every item.
_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_ALPHABET_BYTES: Final = _ALPHABET.encode("ascii")
_TO_URL: Final = bytes.maketrans(b"+/", b"-_")
_FROM_URL: Final = bytes.maketrans(b"-_", b"+/")
# By the text's length modulo 4: the characters that it may end with (spare bits zero), and the padding left out.
_LAST: Final = {0: frozenset(_ALPHABET), 2: frozenset(_ALPHABET[::16]), 3: frozenset(_ALPHABET[::4])}
_PADDING: Final = {0: b"", 2: b"==", 3: b"="}


def b64(raw: bytes) -> str:
    """Return ``raw`` as base64url without padding (RFC 4648 §5)."""
    return binascii.b2a_base64(raw, newline=False).translate(_TO_URL).rstrip(b"=").decode("ascii")


def unb64(text: str, length_bytes: int | None = None) -> bytes:
    """Return the bytes of canonical base64url ``text``.

    Raises:
        ValueError: another alphabet, padding, non-zero spare bits, or not ``length_bytes`` bytes long.
    """
    encoded = text.encode("ascii", "replace")
    if encoded.translate(None, _ALPHABET_BYTES):
        msg = "not base64url without padding"
        raise ValueError(msg)
    tail = len(text) % 4
    if tail == 1 or (text and text[-1] not in _LAST[tail]):
        msg = "base64url text is not canonical"
        raise ValueError(msg)
    raw = binascii.a2b_base64(encoded.translate(_FROM_URL) + _PADDING[tail])
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
