"""Room roots: the newest place and head of each record, entered into the ledger every ten minutes.

A host that later shows another record has contradicted the ledger. Outsiders see neither which rooms there are nor how
many had something new: entries are commitments, in a random order, among others of the same kind that commit to
nothing, up to a multiple of 16.
"""

import random
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.server.core.db import Unit
from portal.server.ledger import service
from portal.server.ledger.models import LedgerOpening
from portal.server.rooms import policy
from portal.server.rooms.models import RecordItem, Room
from portal.server.rooms.schemas import RootView
from portal.wire.ids import AccountId, RoomId, b64
from portal.wire.ledger.entries import Kind

PADDED_TO: Final = 16
SHOWN_MAX: Final = 1000
_chance: Final = random.SystemRandom()


def record_roots(unit: Unit) -> None:
    """Enter the head of every room whose record has grown since its last root."""
    # By each room's own index: grouping all records by room would read every item there ever was.
    of_room = aliased(RecordItem)
    newest = sa.select(sa.func.max(of_room.number)).where(of_room.room_id == Room.id).scalar_subquery()
    recorded = (
        sa.select(sa.func.max(LedgerOpening.number))
        .where(LedgerOpening.kind == Kind.ROOM_ROOT, LedgerOpening.subject == Room.id)
        .scalar_subquery()
    )
    grown = (
        sa.select(RecordItem.room_id, RecordItem.number, RecordItem.head)
        .join(Room, sa.and_(Room.id == RecordItem.room_id, RecordItem.number == newest))
        .where(RecordItem.number > sa.func.coalesce(recorded, 0))
    )
    rooms = list(unit.connection.execute(grown))
    padding = -len(rooms) % PADDED_TO
    for room in _chance.sample([*rooms, *[None] * padding], len(rooms) + padding):
        if room is None:
            service.record(unit, Kind.ROOM_ROOT, {})  # the kind is public: another one would give the padding away
            continue
        statement = {"room": room.room_id, "number": room.number, "head": b64(room.head)}
        service.record_opened(unit, Kind.ROOM_ROOT, statement, subject=room.room_id, number=room.number)


def roots_for(unit: Unit, account: AccountId, room: RoomId) -> list[RootView]:
    """Return the room's roots in the ledger, newest first, from the number on that ``account`` may read.

    Raises:
        UserError: room.not_found.
    """
    _, member = policy.get_room_for(unit, account, room)
    opened = service.opened(unit, Kind.ROOM_ROOT, (room,), newest=SHOWN_MAX)
    numbers = [one.number for one in opened]
    rows = sa.select(RecordItem.number, RecordItem.head).where(
        RecordItem.room_id == room, RecordItem.number.in_(numbers)
    )
    heads = {row.number: row.head for row in unit.connection.execute(rows)}
    return [
        RootView(
            number=one.number, head=b64(heads[one.number]), index=one.index, nonce=b64(one.nonce), tag=b64(one.tag)
        )
        for one in opened
        if one.number >= member.visible_from
    ]
