"""Padding classes of what is sealed in a draft: how much of a length the server learns (docs/protocol.md §10)."""

from typing import Final

from portal.wire.drafts.streams import DraftItemKind, StreamKind
from portal.wire.padding import LENGTH_BYTES, PaddingError

SEALED_EXTRA_BYTES: Final = 60
"""What sealing adds to the padded plaintext: nonce 12, commitment 32, tag 16."""
SMALLEST_CLASS_BYTES: Final = 256
ACT_CLASS_BYTES: Final = 2048
"""The smallest class of an act: an objection, a consent and an extension look alike."""
_SMALL_CLASSES_BYTES: Final = (256, 512, 1024, 2048, 4096)
_STEP_BYTES: Final = 4096
_STEPS_UP_TO_BYTES: Final = 65_536
_STEPS: Final = 16


def smallest_class(kind: DraftItemKind, stream: StreamKind) -> int:
    """Return the smallest padded size, in bytes, of such an item."""
    is_act = kind is DraftItemKind.ENTRY and stream is StreamKind.ACTS
    return ACT_CLASS_BYTES if is_act else SMALLEST_CLASS_BYTES


def size_class(length_bytes: int, smallest_bytes: int = SMALLEST_CLASS_BYTES) -> int:
    """Return the padded size of a plaintext of ``length_bytes``, its length field included."""
    return _class_of(max(LENGTH_BYTES + length_bytes, smallest_bytes))


def is_size_class(padded_bytes: int, smallest_bytes: int = SMALLEST_CLASS_BYTES) -> bool:
    """Tell whether a padded plaintext may have this size."""
    return padded_bytes >= smallest_bytes and _class_of(padded_bytes) == padded_bytes


def pad_draft(plaintext: bytes, smallest_bytes: int, most_bytes: int) -> bytes:
    """Return u32 length, ``plaintext`` and zeros up to its class; PaddingError if that is more than ``most_bytes``."""
    padded_bytes = size_class(len(plaintext), smallest_bytes)
    if padded_bytes > most_bytes:
        msg = f"{len(plaintext)} bytes are more than fit into {most_bytes}"
        raise PaddingError(msg)
    return (len(plaintext).to_bytes(LENGTH_BYTES, "big") + plaintext).ljust(padded_bytes, b"\0")


def unpad_draft(padded: bytes, smallest_bytes: int) -> bytes:
    """Return the plaintext in ``padded``; PaddingError for another class or bytes that are not zero."""
    length = int.from_bytes(padded[:LENGTH_BYTES], "big")
    end = LENGTH_BYTES + length
    if end > len(padded) or size_class(length, smallest_bytes) != len(padded) or padded[end:].strip(b"\0"):
        msg = "the padding is not the one that the length demands"
        raise PaddingError(msg)
    return padded[LENGTH_BYTES:end]


def _class_of(needed_bytes: int) -> int:
    small = next((size for size in _SMALL_CLASSES_BYTES if size >= needed_bytes), None)
    if small is not None:
        return small
    enclosing = 1 << (needed_bytes - 1).bit_length()
    step = _STEP_BYTES if needed_bytes <= _STEPS_UP_TO_BYTES else enclosing // _STEPS
    return -(-needed_bytes // step) * step
