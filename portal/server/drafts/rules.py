"""The rules for a draft's items (docs/protocol.md §10, Who accepts what), each with the code that refuses."""

import hashlib
from typing import NamedTuple

from nacl.exceptions import BadSignatureError

from portal.server.core.db import Unit
from portal.server.drafts.memory import DraftMemory
from portal.server.rooms.memory import RoomMemory
from portal.server.rooms.requests import Sender
from portal.wire.drafts.envelope import (
    ENVELOPE_MAX_BYTES,
    HEADER_BYTES,
    ITEM_LABEL,
    PREFIX_BYTES,
    DraftEnvelope,
    MalformedDraftItemError,
    decode_draft_item,
)
from portal.wire.errors import PeerError, UserError
from portal.wire.ids import RoomId


class DraftPlace(NamedTuple):
    """An envelope with its bytes and its hash (32 bytes)."""

    envelope: DraftEnvelope
    raw: bytes
    item_hash: bytes


def open_item(raw: bytes, room: RoomId) -> DraftPlace:
    """Decode ``raw``, which must be of this room.

    Raises:
        PeerError: item.too_large or item.malformed.
    """
    if len(raw) > ENVELOPE_MAX_BYTES:
        raise PeerError("item.too_large", limit_bytes=ENVELOPE_MAX_BYTES)
    try:
        envelope = decode_draft_item(raw)
    except MalformedDraftItemError as error:
        raise PeerError("item.malformed", reason=str(error)) from None
    if envelope.room != room:
        raise PeerError("item.malformed", reason="room")
    return DraftPlace(envelope, raw, hashlib.sha256(raw[:PREFIX_BYTES]).digest())


def check_device(unit: Unit, room: RoomMemory, place: DraftPlace, sender: Sender) -> None:
    """Check that the session's own device, unrevoked, signed the item.

    Raises:
        PeerError: item.forged.
        UserError: session.device_required, if the device was revoked.
    """
    device = room.device(unit, sender.device)
    if device is None or device.account != sender.account or place.envelope.device != sender.device:
        raise PeerError("item.forged")
    if device.revoked:
        raise UserError("session.device_required")
    try:
        device.key.verify(ITEM_LABEL + place.raw[:HEADER_BYTES], place.envelope.signature)
    except BadSignatureError:
        raise PeerError("item.forged") from None


def check_place(unit: Unit, draft: DraftMemory, envelope: DraftEnvelope) -> None:
    """Check that the item follows its device's last one in the stream and stands on the same chain as the server's.

    Raises:
        UserError: item.sequence with the number ``expected``; draft.behind with ``base``, if what its author has seen
            is purged; record.fork with the ``seen`` number.
    """
    stream = draft.stream(envelope.stream)
    expected = stream.sequence_of(unit, envelope.device) + 1
    if envelope.sequence != expected:
        raise UserError("item.sequence", expected=expected)
    if envelope.seen_number < stream.base_number:
        raise UserError("draft.behind", base=stream.base_number)
    if stream.head_at(unit, envelope.seen_number) != envelope.seen_head:
        raise UserError("record.fork", seen=envelope.seen_number, number=stream.number)
