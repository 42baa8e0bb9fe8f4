"""The tree in the database: reading its tiles, and letting what waits enter it."""

import random
from typing import Final

import sqlalchemy as sa

from portal.server.core.db import Unit
from portal.server.core.driver import Prepared
from portal.server.ledger.models import LedgerCosignature, LedgerEntry
from portal.wire.ledger.merkle import leaf_hash
from portal.wire.ledger.tiles import TILE_WIDTH, TiledTree, UpperHalves, grown

BATCH_MAX: Final = 512
"""Entries that enter in one transaction, besides the held ones, which enter all at once to be shuffled."""
_SIZE: Final = Prepared(sa.text("SELECT coalesce(max(place) + 1, 0) FROM ledger_entry"))
_TILE: Final = Prepared(sa.text("SELECT hashes FROM ledger_tile WHERE level = :level AND number = :number"))
_ENTRIES: Final = Prepared(
    sa.text("SELECT entry FROM ledger_entry WHERE place >= :begin AND place < :end ORDER BY place")
)
_WAITING: Final = Prepared(
    sa.text("SELECT id, entry FROM ledger_entry WHERE place IS NULL AND id > 0 ORDER BY id LIMIT :limit")
)
_HELD: Final = Prepared(
    sa.text("SELECT id, entry FROM ledger_entry WHERE place IS NULL AND id < 0 AND held_hour < :hour")
)
_KEEP_TILE: Final = Prepared(
    sa.text(
        "INSERT INTO ledger_tile (level, number, hashes) VALUES (:level, :number, :hashes) "
        "ON CONFLICT (level, number) DO UPDATE SET hashes = excluded.hashes"
    )
)
_PLACE: Final = Prepared(sa.text("UPDATE ledger_entry SET place = :place, held_hour = NULL WHERE id = :id"))
_chance: Final = random.SystemRandom()


def size(unit: Unit) -> int:
    """Return how many entries the tree has."""
    ((found,),) = _SIZE.rows(unit.connection, {})
    return int(found)


def tree(unit: Unit, uppers: UpperHalves | None = None, leaves: int | None = None) -> TiledTree:
    """Return the tree as ``unit`` sees it, or its first ``leaves``; ``uppers`` are reused, and added to."""
    found = size(unit) if leaves is None else leaves
    return TiledTree(found, lambda level, number, _width: tile(unit, level, number), uppers)


def tile(unit: Unit, level: int, number: int) -> bytes:
    """Return the hashes that a tile has by now; KeyError if it has none."""
    rows = _TILE.rows(unit.connection, {"level": level, "number": number})
    if not rows:
        raise KeyError((level, number))
    return bytes(rows[0][0])


def entries(unit: Unit, number: int, width: int) -> list[bytes]:
    """Return the first ``width`` entries of a bundle; fewer where the tree ends."""
    begin = number * TILE_WIDTH
    rows = _ENTRIES.rows(unit.connection, {"begin": begin, "end": begin + width})
    return [bytes(entry) for (entry,) in rows]


def let_enter(unit: Unit, hour: int, batch_max: int = BATCH_MAX) -> int:
    """Give places to the longest waiting entries and to those held until before ``hour``; return how many.

    Nothing is signed here: that comes after the commit.
    """
    rows = _WAITING.rows(unit.connection, {"limit": batch_max})
    held = _HELD.rows(unit.connection, {"hour": hour})
    _chance.shuffle(held)
    rows += held
    if not rows:
        return 0
    first = size(unit)
    changed = grown(
        first, (leaf_hash(bytes(entry)) for _, entry in rows), lambda level, number, _: tile(unit, level, number)
    )
    _KEEP_TILE.run_all(
        unit.connection,
        [{"level": level, "number": number, "hashes": hashes} for (level, number), hashes in changed.items()],
    )
    _PLACE.run_all(
        unit.connection, [{"id": identifier, "place": place} for place, (identifier, _) in enumerate(rows, first)]
    )
    return len(rows)


def is_waiting(unit: Unit, hour: int) -> bool:
    """Tell whether there is anything to let enter."""
    waiting = sa.and_(
        LedgerEntry.place.is_(None), sa.or_(LedgerEntry.held_hour.is_(None), LedgerEntry.held_hour < hour)
    )
    return unit.connection.scalar(sa.select(LedgerEntry.id).where(waiting).limit(1)) is not None


def cosignature_lines(unit: Unit, checkpoint_size: int) -> list[str]:
    """Return the lines of the witnesses under the checkpoint of this size, by their names."""
    rows = sa.select(LedgerCosignature.line).where(LedgerCosignature.size == checkpoint_size)
    return list(unit.connection.scalars(rows.order_by(LedgerCosignature.witness)))
