"""Schema versions, run by Alembic from within the program: no ini file, no command line.

Each feature adds files of its own to ``versions``; they form one line.
"""

import time
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from portal.server.core.db import Database


class NewerDatabaseError(RuntimeError):
    """The database was written by a newer portal; running on it could lose what this one does not know."""


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

    Raises NewerDatabaseError if its version is not among ours.
    """
    config = _config()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    found = current(database)
    if found is not None and found not in known:
        msg = f"the database is at version {found}, which this portal does not know: install the portal that wrote it"
        raise NewerDatabaseError(msg)
    with database.engine.begin() as connection:
        if database.is_sqlite:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def current(database: Database) -> str | None:
    """Return the schema version of ``database``; None for an empty one."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest() -> str | None:
    """Return the schema version that this program was written for."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    return config
