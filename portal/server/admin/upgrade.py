"""``portal admin upgrade``: the database forward to this program's version, and what that does.

``portal run`` does the same at its start; this is for who wants to see it before, or to do it while nothing runs.
"""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime

from portal.config import Settings
from portal.server.admin.asked import AdministrationError, add_installation, answered, settings_of
from portal.server.admin.moving import held
from portal.server.core import migrations
from portal.server.core.db import Database
from portal.server.upkeep.backups import last_backup


def main(arguments: Sequence[str]) -> int:
    """Run ``portal admin upgrade``."""
    words = "Bring the database to the version of this program: all steps, or none. Stop the portal first."
    parser = argparse.ArgumentParser(prog="portal admin upgrade", description=words)
    add_installation(parser)
    parser.add_argument("--dry-run", action="store_true", help="only say which steps there are")
    options = parser.parse_args(arguments)
    return answered(lambda: _upgrade(settings_of(options), dry_run=options.dry_run))


def _upgrade(settings: Settings, *, dry_run: bool) -> int:
    database = Database(settings.database_url)
    try:
        found = migrations.current(database)
        steps = migrations.steps(found)
        print(f"The database is at version {found or 'none'}; this program at {migrations.newest()}.")
        if not steps:
            print("Nothing to do.")
            return 0
        for name, words in steps:
            print(f"  {name}: {words}")
        if dry_run:
            return 0
        print(_of_backup(settings))
        with held(database):
            migrations.upgrade(database)
    except migrations.DamagedDatabaseError as error:
        raise AdministrationError(str(error)) from error
    finally:
        database.close()
    print("Done. An older program does not run on it any more.")
    return 0


def _of_backup(settings: Settings) -> str:
    last = last_backup(settings.data_dir)
    if last is None:
        return "No backup is known of; the way back is one from before: portal admin backup."
    at = datetime.fromtimestamp(last.at_ms / 1000, UTC)
    return f"The way back is the backup of {at:%Y-%m-%d %H:%M UTC}."
