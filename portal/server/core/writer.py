"""The one thread that appends to records: many requests become one transaction, then one delivery.

Order of things for every batch: apply, commit, fan out the events, answer the waiting. So nobody hears of what could
still be rolled back, and whoever has an answer knows that it is on disk.
"""

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import Final, Generic, NamedTuple, Protocol, TypeVar

import psycopg.errors
import sqlalchemy as sa
import structlog
from gevent.event import AsyncResult
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from portal.server.core import metrics
from portal.server.core.db import Database, Unit
from portal.server.core.work import Hub, current_hub
from portal.wire.errors import OwnFault, PortalError

Request = TypeVar("Request")
Result = TypeVar("Result")
Request_contra = TypeVar("Request_contra", contravariant=True)
Result_co = TypeVar("Result_co", covariant=True)

BATCH_MAX: Final = 256
WAITING_MAX: Final = 4096
_log = structlog.get_logger(__name__)


class BatchHandler(Protocol[Request_contra, Result_co]):
    """What a feature does with a batch, in the writer's thread."""

    def apply(self, unit: Unit, batch: Sequence[Request_contra]) -> Sequence[Result_co | PortalError]:
        """Write what is acceptable of ``batch`` and return one result or refusal for each, in order.

        A refusal must leave nothing of its request in the transaction. Idempotent: after a failed transaction and
        ``rolled_back`` each of the same requests comes once more, alone.
        """
        ...

    def rolled_back(self) -> None:
        """Forget whatever was remembered beyond the database: the last transaction did not happen."""
        ...


class _Waiting(NamedTuple, Generic[Request, Result]):
    request: Request
    done: "Callable[[Result | PortalError], None]"


class GroupCommitWriter(Generic[Request, Result]):
    """Appends requests with group commit, in the order of their arrival.

    ``waiting_max`` bounds what may be queued; more is refused with server.busy, before anything is kept of it.
    """

    def __init__(
        self,
        database: Database,
        handler: BatchHandler[Request, Result],
        *,
        batch_max: int = BATCH_MAX,
        waiting_max: int = WAITING_MAX,
    ) -> None:
        self._database = database
        self._handler = handler
        self._batch_max = batch_max
        self._waiting_max = waiting_max
        self._waiting: deque[_Waiting[Request, Result]] = deque()
        # One token says: look at what waits. Several for the same requests do no harm.
        self._wake: SimpleQueue[None] = SimpleQueue()
        self._waking = False  # the hub will put a token before it sleeps
        self._hub: Hub | None = None
        self._closing = False
        self._thread: threading.Thread | None = None

    @property
    def alive(self) -> bool:
        """Whether the thread runs and takes requests."""
        return self._thread is not None and self._thread.is_alive() and not self._closing

    @property
    def waiting(self) -> int:
        """How many requests wait for a transaction."""
        return len(self._waiting)

    def start(self, hub: Hub | None = None) -> None:
        """Start the thread; answers are given on ``hub``, or in the writer's thread where there is none."""
        self._hub = hub
        self._thread = threading.Thread(target=self._run, name="portal-writer", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Finish what is queued, refuse what comes later, and wait for the thread's end."""
        self._closing = True
        if self._thread is not None:
            self._wake.put(None)
            self._thread.join()

    def append(self, request: Request) -> Result:
        """Append ``request`` and wait, cooperatively on the hub, until it is committed and its events are out.

        Raises PortalError: the handler's refusal, server.busy, storage.full or server.fault.
        """
        if current_hub() is None:
            native: SimpleQueue[Result | PortalError] = SimpleQueue()
            self.append_nowait(request, native.put)
            outcome = native.get()
        else:
            answer: AsyncResult[Result | PortalError] = AsyncResult()
            self.append_nowait(request, answer.set)
            outcome = answer.get()
        if isinstance(outcome, PortalError):
            raise outcome
        return outcome

    def append_nowait(self, request: Request, done: Callable[[Result | PortalError], None]) -> None:
        """Append ``request``; ``done`` gets the result or the refusal, on the hub, after the events went out.

        Raises OwnFault server.busy when the queue is full or the writer is down; ``done`` is then not called.
        """
        if not self.alive or len(self._waiting) >= self._waiting_max:
            raise OwnFault("server.busy")
        self._waiting.append(_Waiting(request, done))
        hub = self._hub
        if hub is None or current_hub() is not hub:
            self._wake.put(None)
        elif not self._waking:
            # What the hub reads in one round becomes one batch, and the thread starts when the hub lets go of the GIL.
            self._waking = True
            hub.before_sleep(self._wake_up)

    def _wake_up(self) -> None:
        self._waking = False
        self._wake.put(None)

    def _run(self) -> None:
        finished = False
        try:
            with self._database.appending() as connection:
                while not (self._closing and not self._waiting):
                    self._wake.get()
                    while batch := self._next_batch():
                        self._commit(batch, connection)
            finished = True
        finally:
            if not finished:
                # A defect in the handler: threading's hook reports it, a fresh thread serves the others.
                self._wake.put(None)
                self.start(self._hub)

    def _next_batch(self) -> list[_Waiting[Request, Result]]:
        waiting = self._waiting
        return [waiting.popleft() for _ in range(min(len(waiting), self._batch_max))]

    def _commit(
        self, batch: list[_Waiting[Request, Result]], connection: sa.Connection, *, again: bool = False
    ) -> None:
        requests = [waiting.request for waiting in batch]
        begun_s = time.perf_counter()
        try:
            outcomes = self._database.write(lambda unit: self._apply(unit, requests), connection=connection)
        except PortalError as error:
            self._failed(batch, error, connection, again=again)
        except SQLAlchemyError as error:
            metrics.ROLLED_BACK.inc()
            _log.error("writer.rolled_back", batch=len(batch), kind=type(error).__name__)
            self._failed(batch, _fault(error), connection, again=again)
        except BaseException:
            self._handler.rolled_back()
            self._answer(batch, [OwnFault("server.fault")] * len(batch))
            raise
        else:
            metrics.BATCH_SECONDS.observe(time.perf_counter() - begun_s)
            metrics.BATCH_ITEMS.observe(len(batch))
            self._answer(batch, outcomes)

    def _apply(self, unit: Unit, requests: Sequence[Request]) -> Sequence[Result | PortalError]:
        outcomes = self._handler.apply(unit, requests)
        if len(outcomes) != len(requests):
            msg = f"{len(outcomes)} results for {len(requests)} requests"
            raise ValueError(msg)
        return outcomes

    def _failed(
        self, batch: list[_Waiting[Request, Result]], refusal: PortalError, connection: sa.Connection, *, again: bool
    ) -> None:
        self._handler.rolled_back()
        if again:
            self._answer(batch, [refusal])
            return
        # One request may have spoilt it for all, or what the handler remembered: each is done once more, by itself.
        for waiting in batch:
            self._commit([waiting], connection, again=True)

    def _answer(self, batch: list[_Waiting[Request, Result]], outcomes: Sequence[Result | PortalError]) -> None:
        def answer() -> None:
            for waiting, outcome in zip(batch, outcomes, strict=True):
                waiting.done(outcome)

        if self._hub is None:
            answer()
        else:
            self._hub.post(answer)


def _fault(error: SQLAlchemyError) -> OwnFault:
    """Return what is said: that the disk is full, that another process holds the room, or that we failed."""
    cause = error.orig if isinstance(error, DBAPIError) else None
    if isinstance(cause, psycopg.errors.DiskFull) or getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
        return OwnFault("storage.full")
    return OwnFault("server.busy" if isinstance(cause, psycopg.errors.LockNotAvailable) else "server.fault")
