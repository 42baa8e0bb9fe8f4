"""The load: one sender and many listeners in one thread, by epoll, so that the server is what is measured."""

import select
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

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


class Crowd:
    """A sender and its listeners, all connected to one server."""

    def __init__(self, server: ServerProcess, dialect: Dialect, listeners: int) -> None:
        self._server = server
        self._dialect = dialect
        self._poll = select.epoll()
        self._by_fd: dict[int, Listener] = {}
        self._sender = self._added(dialect.sender(server.port))
        self._listeners = []
        for place in range(listeners):
            self._listeners.append(self._added(dialect.listener(server.port, place)))
            if place % 50 == 0:
                self._ready(0)  # pings are answered meanwhile

    def close(self) -> None:
        """Close every connection."""
        self._poll.close()
        for listener in self._by_fd.values():
            listener.connection.close()

    def throughput(self, *, in_flight: int, lasting_s: float) -> Throughput:
        """Keep ``in_flight`` messages under way for ``lasting_s``; each counts once all listeners have it."""
        width = len(self._listeners)
        sent = delivered = 0
        cpu_s, begun_s = self._server.cpu_s(), time.perf_counter()
        until_s = begun_s + lasting_s
        while time.perf_counter() < until_s:
            while sent < delivered // width + in_flight:
                self._send()
                sent += 1
            delivered += self._receive()
        while delivered < sent * width:
            delivered += self._receive()
        wall_s = time.perf_counter() - begun_s
        return Throughput(delivered, wall_s, self._server.cpu_s() - cpu_s)

    def latency(self, *, deliveries_per_s: float, lasting_s: float) -> Latency:
        """Send at a fixed rate, whatever comes back."""
        width = len(self._listeners)
        pause_s = width / deliveries_per_s
        found = Latency()
        sent_at: list[float] = []
        seen = dict.fromkeys(self._by_fd, 0)
        begun_s = next_s = time.perf_counter()
        delivered = 0
        while delivered < len(sent_at) * width or next_s < begun_s + lasting_s:
            now_s = time.perf_counter()
            if now_s >= next_s and next_s < begun_s + lasting_s:
                sent_at.append(now_s)
                self._send()
                next_s += pause_s
            wait_s = max(0.0, min(next_s - time.perf_counter(), 1.0)) if next_s < begun_s + lasting_s else 1.0
            for number, found_now, at_s in self._ready(wait_s):
                for place in range(seen[number], seen[number] + found_now):
                    found.samples_ms.append((at_s - sent_at[place]) * 1000)
                seen[number] += found_now
                delivered += found_now
        return found

    def _added(self, listener: Listener) -> Listener:
        listener.connection.setblocking(False)  # noqa: FBT003 - the socket's own name for it
        self._by_fd[listener.connection.fileno()] = listener
        self._poll.register(listener.connection.fileno(), select.EPOLLIN)
        return listener

    def _send(self) -> None:
        _send_all(self._sender, self._dialect.message())

    def _receive(self) -> int:
        return sum(count for _, count, _ in self._ready(STALLED_S, must=True))

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


def _send_all(sender: Listener, frame: bytes) -> None:
    view = memoryview(frame)
    while view:
        try:
            view = view[sender.connection.send(view) :]
        except BlockingIOError:
            select.select((), (sender.connection,), ())
