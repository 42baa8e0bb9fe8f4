"""Filling an empty database with rows, in one transaction: whatever fails, it is empty again."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from portal.server.admin.asked import AdministrationError
from portal.server.admin.copying import CopyError, Shape, be_patient, rows_of
from portal.server.core import driver
from portal.server.core.db import Database

_FOREIGN_KEYS: Final = (
    "SELECT c.conrelid::regclass::text, quote_ident(c.conname), pg_get_constraintdef(c.oid) FROM pg_constraint c "
    "WHERE c.contype = 'f' AND c.connamespace = current_schema()::regnamespace ORDER BY c.conname"
)


class NotEmptyError(AdministrationError):
    """Something is there already where an installation is to be put."""


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A constraint that stands aside while rows come in, and is checked when it comes back."""

    table: str
    name: str
    definition: str


@contextmanager
def filling(database: Database) -> Iterator[sa.Connection]:
    """Give a connection in a transaction that is committed at the end; of a database without any table.

    Raises:
        NotEmptyError: there are tables.
    """
    with database.engine.connect() as connection:
        if sa.inspect(connection).get_table_names():
            msg = f"the database {database.url.render_as_string()} is not empty; an installation goes into an empty one"
            raise NotEmptyError(msg)
        connection.rollback()  # ends what the look began
        if database.is_sqlite:
            # What refers to what is checked as a whole at the end; and see ``migrations.bring``.
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            driver.begin(connection, "BEGIN IMMEDIATE")
        else:
            be_patient(connection)
        try:
            yield connection
            _check_references(connection)
            driver.commit(connection)
        except BaseException:
            driver.roll_back(connection)
            raise


def put_aside(connection: sa.Connection) -> list[ForeignKey]:
    """Take the foreign keys away, so that tables may refer to one another in any order; returns them."""
    if connection.dialect.name != "postgresql":
        return []
    found = [ForeignKey(*row) for row in connection.exec_driver_sql(_FOREIGN_KEYS)]
    for key in found:
        connection.exec_driver_sql(f"ALTER TABLE {key.table} DROP CONSTRAINT {key.name}")
    return found


def put_back(connection: sa.Connection, keys: Sequence[ForeignKey]) -> None:
    """Put foreign keys back. Raises CopyError if rows refer to what is not there."""
    for key in keys:
        try:
            connection.exec_driver_sql(f"ALTER TABLE {key.table} ADD CONSTRAINT {key.name} {key.definition}")
        except sa.exc.IntegrityError as error:
            msg = f"rows of {key.table} refer to rows that are not there ({key.name})"
            raise CopyError(msg) from error


def load(connection: sa.Connection, shape: Shape, given: Iterable[bytes]) -> None:
    """Put rows, given as lines, into a table. Raises CopyError."""
    _check_columns(connection, shape)
    quote = connection.dialect.identifier_preparer.quote
    names = ", ".join(quote(name) for name, _ in shape.columns)
    connection.execute(sa.delete(sa.table(shape.name)))  # what migrations may have put there
    cursor: Any = connection.connection.cursor()
    errors = connection.dialect.loaded_dbapi.Error
    try:
        if connection.dialect.name == "postgresql":
            with cursor.copy(f"COPY {quote(shape.name)} ({names}) FROM STDIN") as copy:
                for row in rows_of(shape, given):
                    copy.write_row(row)
        else:
            places = ", ".join("?" * len(shape.columns))
            statement = f"INSERT INTO {quote(shape.name)} ({names}) VALUES ({places})"  # noqa: S608 - quoted
            cursor.executemany(statement, rows_of(shape, given))
    except errors as error:
        msg = f"the database refuses rows of {shape.name}: {_reason(error)}"
        raise CopyError(msg) from error
    finally:
        cursor.close()


def _check_columns(connection: sa.Connection, shape: Shape) -> None:
    inspector = sa.inspect(connection)
    if not inspector.has_table(shape.name):
        msg = f"there is no table {shape.name} in this version of the schema"
        raise CopyError(msg)
    present = {column["name"] for column in inspector.get_columns(shape.name)}
    if present != {name for name, _ in shape.columns}:
        msg = f"the table {shape.name} has other columns in this version of the schema"
        raise CopyError(msg)


def _check_references(connection: sa.Connection) -> None:
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken is not None:
            msg = f"rows of {broken[0]} refer to rows of {broken[2]} that are not there"
            raise CopyError(msg)


def _reason(error: BaseException) -> str:
    """What the database says without the row, which could hold anybody's words."""
    told = getattr(getattr(error, "diag", None), "message_primary", None)
    return str(told or type(error).__name__)
