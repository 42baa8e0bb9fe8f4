"""Database sessions: one transaction for each piece of work, and its events only after the commit.

Flow of every write: view or socket handler → ``Database.write`` in a native thread → policy gate → service → models →
outbox, which is handed on after the commit. Nothing is emitted for what could still be rolled back.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, Final, TypeVar

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session

from portal.server.core import driver
from portal.server.core.at_rest import AtRest
from portal.server.core.outbox import Outbox
from portal.server.core.serving import LOCK_WAIT_S, right_to_serve
from portal.server.core.serving import AnotherServerError as AnotherServerError  # noqa: PLC0414 - known by this name

T = TypeVar("T")
POOL_SIZE: Final = 16
"""Connections kept: one for each thread that works for the hub, the writer, and some for commands."""
LOCK_KEY: Final = 0x706F7274616C
"""Of PostgreSQL's advisory lock: "portal"."""
_CHANGE_KEY: Final = 0x706F7274736D
"""Of the one that those hold who bring the schema forward: "portsm"."""
# A host that is gone without a word is missed within 3 s: here by the system, there by PostgreSQL, which then lets its
# locks go.
_LIVELY: Final[dict[str, Any]] = {
    "connect_timeout": 3,
    "keepalives_idle": 1,
    "keepalives_interval": 1,
    "keepalives_count": 2,
    "tcp_user_timeout": 3000,
}
_LIVELY_THERE: Final = {
    "tcp_keepalives_idle": "1",
    "tcp_keepalives_interval": "1",
    "tcp_keepalives_count": "2",
    "tcp_user_timeout": "3000",
}
# So does a process that stands still while it holds rooms.
_APPENDING: Final = {"idle_in_transaction_session_timeout": "3000", "lock_timeout": "3500"}


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


class Unit:
    """One unit of work: a transaction, the server's clock, and the events to send after it.

    ``session`` is for rows as objects; ``connection`` for statements on hot paths, without a session's bookkeeping.
    Both are in the same transaction; what the session has not flushed, the connection does not see.
    """

    __slots__ = ("_at_rest", "_collected", "_session", "connection", "now_ms", "outbox")

    def __init__(self, connection: sa.Connection, now_ms: int, at_rest: AtRest | None = None) -> None:
        self._at_rest = at_rest
        self.connection = connection
        self.now_ms = now_ms
        self.outbox = Outbox()
        self._session: Session | None = None
        self._collected: dict[Callable[[Unit, Sequence[str]], None], set[str]] = {}

    def at_end(self, do: "Callable[[Unit, Sequence[str]], None]", names: Iterable[str]) -> None:
        """Call ``do`` once, last of all in the transaction, with the ``names`` of all such calls in their order.

        For rows that others hold for long, or hold several of: they are locked late, and always in one order.
        """
        self._collected.setdefault(do, set()).update(names)

    @property
    def session(self) -> Session:
        """The session, made at first use."""
        if self._session is None:
            if not self.connection.in_transaction():
                self.connection.begin()  # so that the session joins this transaction and does not end it
            self._session = Session(self.connection, expire_on_commit=False)
        return self._session

    @property
    def at_rest(self) -> AtRest:
        """What seals and opens citizens' words; RuntimeError where the database was opened without its key file."""
        if self._at_rest is None:
            msg = "the database was opened without the key of texts at rest"
            raise RuntimeError(msg)
        return self._at_rest

    @property
    def now_s(self) -> int:
        """Seconds since 1970, UTC."""
        return self.now_ms // 1000

    def _finish(self) -> None:
        if self._session is not None:
            self._session.flush()
        for do, names in self._collected.items():
            do(self, sorted(names))
        if self._session is not None:
            self._session.flush()
            self._session.close()

    def _close(self) -> None:
        if self._session is not None:
            self._session.close()


