"""The queue in front of the models: sentences of all callers, translated together.

A computation of sixteen sentences costs little more than of four, so sentences that arrive within a few milliseconds
share one. Two kinds of work: *live* (somebody waits) goes before *backfill* (history), and one lane takes live work
only, so that backfill never makes a live sentence wait for a whole batch. Lanes are native threads; the models compute
outside the GIL.

    lane 0: live             lanes 1..n: live, else backfill

A batch that computes beside a live sentence still slows it down: they share the machine's memory. So backfill keeps
still while live work is under way and a moment longer, for whoever writes one sentence often writes another; then it
goes on in small batches for a while. It never keeps still for longer than ``longest_calm_s``.
"""

import enum
import math
import os
import threading
import time
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Final

from portal.translation.errors import BusyError, ModelFaultError, TranslationError
from portal.translation.model import MAX_SOURCE_PIECES, Decoding, Hypothesis
from portal.translation.models import DEFAULT_MEMORY_BYTES, Loaded, Models
from portal.translation.packages.store import Pair, Store

LOOKAHEAD: Final = 256
"""How many waiting sentences are looked through for those of a similar length."""


class Priority(enum.IntEnum):
    """What goes first."""

    LIVE = 0
    BACKFILL = 1


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model made of one sentence."""

    hypotheses: tuple[Hypothesis, ...]
    """Best first; at least one."""
    digest: str
    """The package that made it."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """How the engine weighs delay against work."""

    batch: int = 16
    """Sentences that are computed together."""
    window_s: float = 0.004
    """How long a live sentence waits for others."""
    most_waiting: int = 2000
    """Sentences of one direction and priority that may wait; beyond, callers do."""
    patience_s: float = 30.0
    """How long a caller waits for a place."""
    calm_s: float = 0.15
    """How long after live work backfill keeps still."""
    longest_calm_s: float = 2.0
    """How long it keeps still at most, when live work does not end."""
    wary_s: float = 2.0
    """How long after live work backfill goes on in small batches: the next sentence may come at any time."""
    small_batch: int = 4
    """Sentences of such a batch."""
    lanes: int = 0
    """Threads that compute, one for live work only; 0 for one a processor, at least two."""
    memory_bytes: int = DEFAULT_MEMORY_BYTES
    """What the loaded models may take together."""


DEFAULT_TUNING: Final = Tuning()


@dataclass(frozen=True, slots=True)
class _Job:
    pieces: list[str]
    decoding: Decoding
    future: "Future[Answer]"
    since: float = field(default_factory=time.monotonic)


_Waiting = dict[tuple[Pair, Priority], deque[_Job]]


class Engine:
    """Translates sentences with the installed packages. Safe to use from any native thread; close it at the end."""

    def __init__(self, store: Store, tuning: Tuning = DEFAULT_TUNING) -> None:
        self.tuning = tuning
        self._lane_count = tuning.lanes or max(2, len(os.sched_getaffinity(0)))
        self._models = Models(store, lanes=self._lane_count, memory_bytes=tuning.memory_bytes)
        self._waiting: _Waiting = {}
        self._changed = threading.Condition()
        self._lanes: dict[int, threading.Thread] = {}
        self._closed = False
        self._live_under_way = 0
        self._live_ended_s = -math.inf
        self._backfill_began_s = -math.inf

    @property
    def loaded(self) -> list[Pair]:
        """The pairs whose models are in memory."""
        return self._models.loaded

    def fits(self, pair: Pair, text: str) -> bool:
        """Whether ``text`` is short enough to be translated whole; NoModelError."""
        return len(self._models.get(pair).model.encode(text)) <= MAX_SOURCE_PIECES

    def submit(
        self,
        pair: Pair,
        text: str,
        priority: Priority = Priority.LIVE,
        decoding: Decoding = Decoding(),  # noqa: B008 - frozen
        *,
        unbounded: bool = False,
    ) -> "Future[Answer]":
        """Put one sentence into the queue of its direction; cancel the future if it is not wanted any more.

        Raises NoModelError, ModelFaultError, BusyError if there is no place within the patience. ``unbounded`` takes a
        place in any case, for the second leg of a way over a pivot.
        """
        job = _Job(self._models.get(pair).model.encode(text), decoding, Future())
        with self._changed:
            queue = self._waiting.setdefault((pair, priority), deque())
            if not unbounded and not self._changed.wait_for(
                lambda: self._has_place(queue), timeout=self.tuning.patience_s
            ):
                msg = f"more than {self.tuning.most_waiting} sentences wait for {pair[0]}->{pair[1]}; send them later"
                raise BusyError(msg)
            if self._closed:
                msg = "the engine is closed"
                raise ModelFaultError(msg)
            queue.append(job)
            self._start_lanes()
            self._changed.notify_all()
        return job.future

    def close(self) -> None:
        """Cancel what waits, finish what is being computed, end the threads."""
        with self._changed:
            self._closed = True
            for queue in self._waiting.values():
                for job in queue:
                    job.future.cancel()
                queue.clear()
            self._changed.notify_all()
        for thread in self._lanes.values():
            thread.join()

    def _has_place(self, queue: deque[_Job]) -> bool:
        if self._closed or len(queue) < self.tuning.most_waiting:
            return True
        wanted = [job for job in queue if not job.future.cancelled()]
        queue.clear()
        queue.extend(wanted)
        return len(queue) < self.tuning.most_waiting

    def _start_lanes(self) -> None:
        """Start the lanes at the first sentence, and again any that ended by a fault."""
        for number in range(self._lane_count):
            thread = self._lanes.get(number)
            if thread is None or not thread.is_alive():
                name = f"translation lane {number}"
                self._lanes[number] = threading.Thread(target=self._work, args=(number,), name=name, daemon=True)
                self._lanes[number].start()

    def _work(self, lane: int) -> None:
        allowed = (Priority.LIVE,) if lane == 0 else (Priority.LIVE, Priority.BACKFILL)
        while (taken := self._take(allowed)) is not None:
            (pair, priority), jobs = taken
            wanted = [job for job in jobs if job.future.set_running_or_notify_cancel()]
            try:
                self._translate(pair, wanted)
            finally:  # whatever happened, nobody waits for ever
                for job in wanted:
                    if not job.future.done():
                        job.future.set_exception(ModelFaultError("the engine failed"))
                self._end(priority)

    def _end(self, priority: Priority) -> None:
        if priority is Priority.LIVE:
            with self._changed:
                self._live_under_way -= 1
                self._live_ended_s = time.monotonic()

    def _take(self, allowed: Iterable[Priority]) -> tuple[tuple[Pair, Priority], list[_Job]] | None:
        """The next batch for a lane, once there is one; None at the end."""
        with self._changed:
            while True:
                if self._closed:
                    return None
                found = self._oldest(allowed)
                if found is None:
                    self._changed.wait()
                    continue
                (pair, priority), queue = found
                left_s = self._window_left_s(queue) if priority is Priority.LIVE else self._calm_left_s(queue)
                if left_s > 0:
                    self._changed.wait(left_s)
                    continue
                jobs = _similar(queue, self._begin(priority))
                self._changed.notify_all()  # there are places again
                return (pair, priority), jobs

    def _window_left_s(self, queue: deque[_Job]) -> float:
        """How long a batch of live work waits for further sentences."""
        if len(queue) >= self.tuning.batch:
            return 0
        return queue[0].since + self.tuning.window_s - time.monotonic()

    def _calm_left_s(self, queue: deque[_Job]) -> float:
        """How long backfill still keeps still."""
        now = time.monotonic()
        most = max(self._backfill_began_s, queue[0].since) + self.tuning.longest_calm_s - now
        if self._live_under_way:
            return most
        return min(most, self._live_ended_s + self.tuning.calm_s - now)

    def _begin(self, priority: Priority) -> int:
        """Note that a batch begins; how many sentences it may have."""
        now = time.monotonic()
        if priority is Priority.LIVE:
            self._live_under_way += 1
            return self.tuning.batch
        self._backfill_began_s = now
        lately = self._live_under_way or now < self._live_ended_s + self.tuning.wary_s
        return self.tuning.small_batch if lately else self.tuning.batch

    def _oldest(self, allowed: Iterable[Priority]) -> tuple[tuple[Pair, Priority], deque[_Job]] | None:
        for priority in allowed:
            filled = [(key, queue) for key, queue in self._waiting.items() if key[1] is priority and queue]
            if filled:
                return min(filled, key=lambda item: item[1][0].since)
        return None

    def _translate(self, pair: Pair, jobs: list[_Job]) -> None:
        try:
            loaded = self._models.get(pair)
            _answer(loaded, jobs)
        except ModelFaultError as error:
            if len(jobs) == 1:
                jobs[0].future.set_exception(error)
                return
            for job in jobs:  # one bad sentence must not cost the others theirs
                self._translate(pair, [job])
        except TranslationError as error:
            for job in jobs:
                job.future.set_exception(error)


def _similar(queue: deque[_Job], most: int) -> list[_Job]:
    """Take the oldest job and those nearest to it in length with the same decoding: less is computed for padding."""
    oldest = queue[0]
    near = [job for _, job in zip(range(LOOKAHEAD), queue, strict=False) if job.decoding == oldest.decoding]
    if len(near) > most:
        near = sorted(near, key=lambda job: abs(len(job.pieces) - len(oldest.pieces)))[:most]
    taken = {id(job) for job in near}
    left = [job for job in queue if id(job) not in taken]
    queue.clear()
    queue.extend(left)
    return near


def _answer(loaded: Loaded, jobs: list[_Job]) -> None:
    if not jobs:
        return
    results = loaded.model.translate([job.pieces for job in jobs], jobs[0].decoding)
    for job, hypotheses in zip(jobs, results, strict=True):
        job.future.set_result(Answer(tuple(hypotheses), loaded.digest))
