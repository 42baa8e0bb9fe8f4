"""A server under measurement: started on a core of its own, and asked what it used."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

START_S = 120.0
_NS_PER_S = 1e9


class ServerProcess:
    """Runs ``command``, which listens on ``port``; as a context manager it ends it, too."""

    def __init__(self, command: Sequence[str], port: int, *, core: int | None, errors: IO[str] | None = None) -> None:
        self.port = port
        self._process = subprocess.Popen(  # noqa: S603 - our own programs, by full path
            list(command), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors
        )
        if core is not None:  # before it has threads, which inherit it
            os.sched_setaffinity(self._process.pid, {core})

    def __enter__(self) -> Self:
        deadline_s = time.monotonic() + START_S
        while time.monotonic() < deadline_s:
            if self._process.poll() is not None:
                msg = f"the server ended with {self._process.returncode}"
                raise RuntimeError(msg)
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return self
        self.stop()
        msg = "the server does not listen"
        raise RuntimeError(msg)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def stop(self) -> None:
        """Ask the process to end, then make it."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def signal(self, number: int) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    def wait(self) -> None:
        """Wait until the process has ended by itself."""
        self._process.wait(timeout=30)

    def kill(self) -> None:
        """End the process as a power cut would, for all that it can notice."""
        self._process.kill()
        self._process.wait()

    def cpu_s(self) -> float:
        """Processor seconds of all its living threads, to the nanosecond."""
        return cpu_s(self.pid)

    def rss_kib(self) -> int:
        """Resident memory."""
        return rss_kib(self.pid)


def cpu_s(pid: int) -> float:
    """Return the processor seconds of all living threads of a process, to the nanosecond."""
    total_ns = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            total_ns += int((task / "schedstat").read_text().split()[0])
        except FileNotFoundError:
            continue
    return total_ns / _NS_PER_S


def rss_kib(pid: int) -> int:
    """Return the resident memory of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def cores() -> tuple[int | None, int | None]:
    """Return the core for the server and the one for the load; None where there is only one."""
    available = sorted(os.sched_getaffinity(0))
    return (available[0], available[1]) if len(available) > 1 else (None, None)


def free_port() -> int:
    """Return a TCP port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
