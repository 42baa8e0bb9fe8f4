"""Transactions and statements at the database's driver.

SQLAlchemy's bookkeeping of a transaction and its execution of a statement cost about 100 µs each, as much as checking
an item's signature; the driver's own cost 5 µs. Hot paths come here, with statements whose parameters and results are
texts, integers and bytes, which drivers take and give without help. Errors are SQLAlchemy's, as everywhere else.
"""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

_Row = Mapping[str, Any]


def begin(connection: sa.Connection, statement: str) -> None:
    """Begin a transaction with ``statement``. Raises what SQLAlchemy raises."""
    driver: Any = connection.connection.driver_connection
    try:
        driver.execute(statement)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _wrapped(connection, statement, error) from error


def commit(connection: sa.Connection) -> None:
    """Commit, whether or not SQLAlchemy has noticed a transaction. Raises what SQLAlchemy raises."""
    if connection.in_transaction():
        connection.commit()
        return
    driver: Any = connection.connection.driver_connection
    try:
        driver.commit()
    except connection.dialect.loaded_dbapi.Error as error:
        raise _wrapped(connection, "COMMIT", error) from error


def roll_back(connection: sa.Connection) -> None:
    """Roll back likewise, also after a COMMIT that failed; of a lost connection nothing is left to roll back.

    The connection is fit for the next transaction then; a lost one is replaced at its next use. Raises what SQLAlchemy
    raises.
    """
    # After a failed COMMIT SQLAlchemy keeps its transaction, no longer active, until somebody ends it: in_transaction()
    # is false, and begin() would fail for ever. Ending it sends no ROLLBACK, hence the driver's.
    kept = connection.get_transaction()
    if kept is not None:
        kept.rollback()
    if connection.invalidated:
        return
    driver: Any = connection.connection.driver_connection
    try:
        driver.rollback()
    except connection.dialect.loaded_dbapi.Error as error:
        raise _wrapped(connection, "ROLLBACK", error) from error


class Prepared:
    """``statement`` with named parameters, compiled once for each kind of database."""

    def __init__(self, statement: sa.ClauseElement) -> None:
        self._statement = statement
        self._compiled: dict[str, tuple[str, Callable[[_Row], Any]]] = {}

    def rows(self, connection: sa.Connection, parameters: _Row) -> list[tuple[Any, ...]]:
        """Run a query and return its rows. Raises what SQLAlchemy raises."""
        text, bound = self._compiled.get(connection.dialect.name) or self._compile(connection.dialect)
        driver: Any = connection.connection.driver_connection
        try:
            found: list[tuple[Any, ...]] = driver.execute(text, bound(parameters)).fetchall()
        except connection.dialect.loaded_dbapi.Error as error:
            raise _wrapped(connection, text, error) from error
        return found

    def run_all(self, connection: sa.Connection, rows: Sequence[_Row]) -> None:
        """Run the statement once for each of ``rows``. Raises what SQLAlchemy raises."""
        text, bound = self._compiled.get(connection.dialect.name) or self._compile(connection.dialect)
        driver: Any = connection.connection.driver_connection
        try:
            if len(rows) == 1:
                driver.execute(text, bound(rows[0]))
            else:
                driver.cursor().executemany(text, [bound(row) for row in rows])
        except connection.dialect.loaded_dbapi.Error as error:
            raise _wrapped(connection, text, error) from error

    def _compile(self, dialect: sa.Dialect) -> tuple[str, Callable[[_Row], Any]]:
        compiled = self._statement.compile(dialect=dialect)
        names = compiled.positiontup if compiled.positional else None  # type: ignore[attr-defined]
        bound = _by_name if names is None else _in_order(names)
        found = self._compiled[dialect.name] = (str(compiled), bound)
        return found


def _by_name(row: _Row) -> _Row:
    return row


def _in_order(names: Sequence[str]) -> Callable[[_Row], Any]:
    return itemgetter(*names) if len(names) > 1 else lambda row: tuple(row[name] for name in names)


def _wrapped(connection: sa.Connection, text: str, error: Exception) -> BaseException:
    """Return ``error`` as SQLAlchemy would raise it; a lost connection is replaced at its next use."""
    lost = connection.dialect.is_disconnect(error, connection.connection.dbapi_connection, None)  # type: ignore[arg-type]
    if lost:
        connection.invalidate(error)
    base = connection.dialect.loaded_dbapi.Error
    return DBAPIError.instance(text, None, error, base, hide_parameters=True, connection_invalidated=lost)
