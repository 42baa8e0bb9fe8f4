"""The right to serve a PostgreSQL database: an advisory lock, for as long as a process serves.

The lock goes with its connection: when the process ends, but also when PostgreSQL is restarted or somebody ends the
connection. Then it is taken again as soon as the database answers. Whoever finds that another process has it by then
must stop: what a server remembers between transactions is its own to change.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError

LOCK_WAIT_S: Final = 5.0
"""For how long the lock of a process that has just ended may still be there: until PostgreSQL notices."""
_AGAIN_S: Final = 0.1
_LOOK_S: Final = 1.0
_log = structlog.get_logger(__name__)


class AnotherServerError(RuntimeError):
    """Another process serves this database."""


@contextmanager
def right_to_serve(
    engine: sa.Engine, key: int, *, shared: bool, on_lost: Callable[[], None] | None = None
) -> Iterator[None]:
    """Hold the lock ``key`` of PostgreSQL until the block ends; ``shared``: together with others who hold it likewise.

    With ``on_lost`` the lock is looked at each second and taken again where its connection broke; ``on_lost`` is called
    once, from a thread of its own, if another process has it by then. Raises AnotherServerError if another process has
    it at the begin; what SQLAlchemy raises.
    """
    right = _Right(engine, key, shared=shared)
    right.take()
    ended = threading.Event()
    keeper = threading.Thread(target=_keep, args=(right, ended, on_lost), name="portal-right", daemon=True)
    if on_lost is not None:
        keeper.start()
    try:
        yield
    finally:
        ended.set()
        if on_lost is not None:
            keeper.join()
        right.give_up()


class _Right:
    """The lock and its connection; for one thread at a time."""

    def __init__(self, engine: sa.Engine, key: int, *, shared: bool) -> None:
        self._engine = engine
        take = sa.func.pg_try_advisory_lock_shared if shared else sa.func.pg_try_advisory_lock
        self._take = sa.select(take(key))
        self._connection: sa.Connection | None = None

    @property
    def held(self) -> bool:
        """Whether the connection is there, and with it the lock."""
        if self._connection is None:
            return False
        try:
            self._connection.execute(sa.select(1))
        except SQLAlchemyError:
            self.give_up()
            return False
        return True

    def take(self) -> None:
        """Take the lock. Raises AnotherServerError, after LOCK_WAIT_S; what SQLAlchemy raises."""
        self._connection = self._engine.connect()
        held = False
        try:
            held = self._gets_it(self._connection.execution_options(isolation_level="AUTOCOMMIT"))
        finally:
            if not held:
                self.give_up()
        if not held:
            raise AnotherServerError

    def _gets_it(self, connection: sa.Connection) -> bool:
        deadline_s = time.monotonic() + LOCK_WAIT_S
        while not connection.scalar(self._take):
            if time.monotonic() > deadline_s:
                return False
            time.sleep(_AGAIN_S)
        return True

    def give_up(self) -> None:
        """Let the lock go with its connection, which must not get back into the pool."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(SQLAlchemyError):  # it is broken already
                connection.invalidate()
            connection.close()


def _keep(right: _Right, ended: threading.Event, on_lost: Callable[[], None]) -> None:
    """Look at the right, and take it again, until ``ended`` or somebody else has it."""
    while not ended.wait(_LOOK_S):
        if right.held:
            continue
        try:
            right.take()
        except AnotherServerError:
            _log.error("serving.lost", reason="another process serves this database now")
            on_lost()
            return
        except SQLAlchemyError as error:
            _log.warning("serving.away", kind=type(error).__name__)
        else:
            _log.warning("serving.again")
