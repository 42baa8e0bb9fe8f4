"""The encoding of RFC 9420 §2.1: TLS presentation language with variable-size vectors.

Reading is strict: there is exactly one encoding of every value, and everything else is refused. So what was read is,
written again, the same bytes, and a signature over one is a signature over the other.
"""

from collections.abc import Callable, Iterable
from typing import Final, Protocol, Self, TypeVar

from portal.mls.errors import MalformedError, MisuseError

OPAQUE_MAX_BYTES: Final = (1 << 30) - 1
"""The longest vector that a length of four bytes can name (§2.1.2)."""

T = TypeVar("T")


class Structure(Protocol):
    """What has an encoding."""

    def encode(self) -> bytes:
        """Return the bytes."""
        ...

    @classmethod
    def read(cls, reader: "Reader") -> Self:
        """Take one from the front; MalformedError if there is none."""
        ...


S = TypeVar("S", bound=Structure)


def u8(value: int) -> bytes:
    """Return ``value`` in one byte."""
    return value.to_bytes(1, "big")


def u16(value: int) -> bytes:
    """Return ``value`` in two bytes."""
    return value.to_bytes(2, "big")


def u32(value: int) -> bytes:
    """Return ``value`` in four bytes."""
    return value.to_bytes(4, "big")


def u64(value: int) -> bytes:
    """Return ``value`` in eight bytes."""
    return value.to_bytes(8, "big")


def length(size: int) -> bytes:
    """Return a vector's length in its shortest form, 1, 2 or 4 bytes (§2.1.2).

    Raises:
        MisuseError: use.size at 2^30 or more.
    """
    if size < 1 << 6:
        return u8(size)
    if size < 1 << 14:
        return u16(size | 1 << 14)
    if size > OPAQUE_MAX_BYTES:
        raise MisuseError("use.size", f"{size} bytes")
    return u32(size | 1 << 31)


def opaque(content: bytes) -> bytes:
    """Return ``opaque<V>``: the length, then ``content``."""
    return length(len(content)) + content


def vector(items: Iterable[Structure]) -> bytes:
    """Return ``T<V>``: the length in bytes, then the items."""
    return opaque(b"".join(item.encode() for item in items))


def u16_vector(values: Iterable[int]) -> bytes:
    """Return ``uint16<V>``."""
    return opaque(b"".join(map(u16, values)))


def u32_vector(values: Iterable[int]) -> bytes:
    """Return ``uint32<V>``."""
    return opaque(b"".join(map(u32, values)))


def optional(item: Structure | None) -> bytes:
    """Return ``optional<T>`` (§2.1.1)."""
    return b"\0" if item is None else b"\1" + item.encode()


class Reader:
    """Takes fields from the front of ``raw``. Every method raises MalformedError."""

    def __init__(self, raw: bytes) -> None:
        self._raw = bytes(raw)
        self._at = 0

    @property
    def left(self) -> bool:
        """Whether anything is left."""
        return self._at < len(self._raw)

    def number(self, size_bytes: int) -> int:
        """Take an unsigned integer of ``size_bytes``."""
        return int.from_bytes(self.take(size_bytes), "big")

    def take(self, size_bytes: int) -> bytes:
        """Take exactly ``size_bytes``."""
        end = self._at + size_bytes
        if end > len(self._raw):
            raise MalformedError("malformed.truncated")
        taken = self._raw[self._at : end]
        self._at = end
        return taken

    def rest(self) -> bytes:
        """Take all that is left."""
        return self.take(len(self._raw) - self._at)

    def length(self) -> int:
        """Take a vector's length, which must be in its shortest form."""
        first = self.number(1)
        prefix = first >> 6
        if prefix == 3:
            raise MalformedError("malformed.length")
        size = first & 0x3F
        for _ in range((1 << prefix) - 1):
            size = size << 8 | self.number(1)
        if prefix and size < 1 << (6 if prefix == 1 else 14):
            raise MalformedError("malformed.length")
        return size

    def opaque(self) -> bytes:
        """Take ``opaque<V>``."""
        return self.take(self.length())

    def vector(self, read: Callable[["Reader"], T]) -> tuple[T, ...]:
        """Take ``T<V>``, each item by ``read``, which must take all of the vector."""
        inner = Reader(self.opaque())
        items = []
        while inner.left:
            items.append(read(inner))
        return tuple(items)

    def numbers(self, size_bytes: int) -> tuple[int, ...]:
        """Take a vector of unsigned integers of ``size_bytes`` each."""
        return self.vector(lambda inner: inner.number(size_bytes))

    def optional(self, read: Callable[["Reader"], T]) -> T | None:
        """Take ``optional<T>``; a presence other than 0 and 1 is refused."""
        present = self.number(1)
        if present > 1:
            raise MalformedError("malformed.value", "presence")
        return read(self) if present else None

    def end(self) -> None:
        """Require that nothing is left."""
        if self.left:
            raise MalformedError("malformed.trailing")


def decode(structure: type[S], raw: bytes) -> S:
    """Read one ``structure`` that takes up all of ``raw``; MalformedError otherwise."""
    reader = Reader(raw)
    value = structure.read(reader)
    reader.end()
    return value
