"""Schema versions, run by Alembic from within the program: no ini file, no command line.

Each feature adds files of its own to ``versions``; they form one line.
"""

import time
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from portal.server.core.db import Database


class NewerDatabaseError(RuntimeError):
    """The database was written by a newer portal; running on it could lose what this one does not know."""


class DamagedDatabaseError(RuntimeError):
    """Rows of the database do not fit together."""


class MissingSchemaError(RuntimeError):
    """The database has not the schema of this program, and whose duty it is to make it has not."""


def await_newest(database: Database, patience_s: float = 60.0) -> None:
    """Wait until somebody has brought ``database`` to the newest version; MissingSchemaError after ``patience_s``."""
    deadline_s = time.monotonic() + patience_s
    while current(database) != newest():
        if time.monotonic() > deadline_s:
            msg = "the database has not the schema of this portal: start the server first, it makes it (portal run)"
            raise MissingSchemaError(msg)
        time.sleep(0.5)


def upgrade(database: Database) -> None:
    """Bring the schema of ``database`` to the newest version, in one transaction.

    Of several processes that want this at once one does it, and the others wait. Raises NewerDatabaseError if its
    version is not among ours; DamagedDatabaseError; AnotherServerError if somebody serves the earlier version.
    """
    found = current(database)
    if found is not None and found not in versions():
        raise NewerDatabaseError(_newer(found))
    with database.engine.connect() as connection:
        if database.is_sqlite:
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")  # see ``bring``
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            if not database.is_sqlite and found != newest():
                database.keep_servers_away(connection)
            bring(connection, "head")
            if database.is_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                msg = "after the upgrade rows would refer to rows that are not there; nothing was changed"
                raise DamagedDatabaseError(msg)
            connection.commit()
        finally:
            connection.rollback()
            if database.is_sqlite:
                connection.exec_driver_sql("PRAGMA foreign_keys=ON")


def bring(connection: sa.Connection, revision: str) -> None:
    """Bring the schema to ``revision`` in the transaction of ``connection``, which the caller began and ends.

    On SQLite with ``foreign_keys`` off: a migration that makes a table anew drops the old one, which with them on
    deletes, or refuses to orphan, the rows that refer to it.
    """
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def current(database: Database) -> str | None:
    """Return the schema version of ``database``; None for an empty one."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest() -> str | None:
    """Return the schema version that this program was written for."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def steps(found: str | None) -> list[tuple[str, str]]:
    """Return the versions that ``upgrade`` brings a database of version ``found`` through: name and words of each.

    Raises NewerDatabaseError if ``found`` is not among ours.
    """
    if found is not None and found not in versions():
        raise NewerDatabaseError(_newer(found))
    scripts = ScriptDirectory.from_config(_config()).walk_revisions("base", "head")
    names = [(script.revision, (script.doc or "").partition("\n")[0]) for script in scripts]
    known = [name for name, _ in names]
    return names[: len(names) if found is None else known.index(found)][::-1]


def versions() -> frozenset[str]:
    """Return all schema versions that this program knows."""
    return frozenset(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def _newer(found: str) -> str:
    return f"the database is at version {found}, which this portal does not know: install the portal that wrote it"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    return config
