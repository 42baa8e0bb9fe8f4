"""Rows on their way between databases: the same for backups, restores and moves, and for both kinds of database.

A row is a line of JSON, an array in the order of the table's columns; bytes are base64, and a JSON column is the very
text that the database holds. The sum of a table is Σ SHA-512(line) modulo 2^512, in whatever order rows come: two
tables with the same sum and count hold the same rows.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from portal.server.admin.asked import AdministrationError
from portal.server.core import driver
from portal.server.core.db import Base, Database

ROWS_AT_ONCE: Final = 100
"""Fetched together: a draft's snapshot or a file of citizens' words can be megabytes."""
_MODULUS: Final = 1 << 512
_KINDS: Final[tuple[tuple[type[sa.types.TypeEngine[Any]], str], ...]] = (
    (sa.Boolean, "bool"),
    (sa.Integer, "int"),
    (sa.JSON, "json"),
    (sa.LargeBinary, "bytes"),
    (sa.String, "text"),
)
_PYTHON: Final[Mapping[str, type]] = {"bool": bool, "int": int, "json": str, "bytes": bytes, "text": str}
_TYPES: Final[Mapping[str, Callable[[], sa.types.TypeEngine[Any]]]] = {
    "bool": sa.Boolean,
    "int": sa.BigInteger,
    "json": sa.Text,
    "bytes": sa.LargeBinary,
    "text": sa.Text,
}


class CopyError(AdministrationError):
    """Rows can not be copied as they are; the message says which table."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A table: its columns with their kinds, and the column that the database counts by itself, if there is one."""

    name: str
    columns: tuple[tuple[str, str], ...]
    counter: str | None

    def to_json(self) -> dict[str, Any]:
        """Return it as ``parse_shape`` reads it."""
        return {"columns": [list(column) for column in self.columns], "counter": self.counter}

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of its columns, in their order."""
        return tuple(kind for _, kind in self.columns)


@dataclass(slots=True)
class Sum:
    """Of a table's rows: how many there are, and what identifies them all."""

    rows: int = 0
    total: int = 0

    def add(self, line: bytes) -> None:
        """Count a row in."""
        self.rows += 1
        self.total = (self.total + int.from_bytes(hashlib.sha512(line).digest(), "big")) % _MODULUS

    def to_text(self) -> str:
        """Return the sum as 128 hexadecimal digits."""
        return f"{self.total:0128x}"


def shapes() -> list[Shape]:
    """Return the tables of this program, each behind those that it refers to; not what is gone in minutes anyway."""
    import portal.server.app  # noqa: F401, PLC0415 - declares the tables of every feature

    kept = (table for table in Base.metadata.sorted_tables if not table.info.get("transient"))
    return [_shape(table) for table in kept]


def parse_shape(name: str, value: Any) -> Shape:
    """Read what ``Shape.to_json`` gave. Raises CopyError."""
    try:
        columns = tuple((str(column), str(kind)) for column, kind in value["columns"])
        counter = None if value["counter"] is None else str(value["counter"])
    except (TypeError, ValueError, KeyError) as error:
        raise CopyError(_unreadable(name)) from error
    names = [column for column, _ in columns]
    if not names or len(set(names)) < len(names) or not {kind for _, kind in columns} <= _PYTHON.keys():
        raise CopyError(_unreadable(name))
    if counter is not None and (counter, "int") not in columns:
        raise CopyError(_unreadable(name))
    return Shape(name, columns, counter)


@contextmanager
def snapshot(database: Database) -> Iterator[sa.Connection]:
    """Give a connection that sees one moment of the database, however long it is used; others go on writing."""
    with database.engine.connect() as fresh:
        connection = fresh
        if database.is_sqlite:
            driver.begin(connection, "BEGIN")
            connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar()  # the moment is the first look
        else:
            connection = fresh.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            be_patient(connection)
        try:
            yield connection
        finally:
            driver.roll_back(connection)


def be_patient(connection: sa.Connection) -> None:
    """Let a transaction on PostgreSQL wait as long as it takes: for a slow disk, or whoever reads what it writes."""
    if connection.dialect.name == "postgresql":
        for name in ("idle_in_transaction_session_timeout", "lock_timeout", "statement_timeout"):
            connection.exec_driver_sql(f"SET LOCAL {name} = 0")


def count(connection: sa.Connection, shape: Shape) -> int:
    """Return how many rows a table has."""
    return connection.scalar(sa.select(sa.func.count()).select_from(sa.table(shape.name))) or 0


def lines(connection: sa.Connection, shape: Shape) -> Iterator[bytes]:
    """Yield the rows of a table as lines. Raises CopyError for a value that its column can not have."""
    # Of the statement, not of the connection, which would keep them.
    streamed = {"stream_results": True, "yield_per": ROWS_AT_ONCE}
    encoded = _encoder(shape)
    with connection.execute(sa.select(*_selected(connection, shape)), execution_options=streamed) as rows:
        for row in rows:
            yield encoded(row)


