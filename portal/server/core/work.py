"""Where code runs: gevent's hub serves sockets, native threads touch databases and disks.

Nothing is monkey-patched, so a driver call blocks its thread; on the hub's thread it would stop every socket. Views and
socket handlers therefore hand such work to ``run_in_thread``, and native threads hand results back with ``Hub.post``.
"""

import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeVar

import gevent
from gevent.event import AsyncResult

from portal.wire.errors import OwnFault

T = TypeVar("T")
THREADS: Final = 12
WAITING_MAX: Final = 512
# How long one drain may hold the hub before sockets get their turn again.
_DRAIN_MAX: Final = 256
_here = threading.local()


class Hub:
    """The gevent hub of this thread, with the threads that work for it and the way back from them.

    ``waiting_max`` bounds how many greenlets may wait for a thread; more are refused with server.busy.
    """

    def __init__(self, *, threads: int = THREADS, waiting_max: int = WAITING_MAX) -> None:
        self._hub = gevent.get_hub()
        self._posted: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._wake: Any = self._hub.loop.async_()
        self._wake.start(self._drain)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="portal-work")
        self._waiting = 0
        self._waiting_max = waiting_max

    @property
    def waiting(self) -> int:
        """How many greenlets wait for a thread, or for what one does."""
        return self._waiting

    def post(self, task: Callable[[], None]) -> None:
        """Run ``task`` on the hub, after all that were posted before it. Callable from any thread.

        ``task`` must not wait: it runs in the event loop itself.
        """
        self._posted.put(task)
        self._wake.send()

    def before_sleep(self, task: Callable[[], None]) -> None:
        """Run ``task`` when this round's sockets are served, before the loop waits for more; on the hub's own thread.

        ``task`` must not wait.
        """
        self._hub.loop.run_callback(task)

    def run(self, work: Callable[[], T]) -> T:
        """Run ``work`` in a native thread while this greenlet waits and others go on.

        Raises whatever ``work`` raises, and OwnFault ``server.busy`` when too many greenlets wait already.
        """
        if self._waiting >= self._waiting_max:
            raise OwnFault("server.busy")
        self._waiting += 1
        done: AsyncResult[Future[T]] = AsyncResult()
        try:
            task = self._threads.submit(contextvars.copy_context().run, work)
            task.add_done_callback(lambda future: self.post(lambda: done.set(future)))
            finished: Future[T] = done.get()
            return finished.result()
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Wait for the threads' present work, then let them and the loop's watcher go."""
        self._threads.shutdown()
        self._drain()
        self._wake.stop()
        self._wake.close()
        if getattr(_here, "hub", None) is self:
            del _here.hub

    def _drain(self) -> None:
        finished = False
        try:
            for _ in range(_DRAIN_MAX):
                self._posted.get_nowait()()
        except Empty:
            finished = True
        finally:
            # A task that raised is reported by the loop; what was posted after it still runs.
            if not finished:
                self._wake.send()


def adopt_hub(**limits: int) -> Hub:
    """Make this thread the one that serves: from now on ``run_in_thread`` leaves it to native threads."""
    _here.hub = Hub(**limits)
    return _here.hub  # type: ignore[no-any-return]


def current_hub() -> Hub | None:
    """Return the hub that this thread serves with; None in native threads, tests and commands."""
    return getattr(_here, "hub", None)


def run_in_thread(work: Callable[[], T]) -> T:
    """Run ``work``, which may block, in a native thread and wait cooperatively; where no hub runs, run it here.

    Raises whatever ``work`` raises, and OwnFault ``server.busy`` when too many wait already.
    """
    hub = current_hub()
    return work() if hub is None else hub.run(work)
