"""Cosignatures (c2sp.org/tlog-cosignature): a witness says that it saw this checkpoint follow from the last it saw.

A cosignature's value is the time (8 bytes, seconds since 1970) and the signature over one of the messages below.
"""

import struct
from typing import Final, NamedTuple

from portal.wire.ledger.checkpoint import Checkpoint
from portal.wire.ledger.note import ED25519_COSIGNATURE, ML_DSA_44_COSIGNATURE, NoteError

TIME_BYTES: Final = 8
TIME_MAX_S: Final = 2**53 - 1
SIGNATURE_BYTES: Final = {ED25519_COSIGNATURE: 64, ML_DSA_44_COSIGNATURE: 2420}
_SUBTREE_LABEL: Final = b"subtree/v1\n\0"


class TimedSignature(NamedTuple):
    """When, by the witness's clock, and the signature."""

    at_s: int
    signature: bytes

    def to_bytes(self) -> bytes:
        """Return the value of the note's signature line."""
        return struct.pack(">Q", self.at_s) + self.signature


def parse_timed_signature(value: bytes, kind: int) -> TimedSignature:
    """Read a cosignature line's value.

    Raises:
        NoteError: its length is not that of the signature type ``kind``, or its time is beyond 2^53-1.
    """
    if len(value) != TIME_BYTES + SIGNATURE_BYTES[kind]:
        msg = "a cosignature of a wrong length"
        raise NoteError(msg)
    (at_s,) = struct.unpack(">Q", value[:TIME_BYTES])
    if at_s > TIME_MAX_S:
        msg = "a cosignature from beyond all time"
        raise NoteError(msg)
    return TimedSignature(at_s, value[TIME_BYTES:])


def cosigned_message(kind: int, name: str, checkpoint: Checkpoint, at_s: int) -> bytes:
    """Return what the witness ``name`` signs with a key of the type ``kind`` at ``at_s``.

    Raises:
        NoteError: name or origin is longer than 255 bytes, for ML-DSA-44.
    """
    if kind == ED25519_COSIGNATURE:
        return f"cosignature/v1\ntime {at_s}\n{checkpoint.to_text()}".encode()
    return (
        _SUBTREE_LABEL
        + _short(name)
        + struct.pack(">Q", at_s)
        + _short(checkpoint.origin)
        + struct.pack(">QQ", 0, checkpoint.size)
        + checkpoint.root
    )


def _short(text: str) -> bytes:
    raw = text.encode()
    if not 1 <= len(raw) <= 255:
        msg = "a name has 1 to 255 bytes"
        raise NoteError(msg)
    return bytes([len(raw)]) + raw
