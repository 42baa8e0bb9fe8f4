"""``portal migrate-store``: an installation's database into another one, SQLite to PostgreSQL or back; rows stay equal.

Nothing may write meanwhile, or it would stay behind: both databases are held as a server holds them.
"""

import argparse
import fcntl
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import sqlalchemy as sa

from portal.config import Settings
from portal.server.admin import copying, loading
from portal.server.admin.asked import AdministrationError, answered
from portal.server.admin.copying import Shape, Sum
from portal.server.admin.progress import Progress
from portal.server.core import migrations
from portal.server.core.db import AnotherServerError, Database


def main(arguments: Sequence[str]) -> int:
    """Run ``portal migrate-store``."""
    words = "Copy a database into an empty one, and compare every row. Stop the portal first."
    parser = argparse.ArgumentParser(prog="portal migrate-store", description=words)
    parser.add_argument("source", help="such as sqlite:////srv/portal/portal.sqlite3")
    parser.add_argument("target", help="such as postgresql://portal@db.example/portal")
    options = parser.parse_args(arguments)
    return answered(lambda: _migrate(options))


def _migrate(options: argparse.Namespace) -> int:
    with ExitStack() as stack:
        source, target = (_opened(stack, url) for url in (options.source, options.target))
        rows, tables = move(source, target)
    print(f"{rows:,} rows in {tables} tables, read back and the same: their sums are equal on both sides.")
    print(
        f"Now set database_url to the new database, and start the portal. The data folder stays: {_keys_stay(source)}."
    )
    return 0


def move(source: Database, target: Database) -> tuple[int, int]:
    """Copy every row of ``source`` into ``target``, which is empty; return how many, and of how many tables.

    Raises:
        NotEmptyError: ``target`` has tables. AdministrationError: ``source`` is of another version than this program.
        CopyError.
    """
    found, newest = migrations.current(source), migrations.newest()
    if found is None or found != newest:
        msg = f"the source is at version {found}, this program at {newest}: portal admin upgrade first"
        raise AdministrationError(msg)
    shapes = copying.shapes()
    with copying.snapshot(source) as reading, loading.filling(target) as writing:
        migrations.bring(writing, found)
        aside = loading.put_aside(writing)
        total = sum(copying.count(reading, shape) for shape in shapes)
        progress = Progress("rows", 2 * total)
        sums = [_copy(reading, writing, shape, progress) for shape in shapes]
        loading.put_back(writing, aside)
        for shape, given in zip(shapes, sums, strict=True):
            _compare(writing, shape, given, progress)
        progress.finish()
    return total, len(shapes)


def _copy(reading: sa.Connection, writing: sa.Connection, shape: Shape, progress: Progress) -> Sum:
    given = Sum()

    def lines() -> Iterator[bytes]:
        for line in copying.lines(reading, shape):
            given.add(line)
            progress.add()
            yield line

    loading.load(writing, shape, lines())
    copying.count_on(writing, shape, copying.counted_to(reading, shape))
    return given


def _compare(writing: sa.Connection, shape: Shape, given: Sum, progress: Progress) -> None:
    found = copying.summed(writing, shape, progress.add)
    if found != given:
        msg = f"the new database gives other rows of {shape.name} back than it was given; nothing was kept"
        raise copying.CopyError(msg)


def _opened(stack: ExitStack, url: str) -> Database:
    """A database that nobody else serves while it is open."""
    database = Database(Settings(database_url=url).database_url)
    stack.callback(database.close)
    stack.enter_context(held(database))
    return database


@contextmanager
def held(database: Database) -> Iterator[None]:
    """Hold a database as a server does. Raises AdministrationError if one serves it."""
    busy = f"a portal serves {database.url.render_as_string()}: stop it first, or what is done meanwhile stays behind"
    if database.is_sqlite:
        folder = Path(database.url.database or "").parent
        if not folder.is_dir():
            msg = f"there is no folder {folder}"
            raise AdministrationError(msg)
        with (folder / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise AdministrationError(busy) from error
            yield
        return
    try:
        with database.served_here_alone():
            yield
    except AnotherServerError as error:
        raise AdministrationError(busy) from error


def _keys_stay(source: Database) -> str:
    folder = Path(source.url.database or "").parent if source.is_sqlite else None
    return "its keys and files belong to the new database, too" + ("" if folder is None else f" ({folder})")
