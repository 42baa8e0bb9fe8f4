"""Answers that are costly to make and the same for everyone: made once, kept a while, and never twice at the same time.

Who waits for one waits on the hub, and takes no thread from others: a flood of requests for a table costs one reading.
"""

import time
from collections.abc import Callable
from typing import Final

import gevent.lock

from portal.server.core.work import run_in_thread

KEPT_S: Final = 60.0


class Shelf:
    """Bytes by name, for KEPT_S each. Methods are for the thread that serves."""

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._kept: dict[str, tuple[float, bytes]] = {}
        self._making = gevent.lock.BoundedSemaphore()

    def get(self, name: str, make: Callable[[], bytes]) -> bytes:
        """Return what is kept under ``name``, or what ``make`` gives in a native thread."""
        kept = self._fresh(name)
        if kept is not None:
            return kept
        with self._making:
            kept = self._fresh(name)  # made while this one waited
            if kept is None:
                kept = run_in_thread(make)
                self._kept[name] = (self._clock_s(), kept)
        return kept

    def _fresh(self, name: str) -> bytes | None:
        made = self._kept.get(name)
        return made[1] if made is not None and self._clock_s() - made[0] < KEPT_S else None
