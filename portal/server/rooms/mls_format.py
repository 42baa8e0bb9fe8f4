"""The encoding of MLS (RFC 9420 §2.1, §5.1.2), as much of it as the server reads."""

from typing import Final, NoReturn

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

MLS10: Final = 1
BASIC_CREDENTIAL: Final = 1
BOX_KEY_BYTES: Final = 1216
"""An X-Wing public key."""


class MalformedMlsError(ValueError):
    """Bytes that are no such message of our suite, or not what their signatures say."""


def refuse(reason: str) -> NoReturn:
    """Raise MalformedMlsError with ``reason``."""
    raise MalformedMlsError(reason)


def sign_content(label: bytes, content: bytes) -> bytes:
    """Return what is signed under ``label`` (RFC 9420 §5.1.2, SignContent)."""
    return vector(b"MLS 1.0 " + label) + vector(content)


def verify(key: bytes, label: bytes, content: bytes, signature: bytes) -> None:
    """Raise MalformedMlsError unless ``signature`` is ``key``'s over ``content`` under ``label``."""
    try:
        VerifyKey(key).verify(sign_content(label, content), signature)
    except BadSignatureError:
        refuse(f"signature of {label.decode()}")


def vector(content: bytes) -> bytes:
    """Return ``content`` with its length before it (RFC 9420 §2.1.2), below 2^30 bytes."""
    size = len(content)
    if size < 1 << 6:
        return size.to_bytes(1, "big") + content
    if size < 1 << 14:
        return (size | 1 << 14).to_bytes(2, "big") + content
    return (size | 2 << 30).to_bytes(4, "big") + content


class Reader:
    """Takes fields from the front of ``raw``; ``at`` is how far it is. Every method raises MalformedMlsError."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self.at = 0

    def number(self, size_bytes: int) -> int:
        """Take an unsigned integer of ``size_bytes``."""
        return int.from_bytes(self._take(size_bytes), "big")

    def expect(self, size_bytes: int, value: int, name: str) -> None:
        """Take an integer that must be ``value``."""
        if self.number(size_bytes) != value:
            refuse(f"{name} is not {value}")

    def vector(self, size_bytes: int | None = None) -> bytes:
        """Take a vector with its length before it, of ``size_bytes`` if given."""
        first = self.number(1)
        prefix = first >> 6
        if prefix == 3:
            refuse("length of eight bytes")
        size = first & 0x3F
        for _ in range((1 << prefix) - 1):
            size = size << 8 | self.number(1)
        if prefix and size < 1 << (6 if prefix == 1 else 14):
            refuse("length is not written in its shortest form")
        if size_bytes is not None and size != size_bytes:
            refuse(f"{size} bytes where {size_bytes} are due")
        return self._take(size)

    def end(self) -> None:
        """Require that nothing is left."""
        if self.at != len(self._raw):
            refuse("bytes after the end")

    @property
    def left(self) -> bool:
        """Whether anything is left."""
        return self.at < len(self._raw)

    def since(self, start: int) -> bytes:
        """Return what was taken since ``start``."""
        return self._raw[start : self.at]

    def _take(self, size_bytes: int) -> bytes:
        end = self.at + size_bytes
        if end > len(self._raw):
            refuse("ends too early")
        taken = self._raw[self.at : end]
        self.at = end
        return taken
