"""``portal bench ledger``: how fast entries become durable in the tree, and proofs of them are made.

Beside it, in the same run, what nothing can do without: a bare insert of the same bytes in the same batches, committed
to the same disk; the disk's own rate; SHA-256 on one core. Only the ratios compare machines.
"""

import argparse
import hashlib
import os
import random
import resource
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from portal.bench.durability import syncs_per_s
from portal.bench.targets import Target, print_targets
from portal.server.core import migrations
from portal.server.core.db import Database, Unit
from portal.server.core.driver import Prepared
from portal.server.ledger import service, tree
from portal.server.ledger.feature import Ledger
from portal.server.ledger.keys import open_signer
from portal.server.ledger.policies import NO_WITNESSES
from portal.wire.ledger.entries import ENTRY_BYTES, Kind
from portal.wire.ledger.merkle import HASH_BYTES
from portal.wire.ledger.tiles import UpperHalves

BATCHES: Final = (1, 64, 512)
LEAVES: Final = (10_000, 100_000, 1_000_000)
APPENDS_TARGET: Final = 40_000
PROOFS_TARGET: Final = 5_000
# Entries that wait at once while their entering is measured: as many as go under one signature.
_BACKLOG_BATCHES: Final = 16
_GROWTH: Final = 20_000
_FILL: Final = Prepared(sa.text("INSERT INTO ledger_entry (entry) VALUES (:entry)"))
_BARE: Final = Prepared(sa.text("INSERT INTO bare (entry) VALUES (:entry)"))
_STATEMENT: Final = {"hall": "2026-W48", "what": "minutes", "file": "A" * 43}


class UnusableDatabaseError(Exception):
    """The database given for measuring is not an empty one; nothing was changed in it."""


@dataclass(frozen=True, slots=True)
class Appends:
    """Entries a second at one batch size: recorded by features, given their places and signed, and bare inserts."""

    batch: int
    recorded_per_s: float
    appended_per_s: float
    bare_per_s: float


@dataclass(frozen=True, slots=True)
class Proofs:
    """Proofs of random leaves, a second of processor: by a server that keeps nodes, once warm, and with none kept.

    ``memory_mib`` is what the whole process takes then.
    """

    leaves: int
    kept_per_s: float
    cold_per_s: float
    memory_mib: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 if it can not be measured, else 0, for the targets are a machine's as much as ours."""
    parser = argparse.ArgumentParser(prog="portal bench ledger", description="Appends and proofs a second.")
    parser.add_argument("--seconds", type=float, default=2.0, help="for each figure (default: 2)")
    parser.add_argument("--leaves", type=int, nargs="+", default=LEAVES, help="sizes of the tree, ascending")
    parser.add_argument("--postgresql", metavar="URL", help="an empty database there, to measure appends in, too")
    options = parser.parse_args(arguments)
    cores, load = os.cpu_count(), os.getloadavg()[0]
    print(f"{cores} cores, load {load:.1f}, fdatasync {syncs_per_s(min(options.seconds, 1)):.0f}/s", end="")
    hashes = hashes_per_s(min(options.seconds, 1))
    print(f", SHA-256 of two hashes {hashes / 1e6:.2f} million a CPU-second\n")
    try:
        with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
            url = f"sqlite:///{Path(folder) / 'portal.sqlite3'}"
            rows = _print_appends("SQLite", url, Path(folder), options.seconds)
            proofs = _print_proofs(url, options.leaves, options.seconds)
        if options.postgresql is None:
            print("PostgreSQL: not measured; give an empty database by --postgresql URL\n")
        else:
            with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
                _print_appends("PostgreSQL", options.postgresql, Path(folder), options.seconds)
    except UnusableDatabaseError as error:
        print(f"portal: {error}", file=sys.stderr)
        return 1
    largest = proofs[-1]
    print_targets(
        [
            Target(f"appends/s at batch {rows[-1].batch}, SQLite", rows[-1].appended_per_s, APPENDS_TARGET),
            Target("the same / bare inserts", rows[-1].appended_per_s / rows[-1].bare_per_s, 0.1),
            Target(f"proofs/CPU-s at {largest.leaves} leaves", largest.kept_per_s, PROOFS_TARGET),
            Target("the same, for a million hashes/CPU-s", largest.kept_per_s / hashes * 1e6, PROOFS_TARGET / 2),
        ]
    )
    return 0


def hashes_per_s(lasting_s: float) -> float:
    """Return how many nodes of a tree one core can hash in a second of its time."""
    pair, sha256 = secrets.token_bytes(65), hashlib.sha256

    def hash_some() -> int:
        return sum(len(sha256(pair).digest()) for _ in range(1000)) // HASH_BYTES

    return _rate(hash_some, lasting_s, time.thread_time)


