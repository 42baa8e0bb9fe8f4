"""The process that works off the queue and looks after the clock: one at a time works, a second one stands by.

It ends when asked to by a signal, and with the server that started it: the server holds the other end of its standard
input, which the system closes in whatever way the server ends.
"""

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from portal.server.core import jobs, migrations
from portal.server.core.context import Portal
from portal.server.core.db import AnotherServerError
from portal.server.core.leadership import Leadership

THREADS: Final = 2
POLL_S: Final = 0.5
STANDBY_S: Final = 1.0
PARTING_S: Final = 10.0
LOCK_KEY: Final = 0x706F7277726B
"""Of PostgreSQL's advisory lock: "porwrk"."""
LOOK_S: Final = 2.0
"""Between two looks at whether the right to work is still there."""
LOCK_FILE: Final = "worker.lock"
_log = structlog.get_logger(__name__)


class Worker:
    """Works off the jobs of ``portal`` with ``threads`` threads, and calls what is to be looked after.

    ``around`` is entered around each job, so that jobs find what views find: Flask's application context.
    """

    def __init__(
        self, portal: Portal, around: Callable[[], AbstractContextManager[object]], *, threads: int = THREADS
    ) -> None:
        self._portal = portal
        self._around = around
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="portal-job")
        self._count = threads
        self._free = threading.Semaphore(threads)
        self._due_s: dict[str, float] = {}
        self._look_s = 0.0
        self._asked_to_stop = threading.Event()
        self._lost = threading.Event()
        self._right = Leadership(portal.database, LOCK_KEY)

    def stop(self) -> None:
        """Ask ``run`` to return once the jobs that have begun are done; from any thread or signal handler."""
        self._asked_to_stop.set()

    def run(self) -> None:
        """Work until asked to stop. Where another worker is at work, wait until it is gone."""
        while not self._asked_to_stop.is_set():
            try:
                with self._alone():
                    self._work()
            except AnotherServerError:
                self._asked_to_stop.wait(STANDBY_S)
            except SQLAlchemyError as error:
                # The database is away; whatever was under way is taken back when it is there again.
                _log.error("worker.database", kind=type(error).__name__)
                self._asked_to_stop.wait(STANDBY_S)
        self._threads.shutdown()

    def _work(self) -> None:
        self._lost.clear()
        if self._superseded():
            return
        self._portal.database.write(jobs.take_back)
        try:
            while not (self._asked_to_stop.is_set() or self._lost.is_set()):
                self._look_at_right()
                self._look_after()
                if not self._begin_one():
                    self._asked_to_stop.wait(POLL_S)
        finally:
            # Nothing may be under way when the right to work is given up, or it would be done by two at once.
            for _ in range(self._count):
                self._free.acquire()
            self._free.release(self._count)

    def _look_at_right(self) -> None:
        """Raise AnotherServerError if the right to work was lost: its connection broke, and another may have it."""
        if time.monotonic() >= self._look_s:
            if not self._right.held():
                raise AnotherServerError
            self._superseded()
            self._look_s = time.monotonic() + LOOK_S

    def _superseded(self) -> bool:
        """Whether a newer portal has changed the schema; then stop: who starts this process again starts the newer."""
        if migrations.current(self._portal.database) == migrations.newest():
            return False
        _log.error("worker.superseded")
        self.stop()
        return True

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the right to work for this installation; AnotherServerError if another process has it."""
        with _locked(self._portal.settings.data_dir / LOCK_FILE):
            if not self._right.held():
                raise AnotherServerError
            self._look_s = time.monotonic() + LOOK_S
            try:
                yield
            finally:
                self._right.give_up()

    def _look_after(self) -> None:
        now_s = time.monotonic()
        for name, tick in jobs.ticks().items():
            if now_s >= self._due_s.get(name, now_s):
                self._due_s[name] = now_s + tick.every_s
                with self._around():
                    jobs.look_after(self._portal, name)

    def _begin_one(self) -> bool:
        """Begin one job if one is due and a thread is free; tell whether one was begun."""
        if not self._free.acquire(timeout=POLL_S):
            return False
        begun = False
        try:
            database = self._portal.database
            job = database.write(jobs.take) if database.read(jobs.is_any_due) else None
            if job is not None:
                self._threads.submit(self._attempt, job).add_done_callback(self._ended)
                begun = True
        finally:
            if not begun:  # also if the database failed: whoever gives the right to work up waits for all threads
                self._free.release()
        return begun

    def _attempt(self, job: jobs.Job) -> None:
        with self._around():
            jobs.attempt(self._portal, job)

    def _ended(self, attempted: "Future[None]") -> None:
        fault = attempted.exception()
        if fault is not None:
            # How it went could not be noted, so the job counts as running: begin anew, which takes it back.
            _log.error("worker.job_lost", exc_info=fault)
            self._lost.set()
        self._free.release()


def follow_parent(stop: Callable[[], None]) -> None:
    """Call ``stop`` when standard input ends, whose other end the parent holds; after PARTING_S end whatever goes on.

    What is cut off so is done again by the next worker.
    """

    def wait() -> None:
        while os.read(0, 4096):
            pass
        stop()
        time.sleep(PARTING_S)
        os._exit(1)

    threading.Thread(target=wait, name="portal-parent", daemon=True).start()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AnotherServerError from None
        yield
