"""The rules of "Who accepts what" (docs/protocol.md §5), each with the code that refuses."""

import hashlib
from typing import Final, NamedTuple

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from portal.server.core.db import Unit
from portal.server.rooms.memory import DeviceMemory, MemberMemory, RoomMemory
from portal.server.rooms.requests import Sender
from portal.wire.envelope import (
    COMMIT_BODY_MAX_BYTES,
    CONTENT_BODY_MAX_BYTES,
    HEADER_BYTES,
    ITEM_LABEL,
    PREFIX_BYTES,
    Envelope,
    ItemKind,
    MalformedEnvelopeError,
    decode_envelope,
)
from portal.wire.errors import PeerError, UserError
from portal.wire.ids import RoomId

DAY_S: Final = 86_400
CLOCK_DAYS: Final = 1
"""How far, in days, a commit's date may be from the server's."""


class Item(NamedTuple):
    """An envelope with its bytes and its hash (32 bytes)."""

    envelope: Envelope
    raw: bytes
    item_hash: bytes


def open_item(raw: bytes, kind: ItemKind, room: RoomId) -> Item:
    """Decode ``raw``, which must be of this kind and of this room.

    Raises:
        PeerError: item.too_large or item.malformed.
    """
    limit = PREFIX_BYTES + (COMMIT_BODY_MAX_BYTES if kind is ItemKind.COMMIT else CONTENT_BODY_MAX_BYTES)
    if len(raw) > limit:
        raise PeerError("item.too_large", limit_bytes=limit)
    try:
        envelope = decode_envelope(raw)
    except MalformedEnvelopeError as error:
        raise PeerError("item.malformed", reason=str(error)) from None
    if envelope.kind is not kind:
        raise PeerError("item.malformed", reason="kind")
    if envelope.room != room:
        raise PeerError("item.malformed", reason="room")
    return Item(envelope, raw, hashlib.sha256(raw[:PREFIX_BYTES]).digest())


def check_signature(item: Item, sender: Sender, key: VerifyKey) -> None:
    """Raise PeerError item.forged unless the session's own device signed the item with ``key``."""
    if item.envelope.device != sender.device:
        raise PeerError("item.forged")
    try:
        key.verify(ITEM_LABEL + item.raw[:HEADER_BYTES], item.envelope.signature)
    except BadSignatureError:
        raise PeerError("item.forged") from None


def check_member(room: RoomMemory | None, sender: Sender) -> tuple[RoomMemory, MemberMemory]:
    """Return the room and the sender's membership.

    Raises:
        UserError: room.not_found, if there is no such room or the account is not in it, or suspended.
    """
    member = None if room is None else room.members.get(sender.account)
    if room is None or member is None or member.disabled:
        raise UserError("room.not_found")
    return room, member


def check_device(unit: Unit, room: RoomMemory, item: Item, sender: Sender) -> DeviceMemory:
    """Return what is known of the device that signed.

    Raises:
        PeerError: item.forged, if it is not the session's, or the signature is wrong.
        UserError: session.device_required, if it was revoked.
    """
    device = room.device(unit, sender.device)
    if device is None or device.account != sender.account:
        raise PeerError("item.forged")
    if device.revoked:
        raise UserError("session.device_required")
    check_signature(item, sender, device.key)
    return device


def check_active(room: RoomMemory) -> None:
    """Raise UserError room.archived for a room that takes nothing more."""
    if room.state == "archived":
        raise UserError("room.archived")


def check_place(unit: Unit, room: RoomMemory, device: DeviceMemory, envelope: Envelope) -> None:
    """Check that the item follows its device's last one and stands on the same record as the server's.

    Raises:
        UserError: item.sequence with the number ``expected``; record.fork with the ``seen`` number.
    """
    expected = device.sequence + 1
    if envelope.sequence != expected:
        raise UserError("item.sequence", expected=expected)
    if room.head_at(unit, envelope.seen_number) != envelope.seen_head:
        raise UserError("record.fork", seen=envelope.seen_number, number=room.number)


def check_content_epoch(room: RoomMemory, epoch: int, bucket: int) -> None:
    """Check that content is sealed under the current epoch or the one before.

    Raises:
        UserError: item.stale_epoch with the current ``epoch``.
        PeerError: item.malformed, if the bucket is not the epoch's.
    """
    if epoch not in {room.epoch, room.epoch - 1}:
        raise UserError("item.stale_epoch", epoch=room.epoch)
    if bucket != (room.bucket if epoch == room.epoch else room.previous_bucket):
        raise PeerError("item.malformed", reason="bucket")


def check_commit_epoch(unit: Unit, room: RoomMemory, envelope: Envelope) -> None:
    """Check that a commit ends the current epoch, whose beginning its author has seen, and is not dated back.

    Raises:
        UserError: room.epoch_taken with the current ``epoch``; item.clock.
        PeerError: item.malformed.
    """
    if envelope.epoch != room.epoch:
        raise UserError("room.epoch_taken", epoch=room.epoch, number=room.number)
    if envelope.seen_number < room.began:
        raise PeerError("item.malformed", reason="seen")
    check_clock(unit, envelope.bucket, not_before=room.bucket)


def check_clock(unit: Unit, bucket: int, *, not_before: int = 0) -> None:
    """Raise UserError item.clock unless ``bucket`` is the server's day or a neighbour of it, and not dated back."""
    today = unit.now_s // DAY_S
    if bucket < not_before or abs(bucket - today) > CLOCK_DAYS:
        raise UserError("item.clock", bucket=bucket, today=today)
