"""Events that cross processes: rows beside what was committed, read by all in one order.

Several processes serve one database. What a committed unit of work wants done with sockets is written in the same
transaction as rows of ``delivery``; every process reads the rows of the others and does the same with its own sockets.
A wake-up only says "look": without one, rows are found half a second later. So nothing is lost with a broker, and none
is in the way of a message.

Order. Whoever appends to a room holds the room's row until the commit, and rows get their ids meanwhile: for one room
they are in the order of its numbers, and a row is never seen before those that came before it. A process posts the rows
of others in that order, and its own at their place among them.

What is new. A transaction's rows appear when it commits, whichever ids they have. So a reader remembers the snapshot
that it looked with last: new is what is visible now and was not in that snapshot.

Losing sight. The table is unlogged, and old rows go. ``delivery_horizon`` tells exactly when something can have gone
unread: its epoch is another after the database crashed or was replaced, its number rises with every deletion. A process
that this befalls closes its sockets; their clients connect again and catch up by the record's numbers. So does one that
is cut off from the database for SIGHT_S: others may still have it.
"""

import secrets
import threading
import time
import weakref
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple, Protocol, cast

import psycopg
import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from portal.server.core.db import Base, Database, Unit
from portal.server.core.driver import Prepared as Statement
from portal.server.core.fanout import Prepared, UnknownPackingError, pack, prepare, unpack
from portal.server.core.outbox import Outbox
from portal.server.core.wake import Wake

TOPIC: Final = "deliveries"
LOOK_S: Final = 0.5
SIGHT_S: Final = 10.0
KEPT_S: Final = 60.0
"""How long rows are kept at least."""
_SWEEP_S: Final = 10.0
_PROCESS_CHARS: Final = 16
# Backups leave such tables out: these say nothing to another cluster.
_TRANSIENT: Final = {"info": {"transient": True}}
_log = structlog.get_logger(__name__)


class Delivery(Base):
    """Steps for sockets (core/fanout.py), in the transaction ``xid``, from ``process``. Unlogged in PostgreSQL."""

    __tablename__ = "delivery"
    __table_args__ = _TRANSIENT

    id: Mapped[int] = mapped_column(primary_key=True)
    process: Mapped[str] = mapped_column(sa.String(_PROCESS_CHARS))
    xid: Mapped[int] = mapped_column(index=True)
    steps: Mapped[bytes]


class DeliveryHorizon(Base):
    """The one row that tells whether rows are gone: of transactions below ``xid``, or all, where ``epoch`` is new."""

    __tablename__ = "delivery_horizon"
    __table_args__ = _TRANSIENT

    id: Mapped[int] = mapped_column(primary_key=True)
    epoch: Mapped[str] = mapped_column(sa.String(_PROCESS_CHARS))
    xid: Mapped[int]


_table: Final = cast("sa.Table", Delivery.__table__)
_INSERT: Final = Statement(
    _table.insert()
    .values(
        process=sa.bindparam("process"),
        xid=sa.literal_column("pg_current_xact_id()::text::bigint"),
        steps=sa.bindparam("steps"),
    )
    .returning(_table.c.id)
)
_LOOK: Final = """
SELECT pg_current_snapshot()::text, h.epoch, h.xid, d.id, d.process, d.steps
FROM delivery_horizon h LEFT JOIN (
  SELECT id, process, CASE WHEN process = %(own)s THEN NULL ELSE steps END AS steps
  FROM delivery WHERE xid >= %(end)s
  UNION ALL
  SELECT id, process, CASE WHEN process = %(own)s THEN NULL ELSE steps END AS steps
  FROM delivery WHERE xid = ANY(%(open)s::bigint[])
) d ON true ORDER BY d.id
"""
_BEGIN: Final = "INSERT INTO delivery_horizon (id, epoch, xid) VALUES (1, %s, 0) ON CONFLICT DO NOTHING"
_SWEEP: Final = sa.text("""
WITH raised AS (
  UPDATE delivery_horizon SET xid = :below
  WHERE id = (SELECT id FROM delivery_horizon WHERE xid < :below FOR UPDATE SKIP LOCKED) RETURNING 1
)
DELETE FROM delivery WHERE xid < :below AND EXISTS (SELECT 1 FROM raised)
""")
# What came here with a dump of another cluster counts its transactions: none that is visible here can be that high, and
# no horizon was ever above what was then the oldest one open.
_DROP_STRANGE: Final = (
    "DELETE FROM delivery WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint",
    "DELETE FROM delivery_horizon WHERE xid > pg_snapshot_xmin(pg_current_snapshot())::text::bigint",
)
_NEVER: Final = (1 << 63) - 1