class Database:
    """An engine on SQLite (WAL, synchronous=FULL) or PostgreSQL (psycopg 3), and the way to use it.

    Used from native threads only, never on gevent's hub: a slow disk would stop every socket.
    """

    def __init__(self, url: str, *, clock_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self.url = sa.make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(self.url) if self.is_sqlite else _postgresql_engine(self.url)
        self._appending = self.engine if self.is_sqlite else _postgresql_engine(self.url, **_APPENDING)
        self.clock_ms = clock_ms
        self.at_rest: AtRest | None = None
        """The key of citizens' words; ``create_app`` opens it."""
        self.deliver: Callable[[Outbox], None] = lambda _outbox: None
        self.before_commit: Callable[[Unit], None] | None = None
        """Called in each transaction that has events; where several processes serve, it writes these down."""
        self.uncertain: Callable[[], None] = lambda: None
        """Called when a connection broke at a commit: nobody knows whether it happened, and its events are not sent."""
        # SQLite has one writer; waiting here is fair, waiting in SQLite is polling.
        self._write_lock = threading.Lock() if self.is_sqlite else nullcontext()

    def read(self, work: Callable[[Unit], T]) -> T:
        """Run ``work`` in a transaction, one snapshot, that is rolled back at its end."""
        with self.engine.connect() as connection:
            if self.is_sqlite:
                driver.begin(connection, "BEGIN")
            unit = Unit(connection, self.clock_ms(), self.at_rest)
            try:
                return work(unit)
            finally:
                unit._close()  # noqa: SLF001 - one module

    def write(self, work: Callable[[Unit], T], *, connection: sa.Connection | None = None) -> T:
        """Run ``work`` in one transaction, commit it, then hand its events to the outbox's delivery.

        ``connection``: one that the caller keeps, instead of one from the pool.
        """
        with self._write_lock:
            if connection is not None:
                outbox, result = self._transact(work, connection)
            else:
                with self.engine.connect() as pooled:
                    outbox, result = self._transact(work, pooled)
        outbox.committed()
        # Without steps of its own, too: what it followed is to be done before any later ones.
        if outbox.steps or outbox.follows_others:
            self.deliver(outbox)
        return result

    def appending(self) -> sa.Connection:
        """Return a connection for the thread that appends to records, which holds rooms from all other processes.

        In PostgreSQL it loses a transaction in which it says nothing for 3 s, and waits at most 3.5 s for others'.
        """
        return self._appending.connect()

    @contextmanager
    def served_here_alone(
        self, key: int = LOCK_KEY, *, shared: bool = False, on_lost: Callable[[], None] | None = None
    ) -> Iterator[None]:
        """Hold the right to serve this database: what a server remembers between transactions is its own to change.

        ``key`` names the right; a worker has its own. ``shared``: together with others who hold it likewise. Who holds
        it for long gives ``on_lost``, which is called where another process has it after the database was away
        (``right_to_serve``). Raises AnotherServerError if another process holds it. Only PostgreSQL is asked; a SQLite
        file lies in a data folder, which is locked as a whole.
        """
        if self.is_sqlite:
            yield
            return
        with right_to_serve(self.engine, key, shared=shared, on_lost=on_lost):
            yield

    def keep_servers_away(self, connection: sa.Connection) -> None:
        """Hold, until the end of ``connection``'s transaction, what servers hold while they serve: nobody does.

        Of several processes that want this the others wait. Raises AnotherServerError if somebody serves; PostgreSQL
        only.
        """
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_CHANGE_KEY)))
        deadline_s = time.monotonic() + LOCK_WAIT_S
        while not connection.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(LOCK_KEY))):
            if time.monotonic() > deadline_s:
                raise AnotherServerError
            time.sleep(0.1)

    def own_connection(self) -> psycopg.Connection[Any]:
        """Open a connection outside the pool, in autocommit, which the caller closes; PostgreSQL only.

        For what lasts as long as the process: listening, or a lock. Raises psycopg.Error.
        """
        positional, named = self.engine.dialect.create_connect_args(self.url)
        options = _options(self.url, _LIVELY_THERE)
        return psycopg.connect(*positional, autocommit=True, **{**named, **_LIVELY, "options": options})

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()
        self._appending.dispose()

    def _transact(self, work: Callable[[Unit], T], connection: sa.Connection) -> tuple[Outbox, T]:
        if self.is_sqlite:
            driver.begin(connection, "BEGIN IMMEDIATE")
        unit = Unit(connection, self.clock_ms(), self.at_rest)
        try:
            result = work(unit)
            unit._finish()  # noqa: SLF001 - one module
            if self.before_commit is not None and unit.outbox.steps:
                self.before_commit(unit)
            self._commit(connection)
        except BaseException:
            unit._close()  # noqa: SLF001 - one module
            driver.roll_back(connection)
            raise
        return unit.outbox, result

    def _commit(self, connection: sa.Connection) -> None:
        try:
            driver.commit(connection)
        except DBAPIError as error:
            if error.connection_invalidated:
                self.uncertain()
            raise


def _postgresql_engine(url: sa.URL, **parameters: str) -> sa.Engine:
    arguments = _LIVELY | {"options": _options(url, _LIVELY_THERE | parameters)}
    return sa.create_engine(url, pool_pre_ping=True, pool_size=POOL_SIZE, hide_parameters=True, connect_args=arguments)


def _options(url: sa.URL, parameters: dict[str, str]) -> str:
    """Return PostgreSQL's parameters for one connection, those of ``url`` among them."""
    given = url.query.get("options", "")
    own = given if isinstance(given, str) else " ".join(given)
    return " ".join([own, *(f"-c {name}={value}" for name, value in parameters.items())]).strip()


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
