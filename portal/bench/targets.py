"""What the relay shall reach, as ratios to other servers in the same run, and the table that says whether it does."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from portal.bench.crowd import Latency, Throughput

PORTAL: Final = "portal (durable, signed)"
BARE: Final = "bare gevent"
STOCK: Final = "stock Flask-SocketIO"
NODE_WS: Final = "Node ws"
NODE_SOCKETIO: Final = "Node socket.io"


@dataclass(slots=True)
class Figures:
    """What was measured of one server, by number of listeners."""

    serial: dict[int, Throughput] = field(default_factory=dict)
    pipelined: dict[int, Throughput] = field(default_factory=dict)
    latency: Latency | None = None
    connection_kib: float | None = None


@dataclass(slots=True)
class Extra:
    """What is measured of the portal alone."""

    large_message_ms: float | None = None
    appends_per_s: float | None = None
    syncs_per_s: float | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """``measured`` against ``due``; ``least``: it must be at least that, else at most."""

    name: str
    measured: float | None
    due: float
    least: bool = True

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None if it was not measured."""
        if self.measured is None:
            return None
        return self.measured >= self.due if self.least else self.measured <= self.due


def targets(found: Mapping[str, Figures], extra: Extra) -> list[Target]:
    """Return all targets with what was measured, in deliveries per second of the server's processor unless named."""
    portal = found[PORTAL]
    kib = portal.connection_kib
    return [
        Target("serial,   10 listeners / bare gevent", _ratio(found, BARE, 10), 0.4),
        Target("serial,  100 listeners / bare gevent", _ratio(found, BARE, 100), 0.65),
        Target("serial, 1000 listeners / bare gevent", _ratio(found, BARE, 1000), 0.65),
        Target("pipelined, 100 / bare gevent", _ratio(found, BARE, 100, pipelined=True), 1.3),
        Target("serial,  100 / stock Flask-SocketIO", _ratio(found, STOCK, 100), 4.0),
        Target("serial, 1000 / stock Flask-SocketIO", _ratio(found, STOCK, 1000), 6.0),
        Target("serial,  100 / Node socket.io", _ratio(found, NODE_SOCKETIO, 100), 0.9),
        Target("serial, 1000 / Node socket.io", _ratio(found, NODE_SOCKETIO, 1000), 1.3),
        Target("pipelined, 100 / Node socket.io", _ratio(found, NODE_SOCKETIO, 100, pipelined=True), 2.5),
        Target("p99 at a fixed rate / bare gevent", _p99_ratio(found), 2.0, least=False),
        Target("KiB a connection", kib, 30.0, least=False),
        Target("256 KiB binary message, ms of processor", extra.large_message_ms, 5.0, least=False),
        Target("appends/s by 128 writers / fdatasync/s", _over(extra.appends_per_s, extra.syncs_per_s), 2.0),
    ]


def print_servers(found: Mapping[str, Figures], sizes: tuple[int, ...]) -> None:
    """Print what each server did: deliveries per processor second (and µs of processor a delivery)."""
    head = "".join(f"{f'{size}':>16}" for size in sizes)
    print(f"\n{'deliveries per CPU-second (µs each)':<38}{'listeners:':>10}{head}{'p50/p99 ms':>14}{'KiB/conn':>10}")
    for name, figures in found.items():
        for kind, measured in (("serial", figures.serial), ("20 in flight", figures.pipelined)):
            cells = "".join(f"{_cell(measured.get(size)):>16}" for size in sizes)
            tail = f"{_latency(figures.latency):>14}{_number(figures.connection_kib):>10}" if kind == "serial" else ""
            print(f"{name if kind == 'serial' else '':<26}{kind:>22}{cells}{tail}")


def print_targets(rows: list[Target]) -> None:
    """Print each target with its figure and a word."""
    print(f"\n{'target':<44}{'due':>10}{'measured':>12}")
    for row in rows:
        sign = "≥" if row.least else "≤"
        word = {True: "met", False: "MISSED", None: "not measured"}[row.met]
        print(f"{row.name:<44}{f'{sign} {row.due:g}':>10}{_number(row.measured, 2):>12}   {word}")


def _ratio(found: Mapping[str, Figures], other: str, size: int, *, pipelined: bool = False) -> float | None:
    def measured(name: str) -> float | None:
        figures = found.get(name)
        throughput = figures and (figures.pipelined if pipelined else figures.serial).get(size)
        return throughput.per_cpu_s if throughput else None

    return _over(measured(PORTAL), measured(other))


def _p99_ratio(found: Mapping[str, Figures]) -> float | None:
    ours, theirs = found[PORTAL].latency, found[BARE].latency if BARE in found else None
    return None if ours is None or theirs is None else ours.at(0.99) / theirs.at(0.99)


def _over(one: float | None, other: float | None) -> float | None:
    return one / other if one is not None and other else None


def _cell(throughput: Throughput | None) -> str:
    if throughput is None:
        return "-"
    return f"{throughput.per_cpu_s / 1000:.0f}k ({throughput.cpu_s / throughput.deliveries * 1e6:.1f})"


def _latency(latency: Latency | None) -> str:
    return "-" if latency is None else f"{latency.at(0.5):.1f}/{latency.at(0.99):.1f}"


def _number(value: float | None, digits: int = 1) -> str:
    if value is None:
        return "-"
    # What was measured is never printed as nothing.
    return f"{value:.1g}" if 0 < value < 0.5 * 10**-digits else f"{value:.{digits}f}"