class Sockets(Protocol):
    """Where steps are done: core's Realtime."""

    def hears(self, audience: str) -> bool:
        """Tell whether any socket gets the events for ``audience``. From any thread."""
        ...

    def post(self, steps: Sequence[Prepared]) -> None:
        """Do ``steps`` after all that were posted before. From any thread."""
        ...

    def close_everyone(self) -> None:
        """Close all sockets after that. From any thread."""
        ...


class Snapshot(NamedTuple):
    """What was visible: all transactions below ``end`` but the ``open`` ones, none of which is below ``begin``."""

    begin: int
    end: int
    open: list[int]

    @classmethod
    def parse(cls, text: str) -> "Snapshot":
        """Read PostgreSQL's ``xmin:xmax:xip,xip``."""
        begin, end, between = text.split(":")
        return cls(int(begin), int(end), [int(xid) for xid in between.split(",") if xid])


class Own:
    """A portion of steps that this process committed, or is about to, with the id of its row."""

    __slots__ = ("__weakref__", "posted", "row", "steps")

    def __init__(self, row: int, steps: Sequence[Prepared]) -> None:
        self.row = row
        self.steps = steps
        self.posted = False


class _Row(NamedTuple):
    now: str
    epoch: str
    horizon: int
    id: int | None
    process: str
    steps: bytes | None


class _LostSightError(Exception):
    """Rows can have gone unread."""


def record(unit: Unit, process: str = "") -> None:
    """Write down, in ``unit``'s transaction, what it wants done with sockets; for ``Database.before_commit``."""
    unit.outbox.owned = [
        Own(_INSERT.rows(unit.connection, {"process": process, "steps": packed})[0][0], portion)
        for portion, packed in pack(prepare(unit.outbox.steps))
    ]


