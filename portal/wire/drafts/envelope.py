"""The envelope of a draft's items and the chain of heads of each of its streams (docs/protocol.md §10)."""

import hashlib
import struct
from typing import Final, NamedTuple

from portal.wire.canonical import MAX_SAFE_INTEGER
from portal.wire.drafts.padding import SEALED_EXTRA_BYTES, is_size_class, smallest_class
from portal.wire.drafts.streams import KINDS, DraftItemKind, Stream, StreamKind, stream_of
from portal.wire.ids import DeviceId, DraftId, Id, ItemId, RoomId, b64, id_bytes

VERSION: Final = 1
HEADER_BYTES: Final = 175
SIGNATURE_BYTES: Final = 64
PREFIX_BYTES: Final = HEADER_BYTES + SIGNATURE_BYTES
HASH_BYTES: Final = 32
CONTEXT_BYTES: Final = HEADER_BYTES - HASH_BYTES
"""The header without the body's hash: what the cipher of a sealed body authenticates."""
PLAIN_BODY_MAX_BYTES: Final = 1 << 19
"""A body that is not sealed: founding, rights, countersign."""
SEALED_PADDED_MAX_BYTES: Final = 1 << 20
STATE_PADDED_MAX_BYTES: Final = 4 << 20
ENVELOPE_MAX_BYTES: Final = PREFIX_BYTES + STATE_PADDED_MAX_BYTES + SEALED_EXTRA_BYTES
"""The longest envelope of any kind."""

ITEM_LABEL: Final = b"portal draft item v1\0"
HEAD_LABEL: Final = b"portal draft head v1\0"
KEY_LABEL: Final = b"portal draft key v1\0"
CONTENT_LABEL: Final = b"portal draft content v1\0"

_HEADER: Final = struct.Struct(">BB16s16sB16sQI16sQ16sQ32s32s")
_STATES: Final = frozenset({DraftItemKind.SNAPSHOT, DraftItemKind.REVISION})
_PLAIN: Final = frozenset({DraftItemKind.FOUNDING, DraftItemKind.RIGHTS, DraftItemKind.COUNTERSIGN})


class MalformedDraftItemError(ValueError):
    """Bytes that are no item of a draft, version 1."""