def appends(database: Database, folder: Path, batch: int, lasting_s: float) -> Appends:
    """Measure one batch size. ``folder`` takes the log's key and what it has signed."""
    ledger = Ledger(database, open_signer(folder, "bench/ledger"), NO_WITNESSES, folder)
    ledger.sequence()

    def record(unit: Unit) -> int:
        for _ in range(batch):
            service.record(unit, Kind.HALL, _STATEMENT)
        return batch

    recorded = _rate(lambda: database.write(record), lasting_s)
    database.write(_enter_all)
    spent_s, appended = 0.0, 0
    while spent_s < lasting_s:
        database.write(lambda unit: _fill(unit, batch * _BACKLOG_BATCHES))
        begun_s = time.perf_counter()
        appended += ledger.sequence(batch)
        spent_s += time.perf_counter() - begun_s
    with _bare_table(database):
        bare = _rate(lambda: _insert_bare(database, batch), lasting_s)
    return Appends(batch, recorded, appended / spent_s, bare)


def proofs(database: Database, leaves: int, lasting_s: float) -> Proofs:
    """Grow the tree to ``leaves`` and measure proofs as the server makes them: from the database, a snapshot each."""
    while (missing := leaves - database.read(tree.size)) > 0:
        database.write(lambda unit, missing=missing: _grow(unit, min(missing, _GROWTH)))  # type: ignore[misc]
    chance, kept = random.Random(leaves), UpperHalves()  # noqa: S311 - the same leaves each time

    def prove(uppers: UpperHalves) -> int:
        index = chance.randrange(leaves)
        database.read(lambda unit: tree.tree(unit, uppers, leaves).inclusion(index))
        return 1

    database.read(lambda unit: [tree.tree(unit, kept, leaves).node(7, index) for index in range(leaves >> 7)])
    per_s = _rate(lambda: prove(kept), lasting_s, time.thread_time)
    return Proofs(leaves, per_s, _rate(lambda: prove(UpperHalves(0)), lasting_s, time.thread_time), _memory_mib())


def _print_appends(name: str, url: str, folder: Path, lasting_s: float) -> list[Appends]:
    print(f"{name + ', entries a second':<34}{'recorded':>12}{'appended':>12}{'bare inserts':>14}{'ratio':>8}")
    rows = []
    with _empty(url) as database:
        for batch in BATCHES:
            row = appends(database, folder, batch, lasting_s)
            ratio = row.appended_per_s / row.bare_per_s
            figures = f"{row.recorded_per_s:>12.0f}{row.appended_per_s:>12.0f}{row.bare_per_s:>14.0f}{ratio:>8.2f}"
            print(f"{f'  batches of {batch}':<34}{figures}")
            rows.append(row)
    print()
    return rows


def _print_proofs(url: str, sizes: Sequence[int], lasting_s: float) -> list[Proofs]:
    print(f"{'inclusion proofs a CPU-second':<34}{'nodes kept':>12}{'none kept':>12}{'process, MiB':>14}")
    rows = []
    with _opened(url) as database:
        for leaves in sizes:
            row = proofs(database, leaves, lasting_s)
            figures = f"{row.kept_per_s:>12.0f}{row.cold_per_s:>12.0f}{row.memory_mib:>14.1f}"
            print(f"{f'  {row.leaves} leaves':<34}{figures}")
            rows.append(row)
    print()
    return rows


@contextmanager
def _empty(url: str) -> Iterator[Database]:
    with _opened(url) as database:
        if sa.inspect(database.engine).get_table_names():
            msg = "the database is not empty; nothing was changed in it"
            raise UnusableDatabaseError(msg)
        migrations.upgrade(database)
        yield database


@contextmanager
def _opened(url: str) -> Iterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        database.close()


def _fill(unit: Unit, count: int) -> None:
    """Let entries wait, as other processes have recorded them."""
    raw = secrets.token_bytes(ENTRY_BYTES * count)
    rows = [{"entry": raw[at : at + ENTRY_BYTES]} for at in range(0, len(raw), ENTRY_BYTES)]
    _FILL.run_all(unit.connection, rows)


def _grow(unit: Unit, count: int) -> None:
    _fill(unit, count)
    tree.let_enter(unit, 0, count)


def _enter_all(unit: Unit) -> None:
    while tree.let_enter(unit, 0, _GROWTH):
        pass


@contextmanager
def _bare_table(database: Database) -> Iterator[None]:
    columns = (sa.Column("id", sa.Integer, primary_key=True), sa.Column("entry", sa.LargeBinary))
    bare = sa.Table("bare", sa.MetaData(), *columns)
    bare.create(database.engine)
    try:
        yield
    finally:
        bare.drop(database.engine)


def _insert_bare(database: Database, batch: int) -> int:
    rows = [{"entry": secrets.token_bytes(ENTRY_BYTES)} for _ in range(batch)]
    database.write(lambda unit: _BARE.run_all(unit.connection, rows))
    return batch


def _rate(work: Callable[[], int], lasting_s: float, clock_s: Callable[[], float] = time.perf_counter) -> float:
    done, begun_s = 0, clock_s()
    while (spent_s := clock_s() - begun_s) < lasting_s:
        done += work()
    return done / spent_s


def _memory_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20
