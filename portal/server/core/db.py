"""Database sessions: one transaction for each piece of work, and its events only after the commit.

Flow of every write: view or socket handler → ``Database.write`` in a native thread → policy gate → service → models →
outbox, which is handed on after the commit. Nothing is emitted for what could still be rolled back.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from portal.server.core.outbox import Outbox

T = TypeVar("T")
POOL_SIZE: Final = 16
"""Connections kept: one for each thread that works for the hub, the writer, and some for commands."""


class Base(DeclarativeBase):
    """Base of every table. Ids are base64url text of 22 characters; hashes, keys and ciphertexts are bytes."""

    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it as a class attribute
        int: sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
        bytes: sa.LargeBinary(),
        dict[str, Any]: sa.JSON(),
        list[str]: sa.JSON(),
    }
    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


@dataclass(frozen=True)
class Unit:
    """One unit of work: a session inside a transaction, the server's clock, and the events to send after it."""

    session: Session
    now_ms: int
    outbox: Outbox = field(default_factory=Outbox)

    @property
    def now_s(self) -> int:
        """Seconds since 1970, UTC."""
        return self.now_ms // 1000


class Database:
    """An engine on SQLite (WAL, synchronous=FULL) or PostgreSQL (psycopg 3), and the way to use it.

    Used from native threads only, never on gevent's hub: a slow disk would stop every socket.
    """

    def __init__(self, url: str, *, clock_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self.url = sa.make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(self.url) if self.is_sqlite else _postgresql_engine(self.url)
        self.clock_ms = clock_ms
        self.deliver: Callable[[Outbox], None] = lambda _outbox: None
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        # SQLite has one writer; waiting here is fair, waiting in SQLite is polling.
        self.write_lock = threading.Lock() if self.is_sqlite else None

    def read(self, work: Callable[[Unit], T]) -> T:
        """Run ``work`` in a transaction that is rolled back at its end."""
        with self._sessions() as session:
            if self.is_sqlite:
                session.connection().exec_driver_sql("BEGIN")
            return work(Unit(session, self.clock_ms()))

    def write(self, work: Callable[[Unit], T]) -> T:
        """Run ``work`` in one transaction, commit it, then hand its events to the outbox's delivery."""
        with self._writing(), self._sessions.begin() as session:
            if self.is_sqlite:
                session.connection().exec_driver_sql("BEGIN IMMEDIATE")
            unit = Unit(session, self.clock_ms())
            result = work(unit)
            outbox = unit.outbox
        outbox.committed()
        if outbox.steps:
            self.deliver(outbox)
        return result

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        if self.write_lock is None:
            yield
        else:
            with self.write_lock:
                yield


def _postgresql_engine(url: sa.URL) -> sa.Engine:
    return sa.create_engine(url, pool_pre_ping=True, pool_size=POOL_SIZE, hide_parameters=True)


def _sqlite_engine(url: sa.URL) -> sa.Engine:
    engine = sa.create_engine(
        url, connect_args={"check_same_thread": False, "timeout": 30}, pool_size=POOL_SIZE, hide_parameters=True
    )

    @sa.event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        # The driver must not begin transactions by itself: reads stay plain, writes say BEGIN IMMEDIATE.
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")

    return engine
