"""The record's envelope and the chain of heads (docs/protocol.md §5)."""

import hashlib
import struct
from dataclasses import dataclass
from enum import IntEnum

from portal.wire.canonical import MAX_SAFE_INTEGER
from portal.wire.ids import ID_BYTES, DeviceId, Id, ItemId, RoomId, b64, id_bytes

VERSION = 1
HEADER_BYTES = 142
SIGNATURE_BYTES = 64
PREFIX_BYTES = HEADER_BYTES + SIGNATURE_BYTES
HASH_BYTES = 32
CONTENT_PADDED_MAX_BYTES = 65_536
CONTENT_BODY_MAX_BYTES = CONTENT_PADDED_MAX_BYTES + 60  # nonce 12, commitment 32, tag 16
COMMIT_BODY_MAX_BYTES = 1 << 20
_HEADER = struct.Struct(">BB16sQI16sQ16sQ32s32s")
_ITEM_AT = struct.calcsize(">BB16sQI16sQ")

ITEM_LABEL = b"portal item v1\0"
HEAD_LABEL = b"portal head v1\0"


class ItemKind(IntEnum):
    """What the body of an item is."""

    CONTENT = 1
    COMMIT = 2
    FOUNDING = 3


class MalformedEnvelopeError(ValueError):
    """Bytes that are no envelope of version 1."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One item of a room's record, as it travels and is stored.

    ``seen_head`` and ``body_sha256`` are 32 bytes, ``signature`` 64; ``bucket`` is a UTC day number.
    """

    kind: ItemKind
    room: RoomId
    epoch: int
    bucket: int
    device: DeviceId
    sequence: int
    item: ItemId
    seen_number: int
    seen_head: bytes
    body_sha256: bytes
    signature: bytes
    body: bytes

    @property
    def header(self) -> bytes:
        """The 142 signed bytes."""
        return _HEADER.pack(
            VERSION,
            self.kind,
            id_bytes(self.room),
            self.epoch,
            self.bucket,
            id_bytes(self.device),
            self.sequence,
            id_bytes(self.item),
            self.seen_number,
            self.seen_head,
            self.body_sha256,
        )

    @property
    def signed_bytes(self) -> bytes:
        """What the device key signs."""
        return ITEM_LABEL + self.header

    @property
    def item_hash(self) -> bytes:
        """SHA-256 over header and signature, 32 bytes; the body is bound by its hash in the header."""
        return hashlib.sha256(self.header + self.signature).digest()

    def encode(self) -> bytes:
        """Return the bytes that travel: header, signature, body."""
        return self.header + self.signature + self.body


def item_id_of(raw: bytes) -> ItemId:
    """Return the item id that is named in ``raw``, which holds at least a whole header; nothing else is read."""
    return ItemId(_id_text(raw[_ITEM_AT : _ITEM_AT + ID_BYTES]))


def decode_envelope(raw: bytes) -> Envelope:
    """Parse an envelope and check its shape, size and body hash; the signature is the caller's to verify.

    Raises:
        MalformedEnvelopeError: not version 1, unknown kind, wrong size, a number of 2^53 or more, or a body that is not
            the hashed one.
    """
    if len(raw) <= PREFIX_BYTES:
        msg = f"{len(raw)} bytes can not hold a header, a signature and a body"
        raise MalformedEnvelopeError(msg)
    fields = _HEADER.unpack_from(raw)
    kind = _checked_kind(fields[0], fields[1])
    if max(fields[3], fields[6], fields[8]) > MAX_SAFE_INTEGER:
        msg = "a number of 2^53 or more"
        raise MalformedEnvelopeError(msg)
    body = _checked_body(raw, kind, fields[10])
    return Envelope(
        kind=kind,
        room=RoomId(_id_text(fields[2])),
        epoch=fields[3],
        bucket=fields[4],
        device=DeviceId(_id_text(fields[5])),
        sequence=fields[6],
        item=ItemId(_id_text(fields[7])),
        seen_number=fields[8],
        seen_head=fields[9],
        body_sha256=fields[10],
        signature=raw[HEADER_BYTES:PREFIX_BYTES],
        body=body,
    )


def _checked_kind(version: int, kind: int) -> ItemKind:
    if version != VERSION:
        msg = f"version {version} is not {VERSION}"
        raise MalformedEnvelopeError(msg)
    try:
        return ItemKind(kind)
    except ValueError as error:
        raise MalformedEnvelopeError(str(error)) from error


def _checked_body(raw: bytes, kind: ItemKind, body_sha256: bytes) -> bytes:
    body = raw[PREFIX_BYTES:]
    limit = COMMIT_BODY_MAX_BYTES if kind is ItemKind.COMMIT else CONTENT_BODY_MAX_BYTES
    if len(body) > limit:
        msg = f"body of {len(body)} bytes exceeds {limit}"
        raise MalformedEnvelopeError(msg)
    if hashlib.sha256(body).digest() != body_sha256:
        msg = "the body is not the one whose hash the header holds"
        raise MalformedEnvelopeError(msg)
    return body


def first_head(room: RoomId) -> bytes:
    """Return head_0 of ``room``'s record, 32 bytes."""
    return hashlib.sha256(HEAD_LABEL + id_bytes(room)).digest()


def next_head(head: bytes, number: int, item_hash: bytes) -> bytes:
    """Return head_``number`` from the head before it and the item's hash, 32 bytes."""
    return hashlib.sha256(HEAD_LABEL + head + number.to_bytes(8, "big") + item_hash).digest()


def _id_text(raw: bytes) -> Id:
    return Id(b64(raw))
