"""A real portal server in a process of its own, that a test may kill and start again on the same data."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import pytest

START_TIMEOUT_S: Final = 120.0
STOP_TIMEOUT_S: Final = 15.0
_INVITATION: Final = re.compile(r"https?://\S+/#/invitation/\S+")


def free_port() -> int:
    """A TCP port of the loopback interface on which nothing listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class PortalProcess:
    """``portal run`` on a data folder and a port that stay the same from start to start.

    ``side_port`` is a second way in, at which a middlebox may stand between the browsers and the server. A
    ``demonstration`` says so to everybody, and lets a silence procedure run for seconds instead of days.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        side_port: int | None = None,
        ledger_policy: Path | None = None,
        demonstration: bool = False,
    ) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.side_port = side_port or free_port()
        self.origin = f"http://localhost:{self.port}"
        self.side_origin = f"http://localhost:{self.side_port}"
        self.ledger_policy = ledger_policy
        self.demonstration = demonstration
        self.output_path = data_dir.with_name(f"{data_dir.name}.output")
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        assert self._process is not None, "the server was never started"
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def output(self) -> str:
        """All that this server has written to stdout and stderr, over all its starts."""
        return self.output_path.read_text(encoding="utf-8", errors="replace")

    @property
    def database_path(self) -> Path:
        return self.data_dir / "portal.sqlite3"

    @property
    def administrator_link(self) -> str:
        """The one-time link for the first administrator, as the server printed it."""
        match = _INVITATION.search(self.output)
        assert match, f"the server printed no link for the first administrator:\n{self.output}"
        return match.group()

    def start(self) -> None:
        """Start, and return when ``/readyz`` answers."""
        assert not self.running, "the server runs already"
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.data_dir),
            "PYTHONUNBUFFERED": "1",
            "PORTAL_DATA_DIR": str(self.data_dir),
            "PORTAL_PORT": str(self.port),
            "PORTAL_PUBLIC_URL": self.origin,
            "PORTAL_ALLOWED_ORIGINS": self.side_origin,
            "PORTAL_WORKER": "false",
        }
        if self.ledger_policy is not None:
            environment["PORTAL_LEDGER_POLICY"] = str(self.ledger_policy)
        if self.demonstration:
            environment["PORTAL_DEMONSTRATION"] = "true"
        command = [str(Path(sys.executable).with_name("portal")), "run"]
        with self.output_path.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment,
                cwd=self.data_dir.parent,
            )
        self._wait_until_ready()

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Meanwhile the server does nothing at all; connections stay open."""
        os.kill(self.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """End it as a power cut would: SIGKILL, nothing is tidied up."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(STOP_TIMEOUT_S)

    def stop(self) -> None:
        """End it as an administrator would; it must then leave of its own accord."""
        if not self.running or self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()
            pytest.fail(f"the server did not stop within {STOP_TIMEOUT_S} s of SIGTERM")

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            assert self.running, f"the server ended while starting:\n{self.output}"
            with (
                contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError),
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2) as answer,
            ):
                if answer.status == 200:
                    return
            time.sleep(0.05)
        self.kill()
        pytest.fail(f"/readyz did not answer within {START_TIMEOUT_S} s:\n{self.output}")
