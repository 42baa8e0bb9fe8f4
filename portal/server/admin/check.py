"""``portal admin check``: whether an installation is whole, as a restore checks what it puts back."""

import argparse
from collections.abc import Sequence

from portal.config import Settings
from portal.server.admin.asked import EXIT_FAULT, AdministrationError, add_installation, answered, settings_of
from portal.server.admin.backup import is_known
from portal.server.admin.checking import Checked, Folder, check, shown
from portal.server.admin.copying import snapshot
from portal.server.core import migrations
from portal.server.core.db import Database, Unit
from portal.server.ledger import keys


def main(arguments: Sequence[str]) -> int:
    """Run ``portal admin check``; 1 if something does not fit together."""
    words = "Read everything, and see whether records, ledger, files and keys fit together. The portal may run."
    parser = argparse.ArgumentParser(prog="portal admin check", description=words)
    add_installation(parser)
    options = parser.parse_args(arguments)
    return answered(lambda: _check(settings_of(options)))


def _check(settings: Settings) -> int:
    checked = look(settings)
    for problem in shown(checked.problems):
        print(f"WRONG    {problem}")
    for line in checked.told():
        print(f"{'looked at' if checked.problems else 'ok':<7}  {line}")
    return EXIT_FAULT if checked.problems else 0


def look(settings: Settings) -> Checked:
    """Look through an installation.

    Raises:
        AdministrationError: there is none, or it is of another version than this program.
    """
    folder = Folder(settings.data_dir)
    if not (folder.keys / keys.KEY_FILE).exists():
        msg = f"there is no portal in {settings.data_dir} (no {keys.KEY_FILE} in keys); which folder is it? --data DIR"
        raise AdministrationError(msg)
    log = keys.open_signer(folder.keys, settings.ledger_origin).key
    signed = keys.read_signed(folder.keys)  # before the database, which then holds at least as much
    database = Database(settings.database_url)
    try:
        found = migrations.current(database)
        if found != migrations.newest():
            msg = f"the database is at version {found}, this program at {migrations.newest()}: portal admin upgrade"
            raise AdministrationError(msg)
        with snapshot(database) as connection:
            unit = Unit(connection, database.clock_ms())
            return check(unit, folder, log, signed, lambda name: not is_known(database, name))
    finally:
        database.close()
