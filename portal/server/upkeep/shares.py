"""Who fills the storage: sizes of rooms' files by the account that put them there, and by room."""

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from portal.server.accounts.models import Account
from portal.server.core.db import Unit
from portal.server.rooms.models import Blob, Room

SHOWN_MAX: Final = 50


@dataclass(frozen=True, slots=True)
class Share:
    """What one account (by its handle) or one room (by its id and kind) fills; unfinished uploads count whole."""

    name: str
    number: int
    size_bytes: int


def by_account(unit: Unit, limit: int = SHOWN_MAX) -> list[Share]:
    """Return who fills most, at most ``limit``."""
    return _shares(unit, Account.handle, sa.join(Blob, Account, Account.id == Blob.account_id), limit)


def by_room(unit: Unit, limit: int = SHOWN_MAX) -> list[Share]:
    """Return which rooms hold most, at most ``limit``; their names are sealed."""
    name = Room.id + " (" + Room.kind + ", " + Room.state + ")"
    return _shares(unit, name, sa.join(Blob, Room, Room.id == Blob.room_id), limit)


def _shares(unit: Unit, name: sa.SQLColumnExpression[str], joined: sa.FromClause, limit: int) -> list[Share]:
    size = sa.func.sum(Blob.size_bytes)
    rows = sa.select(name, sa.func.count(), size).select_from(joined).group_by(name).order_by(size.desc(), name)
    return [Share(*row) for row in unit.connection.execute(rows.limit(limit))]