def summed(connection: sa.Connection, shape: Shape, each: Callable[[int], None] = lambda _rows: None) -> Sum:
    """Return the sum of a table as the database holds it; ``each`` hears of every row."""
    found = Sum()
    for line in lines(connection, shape):
        found.add(line)
        each(1)
    return found


def rows_of(shape: Shape, given: Iterable[bytes]) -> Iterator[tuple[Any, ...]]:
    """Yield the values of lines. Raises CopyError for what is no row of this table."""
    kinds = shape.kinds
    for line in given:
        try:
            values = json.loads(line)
            if type(values) is not list or len(values) != len(kinds):
                raise CopyError(_unreadable(shape.name))
            yield tuple(_decoded(kind, value) for kind, value in zip(kinds, values, strict=True))
        except (ValueError, TypeError, AttributeError) as error:
            raise CopyError(_unreadable(shape.name)) from error


def counted_to(connection: sa.Connection, shape: Shape) -> int:
    """Return the last number that the database gave to a row of this table, or that one has; 0 before the first."""
    if shape.counter is None:
        return 0
    highest = connection.scalar(sa.select(sa.func.max(sa.column(shape.counter))).select_from(sa.table(shape.name))) or 0
    if connection.dialect.name == "postgresql":
        name = _sequence(connection, shape)
        given = 0
        if name is not None:
            asked = f"SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM {name}"  # noqa: S608 - quoted by the database
            given = connection.exec_driver_sql(asked).scalar() or 0
    else:
        asked = "SELECT seq FROM sqlite_sequence WHERE name = ?"
        given = (connection.exec_driver_sql(asked, (shape.name,)).scalar() or 0) if _has_counters(connection) else 0
    return max(int(given), int(highest), 0)


def count_on(connection: sa.Connection, shape: Shape, last: int) -> None:
    """Let the database give numbers after ``last`` to further rows of this table."""
    if shape.counter is None or last <= 0:
        return
    if connection.dialect.name == "postgresql":
        name = _sequence(connection, shape)
        if name is not None:
            connection.execute(sa.text("SELECT setval(CAST(:name AS regclass), :last)"), {"name": name, "last": last})
    elif _has_counters(connection):
        connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = ?", (shape.name,))
        connection.exec_driver_sql("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (shape.name, last))


def _shape(table: sa.Table) -> Shape:
    counted = table.autoincrement_column
    columns = tuple((column.name, _kind(table.name, column)) for column in table.columns)
    return Shape(table.name, columns, None if counted is None else counted.name)


def _kind(table: str, column: sa.Column[Any]) -> str:
    kind = next((kind for declared, kind in _KINDS if isinstance(column.type, declared)), None)
    if kind is None:
        msg = f"no way is known to copy {table}.{column.name}, of type {column.type}"
        raise CopyError(msg)
    return kind


def _selected(connection: sa.Connection, shape: Shape) -> Iterator[sa.ColumnElement[Any]]:
    table = sa.table(shape.name, *(sa.column(name, _TYPES[kind]()) for name, kind in shape.columns))
    for name, kind in shape.columns:
        # As text, so that nothing reads and writes it anew on the way; and NULL stays another thing than 'null'.
        is_typed = kind == "json" and connection.dialect.name == "postgresql"
        yield sa.cast(table.c[name], sa.Text).label(name) if is_typed else table.c[name]


def _encoder(shape: Shape) -> Callable[[Iterable[Any]], bytes]:
    kinds = [(name, kind == "bytes", _PYTHON[kind]) for name, kind in shape.columns]
    encode = json.JSONEncoder(separators=(",", ":")).encode

    def encoded(row: Iterable[Any]) -> bytes:
        values = []
        for value, (name, is_bytes, expected) in zip(row, kinds, strict=True):
            if value is not None and type(value) is not expected:
                msg = f"{shape.name}.{name} holds a value that is no {expected.__name__}: the database is damaged"
                raise CopyError(msg)
            values.append(base64.b64encode(value).decode() if is_bytes and isinstance(value, bytes) else value)
        return encode(values).encode() + b"\n"

    return encoded


def _decoded(kind: str, value: Any) -> Any:
    if value is None:
        return None
    if kind == "bytes":
        return base64.b64decode(value.encode("ascii"), validate=True)
    if type(value) is not _PYTHON[kind]:
        raise TypeError
    return value


def _sequence(connection: sa.Connection, shape: Shape) -> str | None:
    quoted = connection.dialect.identifier_preparer.quote(shape.name)
    asked = sa.text("SELECT pg_get_serial_sequence(:name, :column)")
    found: str | None = connection.scalar(asked, {"name": quoted, "column": shape.counter})
    return found


def _has_counters(connection: sa.Connection) -> bool:
    asked = "SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_sequence'"
    return bool(connection.exec_driver_sql(asked).scalar())


def _unreadable(table: str) -> str:
    return f"the rows of {table} are not as they are written here"
