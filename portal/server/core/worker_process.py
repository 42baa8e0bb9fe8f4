"""The worker that a server starts beside itself: kept running while the server runs, and not a moment longer."""

import subprocess
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

import structlog

from portal.server.core.worker import PARTING_S

RESTART_FIRST_S: Final = 1.0
RESTART_LONGEST_S: Final = 60.0
_log = structlog.get_logger(__name__)


class WorkerProcess:
    """A child process by ``command``, started by ``start`` and again whenever it ends; it ends with the block.

    The child follows its standard input (worker.follow_parent), so it ends even if this process is killed.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._command = list(command)
        self._stopping = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._keeper = threading.Thread(target=self._keep, name="portal-worker-keeper", daemon=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        if not self._keeper.is_alive():
            return
        child = self._child
        if child is not None and child.stdin is not None:
            child.stdin.close()
        self._keeper.join(PARTING_S + 5)
        if child is not None and child.poll() is None:
            child.kill()

    def start(self) -> None:
        """Start the child, from now on."""
        self._keeper.start()

    def _keep(self) -> None:
        pause_s = RESTART_FIRST_S
        while not self._stopping.is_set():
            # A session of its own: Ctrl+C is for the server, which then ends its worker in order.
            self._child = subprocess.Popen(self._command, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603
            status = self._child.wait()
            if self._stopping.is_set():
                return
            _log.error("worker.ended", status=status)
            self._stopping.wait(pause_s)
            pause_s = min(pause_s * 2, RESTART_LONGEST_S)
