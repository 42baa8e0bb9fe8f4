"""Padding classes: how much of a length the server learns (docs/protocol.md §5)."""

from dataclasses import dataclass
from typing import Final

from portal.wire.envelope import CONTENT_PADDED_MAX_BYTES

LENGTH_BYTES: Final = 4
PLAINTEXT_MAX_BYTES: Final = CONTENT_PADDED_MAX_BYTES - LENGTH_BYTES
"""The longest plaintext of one item."""
_SMALL_CLASSES_BYTES: Final = (256, 512, 1024, 2048, 4096)
_CLASS_STEP_BYTES: Final = 4096

CHUNK_BYTES: Final = 1 << 20
"""Plaintext of a file's chunk."""
TAG_BYTES: Final = 16
SIZE_BYTES: Final = 8
_SMALLEST_STEP_BYTES: Final = 4096
_STEPS: Final = 16


class PaddingError(ValueError):
    """Padding that is not the one that the length demands, or a text that is too long."""


def content_class(length_bytes: int) -> int:
    """Return the padded size of a plaintext, its length field included; PaddingError if it is too long."""
    if length_bytes > PLAINTEXT_MAX_BYTES:
        msg = f"{length_bytes} bytes are more than the {PLAINTEXT_MAX_BYTES} of one item"
        raise PaddingError(msg)
    needed = LENGTH_BYTES + length_bytes
    small = next((size for size in _SMALL_CLASSES_BYTES if size >= needed), None)
    return small or -(-needed // _CLASS_STEP_BYTES) * _CLASS_STEP_BYTES


def is_content_class(padded_bytes: int) -> bool:
    """Tell whether a padded plaintext may have this size."""
    large = _CLASS_STEP_BYTES < padded_bytes <= CONTENT_PADDED_MAX_BYTES and not padded_bytes % _CLASS_STEP_BYTES
    return large or padded_bytes in _SMALL_CLASSES_BYTES


def pad(plaintext: bytes, padded_bytes: int) -> bytes:
    """Return u32 length, ``plaintext`` and zeros, ``padded_bytes`` in all."""
    return (len(plaintext).to_bytes(LENGTH_BYTES, "big") + plaintext).ljust(padded_bytes, b"\0")


def unpad(padded: bytes) -> bytes:
    """Return the plaintext in an item's padded text; PaddingError for another class or bytes that are not zero."""
    length = int.from_bytes(padded[:LENGTH_BYTES], "big")
    end = LENGTH_BYTES + length
    if end > len(padded) or content_class(length) != len(padded) or padded[end:].strip(b"\0"):
        msg = "the padding is not the one that the length demands"
        raise PaddingError(msg)
    return padded[LENGTH_BYTES:end]


@dataclass(frozen=True, slots=True)
class StreamShape:
    """How a file travels: its padded stream, the number of its chunks, and the length of all ciphertext, in bytes."""

    padded_bytes: int
    chunks: int
    sealed_bytes: int


def stream_shape(size_bytes: int) -> StreamShape:
    """Return the shape of a file's stream.

    Its size is the next multiple of 1/16 of the enclosing power of two, at least of 4 KiB.
    """
    needed = SIZE_BYTES + size_bytes
    enclosing = 1 << (needed - 1).bit_length()
    step = max(enclosing // _STEPS, _SMALLEST_STEP_BYTES)
    padded_bytes = -(-needed // step) * step
    chunks = -(-padded_bytes // CHUNK_BYTES)
    return StreamShape(padded_bytes, chunks, padded_bytes + chunks * TAG_BYTES)
