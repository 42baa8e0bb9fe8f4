"""Numbers of this process, for Prometheus: what it was asked, refused, wrote, delivered, and how long things took.

They name no person, address, room or text: labels are names of routes, events and error codes of this program. What
citizens ask for is added to once an hour, as logs of them have no time of day: a curve of their requests, read often
enough, would tell when somebody has spoken.

On hot paths one number is added to one dictionary (``Tally``), or a histogram is told of a whole batch.
"""

import time
from collections.abc import Callable, Iterator
from threading import Lock
from typing import Any, Final

import gevent
from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

HOUR_S: Final = 3600
LAG_EVERY_S: Final = 0.5
disable_created_metrics()  # type: ignore[no-untyped-call]  # when each began doubles what is sent, and says nothing
REGISTRY: Final = CollectorRegistry()
"""Of the whole process: an application that is made a second time, as tests do, adds to the same numbers."""
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_LAGS: Final = (0.001, 0.005, 0.02, 0.1, 0.5, 2, 10)
_SIZES: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Tally(Collector):
    """A counter for one thread alone, the hub's: ``tally.counts[labels] += 1`` costs what a dictionary does."""

    def __init__(self, name: str, about: str, labels: tuple[str, ...]) -> None:
        self.counts: dict[tuple[str, ...], int] = _Counts()
        self.name, self.labels = name, labels
        self._about = about
        REGISTRY.register(self)

    def collect(self) -> Iterator[Metric]:
        """Yield the numbers as they are; called by whoever serves them, in any thread."""
        found = CounterMetricFamily(self.name, self._about, labels=self.labels)
        for labels, count in self.counts.copy().items():
            found.add_metric(labels, count)
        yield found

    def describe(self) -> Iterator[Metric]:
        """Yield the name, so that no other metric takes it."""
        yield CounterMetricFamily(self.name, self._about, labels=self.labels)


class _Counts(dict[tuple[str, ...], int]):
    def __missing__(self, _key: tuple[str, ...]) -> int:
        return 0


class HourlyTally(Collector):
    """A counter that shows what it counted when the hour is over: nobody learns from it at which minute it was."""

    def __init__(
        self, name: str, about: str, labels: tuple[str, ...], clock_s: Callable[[], float] = time.time
    ) -> None:
        self.name, self.labels = name, labels
        self._about = about
        self._clock_s = clock_s
        self._lock = Lock()
        self._hour = 0
        self._shown: dict[tuple[str, ...], int] = _Counts()
        self._kept: dict[tuple[str, ...], int] = _Counts()
        REGISTRY.register(self)

    def add(self, *labels: str) -> None:
        """Count one; from any thread."""
        with self._lock:
            self._turn()
            self._kept[labels] += 1

    def collect(self) -> Iterator[Metric]:
        """Yield what was counted until the present hour began."""
        found = CounterMetricFamily(self.name, self._about, labels=self.labels)
        with self._lock:
            self._turn()
            for labels, count in self._shown.items():
                found.add_metric(labels, count)
        yield found

    def describe(self) -> Iterator[Metric]:
        """Yield the name, so that no other metric takes it."""
        yield CounterMetricFamily(self.name, self._about, labels=self.labels)

    def _turn(self) -> None:
        hour = int(self._clock_s()) // HOUR_S
        if hour != self._hour:
            for labels, count in self._kept.items():
                self._shown[labels] += count
            self._kept.clear()
            self._hour = hour


REQUESTS: Final = Tally(
    "portal_http_requests", "Requests of signed-in people's programs and supervisors.", ("route", "method", "status")
)
PUBLIC_REQUESTS: Final = HourlyTally(
    "portal_public_requests",
    "Requests that anyone may send, such as citizens' pages; added to once an hour.",
    ("status",),
)
REQUEST_SECONDS: Final = Histogram(
    "portal_http_request_seconds",
    "From a request's headers to its answer, for signed-in people's programs.",
    ("area",),
    buckets=_SECONDS,
    registry=REGISTRY,
)
REFUSALS: Final = Tally("portal_refusals", "Refusals by error code, over HTTP and sockets.", ("way", "code"))
EVENTS: Final = Tally("portal_socket_events", "Events that sockets sent.", ("event",))
DELIVERIES: Final = Tally("portal_deliveries", "Writes of events to sockets.", ())
SOCKETS_OPENED: Final = Tally("portal_sockets_opened", "Sockets that were opened.", ())
SOCKETS_CLOSED: Final = Tally("portal_sockets_closed", "Sockets that were closed, by what ended them.", ("reason",))
SLOW_CLOSED: Final = Tally("portal_slow_consumers_closed", "Sockets that were closed since they owed too much.", ())
BATCH_ITEMS: Final = Histogram(
    "portal_writer_batch_items", "Requests in one transaction of the writer.", buckets=_SIZES, registry=REGISTRY
)
BATCH_SECONDS: Final = Histogram(
    "portal_writer_batch_seconds",
    "One transaction of the writer: checks, rows and commit.",
    buckets=_SECONDS,
    registry=REGISTRY,
)
ROLLED_BACK: Final = Counter("portal_writer_rolled_back", "Transactions of the writer that failed.", registry=REGISTRY)
HUB_LAG: Final = Histogram(
    "portal_hub_lag_seconds",
    "How late a timer of the event loop was, looked at twice a second: what everyone waits for.",
    buckets=_LAGS,
    registry=REGISTRY,
)


def watch_hub() -> Callable[[], None]:
    """Begin to measure this thread's event loop; return what ends it."""
    due_s = time.monotonic() + LAG_EVERY_S

    def look() -> None:
        nonlocal due_s
        now_s = time.monotonic()
        HUB_LAG.observe(max(0.0, now_s - due_s))
        due_s = now_s + LAG_EVERY_S

    timer: Any = gevent.get_hub().loop.timer(LAG_EVERY_S, LAG_EVERY_S)
    timer.start(look)

    def end() -> None:
        timer.stop()
        timer.close()

    return end
