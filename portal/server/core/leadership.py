"""What one process of several does for all: the others stand by, and one of them goes on within a second of its end.

PostgreSQL's advisory lock on a connection kept for it: it goes when the process ends, when its host is gone without a
word (TCP keepalives), and, where the caller wishes so, when the process hangs (``idle_s``). The right says who does the
work, so that it is not done twice for nothing; what must not happen twice is kept apart by a lock within its
transaction (``alone_in``), for between two looks at the right it may be lost.

SQLite serves one process, which has every right.
"""

from contextlib import suppress
from typing import Any, Final

import psycopg
import sqlalchemy as sa
import structlog
from psycopg import sql

from portal.server.core.db import Database, Unit

LEDGER: Final = 0x706F726C6467
"""Keys of the advisory locks: "porldg", and so on."""
SWEEP: Final = 0x706F72737770
WEEKS: Final = 0x706F7277656B
IDLE_TIMEOUT_SINCE: Final = 140_000
WAIT_S: Final = 10
_BOUNDED: Final = sa.select(
    sa.func.set_config("lock_timeout", f"{WAIT_S}s", True),  # noqa: FBT003 - for this transaction
    sa.func.set_config("idle_in_transaction_session_timeout", f"{WAIT_S}s", True),  # noqa: FBT003
)
_log = structlog.get_logger(__name__)


class Leadership:
    """The right of the name ``key`` in ``database``. Methods are for one thread, and block for a moment.

    ``idle_s``: a holder that does not call ``held`` for so long loses the right; 0 if it may be silent.
    """

    def __init__(self, database: Database, key: int, *, idle_s: int = 0) -> None:
        self._database = database
        self._key = key
        self._idle_s = idle_s
        self._connection: psycopg.Connection[Any] | None = None
        self._holds = False

    def held(self) -> bool:
        """Tell whether this process has the right at this moment, and take it if nobody has it.

        False also while the database is away.
        """
        if self._database.is_sqlite:
            return True
        try:
            if self._connection is None:
                self._connection = self._opened()
            if self._holds:
                self._connection.execute("SELECT 1")
            else:
                row = self._connection.execute("SELECT pg_try_advisory_lock(%s)", [self._key]).fetchone()
                self._holds = row is not None and bool(row[0])
        except psycopg.Error as error:
            if self._holds:
                _log.warning("leadership.lost", kind=type(error).__name__)
            self.give_up()
        return self._holds

    def stay(self) -> None:
        """Say that this process is there, if it has the right; takes nothing."""
        if self._holds:
            self.held()

    def give_up(self) -> None:
        """Let another process have the right, and the connection go."""
        connection, self._connection = self._connection, None
        held, self._holds = self._holds, False
        if connection is None:
            return
        with suppress(psycopg.Error):
            if held:  # it would go with the connection, but only when PostgreSQL notices that
                connection.execute("SELECT pg_advisory_unlock(%s)", [self._key])
        connection.close()

    def _opened(self) -> psycopg.Connection[Any]:
        connection = self._database.own_connection()
        try:
            if self._idle_s and connection.info.server_version >= IDLE_TIMEOUT_SINCE:
                connection.execute(sql.SQL("SET idle_session_timeout = {}").format(1000 * self._idle_s))
        except psycopg.Error:
            connection.close()
            raise
        return connection


def alone_in(unit: Unit, key: int) -> None:
    """Wait until no other transaction has called this with ``key``, and keep others waiting until ``unit`` ends.

    What is read from then on is what those have committed. A process that hangs meanwhile is cut off after a while.
    Raises what SQLAlchemy raises, such as for a wait of WAIT_S.
    """
    if unit.connection.dialect.name == "postgresql":
        unit.connection.execute(_BOUNDED)
        # Not the lock of the right itself, which the holder has on another connection.
        unit.connection.execute(sa.select(sa.func.pg_advisory_xact_lock(~key)))
