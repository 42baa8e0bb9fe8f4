"""The load: one sender and many listeners in one thread, by epoll, so that the server is what is measured."""

import select
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from portal.bench.dialects import Dialect, Listener
from portal.bench.process import ServerProcess

_READ_BYTES = 1 << 18
IN_FLIGHT = 20
STALLED_S = 15.0


@dataclass(frozen=True, slots=True)
class Throughput:
    """Deliveries to listeners, and what the server's process spent on them."""

    deliveries: int
    wall_s: float
    cpu_s: float

    @property
    def per_s(self) -> float:
        """Deliveries a second."""
        return self.deliveries / self.wall_s

    @property
    def per_cpu_s(self) -> float:
        """Deliveries for a second of the server's processor time."""
        return self.deliveries / self.cpu_s


@dataclass(slots=True)
class Latency:
    """Milliseconds from sending to a listener's receipt."""

    samples_ms: list[float] = field(default_factory=list)

    def at(self, share: float) -> float:
        """Return the quantile ``share`` (0 to 1)."""
        ordered = sorted(self.samples_ms)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class StalledError(RuntimeError):
    """Deliveries stopped coming: the server lost some, or stands still."""


class StrayDeliveryError(RuntimeError):
    """A listener got more messages than were sent: something is left of before, or was delivered twice."""


class Arrivals:
    """How far the messages of one measurement have come. A listener gets them in the order in which they were sent."""

    def __init__(self, listeners: Iterable[int]) -> None:
        self._seen = dict.fromkeys(listeners, 0)
        self._have: list[int] = []
        self._complete = 0

    @property
    def sent(self) -> int:
        """Messages that were sent."""
        return len(self._have)

    @property
    def complete(self) -> int:
        """Messages that every listener has."""
        return self._complete

    def send(self) -> None:
        """Note one more message as sent."""
        self._have.append(0)

    def arrive(self, listener: int, count: int) -> range:
        """Note that ``listener`` got ``count`` more; return which ones, by their place from 0."""
        begin = self._seen[listener]
        end = self._seen[listener] = begin + count
        if end > self.sent:
            msg = f"{end} deliveries of {self.sent} messages"
            raise StrayDeliveryError(msg)
        for place in range(begin, end):
            self._have[place] += 1
        while self._complete < self.sent and self._have[self._complete] == len(self._seen):
            self._complete += 1
        return range(begin, end)


class Crowd:
    """A sender and its listeners, all connected to one server; a context manager that connects and closes them."""

    def __init__(self, server: ServerProcess, dialect: Dialect, listeners: int) -> None:
        self._server = server
        self._dialect = dialect
        self._size = listeners
        self._poll = select.epoll()
        self._by_fd: dict[int, Listener] = {}
        self._listeners: list[int] = []
        self._sender: Listener

    def __enter__(self) -> Self:
        try:
            self._sender = self._added(self._dialect.sender(self._server.port))
            for place in range(self._size):
                listener = self._added(self._dialect.listener(self._server.port, place))
                self._listeners.append(listener.connection.fileno())
                if place % 50 == 0:
                    self._ready(0)  # pings are answered meanwhile
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self._poll.close()
        for listener in self._by_fd.values():
            listener.connection.close()

    def throughput(self, *, in_flight: int, lasting_s: float) -> Throughput:
        """Keep ``in_flight`` messages under way for ``lasting_s``: sent, and not yet with every listener."""
        arrivals = Arrivals(self._listeners)
        cpu_s, begun_s = self._server.cpu_s(), time.perf_counter()
        until_s = begun_s + lasting_s
        while time.perf_counter() < until_s:
            while arrivals.sent < arrivals.complete + in_flight:
                self._send(arrivals)
            self._receive(arrivals)
        while not self._settled(arrivals):
            self._receive(arrivals)
        wall_s = time.perf_counter() - begun_s
        return Throughput(arrivals.sent * len(self._listeners), wall_s, self._server.cpu_s() - cpu_s)

    def latency(self, *, deliveries_per_s: float, lasting_s: float) -> Latency:
        """Send at a fixed rate, whatever comes back."""
        pause_s = len(self._listeners) / deliveries_per_s
        found = Latency()
        sent_at: list[float] = []
        arrivals = Arrivals(self._listeners)
        next_s = time.perf_counter()
        until_s = next_s + lasting_s
        while next_s < until_s or not self._settled(arrivals):
            now_s = time.perf_counter()
            if next_s <= now_s and next_s < until_s:
                sent_at.append(now_s)
                self._send(arrivals)
                next_s += pause_s
            sending = next_s < until_s
            wait_s = max(0.0, next_s - time.perf_counter()) if sending else STALLED_S
            for number, count, at_s in self._ready(wait_s, must=not sending):
                found.samples_ms += [(at_s - sent_at[place]) * 1000 for place in arrivals.arrive(number, count)]
        return found

    def _added(self, listener: Listener) -> Listener:
        listener.connection.setblocking(False)  # noqa: FBT003 - the socket's own name for it
        self._by_fd[listener.connection.fileno()] = listener
        self._poll.register(listener.connection.fileno(), select.EPOLLIN)
        return listener

    def _send(self, arrivals: Arrivals) -> None:
        arrivals.send()
        send_all(self._sender, self._dialect.message())

    def _receive(self, arrivals: Arrivals) -> None:
        for number, count, _ in self._ready(STALLED_S, must=True):
            arrivals.arrive(number, count)

    def _settled(self, arrivals: Arrivals) -> bool:
        """Tell whether nothing is under way: what is still to come would be counted by the next measurement."""
        return arrivals.complete == arrivals.sent and not self._dialect.unanswered

    def _ready(self, wait_s: float, *, must: bool = False) -> Sequence[tuple[int, int, float]]:
        """Read what is there: (socket, marked frames, when)."""
        events = self._poll.poll(wait_s)
        if must and not events:
            raise StalledError
        found: list[tuple[int, int, float]] = []
        by_fd = self._by_fd
        for number, _ in events:
            listener = by_fd[number]
            data = listener.connection.recv(_READ_BYTES)
            if not data:
                raise StalledError
            count = listener.frames.feed(data)
            if count:
                found.append((number, count, time.perf_counter()))
            elif listener.frames.others:
                self._dialect.look_at(listener)
        return found


def send_all(sender: Listener, frame: bytes) -> None:
    """Send a whole frame on a socket that does not block."""
    view = memoryview(frame)
    while view:
        try:
            view = view[sender.connection.send(view) :]
        except BlockingIOError:
            select.select((), (sender.connection,), ())
