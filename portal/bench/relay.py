"""``portal bench relay``: how many deliveries a second of processor buys, and how long each takes.

The portal stores every item with fsync and checks its signature before anybody gets it; the others only pass on. Each
server has a processor core of its own, the load the other. One run compares all, since machines differ.
"""

import argparse
import os
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final

from portal.bench import durability, subjects
from portal.bench.crowd import IN_FLIGHT, Crowd, Throughput
from portal.bench.floor import floor, print_floor
from portal.bench.process import cores
from portal.bench.subjects import Running
from portal.bench.targets import (
    BARE,
    NODE_SOCKETIO,
    NODE_WS,
    PORTAL,
    STOCK,
    Extra,
    Figures,
    print_servers,
    print_targets,
    targets,
)

SIZES: Final = (10, 100, 1000)
RATE_PER_S: Final = 5000.0
RATE_LISTENERS: Final = 100
PREPARED_PER_S: Final = 2000
"""Items signed beforehand for each second; a faster server has the rest signed while it runs, on the load's core."""
_Start = Callable[[int | None], AbstractContextManager[Running]]


@dataclass(frozen=True, slots=True)
class Effort:
    """How long each measurement lasts, and how often it is taken (the median counts)."""

    lasting_s: float
    times: int
    latency_s: float
    sizes: tuple[int, ...] = SIZES


FULL: Final = Effort(lasting_s=1.5, times=3, latency_s=5.0)
QUICK: Final = Effort(lasting_s=0.5, times=1, latency_s=1.5)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparison and print it; 1 if a target is missed, else 0."""
    options = _parser().parse_args(arguments)
    effort = QUICK if options.quick else FULL
    server_core, load_core = cores()
    if load_core is not None:
        os.sched_setaffinity(0, {load_core})
    begun_s = time.monotonic()
    found: dict[str, Figures] = {}
    extra = Extra()
    for name, start in _subjects(options.only, options.database).items():
        print(f"measuring {name} …", flush=True)
        with start(server_core) as running:
            found[name] = _measure(running, effort)
            if name == PORTAL:
                _measure_extra(running, effort, extra)
    print_servers(found, effort.sizes)
    if PORTAL not in found:
        return 0
    rows = targets(found, extra)
    print_targets(rows)
    print_floor(floor(), found, extra)
    print(f"\n{time.monotonic() - begun_s:.0f} s; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    return 1 if any(row.met is False for row in rows) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="portal bench relay", description="Deliveries a second, and how long each takes."
    )
    parser.add_argument("--quick", action="store_true", help="short measurements: less than a minute in all")
    parser.add_argument("--only", choices=("portal", "bare", "stock", "node"), action="append", help="leave others out")
    parser.add_argument("--database", metavar="URL", help="an empty database for the portal instead of a SQLite file")
    return parser


def _subjects(only: Sequence[str] | None, url: str | None) -> dict[str, _Start]:
    chosen = set(only or ("portal", "bare", "stock", "node"))
    starts: dict[str, _Start] = {}
    if "portal" in chosen:
        starts[PORTAL] = lambda core: subjects.portal(core, url)
    if "bare" in chosen:
        starts[BARE] = subjects.bare_gevent
    if "stock" in chosen:
        starts[STOCK] = subjects.stock_socketio
    if "node" in chosen:
        if subjects.node_packages() is None:
            print("Node, ws or socket.io are not there: they are left out")
        else:
            starts |= {NODE_WS: subjects.node_ws, NODE_SOCKETIO: subjects.node_socketio}
    return starts


def _measure(running: Running, effort: Effort) -> Figures:
    figures = Figures()
    _warm(running)
    before_kib = running.server.rss_kib()
    # The largest first: a connection's memory shows only where nothing was freed before.
    for size in sorted(effort.sizes, reverse=True):
        with Crowd(running.server, running.dialect, size) as crowd:
            if figures.connection_kib is None:
                figures.connection_kib = (running.server.rss_kib() - before_kib) / size
            figures.serial[size] = _throughput(running, crowd, effort, 1)
            figures.pipelined[size] = _throughput(running, crowd, effort, IN_FLIGHT)
            if size == RATE_LISTENERS:
                figures.latency = crowd.latency(deliveries_per_s=RATE_PER_S, lasting_s=effort.latency_s)
    return figures


def _throughput(running: Running, crowd: Crowd, effort: Effort, in_flight: int) -> Throughput:
    """Return the median of several measurements, by processor time."""
    measured = []
    for _ in range(effort.times):
        running.prepare(int(effort.lasting_s * PREPARED_PER_S))
        measured.append(crowd.throughput(in_flight=in_flight, lasting_s=effort.lasting_s))
    return sorted(measured, key=lambda one: one.per_cpu_s)[effort.times // 2]


def _warm(running: Running) -> None:
    """Let the server load and compile what it does at first use."""
    with Crowd(running.server, running.dialect, 8) as crowd:
        crowd.throughput(in_flight=4, lasting_s=0.3)
    time.sleep(0.2)


def _measure_extra(running: Running, effort: Effort, extra: Extra) -> None:
    extra.syncs_per_s = durability.syncs_per_s(effort.lasting_s / 2)
    extra.appends_per_s = durability.appends_per_s(running, effort.lasting_s * 2)
    extra.large_message_ms = durability.large_message_ms(running, 11)