class DraftEnvelope(NamedTuple):
    """One item of a draft's stream, as it travels and is stored.

    ``seen_head`` and ``body_sha256`` are 32 bytes, ``signature`` 64; ``bucket`` is the UTC day number of ``epoch``.
    ``seen_number`` and ``seen_head`` are of the same stream.
    """

    kind: DraftItemKind
    room: RoomId
    draft: DraftId
    stream: Stream
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
        """The 175 signed bytes."""
        return _HEADER.pack(
            VERSION,
            self.kind,
            id_bytes(self.room),
            id_bytes(self.draft),
            self.stream.kind,
            id_bytes(self.stream.owner),
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

    @property
    def content_aad(self) -> bytes:
        """What the cipher of a sealed body authenticates: label and header without the body's hash."""
        return CONTENT_LABEL + self.header[:CONTEXT_BYTES]

    @property
    def key_info(self) -> bytes:
        """The HKDF info of this item's secret (64 bytes from the epoch's record key)."""
        place = bytes([self.stream.kind]) + id_bytes(self.stream.owner) + id_bytes(self.device)
        return KEY_LABEL + id_bytes(self.draft) + place + self.sequence.to_bytes(8, "big") + id_bytes(self.item)

    def encode(self) -> bytes:
        """Return the bytes that travel: header, signature, body."""
        return self.header + self.signature + self.body


def is_sealed(kind: DraftItemKind) -> bool:
    """Tell whether bodies of this kind are sealed; the others are canonical JSON that the server reads, too."""
    return kind not in _PLAIN


def body_max_bytes(kind: DraftItemKind) -> int:
    """Return the longest body of this kind, in bytes, as it travels."""
    return SEALED_EXTRA_BYTES + padded_max_bytes(kind) if is_sealed(kind) else PLAIN_BODY_MAX_BYTES


def padded_max_bytes(kind: DraftItemKind) -> int:
    """Return the longest padded plaintext of a sealed kind, in bytes."""
    return STATE_PADDED_MAX_BYTES if kind in _STATES else SEALED_PADDED_MAX_BYTES


def item_place_of(raw: bytes) -> tuple[DraftId, Stream, ItemId] | None:
    """Return draft, stream and item id that ``raw`` names, which holds at least a whole header; None for no stream.

    Nothing else is read or checked.
    """
    fields = _HEADER.unpack_from(raw)
    stream = stream_of(fields[4], fields[5])
    return None if stream is None else (DraftId(_id(fields[3])), stream, ItemId(_id(fields[10])))


def decode_draft_item(raw: bytes) -> DraftEnvelope:
    """Parse an envelope; check shape, size, padding class and body hash. The signature is the caller's to verify.

    Raises:
        MalformedDraftItemError: not version 1, an unknown kind or stream, a kind that the stream does not take, a wrong
            size or padding class, a number of 2^53 or more, or a body that is not the hashed one.
    """
    _require(len(raw) > PREFIX_BYTES, f"{len(raw)} bytes can not hold a header, a signature and a body")
    fields = _HEADER.unpack_from(raw)
    _require(fields[0] == VERSION, f"version {fields[0]} is not {VERSION}")
    stream = stream_of(fields[4], fields[5])
    if stream is None:
        msg = "a stream of an unknown kind, or of another owner than its kind has"
        raise MalformedDraftItemError(msg)
    _require(fields[1] in KINDS[stream.kind], f"kind {fields[1]} has no place in this stream")
    _require(max(fields[6], fields[9], fields[11]) <= MAX_SAFE_INTEGER, "a number of 2^53 or more")
    kind = DraftItemKind(fields[1])
    body = raw[PREFIX_BYTES:]
    _check_size(kind, stream.kind, len(body))
    _require(hashlib.sha256(body).digest() == fields[13], "the body is not the one whose hash the header holds")
    return DraftEnvelope(
        kind=kind,
        room=RoomId(_id(fields[2])),
        draft=DraftId(_id(fields[3])),
        stream=stream,
        epoch=fields[6],
        bucket=fields[7],
        device=DeviceId(_id(fields[8])),
        sequence=fields[9],
        item=ItemId(_id(fields[10])),
        seen_number=fields[11],
        seen_head=fields[12],
        body_sha256=fields[13],
        signature=raw[HEADER_BYTES:PREFIX_BYTES],
        body=body,
    )


def _check_size(kind: DraftItemKind, stream: StreamKind, body_bytes: int) -> None:
    _require(body_bytes <= body_max_bytes(kind), f"a body of {body_bytes} bytes exceeds {body_max_bytes(kind)}")
    if is_sealed(kind):
        padded_bytes = body_bytes - SEALED_EXTRA_BYTES
        _require(is_size_class(padded_bytes, smallest_class(kind, stream)), "the body's size is no padding class")


def first_draft_head(draft: DraftId, stream: Stream) -> bytes:
    """Return head_0 of one stream of ``draft``, 32 bytes."""
    return hashlib.sha256(HEAD_LABEL + id_bytes(draft) + bytes([stream.kind]) + id_bytes(stream.owner)).digest()


def next_draft_head(head: bytes, number: int, at_ms: int, item_hash: bytes) -> bytes:
    """Return head_``number`` from the head before it, the server's time of the item, and the item's hash; 32 bytes.

    With the time, since deadlines and rights hang on it: who has the same head was told the same times.
    """
    place = number.to_bytes(8, "big") + at_ms.to_bytes(8, "big")
    return hashlib.sha256(HEAD_LABEL + head + place + item_hash).digest()


def _id(raw: bytes) -> Id:
    return Id(b64(raw))


def _require(condition: bool, otherwise: str) -> None:  # noqa: FBT001 - an assertion reads best this way
    if not condition:
        raise MalformedDraftItemError(otherwise)
