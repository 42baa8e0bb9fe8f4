"""Reading the record: pages of bounded size, from the first number that the reader's history policy shows."""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

import sqlalchemy as sa

from portal.server.core.db import Unit
from portal.server.rooms import policy
from portal.server.rooms.models import RecordItem
from portal.wire.errors import UserError
from portal.wire.ids import AccountId, RoomId

PAGE_ITEMS: Final = 1024
PAGE_BYTES: Final = 2 << 20
ANSWER_ITEMS: Final = 10_000
ANSWER_BYTES: Final = 32 << 20
_FRAME: Final = struct.Struct(">QQI")


@dataclass(frozen=True, slots=True)
class PlacedItem:
    """An envelope with its number and the server's time of it."""

    number: int
    at_ms: int
    envelope: bytes

    def frame(self) -> bytes:
        """Return u64 number, u64 at_ms, u32 length, envelope."""
        return _FRAME.pack(self.number, self.at_ms, len(self.envelope)) + self.envelope


def read_page(unit: Unit, account: AccountId, room: RoomId, after: int, items: int) -> list[PlacedItem]:
    """Return what follows number ``after``: at most ``items``, at most 2 MiB if more than one.

    Raises:
        UserError: room.not_found.
    """
    _, member = policy.get_room_for(unit, account, room)
    first = max(after + 1, member.visible_from)
    sizes = unit.session.execute(
        sa.select(RecordItem.number, sa.func.length(RecordItem.envelope))
        .where(RecordItem.room_id == room, RecordItem.number >= first)
        .order_by(RecordItem.number)
        .limit(min(items, PAGE_ITEMS))
    ).all()
    if not sizes:
        return []
    fitting = sum(total <= PAGE_BYTES for total in accumulate(size for _, size in sizes))
    last = sizes[max(fitting, 1) - 1].number
    rows = unit.session.execute(
        sa.select(RecordItem.number, RecordItem.at_ms, RecordItem.envelope)
        .where(RecordItem.room_id == room, RecordItem.number.between(first, last))
        .order_by(RecordItem.number)
    )
    return [PlacedItem(row.number, row.at_ms, row.envelope) for row in rows]


def stream_record(
    page_after: Callable[[int, int], list[PlacedItem]], first: list[PlacedItem], limit: int
) -> Iterator[bytes]:
    """Yield ``first`` and the pages that follow it as frames, at most ``limit`` items and about 32 MiB in all.

    ``page_after(number, items)`` reads the next page. The stream ends where a page is refused: the reader was removed
    meanwhile.
    """
    page, items, size_bytes = first, 0, 0
    while page:
        raw = b"".join(item.frame() for item in page)
        items += len(page)
        size_bytes += len(raw)
        yield raw
        if items >= limit or size_bytes >= ANSWER_BYTES:
            return
        try:
            page = page_after(page[-1].number, limit - items)
        except UserError:
            return