class Deliveries:
    """One process's part: it writes down its own events, and does with its sockets what all processes wrote down."""

    def __init__(self, database: Database, sockets: Sockets, wake: Wake) -> None:
        self._database = database
        self._sockets = sockets
        self._wake = wake
        self._process = _name()
        # One looks, or posts, at a time: so there is one order.
        self._lock = threading.Lock()
        self._connection: psycopg.Connection[Any] | None = None
        self._snapshot: Snapshot | None = None
        self._epoch = ""
        # Whoever commits holds the strong reference; of a transaction that was rolled back nothing stays.
        self._own: weakref.WeakValueDictionary[int, Own] = weakref.WeakValueDictionary()
        self._posted: set[int] = set()
        self._behind = False
        """Whether steps that this process committed wait for a look, and all that it commits with them."""
        self._looked_s = 0.0
        self._horizons: deque[tuple[float, int]] = deque()
        self._swept_s = time.monotonic()
        self._something = threading.Event()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self.in_sight = False
        wake.listen(TOPIC, lambda _payload: self._something.set())

    def start(self) -> None:
        """Look from now on. What was committed before is not delivered: no socket was there to miss it.

        Raises psycopg.Error, and what SQLAlchemy raises.
        """
        with self._database.engine.begin() as connection:
            for statement in _DROP_STRANGE:
                connection.exec_driver_sql(statement)
        with self._lock:
            self._look()
        self._begin()

    def close(self) -> None:
        """Stop looking."""
        self._closing.set()
        self._something.set()
        if self._thread is not None:
            self._thread.join()
        with self._lock:
            self._let_go()

    def record(self, unit: Unit) -> None:
        """Write down what ``unit`` wants done with sockets, in its transaction (``Database.before_commit``)."""
        record(unit, self._process)
        for own in unit.outbox.owned:
            self._own[own.row] = own

    def deliver(self, committed: Outbox) -> None:
        """Post what was committed here, at its place among what others committed, and call on them to look.

        For ``Database.deliver``; from any thread.
        """
        with self._lock:
            if self._caught_up(committed):
                for own in committed.owned:
                    self._post_own(own)
        self._wake.wake(TOPIC)

    def _caught_up(self, committed: Outbox) -> bool:
        """Post what others committed before; False if the database does not answer: then all that comes is in order."""
        if not (committed.follows_others or self._behind) or self._thread is None:
            return True
        try:
            self._look()
        except psycopg.Error:
            self._let_go()
            self._behind = True
            return False
        return True

    def _post_own(self, own: Own) -> None:
        if not own.posted:
            own.posted = True
            self._posted.add(own.row)
            self._sockets.post(own.steps)

    def _begin(self) -> None:
        self._thread = threading.Thread(target=self._run, name="portal-deliveries", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        finished = False
        try:
            while not self._closing.is_set():
                self._something.wait(LOOK_S)
                self._something.clear()
                self._look_and_sweep()
            finished = True
        finally:
            if not finished:
                # A defect, which threading's hook reports: clients catch up, a fresh thread goes on.
                self._sockets.close_everyone()
                self._begin()

    def _look_and_sweep(self) -> None:
        try:
            with self._lock:
                self._look()
            self._sweep()
        except (psycopg.Error, SQLAlchemyError) as error:
            self._missed(error)

    def _missed(self, error: Exception) -> None:
        """Try again later; after SIGHT_S without success send the clients away, whom another process may serve."""
        with self._lock:
            self._let_go()
        if self.in_sight and time.monotonic() - self._looked_s > SIGHT_S:
            self.in_sight = False
            _log.error("deliveries.cut_off", kind=type(error).__name__)
            self._sockets.close_everyone()
        self._closing.wait(LOOK_S)

    def _look(self) -> None:
        """Post what is new. Raises psycopg.Error."""
        rows = self._ask()
        own = self._own_steps(rows)
        before, self._snapshot = self._snapshot, Snapshot.parse(rows[0].now)
        lost = before is None or rows[0].horizon > before.begin or rows[0].epoch != self._epoch
        self._epoch = rows[0].epoch
        self._looked_s = time.monotonic()
        self._horizons.append((self._looked_s, self._snapshot.begin))
        self._behind = False
        if not lost:
            self._post(rows, own)
        elif before is not None:
            _log.error("deliveries.lost_sight")
            self._posted.clear()
            self._sockets.close_everyone()
        self.in_sight = True

    def _ask(self) -> list[_Row]:
        if self._connection is None:
            self._connection = self._database.own_connection()
            # What is known about a table whose rows live for a minute is wrong; its index is always right. And a query
            # of a millisecond is not worth machine code, however dear it is made to look by that.
            self._connection.execute("SET enable_seqscan = off; SET jit = off")
        before = self._snapshot
        asked = {
            "own": self._process,
            "end": _NEVER if before is None else before.end,
            "open": [] if before is None else before.open,
        }
        rows = self._connection.execute(_LOOK, asked).fetchall()
        while not rows:
            self._connection.execute(_BEGIN, [_name()])
            rows = self._connection.execute(_LOOK, asked).fetchall()
        return [_Row(*row) for row in rows]

    def _own_steps(self, rows: Sequence[_Row]) -> dict[int, Own | bytes]:
        """Return what this process committed and has not posted: the thread that did it is late, or never knew.

        Raises psycopg.Error.
        """
        unposted = [row.id for row in rows if row.process == self._process and row.id not in self._posted]
        found: dict[int, Own | bytes] = {row: own for row in unposted if row and (own := self._own.get(row))}
        unknown = [row for row in unposted if row not in found]
        if unknown and self._connection is not None:
            asked = self._connection.execute("SELECT id, steps FROM delivery WHERE id = ANY(%s)", [unknown])
            found |= dict(asked.fetchall())
        return found

    def _post(self, rows: Sequence[_Row], own: Mapping[int, Own | bytes]) -> None:
        for row in rows:
            if row.id is None:
                continue
            steps = own.get(row.id)
            if row.process != self._process:
                self._post_packed(row.steps or b"")
            elif row.id in self._posted:
                self._posted.remove(row.id)
            elif isinstance(steps, Own):
                self._post_own(steps)
                self._posted.discard(row.id)
            else:
                self._post_packed(steps or b"")

    def _post_packed(self, packed: bytes) -> None:
        try:
            self._sockets.post(unpack(packed, self._sockets.hears))
        except UnknownPackingError:
            _log.error("deliveries.unknown_packing")
            self._sockets.close_everyone()

    def _sweep(self) -> None:
        """Now and then delete rows that every process has seen long ago, or else finds that it has lost sight of.

        Ages are by this process's own clock and PostgreSQL's numbers of transactions: clocks may go as they like.
        """
        now_s = time.monotonic()
        if now_s - self._swept_s < _SWEEP_S:
            return
        self._swept_s = now_s
        below = 0
        while self._horizons and now_s - self._horizons[0][0] > KEPT_S:
            below = self._horizons.popleft()[1]
        if below:
            with self._database.engine.begin() as connection:
                connection.execute(_SWEEP, {"below": below})

    def _let_go(self) -> None:
        if self._connection is not None:
            with suppress(psycopg.Error):
                self._connection.close()
        self._connection = None


def _name() -> str:
    return secrets.token_urlsafe(_PROCESS_CHARS)[:_PROCESS_CHARS]
