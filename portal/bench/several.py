"""``portal bench several``: two processes on one PostgreSQL: one order, what the second one brings, what sockets cost.

All of it runs on this machine: the processes, PostgreSQL, and the load, which takes its share of the same cores. So the
ratios count, and what an item costs in processor time, not how many there are a second.
"""

import argparse
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

from portal.bench.faults.portals import Nursery, PortalProcess
from portal.bench.gathering import Gathering, Spent
from portal.bench.postgresql import Cluster, postgres_program, running_cluster
from portal.bench.process import free_port, rss_kib
from portal.bench.seed import Installation, seeded_rooms
from portal.bench.targets import Target, print_targets

ITEMS: Final = 10_000
LISTENERS: Final = 8
SENDERS: Final = 4
ROOMS: Final = 16
ROUNDS: Final = 5
CONNECTIONS: Final = 2000
HELD_S: Final = 20.0
_DEVICES: Final = 64


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured."""

    items: int = ITEMS
    rooms: int = ROOMS
    rounds: int = ROUNDS
    connections: int = CONNECTIONS
    held_s: float = HELD_S


QUICK: Final = Sizes(items=400, rooms=4, rounds=1, connections=60, held_s=1.0)


class Way(NamedTuple):
    """How a load is spread: over so many processes; ``together``: all members of a room at one of them."""

    words: str
    processes: int
    together: bool


WAYS: Final = (
    Way("one process", 1, together=True),
    Way("two, each room's members spread", 2, together=False),
    Way("two, a room's members at one", 2, together=True),
)


@dataclass(frozen=True, slots=True)
class Held:
    """Connections that were opened, those that still answered in the end, and what one takes of the processes."""

    opened: int
    answered: int
    kib: float
    reached_ms: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 if a target is missed, else 0; 2 without PostgreSQL."""
    options = _parser().parse_args(arguments)
    sizes = QUICK if options.quick else Sizes(items=options.items)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard) if soft < hard else (soft, hard))
    postgres = postgres_program()
    if postgres is None:
        print("portal: PostgreSQL's programs are not on this machine", file=sys.stderr)
        return 2
    begun_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder, ExitStack() as stack:
        cluster = stack.enter_context(running_cluster(postgres, Cluster))
        nursery = stack.enter_context(Nursery(Path(folder) / "errors"))
        bench = Bench(nursery, Path(folder), options.redis or "", sizes)
        with cluster.database() as url:
            rows = bench.order(url)
        with cluster.database() as url:
            rows += bench.throughput(url)
        with cluster.database() as url:
            rows += bench.connections(url)
    print_targets(rows)
    woken = "Redis" if options.redis else "PostgreSQL"
    print(
        f"\n{time.monotonic() - begun_s:.0f} s; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; woken by {woken}"
    )
    return 1 if any(row.met is False for row in rows) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="portal bench several", description="Two processes: one order, throughput, connections held."
    )
    parser.add_argument("--quick", action="store_true", help="small: some seconds")
    parser.add_argument("--items", type=int, default=ITEMS, help=f"items whose order is compared (default: {ITEMS})")
    parser.add_argument("--redis", metavar="URL", help="wake processes by this Redis instead of PostgreSQL")
    return parser


