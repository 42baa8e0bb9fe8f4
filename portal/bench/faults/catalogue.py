"""All faults by name, and the machine on which they are tried."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

from portal.bench.faults.clock import Clock, step_the_clock
from portal.bench.faults.disk import fill_the_disk, small_disk
from portal.bench.faults.kills import kill_again_and_again
from portal.bench.faults.lines import restart_under_lines
from portal.bench.faults.network import LARGE_BYTES, crawl, cut_the_network
from portal.bench.faults.pair import kill_one_of_two, restart_postgresql_under_two, restart_redis
from portal.bench.faults.places import SMALL_BYTES
from portal.bench.faults.portals import Nursery
from portal.bench.faults.services import restart_postgresql
from portal.bench.faults.stage import Outcome, Report, Stage, staged
from portal.bench.postgresql import Cluster, postgres_program, running_cluster
from portal.bench.redis_server import redis_program, running_redis
from portal.server.core import migrations
from portal.server.core.db import Database

_TEMPLATE: Final = "portal_bench_template"
_NO_POSTGRESQL: Final = "this machine has no PostgreSQL"


@dataclass(frozen=True)
class Machine:
    """What faults are tried with; ``cluster`` is None where there is no PostgreSQL."""

    folder: Path
    nursery: Nursery
    cluster: Cluster | None
    seed: int

    @cached_property
    def sqlite_template(self) -> Path:
        """A SQLite file of the newest schema."""
        path = self.folder / "template.sqlite3"
        _migrate(f"sqlite:///{path}")
        return path

    @cached_property
    def postgresql_template(self) -> str:
        """The name of a PostgreSQL database of the newest schema."""
        if self.cluster is None:
            raise AssertionError  # who asks has looked
        self.cluster.execute(f"CREATE DATABASE {_TEMPLATE}")
        _migrate(self.cluster.url(_TEMPLATE))
        return _TEMPLATE


def _migrate(url: str) -> None:
    database = Database(url)
    migrations.upgrade(database)
    database.close()


Fault = Callable[[Machine, Outcome, int, Report], None]


class Entry(NamedTuple):
    """A fault: what people call it, how often it is done, how often when that must be quick, and what does it."""

    words: str
    times: int
    quick: int
    fault: Fault


def on_sqlite(fault: Callable[[Stage, int, Report], None], padded_bytes: int = SMALL_BYTES) -> Fault:
    """Return ``fault`` as it is tried on SQLite."""

    def tried(machine: Machine, outcome: Outcome, times: int, report: Report) -> None:
        with _on_sqlite(machine, outcome, padded_bytes=padded_bytes) as stage:
            fault(stage, times, report)

    return tried


def on_cluster(fault: Callable[[Stage, Cluster, int, Report], None]) -> Fault:
    """Return ``fault``, which acts on the PostgreSQL below the portal, as it is tried."""

    def tried(machine: Machine, outcome: Outcome, times: int, report: Report) -> None:
        if machine.cluster is None:
            outcome.left_out = _NO_POSTGRESQL
            return
        with _on_postgresql(machine, machine.cluster, outcome) as stage:
            fault(stage, machine.cluster, times, report)

    return tried


def on_postgresql(fault: Callable[[Stage, int, Report], None]) -> Fault:
    """Return ``fault`` as it is tried on PostgreSQL."""
    return on_cluster(lambda stage, _cluster, times, report: fault(stage, times, report))


def _redis_restarts(machine: Machine, outcome: Outcome, times: int, report: Report) -> None:
    program = redis_program()
    if machine.cluster is None or program is None:
        outcome.left_out = "this machine has no Redis" if program is None else _NO_POSTGRESQL
        return
    with running_redis(program) as redis, _on_postgresql(machine, machine.cluster, outcome) as stage:
        restart_redis(stage, redis, times, report)


def _full_disk(machine: Machine, outcome: Outcome, times: int, report: Report) -> None:
    with small_disk(machine.folder) as disk, _on_sqlite(machine, outcome, within=disk) as stage:
        fill_the_disk(stage, disk, times, report)


def _full_disk_of_postgresql(machine: Machine, outcome: Outcome, times: int, report: Report) -> None:
    if machine.cluster is None:
        outcome.left_out = _NO_POSTGRESQL
        return
    with ExitStack() as stack:
        reachable = machine.cluster.home.parent  # for PostgreSQL's own user
        disk = stack.enter_context(small_disk(reachable))
        if disk is None:
            outcome.left_out = "one must be root to mount a small disk under PostgreSQL's tables"
            return
        data = disk / "data"
        data.mkdir()
        tablespace = stack.enter_context(machine.cluster.tablespace(data))
        stage = stack.enter_context(_on_postgresql(machine, machine.cluster, outcome, tablespace=tablespace))
        fill_the_disk(stage, disk, times, report)


def _stepped_clock(machine: Machine, outcome: Outcome, times: int, report: Report) -> None:
    clock = Clock.compiled(machine.folder)
    if clock is None:
        outcome.left_out = "this machine has no C compiler (cc) for what moves a process's clock"
        return
    with ExitStack() as stack:
        errors = machine.folder / "errors"
        nursery = stack.enter_context(Nursery(errors, variables=clock.variables))
        stage = stack.enter_context(_on_sqlite(machine, outcome, nursery=nursery))
        step_the_clock(stage, clock, times, report)


FAULTS: Final[Mapping[str, Entry]] = MappingProxyType(
    {
        "kill-sqlite": Entry("kill -9, SQLite", 200, 2, on_sqlite(kill_again_and_again)),
        "kill-postgresql": Entry("kill -9, PostgreSQL", 200, 0, on_postgresql(kill_again_and_again)),
        "kill-one-of-two": Entry("kill -9, one of two processes", 30, 1, on_postgresql(kill_one_of_two)),
        "postgresql": Entry("PostgreSQL restarts", 20, 1, on_cluster(restart_postgresql)),
        "postgresql-two": Entry("PostgreSQL restarts, two processes", 10, 0, on_cluster(restart_postgresql_under_two)),
        "redis": Entry("Redis restarts, two processes", 10, 0, _redis_restarts),
        "network": Entry("network cuts", 40, 4, on_sqlite(cut_the_network)),
        "slow": Entry("slow readers", 2, 0, on_sqlite(crawl, LARGE_BYTES)),
        "disk": Entry("disk full, SQLite", 6, 1, _full_disk),
        "disk-postgresql": Entry("disk full, PostgreSQL", 6, 0, _full_disk_of_postgresql),
        "lines": Entry("restarts under real members' lines", 12, 0, on_sqlite(restart_under_lines)),
        "clock": Entry("clock steps of a day", 12, 2, _stepped_clock),
    }
)
"""By the name that ``--only`` takes."""


@contextmanager
def machine_of(seed: int) -> Iterator[Machine]:
    """Start what all faults share."""
    program = postgres_program()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="portal-faults-")))
        nursery = stack.enter_context(Nursery(folder / "errors"))
        cluster = None if program is None else stack.enter_context(running_cluster(program))
        yield Machine(folder, nursery, cluster, seed)


@contextmanager
def _on_sqlite(
    machine: Machine,
    outcome: Outcome,
    *,
    within: Path | None = None,
    nursery: Nursery | None = None,
    padded_bytes: int = SMALL_BYTES,
) -> Iterator[Stage]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=within or machine.folder)))
        shutil.copy(machine.sqlite_template, folder / "portal.sqlite3")
        url = f"sqlite:///{folder}/portal.sqlite3"
        put_up = staged(outcome, nursery or machine.nursery, url, folder, seed=machine.seed, padded_bytes=padded_bytes)
        yield stack.enter_context(put_up)


@contextmanager
def _on_postgresql(
    machine: Machine, cluster: Cluster, outcome: Outcome, *, tablespace: str = "pg_default"
) -> Iterator[Stage]:
    with ExitStack() as stack:
        url = stack.enter_context(cluster.database(machine.postgresql_template, tablespace))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=machine.folder)))
        yield stack.enter_context(staged(outcome, machine.nursery, url, folder, seed=machine.seed))
