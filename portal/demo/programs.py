"""The programs that the demonstration starts: each a process of its own, with its output in a file."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, NoReturn, Self

from portal.config import ENVIRONMENT_PREFIX

_START_S: Final = 60.0
_STOP_S: Final = 15.0
_LOOK_S: Final = 0.1
_SHOWN_LINES: Final = 12


class DemoError(Exception):
    """The demonstration can not go on; the message says why and what to do."""


class Program:
    """``portal`` with ``arguments``, as a child of this process; ends with it, if it is left as a context."""

    def __init__(self, output: Path, *arguments: str, **variables: str) -> None:
        self.output = output
        self._name = f"portal {' '.join(arguments[:2])}"
        with output.open("ab") as file:
            self._process = subprocess.Popen(  # noqa: S603 - this very program
                command(*arguments),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                env=environment(variables),
                start_new_session=True,  # Ctrl+C reaches this process alone, which ends the others in order
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def require(self) -> None:
        """DemoError with its last words, if it has ended."""
        if not self.runs:
            self._fail("has ended")

    def find(self, form: re.Pattern[str], within_s: float) -> str:
        """Wait for a line that ``form`` matches in what it says; returns the form's first group."""
        until_s = time.monotonic() + within_s
        while (found := form.search(self._said())) is None:
            self.require()
            if time.monotonic() > until_s:
                self._fail("does not say what it should")
            time.sleep(_LOOK_S)
        return found[1]

    def ends(self, within_s: float) -> None:
        """Wait for its end; DemoError if it failed or takes longer."""
        try:
            if self._process.wait(within_s) == 0:
                return
        except subprocess.TimeoutExpired:
            self._fail("takes too long")
        self._fail("failed")

    def stop(self) -> None:
        """Ask it to end, and wait; end it if it does not."""
        if not self.runs:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _said(self) -> str:
        return self.output.read_text(encoding="utf-8", errors="replace")

    def _fail(self, how: str) -> NoReturn:
        last = "\n".join(self._said().splitlines()[-_SHOWN_LINES:])
        msg = f"{self._name} {how}. Its last words, from {self.output}:\n{last}"
        raise DemoError(msg)


def answer_of(*arguments: str, **variables: str) -> str:
    """What ``portal`` prints that does one thing and ends."""
    done = subprocess.run(  # noqa: S603 - this very program
        command(*arguments), env=environment(variables), capture_output=True, text=True, check=False
    )
    if done.returncode:
        msg = f"portal {' '.join(arguments[:2])} failed:\n{done.stderr.strip()}"
        raise DemoError(msg)
    return done.stdout.strip()


def command(*arguments: str) -> list[str]:
    """The command line of ``portal`` in this very environment."""
    return [sys.executable, "-m", "portal", *arguments]


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """This process's variables without its settings of a portal: those are of another one."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ENVIRONMENT_PREFIX)}
    return {**kept, "PYTHONUNBUFFERED": "1", **variables}


def wait_until_ready(server: Program, origin: str) -> None:
    """Return when the server at ``origin`` can work; DemoError if it ends or never does."""
    until_s = time.monotonic() + _START_S
    while time.monotonic() < until_s:
        server.require()
        try:
            with urllib.request.urlopen(f"{origin}/readyz", timeout=2):  # noqa: S310 - our own, on this machine
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(_LOOK_S)
    msg = f"the server at {origin} does not answer; what it says is in {server.output}"
    raise DemoError(msg)
