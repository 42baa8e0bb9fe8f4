"""Several processes, one order: whoever appends to rooms holds their rows until the commit, and remembers nothing old.

A batch locks the rows of its rooms, always in the order of their ids, so that no two wait for each other. What is
remembered of a room is good if the row has the stamp that it was read with; items of other processes are read after it.
PostgreSQL only: a SQLite file has one process, which holds all of it.
"""

import time
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Final

import psycopg.errors
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from portal.server.core.db import Unit
from portal.server.core.driver import Prepared
from portal.server.rooms.memory import FollowedItem, Memory, RoomMemory
from portal.server.rooms.models import Room
from portal.server.rooms.requests import RecordRequest
from portal.wire.ids import RoomId

FOLLOWED_MAX: Final = 4096
"""Of more items than this, a room is read anew."""
HURRIED_S: Final = 1.0
STUCK_S: Final = 5.0
"""How long a room that could not be had is not waited for."""
# NO KEY: rows that merely name a room, such as files, may be written meanwhile.
_HOLD: Final = Prepared(sa.text("SELECT id, stamp FROM room WHERE id = ANY(:rooms) ORDER BY id FOR NO KEY UPDATE"))
_BRIEFLY: Final = sa.text("SET LOCAL idle_in_transaction_session_timeout = '3s'")
"""Also a view whose process stands still loses the rooms that it has in hand."""
_TRY: Final = Prepared(
    sa.text("SELECT id, stamp FROM room WHERE id = ANY(:rooms) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED")
)
_EXISTING: Final = Prepared(sa.text("SELECT id FROM room WHERE id = ANY(:rooms)"))
_FOLLOW: Final = Prepared(
    sa.text(
        "SELECT item.room_id, item.number, item.head, item.at_ms, item.device_id, item.sequence"
        " FROM unnest(CAST(:rooms AS text[]), CAST(:numbers AS bigint[])) AS known (room, number)"
        " JOIN record_item AS item ON item.room_id = known.room AND item.number > known.number"
        " ORDER BY item.room_id, item.number LIMIT :most"
    )
)


class Patience:
    """Which rooms are not waited for: somebody who stands still has them, and others must not wait behind."""

    def __init__(self) -> None:
        self._hurried_s = 0.0
        self._stuck: dict[str, float] = {}

    def end(self) -> None:
        """Note that waiting was in vain: in what is done again now, nothing is waited for."""
        self._hurried_s = time.monotonic() + HURRIED_S

    def stuck(self, names: Sequence[str]) -> list[str]:
        """Return those of ``names`` that are not to be waited for."""
        now_s = time.monotonic()
        self._stuck = {name: until_s for name, until_s in self._stuck.items() if until_s > now_s}
        return list(names) if now_s < self._hurried_s else [name for name in names if name in self._stuck]

    def note(self, busy: Iterable[str], held: Iterable[str]) -> None:
        """Note which rooms somebody has, and which not any more."""
        for name in busy:
            self._stuck.setdefault(name, time.monotonic() + STUCK_S)
        for name in held:
            self._stuck.pop(name, None)


def hold(
    unit: Unit, memory: Memory, requests: Iterable[RecordRequest], patience: Patience
) -> tuple[frozenset[RoomId], frozenset[str]]:
    """Hold the rooms of ``requests`` to the end of ``unit``'s transaction, and correct ``memory``.

    Returns the rooms that are held, or that there are not, and those that another process does not let go. Raises what
    SQLAlchemy raises; after a wait in vain nothing is waited for when it is called again.
    """
    asked = frozenset(request.room for request in requests)
    names = sorted(asked)
    stuck = patience.stuck(names)
    stamps, busy = _locked(unit, [name for name in names if name not in stuck], stuck, patience)
    held = asked - busy
    names = [name for name in names if name in held]
    good: list[RoomMemory] = []
    for name in names:
        known = memory.known(name)
        if known is not None and known.stamp == stamps.get(name):
            good.append(known)
        else:
            memory.forget_room(name)
            unit.outbox.follows_others = True
    if good:
        _follow(unit, memory, good)
    return held, busy


def _locked(
    unit: Unit, awaited: Sequence[str], stuck: Sequence[str], patience: Patience
) -> tuple[dict[str, int], frozenset[str]]:
    """Lock rows, of ``stuck`` only those that can be had at once; return stamps by room, and who could not be had."""
    stamps: dict[str, int] = {}
    try:
        if awaited:
            stamps |= dict(_HOLD.rows(unit.connection, {"rooms": awaited}))
    except DBAPIError as error:
        if isinstance(error.orig, psycopg.errors.LockNotAvailable):
            patience.end()
        raise
    if not stuck:
        return stamps, frozenset()
    stamps |= dict(_TRY.rows(unit.connection, {"rooms": stuck}))
    missing = [name for name in stuck if name not in stamps]
    busy = (
        frozenset(name for (name,) in _EXISTING.rows(unit.connection, {"rooms": missing})) if missing else frozenset()
    )
    patience.note(busy, stamps)
    return stamps, busy


def mark(unit: Unit, rooms: Sequence[str]) -> None:
    """Hold ``rooms`` and give them new stamps: what others remember of them is not good any more.

    For ``Unit.at_end``: accounts were locked before. Writers of rooms refer to accounts while they hold the rooms, so
    whoever changes an account must lock it such that it can be referred to (FOR NO KEY UPDATE).
    """
    unit.session.execute(_BRIEFLY)
    held = sa.select(Room.id).where(Room.id.in_(rooms)).order_by(Room.id).with_for_update(key_share=True)
    unit.session.execute(held).all()
    unit.session.execute(
        sa.update(Room).where(Room.id.in_(rooms)).values(stamp=Room.stamp + 1),
        execution_options={"synchronize_session": False},
    )


def _follow(unit: Unit, memory: Memory, rooms: Sequence[RoomMemory]) -> None:
    asked = {"rooms": [room.room for room in rooms], "numbers": [room.number for room in rooms], "most": FOLLOWED_MAX}
    items = [FollowedItem(*row) for row in _FOLLOW.rows(unit.connection, asked)]
    if not items:
        return
    unit.outbox.follows_others = True
    if len(items) == FOLLOWED_MAX:
        for room in rooms:
            memory.forget_room(room.room)
        return
    by_name = {room.room: room for room in rooms}
    for name, of_room in groupby(items, attrgetter("room")):
        for item in of_room:
            by_name[name].follow(item)
