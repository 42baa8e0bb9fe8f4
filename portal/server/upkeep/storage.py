"""What is looked at in the database itself: that it answers, its version, what it promises, its clock; the files."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from portal.config import Settings
from portal.server.core import migrations
from portal.server.core.db import Database, Unit
from portal.server.ledger.models import LedgerCheckpoint
from portal.server.rooms.models import Blob
from portal.server.upkeep.findings import Finding, fine, size_text, warning, wrong
from portal.server.upkeep.machine import disk_space

APART_MAX_MS: Final = 5_000
AHEAD_MAX_MS: Final = 60_000
CONNECTIONS_LOW: Final = 0.7
QUOTA_LOW: Final = 0.8
QUOTA_FULL: Final = 0.97
_PROMISES: Final = ("fsync", "full_page_writes", "synchronous_commit")
"""Settings of PostgreSQL without which it may forget what it has acknowledged, or come up damaged."""


def database_missing(database: Database) -> Iterator[Finding]:
    """Whether there is no database yet; asking a SQLite file that is not there would make one."""
    if database.is_sqlite and not Path(database.url.database or "").is_file():
        yield wrong("database", "missing", path=str(database.url.database))


def database(database: Database) -> Iterator[Finding]:
    """Whether the database answers, by which schema, and whether it keeps what it promises."""
    try:
        found = migrations.current(database)
        kind, size_bytes, broken = database.read(_server)
    except SQLAlchemyError as error:
        # Its text may quote the address with a password; which kind it is says enough.
        yield wrong("database", "away", kind=type(error).__name__)
        return
    if found is not None and found not in migrations.versions():
        yield wrong("database", "newer", version=found)
    elif found != migrations.newest():
        yield warning("database", "older", version=found or "-")
    else:
        yield fine("database", server=kind, size=size_text(size_bytes))
    for name in broken:
        yield wrong("database", "forgets", setting=name)


def connections(unit: Unit) -> Iterator[Finding]:
    """Whether PostgreSQL will take further connections: each process holds up to thirty."""
    if unit.connection.dialect.name != "postgresql":
        return
    taken = unit.connection.exec_driver_sql(
        "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
    )
    number, most = int(taken.scalar_one()), int(unit.connection.exec_driver_sql("SHOW max_connections").scalar_one())
    if number > CONNECTIONS_LOW * most:
        yield warning("connections", "low", n=number, most=most)
    else:
        yield fine("connections", n=number, most=most)


def clock(unit: Unit) -> Iterator[Finding]:
    """Whether this machine's clock is behind what was written already, or apart from the database server's."""
    newest_ms = unit.connection.scalar(sa.select(sa.func.max(LedgerCheckpoint.at_ms))) or 0
    ahead_ms = int(newest_ms) - unit.now_ms
    if ahead_ms > AHEAD_MAX_MS:
        yield wrong("clock", "behind", minutes=ahead_ms // 60_000)
    if unit.connection.dialect.name == "postgresql":
        epoch = sa.select(sa.extract("epoch", sa.func.clock_timestamp()))
        apart_ms = abs(int(float(unit.connection.scalar(epoch) or 0) * 1000) - unit.now_ms)
        if apart_ms > APART_MAX_MS:
            yield wrong("clock", "apart", seconds=apart_ms // 1000)


def files(unit: Unit, chosen: Settings) -> Iterator[Finding]:
    """How much of what files may take is taken, and whether the disk holds what is left of it."""
    used_bytes = used_by_files(unit)
    quota_bytes = chosen.storage_quota_bytes
    values = {"used": size_text(used_bytes), "quota": size_text(quota_bytes)}
    free_bytes, _ = disk_space(chosen.blobs_dir)
    if used_bytes >= QUOTA_FULL * quota_bytes:
        yield wrong("files", "full", **values)
    elif used_bytes >= QUOTA_LOW * quota_bytes:
        yield warning("files", "low", **values)
    elif free_bytes < quota_bytes - used_bytes:
        yield warning("files", "promised", free=size_text(free_bytes), **values)
    else:
        yield fine("files", **values)


def used_by_files(unit: Unit) -> int:
    """Return what all rooms' files take, also unfinished ones, whose size is reserved: bytes."""
    return int(unit.connection.scalar(sa.select(sa.func.coalesce(sa.func.sum(Blob.size_bytes), 0))) or 0)


def database_bytes(unit: Unit) -> int:
    """Return what the database takes on disk, without its write-ahead log."""
    if unit.connection.dialect.name == "postgresql":
        size = sa.select(sa.func.pg_database_size(sa.func.current_database()))
        return int(unit.connection.scalar(size) or 0)
    pages = unit.connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    return int(pages) * int(unit.connection.exec_driver_sql("PRAGMA page_size").scalar_one())


def _server(unit: Unit) -> tuple[str, int, list[str]]:
    """The server's name and version, its size, and which promises it does not give."""
    connection = unit.connection
    if connection.dialect.name != "postgresql":
        version = connection.exec_driver_sql("SELECT sqlite_version()").scalar_one()
        return f"SQLite {version}", database_bytes(unit), []
    shown = {name: connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in ("server_version", *_PROMISES)}
    version = str(shown["server_version"]).split()[0]
    return f"PostgreSQL {version}", database_bytes(unit), [name for name in _PROMISES if shown[name] == "off"]
