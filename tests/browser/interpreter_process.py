"""A real interpreter in a process of its own, that a test may kill and start again on the same data."""

import os
import queue
import re
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import pytest

from portal.demo import packages
from portal.translation.packages.store import Store

ENROLMENT_S: Final = 60.0
STOP_S: Final = 20.0
_CODE: Final = re.compile(r"^ {4}([0-9A-Z]{4}(?: [0-9A-Z]{4}){3})$")


class InterpreterProcess:
    """``portal interpreter`` at ``origin`` on a data folder that stays the same from start to start.

    It has the two packages of the demonstration, between English and Korean.
    """

    def __init__(self, data_dir: Path, origin: str) -> None:
        self.data_dir = data_dir
        self.origin = origin
        self.output_path = data_dir.with_name(f"{data_dir.name}.output")
        self._secret = data_dir.with_name(f"{data_dir.name}.passphrase")
        self._process: subprocess.Popen[str] | None = None
        data_dir.mkdir()
        self._secret.write_text("a machine keeps its keys under this\n", encoding="utf-8")
        packages.install(Store(data_dir / "languages"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def output(self) -> str:
        """All that it has written, over all its starts."""
        return self.output_path.read_text(encoding="utf-8", errors="replace")

    @property
    def pid(self) -> int:
        assert self._process is not None, "the interpreter was never started"
        return self._process.pid

    def asks(self) -> str:
        """Ask to be let in; returns the code that it shows. ``is_let_in`` waits for the rest."""
        process = self._spawned("enroll", "--portal", self.origin, "--machine", "desk 3", stdout=subprocess.PIPE)
        said: queue.Queue[str] = queue.Queue()
        threading.Thread(target=_reads, args=(process, said), daemon=True).start()
        try:
            while not (code := _CODE.match(said.get(timeout=ENROLMENT_S))):
                pass
        except queue.Empty:
            process.kill()
            pytest.fail(f"no code within {ENROLMENT_S} s:\n{self.output}")
        return code.group(1)

    def is_let_in(self) -> None:
        """Whoever typed the code has approved: the program has made its account."""
        assert self._process is not None
        assert self._process.wait(ENROLMENT_S) == 0, self.output

    def start(self) -> None:
        """Run; a room hears of it when it is connected."""
        self._spawned("run")

    def kill(self) -> None:
        """End it as a power cut would: SIGKILL, nothing is tidied up."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(STOP_S)

    def stop(self) -> None:
        """End it as an administrator would; it must then leave of its own accord."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()
            pytest.fail(f"the interpreter did not stop within {STOP_S} s of SIGTERM")

    def _spawned(self, *words: str, stdout: int | None = None) -> "subprocess.Popen[str]":
        task, *rest = words
        command = [str(Path(sys.executable).with_name("portal")), "interpreter", task, *rest]
        command += ["--data", str(self.data_dir), "--passphrase-file", str(self._secret)]
        environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(self.data_dir), "PYTHONUNBUFFERED": "1"}
        with self.output_path.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output if stdout is None else stdout,
                stderr=output,
                env=environment,
                cwd=self.data_dir.parent,
                text=True,
                encoding="utf-8",
            )
        return self._process


def _reads(process: "subprocess.Popen[str]", said: "queue.Queue[str]") -> None:
    """Take what it says line by line, so that it never waits for somebody to read."""
    assert process.stdout is not None
    with process.stdout as lines:
        for line in lines:
            said.put(line.rstrip("\n"))
