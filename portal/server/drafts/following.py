"""Bringing what is remembered of a draft to what other processes appended (rooms/holding.py says when and why).

PostgreSQL only. The draft's room is held, so that nothing changes meanwhile.
"""

from typing import Final, NamedTuple

import sqlalchemy as sa

from portal.server.core.db import Unit
from portal.server.core.driver import Prepared
from portal.server.drafts.memory import STATES, DraftMemory, Pot, StreamMemory
from portal.wire.drafts.streams import ACTS, DraftItemKind

FOLLOWED_MAX: Final = 1024
"""Of more items than this in one stream, a draft is read anew."""
# These change more than their stream's end: the draft is read anew.
_WEIGHTY: Final = {*STATES, *map(int, (DraftItemKind.FOUNDING, DraftItemKind.RIGHTS, DraftItemKind.COUNTERSIGN))}
_STREAMS: Final = Prepared(
    sa.text(
        "SELECT stream.id, stream.base_number, stream.confirmed,"
        " (SELECT max(item.number) FROM draft_item AS item WHERE item.stream_id = stream.id)"
        " FROM draft_stream AS stream WHERE stream.draft_id = :draft"
    )
)
_ITEMS: Final = Prepared(
    sa.text(
        "SELECT item.number, item.kind, item.head, item.at_ms, item.device_id, item.sequence,"
        " length(item.envelope), device.account_id"
        " FROM draft_item AS item JOIN device ON device.id = item.device_id"
        " WHERE item.stream_id = :stream AND item.number > :after ORDER BY item.number LIMIT :most"
    )
)


class _Item(NamedTuple):
    number: int
    kind: int
    head: bytes
    at_ms: int
    device: str
    sequence: int
    size_bytes: int
    account: str


def follow(unit: Unit, draft: DraftMemory) -> tuple[bool, bool]:
    """Bring ``draft`` to what the database has. Tell whether that was possible, and whether there was anything.

    Where it was not possible, ``draft`` must be read anew.
    """
    found = {row[0]: row[1:] for row in _STREAMS.rows(unit.connection, {"draft": draft.draft})}
    known = {stream.row: stream for stream in draft.streams.values()}
    if found.keys() != known.keys():
        return False, True
    something = False
    for row, (base_number, confirmed, newest) in found.items():
        stream = known[row]
        if (base_number, confirmed) != (stream.base_number, stream.confirmed):
            return False, True
        if newest > stream.number:
            something = True
            if not _follow_stream(unit, draft, stream):
                return False, True
    return True, something


def _follow_stream(unit: Unit, draft: DraftMemory, stream: StreamMemory) -> bool:
    asked = {"stream": stream.row, "after": stream.number, "most": FOLLOWED_MAX}
    items = [_Item(*row) for row in _ITEMS.rows(unit.connection, asked)]
    if len(items) == FOLLOWED_MAX or any(item.kind in _WEIGHTY for item in items):
        return False
    for item in items:
        stream.advance(item.head)
        stream.sequences[item.device] = item.sequence
        draft.at_ms = max(draft.at_ms, item.at_ms)
        draft.stored[Pot(stream.stream == ACTS, item.account)] += item.size_bytes
    return True
