"""Statements of hot paths: compiled once for each kind of database, then handed to the driver as they are.

SQLAlchemy's execution costs about 100 µs a statement, as much as checking an item's signature; the driver's own 5 µs.
For statements whose parameters and results are texts, integers and bytes, which drivers take and give without help.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DBAPIError


class Prepared:
    """``statement`` with named parameters, for ``Unit.connection``."""

    def __init__(self, statement: sa.ClauseElement) -> None:
        self._statement = statement
        self._compiled: dict[str, tuple[str, Sequence[str] | None]] = {}

    def rows(self, connection: sa.Connection, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Run a query and return its rows. Raises what SQLAlchemy raises."""
        text, order = self._text(connection)
        cursor = _cursor(connection)
        try:
            cursor.execute(text, _bound(parameters, order))
            return list(cursor.fetchall())
        except connection.dialect.loaded_dbapi.Error as error:
            raise _wrapped(connection, text, error) from error
        finally:
            cursor.close()

    def run_all(self, connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run the statement once for each of ``rows``. Raises what SQLAlchemy raises."""
        text, order = self._text(connection)
        cursor = _cursor(connection)
        try:
            if len(rows) == 1:
                cursor.execute(text, _bound(rows[0], order))
            else:
                cursor.executemany(text, [_bound(row, order) for row in rows])
        except connection.dialect.loaded_dbapi.Error as error:
            raise _wrapped(connection, text, error) from error
        finally:
            cursor.close()

    def _text(self, connection: sa.Connection) -> tuple[str, Sequence[str] | None]:
        name = connection.dialect.name
        known = self._compiled.get(name)
        if known is None:
            compiled = self._statement.compile(dialect=connection.dialect)
            order = compiled.positiontup if compiled.positional else None  # type: ignore[attr-defined]
            known = self._compiled[name] = (str(compiled), order)
        return known


def _cursor(connection: sa.Connection) -> DBAPICursor:
    cursor: DBAPICursor = connection.connection.cursor()
    return cursor


def _bound(parameters: Mapping[str, Any], order: Sequence[str] | None) -> Any:
    return parameters if order is None else [parameters[name] for name in order]


def _wrapped(connection: sa.Connection, text: str, error: Exception) -> BaseException:
    """Return ``error`` as SQLAlchemy would raise it; a lost connection is replaced at its next use."""
    lost = connection.dialect.is_disconnect(error, connection.connection.dbapi_connection, None)  # type: ignore[arg-type]
    if lost:
        connection.invalidate(error)
    base = connection.dialect.loaded_dbapi.Error
    return DBAPIError.instance(text, None, error, base, hide_parameters=True, connection_invalidated=lost)
