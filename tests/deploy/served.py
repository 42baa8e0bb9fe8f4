"""Portal processes as units and containers start them: ``portal run --config FILE --port N``, one file for all."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.browser.portal_process import free_port

START_TIMEOUT_S: Final = 120.0
STOP_TIMEOUT_S: Final = 20.0
PORTAL: Final = str(Path(sys.executable).with_name("portal"))


class Served:
    """One installation behind a proxy: a process on each port of ``ports``, and a worker."""

    def __init__(self, folder: Path, ports: Sequence[int], settings: Mapping[str, str | bool | int]) -> None:
        self.folder = folder
        self.ports = tuple(ports)
        self.settings_file = folder / "portal.toml"
        lines = {"data_dir": str(folder / "data"), "worker": False, "trusted_proxies": 1, **settings}
        text = "".join(f"{name} = {json.dumps(value)}\n" for name, value in lines.items())
        self.settings_file.write_text(text, encoding="utf-8")
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._metrics = {port: free_port() for port in ports}
        path = os.environ.get("PATH", os.defpath)
        self._environment = {"PATH": path, "HOME": str(folder), "PYTHONUNBUFFERED": "1"}

    def __enter__(self) -> Self:
        try:
            for port in self.ports:
                self._begin_portal(port)
            self._begin("worker", "worker")
            for port in self.ports:
                self._await(port)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    @property
    def administrator_link(self) -> str:
        """A new one-time link for an administrator, as it is asked for where nobody reads what processes print."""
        command = [PORTAL, "admin", "invite-link", "--config", str(self.settings_file)]
        done = subprocess.run(command, env=self._environment, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def output(self, name: str) -> str:
        """What the process of a port, or the worker, has written."""
        return (self.folder / f"{name}.output").read_text(encoding="utf-8", errors="replace")

    def starts(self, port: int) -> None:
        """Start the process of ``port``; returns when it is ready to work."""
        self._begin_portal(port)
        self._await(port)

    def _begin_portal(self, port: int) -> None:
        self._begin(str(port), "run", "--port", str(port), "--metrics-port", str(self._metrics[port]))

    def _await(self, port: int) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self.ready(port):
            assert self._running[str(port)].poll() is None, f"a portal ended at once:\n{self.output(str(port))}"
            assert time.monotonic() < deadline, f"no portal on port {port} within {START_TIMEOUT_S} s"
            time.sleep(0.1)

    def ready(self, port: int) -> bool:
        """Whether the process of ``port`` says that it can work: what probes ask, past the proxy."""
        try:
            return self.status(port, "/readyz") == 200
        except OSError:
            return False

    def status(self, port: int, path: str) -> int:
        """What the process of ``port`` answers, past the proxy."""
        return _asked(port, path)[0]

    def sockets(self, port: int) -> int:
        """How many people's sockets the process of ``port`` holds, as it tells Prometheus."""
        status, text = _asked(self._metrics[port], "/metrics")
        assert status == 200, text
        return round(float(re.findall(r"^portal_sockets ([0-9.e+]+)$", text, re.MULTILINE)[0]))

    def kills(self, port: int) -> None:
        """End a process as a power cut would."""
        process = self._running.pop(str(port))
        process.send_signal(signal.SIGKILL)
        process.wait(STOP_TIMEOUT_S)

    def _begin(self, name: str, *arguments: str) -> None:
        command = [PORTAL, *arguments, "--config", str(self.settings_file)]
        with (self.folder / f"{name}.output").open("ab") as output:
            self._running[name] = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=self._environment, cwd=self.folder
            )

    def _end(self) -> None:
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            process.wait(STOP_TIMEOUT_S)


def _asked(port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()
