"""Portals to be killed: started in a moment from a nursery, or from nothing as an administrator does."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

HOST: Final = "127.0.0.1"
START_S: Final = 60.0
_LOOK_S: Final = 0.005
_TOLD_CHARS: Final = 4000


class DidNotStartError(RuntimeError):
    """A portal ended before it listened, or did not listen for a minute."""


class PortalProcess:
    """A running portal, by its process id. ``started_s`` is what it took from its start until it listened."""

    def __init__(self, pid: int, port: int) -> None:
        self.pid = pid
        self.port = port
        self.started_s = 0.0
        self._handle = os.pidfd_open(pid)

    @property
    def alive(self) -> bool:
        """Whether the process has not ended."""
        return not select.select((self._handle,), (), (), 0)[0]

    def await_listening(self) -> None:
        """Wait until the port answers. Raises DidNotStartError."""
        begun_s = time.monotonic()
        while time.monotonic() < begun_s + START_S:
            try:
                socket.create_connection((HOST, self.port), timeout=1).close()
            except OSError:
                if not self.alive:
                    break
                time.sleep(_LOOK_S)
            else:
                self.started_s = time.monotonic() - begun_s
                return
        msg = f"the portal on port {self.port} does not listen"
        raise DidNotStartError(msg)

    def kill(self) -> None:
        """SIGKILL: as a power cut, for all that the process can do about it. Nothing if it has ended."""
        self.signal(signal.SIGKILL)
        self._ended()

    def stop(self) -> None:
        """SIGTERM, and SIGKILL if that does not help."""
        self.signal(signal.SIGTERM)
        if not self._ended(15.0):
            self.kill()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        if self.alive:
            signal.pidfd_send_signal(self._handle, number)

    def close(self) -> None:
        """Kill it and forget it."""
        self.kill()
        os.close(self._handle)

    def _ended(self, within_s: float | None = None) -> bool:
        return bool(select.select((self._handle,), (), (), within_s)[0])


class Nursery:
    """The program portal/bench/servers/nursery.py, and all that came from it; a context manager that ends them.

    ``errors`` is a file that gets what the portals log; ``variables`` are added to their environment.
    """

    def __init__(self, errors: Path, *, variables: Mapping[str, str] = {}) -> None:
        self._errors = errors
        self._variables = {**os.environ, **variables}
        self._made: list[PortalProcess] = []
        self._program = self._run("portal.bench.servers.nursery", stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in self._made:
            one.close()
        self._program.kill()
        self._program.communicate()

    def start(self, **settings: Any) -> PortalProcess:
        """Start a portal with ``settings`` and wait until it listens. Raises DidNotStartError."""
        asked = {"settings": {"log_level": "error", **settings}}
        if self._program.stdin is None or self._program.stdout is None:
            raise AssertionError  # both are pipes
        self._program.stdin.write(json.dumps(asked, default=str) + "\n")
        self._program.stdin.flush()
        answer = self._program.stdout.readline()
        if not answer:
            msg = "the nursery has ended"
            raise DidNotStartError(msg)
        return self._awaited(int(answer), settings["port"])

    def start_cold(self, port: int, folder: Path, url: str) -> PortalProcess:
        """Start a portal as a program of its own. Raises DidNotStartError."""
        program = self._run("portal.bench.servers.portal_server", str(port), str(folder), url)
        return self._awaited(program.pid, port)

    def _awaited(self, pid: int, port: int) -> PortalProcess:
        process = PortalProcess(pid, port)
        self._made.append(process)
        try:
            process.await_listening()
        except DidNotStartError as error:
            error.add_note(self._errors.read_text()[-_TOLD_CHARS:])
            raise
        return process

    def _run(self, module: str, *arguments: str, **pipes: Any) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", module, *arguments]
        with self._errors.open("a") as errors:
            return subprocess.Popen(  # noqa: S603 - our own programs, by full path
                command, text=True, stderr=errors, env=self._variables, **pipes
            )
