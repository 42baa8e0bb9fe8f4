"""Translations for one delegation alone: a key sealed to its accounts, and what is sealed under it (protocol.md §5)."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from portal.member.e2ee import aead
from portal.member.e2ee.box import BoxKey, seal_to
from portal.member.e2ee.refusal import Refusal, require
from portal.wire.ids import AccountId, DeviceId, Id, RoomId, id_bytes
from portal.wire.padding import PaddingError, content_class, is_content_class, pad, unpad

KEY_LABEL: Final = b"portal private key v1\0"
LABEL: Final = b"portal private v1\0"
PLAINTEXT_MAX_BYTES: Final = 45_052
"""What fits, sealed and as base64url, into one item."""
_OVERHEAD_BYTES: Final = aead.NONCE_BYTES + aead.TAG_BYTES


@dataclass(frozen=True, slots=True)
class PrivateRoomKey:
    """A key (32 bytes) for private translations in one room."""

    room: RoomId
    key: Id
    value: bytes = field(repr=False)


def new_private_key(room: RoomId, key: Id) -> PrivateRoomKey:
    """Return a fresh key called ``key``."""
    return PrivateRoomKey(room, key, secrets.token_bytes(aead.KEY_BYTES))


def seal_private_key(key: PrivateRoomKey, account: AccountId, box: bytes) -> bytes:
    """Return the key sealed to an account's newest box key (1,216 bytes): 1,168 bytes."""
    return seal_to(box, _key_info(key.room, key.key, account), key.value)


def open_private_key(
    sealed: bytes, place: tuple[RoomId, Id], account: AccountId, boxes: Sequence[BoxKey]
) -> PrivateRoomKey:
    """Open a key that was sealed to ``account``, whose box keys are ``boxes``, the newest last.

    ``place`` is the room in which it came and what it is called there.

    Raises:
        Refusal: private.key if it opens with none of them, or was sealed for another place or account.
    """
    room, key = place
    for box in reversed(boxes):
        value = box.open(_key_info(room, key, account), sealed)
        if value is not None and len(value) == aead.KEY_BYTES:
            return PrivateRoomKey(room, key, value)
    raise Refusal("private.key", key=key)


def seal_private(key: PrivateRoomKey, device: DeviceId, plaintext: bytes) -> bytes:
    """Seal a content as ``device`` writes it; Refusal item.too_large beyond PLAINTEXT_MAX_BYTES."""
    require(len(plaintext) <= PLAINTEXT_MAX_BYTES, "item.too_large", bytes=len(plaintext))
    return aead.seal(key.value, pad(plaintext, content_class(len(plaintext))), _aad(key, device))


def open_private(key: PrivateRoomKey, device: DeviceId, sealed: bytes) -> bytes:
    """Return the plaintext of what the device sealed in the key's room.

    Raises:
        Refusal: private.cipher for another key, room or device; item.padding.
    """
    require(is_content_class(len(sealed) - _OVERHEAD_BYTES), "private.cipher", key=key.key)
    padded = aead.open_sealed(key.value, sealed, _aad(key, device))
    if padded is None:
        raise Refusal("private.cipher", key=key.key)
    try:
        return unpad(padded)
    except PaddingError as error:
        raise Refusal("item.padding") from error


def _key_info(room: RoomId, key: Id, account: AccountId) -> bytes:
    return KEY_LABEL + id_bytes(room) + id_bytes(key) + id_bytes(account)


def _aad(key: PrivateRoomKey, device: DeviceId) -> bytes:
    return LABEL + id_bytes(key.room) + id_bytes(device) + id_bytes(key.key)
