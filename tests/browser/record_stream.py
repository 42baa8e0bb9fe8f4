"""What the server says of a room's record, taken apart and put together again, as a hostile server would do it."""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

_PREFIX: Final = struct.Struct(">QQI")


@dataclass(frozen=True)
class Row:
    """One item as `GET /api/rooms/<id>/record` gives it: its number, when it was taken in, the envelope's bytes."""

    number: int
    at_ms: int
    envelope: bytes


RowsChange = Callable[[list[Row]], list[Row]]


def read_rows(raw: bytes) -> Iterator[Row]:
    at = 0
    while at < len(raw):
        number, at_ms, length = _PREFIX.unpack_from(raw, at)
        at += _PREFIX.size
        yield Row(number, at_ms, raw[at : at + length])
        at += length


def write_rows(rows: list[Row]) -> bytes:
    return b"".join(_PREFIX.pack(row.number, row.at_ms, len(row.envelope)) + row.envelope for row in rows)
