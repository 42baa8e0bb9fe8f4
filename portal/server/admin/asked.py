"""What every task of ``portal admin`` is asked with: which installation, and how it answers when that goes wrong."""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from portal.config import Settings, SettingsError, load_settings
from portal.server.core import migrations
from portal.server.core.db import Database
from portal.server.core.migrations import MissingSchemaError, NewerDatabaseError
from portal.wire.errors import PortalError

EXIT_FAULT: Final = 1
EXIT_USAGE: Final = 2


class AdministrationError(Exception):
    """A task can not be done; the message says why and what to do."""


def add_installation(parser: argparse.ArgumentParser) -> None:
    """Let ``parser`` take the options that name an installation."""
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings file (TOML)")
    parser.add_argument("--data", type=Path, metavar="DIR", help="data folder (default: ./data)")


def settings_of(options: argparse.Namespace, **flags: object) -> Settings:
    """Return the settings of the installation that ``options`` name; ``flags`` beat them. Raises SettingsError."""
    return load_settings(file=options.config, flags={"data_dir": options.data, **flags})


@contextmanager
def opened(chosen: Settings) -> Iterator[Database]:
    """The database of an installation that is there, of this program's schema.

    Raises:
        AdministrationError: there is none, or it is of another schema.
    """
    database = Database(chosen.database_url)
    try:
        if database.is_sqlite and not Path(database.url.database or "").is_file():
            msg = f"there is no installation in {chosen.data_dir}: name it with --data DIR or --config FILE"
            raise AdministrationError(msg)
        if migrations.current(database) != migrations.newest():
            msg = "the database is not of this program's version: portal admin upgrade, or portal admin doctor"
            raise AdministrationError(msg)
        yield database
    finally:
        database.close()


def answered(task: Callable[[], int]) -> int:
    """Return the exit status of ``task``; what it can not do is said in one line on the error stream."""
    try:
        return task()
    except SettingsError as error:
        print(f"portal: {error}", file=sys.stderr)
        return EXIT_USAGE
    except (AdministrationError, MissingSchemaError, NewerDatabaseError) as error:
        print(f"portal: {error}", file=sys.stderr)
    except PortalError as error:
        print(f"portal: refused: {error.code}", file=sys.stderr)
    except SQLAlchemyError as error:
        print(f"portal: the database does not answer ({type(error).__name__}): portal admin doctor", file=sys.stderr)
    return EXIT_FAULT
