"""How far a long task is: a bar on a terminal, a line for each tenth elsewhere."""

import sys
import time
from typing import Final, TextIO

_WIDTH: Final = 30
_PAUSE_S: Final = 0.2


class Progress:
    """Shows how much of ``total`` is done; to the error stream, since a backup may go to the other one."""

    def __init__(self, what: str, total: int, out: TextIO | None = None) -> None:
        self._what = what
        self._total = max(total, 1)
        self._out = sys.stderr if out is None else out
        self._done = 0
        self._shown = -1
        self._next_s = 0.0

    def add(self, done: int = 1) -> None:
        """Count ``done`` more."""
        self._done += done
        if self._out.isatty():
            now_s = time.monotonic()
            if now_s >= self._next_s:
                self._next_s = now_s + _PAUSE_S
                self._draw()
        elif self._tenth > self._shown:
            self._shown = self._tenth
            print(f"{self._what}: {self._shown * 10} %", file=self._out, flush=True)

    def finish(self) -> None:
        """Show that all is done."""
        self._done = self._total
        if self._out.isatty():
            self._draw()
            print(file=self._out, flush=True)
        else:
            self.add(0)

    @property
    def _tenth(self) -> int:
        return min(self._done * 10 // self._total, 10)

    def _draw(self) -> None:
        part = min(self._done / self._total, 1.0)
        bar = "█" * int(part * _WIDTH)
        print(f"\r{self._what} {bar:░<{_WIDTH}} {part:4.0%}", end="", file=self._out, flush=True)
