"""Schema versions, run by Alembic from within the program: no ini file, no command line.

Each feature adds files of its own to ``versions``; they form one line.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from portal.server.core.db import Database


class NewerDatabaseError(RuntimeError):
    """The database was written by a newer portal; running on it could lose what this one does not know."""


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
