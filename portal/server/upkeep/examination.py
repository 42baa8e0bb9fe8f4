"""An examination of an installation: every check, in the order in which an administrator would ask."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from portal.config import Settings
from portal.server.core.db import Database, Unit
from portal.server.upkeep import machine, outside, services, storage
from portal.server.upkeep.findings import Finding

_MACHINE: Final[tuple[Callable[[Settings], Iterator[Finding]], ...]] = (
    machine.settings,
    machine.folder,
    machine.keys,
    machine.disk,
    machine.clock,
)
_OUTSIDE: Final[tuple[Callable[[Settings], Iterator[Finding]], ...]] = (
    outside.server,
    outside.way,
    outside.redis,
    outside.mail,
)


def examine(chosen: Settings, database: Database, *, from_outside: bool) -> list[Finding]:
    """Return what is found. Changes nothing and makes no file; blocks, so call it in a native thread.

    ``from_outside``: also ask the running server and what stands around it, which may take half a minute.
    """
    found = list(inside(chosen, database))
    return [*found, *see_outside(chosen)] if from_outside else found


def inside(chosen: Settings, database: Database) -> Iterator[Finding]:
    """Yield what this machine and the database show."""
    for look in _MACHINE:
        yield from look(chosen)
    missing = list(storage.database_missing(database))
    stored = missing or list(storage.database(database))
    yield from stored
    if any(finding.kind in {"missing", "away", "newer", "older"} for finding in stored):
        return  # what follows reads rows, which are not there or not of this shape
    yield from database.read(partial(_rows, chosen))
    yield from services.worker(database, chosen)


def see_outside(chosen: Settings) -> Iterator[Finding]:
    """Yield what can be seen from outside alone."""
    for look in _OUTSIDE:
        yield from look(chosen)


def _rows(chosen: Settings, unit: Unit) -> list[Finding]:
    return [
        *storage.clock(unit),
        *storage.connections(unit),
        *storage.files(unit, chosen),
        *services.jobs(unit),
        *services.ledger(unit, chosen),
        *services.witnesses(unit, chosen),
        *services.backup(unit, chosen),
        *services.administrators(unit),
    ]