class Bench:
    """The measurements, each on a database of its own."""

    def __init__(self, nursery: Nursery, folder: Path, redis_url: str, sizes: Sizes) -> None:
        self._nursery = nursery
        self._folder = folder
        self._redis_url = redis_url
        self._sizes = sizes
        self._made = 0

    def order(self, url: str) -> list[Target]:
        """Let members of one room, on both processes, write at once; compare what each of them was sent."""
        count = self._sizes.items
        rooms = seeded_rooms(url, _DEVICES, 1)
        with self._processes(url, 2) as processes, Gathering(rooms) as gathering:
            for place in range(LISTENERS):
                gathering.listen(processes[place % 2], 0)
            for place in range(SENDERS):
                gathering.speak(processes[place % 2], 0, count // SENDERS)
            spent = gathering.run(processes)
            agreed = gathering.agreed(0)
        self._say("one room, members on two processes", spent)
        total = count // SENDERS * SENDERS
        return [Target(f"items in one order at all {LISTENERS} members", agreed / total * ITEMS, ITEMS)]

    def throughput(self, url: str) -> list[Target]:
        """Compare one process with two, on many rooms whose members are spread over both, or together in one.

        In turn, several times, since a machine is never busy alike; the medians count.
        """
        sizes = self._sizes
        rooms = iter(seeded_rooms(url, _DEVICES, len(WAYS) * sizes.rounds * sizes.rooms))
        found: dict[Way, list[Spent]] = {way: [] for way in WAYS}
        for _ in range(sizes.rounds):
            for way in WAYS:
                found[way].append(self._written(url, list(islice(rooms, sizes.rooms)), way))
        per_s, cpu_us = [], []
        for way, measured in found.items():
            middle = sorted(measured, key=lambda spent: spent.per_s)[len(measured) // 2]
            per_s.append(middle.per_s)
            cpu_us.append(median(spent.cpu_us for spent in measured))
            self._say(way.words, middle)
        return [
            Target("items/s, two processes / one, members spread", per_s[1] / per_s[0], 1.0),
            Target("items/s, two processes / one, a room at one", per_s[2] / per_s[0], 1.0),
            Target("processor time an item, two / one, spread", cpu_us[1] / cpu_us[0], 2.0, least=False),
        ]

    def _written(self, url: str, rooms: list[Installation], way: Way) -> Spent:
        each = max(self._sizes.items // self._sizes.rooms // self._sizes.rounds, 20)
        with self._processes(url, way.processes) as processes, Gathering(rooms) as gathering:
            for room in range(len(rooms)):
                for member in range(LISTENERS // 2):
                    gathering.listen(processes[(room if way.together else member) % way.processes], room)
                gathering.speak(processes[room % way.processes], room, each)
            return gathering.run(processes)

    def connections(self, url: str) -> list[Target]:
        """Hold connections, half at each process, and have one item reach them all."""
        held = self._held(seeded_rooms(url, _DEVICES, 1))
        print(f"{held.opened} connections at two processes: one item reaches all in {held.reached_ms:.0f} ms")
        return [
            Target("connections held and answering", held.answered, self._sizes.connections),
            Target("KiB a connection, both processes", held.kib, 30.0, least=False),
        ]

    def _held(self, rooms: list[Installation]) -> Held:
        count = self._sizes.connections
        with self._processes(rooms[0].database.url.render_as_string(hide_password=False), 2) as processes:
            with Gathering(rooms) as warm:
                for process in processes:
                    warm.listen(process, 0)
                warm.speak(processes[0], 0, 10)
                warm.run(processes)
            with Gathering(rooms, first_device=2) as gathering:
                sizes_kib = [
                    sum(rss_kib(process.pid) for process in processes)
                    for there in gathering.listen_all(processes, 0, count)
                    if there in (count // 4, count)
                ]
                # The first quarter takes what was free already.
                kib = (sizes_kib[1] - sizes_kib[0]) / (count - count // 4)
                gathering.hold(self._sizes.held_s)
                gathering.speak(processes[0], 0, 1)
                spent = gathering.run(processes)
                return Held(count, gathering.reached(0), kib, spent.wall_s * 1000)

    def _say(self, words: str, spent: Spent) -> None:
        cores = f"cores busy: {spent.cpu_s / spent.wall_s:.2f} serving, {spent.load_s / spent.wall_s:.2f} with the load"
        print(
            f"{words:<40}{spent.per_s:>8.0f} items/s{spent.cpu_us:>8.0f} µs of processor an item   {cores}", flush=True
        )

    @contextmanager
    def _processes(self, url: str, count: int) -> Iterator[list[PortalProcess]]:
        """Run ``count`` processes of one installation of their own."""
        self._made += 1
        folder = self._folder / f"{self._made}"
        folder.mkdir(mode=0o700)
        settings = {
            "data_dir": folder,
            "database_url": url,
            "several": True,
            "redis_url": self._redis_url,
            "worker": False,
        }
        started: list[PortalProcess] = []
        try:
            while len(started) < count:
                started.append(self._nursery.start(port=free_port(), **settings))
            yield started
        finally:
            for process in started:
                process.stop()
