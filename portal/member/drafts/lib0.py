"""Reading bytes as lib0 writes them, strictly (lib0/decoding.js of yjs 13.6)."""

import json
import struct
from collections.abc import Callable
from typing import Any, Final

from portal.wire.canonical import MAX_SAFE_INTEGER

DEPTH_MAX: Final = 8
"""How deep values are nested in others."""
_INTEGER_BYTES_MAX: Final = 8
_SEVEN: Final = 7
_NUMBER_MAX: Final = float(MAX_SAFE_INTEGER)


class NoUpdateError(ValueError):
    """Bytes that are no Yjs update, or one of a kind that drafts have no use for."""


class Reader:
    """Reads one value after another; NoUpdateError where the bytes are none."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self.at = 0

    @property
    def is_at_end(self) -> bool:
        """Whether everything was read."""
        return self.at == len(self._raw)

    def take(self, size: int) -> bytes:
        """Return so many bytes."""
        end = self.at + size
        if end > len(self._raw):
            msg = "cut off"
            raise NoUpdateError(msg)
        taken = self._raw[self.at : end]
        self.at = end
        return taken

    def byte(self) -> int:
        """Return one byte."""
        return self.take(1)[0]

    def number(self) -> int:
        """Return a varUint: seven bits a byte, the lowest first."""
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if value > MAX_SAFE_INTEGER or shift > 70:
                msg = "a number of 2^53 or more, or without end"
                raise NoUpdateError(msg)
            if byte < 0x80:
                if byte == 0 and shift > _SEVEN:
                    msg = "a number that is longer than it need be"
                    raise NoUpdateError(msg)
                return value

    def id(self) -> tuple[int, int]:
        """Return a client number and a clock."""
        return self.number(), self.number()

    def text(self) -> str:
        """Return a text."""
        try:
            return self.take(self.number()).decode()
        except UnicodeDecodeError as error:
            msg = "text that is no UTF-8"
            raise NoUpdateError(msg) from error

    def json(self) -> Any:
        """Return the value of a text that is JSON, of finite numbers and whole letters."""
        return parsed(self.text())

    def repeated(self, read: Callable[[], Any]) -> list[Any]:
        """Return as many values as a number before them says."""
        count = self.number()
        if count > len(self._raw):
            msg = "more values than bytes"
            raise NoUpdateError(msg)
        return [read() for _ in range(count)]

    def any(self, depth: int = 0) -> Any:
        """Return a value of the encoding "any"; undefined is None."""
        kind = self.byte()
        if depth > DEPTH_MAX or kind not in _KINDS:
            msg = f"a value of kind {kind}, {depth} deep"
            raise NoUpdateError(msg)
        return _KINDS[kind](self, depth)

    def integer(self) -> int:
        """Return a varInt: its first byte holds six bits and the sign."""
        first = self.byte()
        value, shift = first & 0x3F, 6
        more = first & 0x80
        for _ in range(_INTEGER_BYTES_MAX):
            if not more:
                return -value if first & 0x40 else value
            byte = self.byte()
            value, shift, more = value | (byte & 0x7F) << shift, shift + 7, byte & 0x80
        msg = "a number without end"
        raise NoUpdateError(msg)

    def entry(self, depth: int) -> tuple[str, Any]:
        """Return a key and its value."""
        return self.text(), self.any(depth)


def parsed(text: str) -> Any:
    """Return the value of JSON; NoUpdateError for anything else, lone surrogates and too large numbers included."""
    try:
        value = json.loads(text, parse_constant=_no_number)
        json.dumps(value, ensure_ascii=False).encode()
        _require_plain(value, 0)
    except (ValueError, RecursionError) as error:
        msg = "what should be JSON is none"
        raise NoUpdateError(msg) from error
    return value


def _no_number(name: str) -> None:
    raise ValueError(name)


def _require_plain(value: Any, depth: int) -> None:
    """Numbers that every program holds, nested no deeper than texts need."""
    too_large = isinstance(value, int | float) and abs(value) > _NUMBER_MAX
    if too_large or depth > DEPTH_MAX:
        raise ValueError(depth)
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inner:
        _require_plain(one, depth + 1)


_KINDS: Final[dict[int, Callable[[Reader, int], Any]]] = {
    127: lambda _reader, _depth: None,
    126: lambda _reader, _depth: None,
    125: lambda reader, _depth: reader.integer(),
    124: lambda reader, _depth: struct.unpack(">f", reader.take(4))[0],
    123: lambda reader, _depth: struct.unpack(">d", reader.take(8))[0],
    122: lambda reader, _depth: struct.unpack(">q", reader.take(8))[0],
    121: lambda _reader, _depth: False,
    120: lambda _reader, _depth: True,
    119: lambda reader, _depth: reader.text(),
    118: lambda reader, depth: dict(reader.repeated(lambda: reader.entry(depth + 1))),
    117: lambda reader, depth: reader.repeated(lambda: reader.any(depth + 1)),
    116: lambda reader, _depth: reader.take(reader.number()),
}
