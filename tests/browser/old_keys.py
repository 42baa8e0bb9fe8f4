"""Try every 32 bytes that somebody ever held as the key of an item (docs/protocol.md §4, §5, from the Python side)."""

import hashlib
import hmac
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from portal.wire.envelope import Envelope, decode_envelope
from portal.wire.ids import id_bytes

KEY_BYTES: Final = 32


@dataclass(frozen=True)
class Sealed:
    """An item of content, with the server's half of its key: what a removed member gets if the server helps."""

    envelope: Envelope
    share: bytes


def last_content(database: Path, room: str) -> Sealed:
    """The newest item of content in a room's record, as the server holds it."""
    query = "SELECT bucket, envelope FROM record_item WHERE room_id = ? AND kind = 1 ORDER BY number DESC LIMIT 1"
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        bucket, raw = connection.execute(query, (room,)).fetchone()
        found = connection.execute("SELECT share FROM shred_share WHERE room_id = ? AND bucket = ?", (room, bucket))
        (share,) = found.fetchone()
    finally:
        connection.close()
    return Sealed(decode_envelope(raw), share)


def opens(sealed: Sealed, held: Iterable[bytes]) -> bool:
    """Whether any 32 consecutive bytes of what is ``held`` are the exporter value or the record key of the item."""
    return any(_fits(sealed, window) for window in _windows(held))


def _windows(held: Iterable[bytes]) -> set[bytes]:
    return {raw[at : at + KEY_BYTES] for raw in held for at in range(len(raw) - KEY_BYTES + 1)}


def _fits(sealed: Sealed, candidate: bytes) -> bool:
    return _commits(sealed, candidate) or _commits(sealed, _record_key(sealed, candidate))


def _record_key(sealed: Sealed, exporter_value: bytes) -> bytes:
    envelope = sealed.envelope
    place = envelope.epoch.to_bytes(8, "big") + envelope.bucket.to_bytes(4, "big")
    return _hkdf(exporter_value, sealed.share, b"portal record key v1\0" + id_bytes(envelope.room) + place, 32)


def _commits(sealed: Sealed, record_key: bytes) -> bool:
    """Whether the item carries the commitment that this record key makes."""
    envelope = sealed.envelope
    place = id_bytes(envelope.device) + envelope.sequence.to_bytes(8, "big") + id_bytes(envelope.item)
    secret = _hkdf(record_key, b"", b"portal item key v1\0" + place, 64)
    return secret[32:] == envelope.body[12:44]


def _hkdf(key: bytes, salt: bytes, info: bytes, length_bytes: int) -> bytes:
    """RFC 5869 with SHA-512, for outputs of one block."""
    assert length_bytes <= hashlib.sha512().digest_size
    extracted = hmac.digest(salt or bytes(hashlib.sha512().digest_size), key, "sha512")
    return hmac.digest(extracted, info + b"\x01", "sha512")[:length_bytes]
