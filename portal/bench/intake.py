"""``portal bench intake``: submissions a second through the real HTTP path, each with its ledger entry and receipt.

The server runs as it does in service, on one processor core; the load on the other. What a browser computes to send is
left out (its passes are made here, at the smallest cost, under the server's own key): it would measure the load's core.
"""

import argparse
import hashlib
import http.client
import os
import queue
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import sqlalchemy as sa

from portal.analysis import synthetic
from portal.bench.process import ServerProcess, cores
from portal.bench.subjects import portal_server
from portal.server.core import migrations
from portal.server.core.at_rest import AtRest
from portal.server.core.db import Database
from portal.server.feedback.models import Submission
from portal.server.feedback.proof_of_work import PUZZLES, Passes
from portal.server.ledger.models import LedgerEntry

COUNT: Final = 2000
QUICK: Final = 60
CALLERS: Final = 16
WARM: Final = 30
PAGES: Final = 4
"""From the empty form to the receipt."""
SOLUTION: Final = ",".join(["0"] * PUZZLES)  # at a cost of one, every counter is a solution
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded", "Accept-Language": "en"}


class LostError(RuntimeError):
    """What was acknowledged and what is in the database differ."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one run: submissions a second, milliseconds that each took, processor milliseconds of the server for each."""

    per_s: float
    waits_ms: list[float]
    cpu_ms: float


@dataclass
class Load:
    """Callers with a connection each; ``whole``: they walk through every page instead of sending the last alone."""

    server: ServerProcess
    passes: Passes
    whole: bool
    _lines: "queue.SimpleQueue[http.client.HTTPConnection]" = field(default_factory=queue.SimpleQueue)

    def run(self, said: Sequence[synthetic.Submission]) -> Figures:
        """Send every one of ``said``, CALLERS at once."""
        lines = [http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60) for _ in range(CALLERS)]
        for line in lines:
            self._lines.put(line)
        cpu_s, begun_s = self.server.cpu_s(), time.monotonic()
        with ThreadPoolExecutor(CALLERS) as callers:
            waits_ms = list(callers.map(self._send, said))
        took_s = time.monotonic() - begun_s
        for line in lines:
            line.close()
        return Figures(len(said) / took_s, waits_ms, (self.server.cpu_s() - cpu_s) / len(said) * 1e3)

    def _send(self, one: synthetic.Submission) -> float:
        begun_s = time.monotonic()
        now_s = int(time.time())
        given = {
            "text": one.text,
            "lang": one.language,
            "corrected": "yes",
            "kept": hashlib.sha256(one.text.encode()).hexdigest()[:16],
            "begun": self.passes.issue("begun", now_s),
        }
        if self.whole:
            self._ask("GET", {})
            self._ask("POST", {"at": "text", "text": one.text})
            self._ask("POST", given | {"at": "visibility", "visibility": "public"})
        earned = {"work": self.passes.issue("work", now_s, 1), "solution": SOLUTION}
        self._ask("POST", given | earned | {"at": "check", "visibility": "public"})
        return (time.monotonic() - begun_s) * 1e3

    def _ask(self, method: str, fields: dict[str, str]) -> None:
        line = self._lines.get()
        headers = _FORM | {"Origin": f"http://127.0.0.1:{self.server.port}"}
        body = urlencode(fields) if method == "POST" else None
        line.request(method, "/say", body, headers if method == "POST" else {"Accept-Language": "en"})
        answer = line.getresponse()
        page = answer.read()
        self._lines.put(line)
        if answer.status != http.HTTPStatus.OK:
            msg = f"{method} /say answered {answer.status}: {page[:200]!r}"
            raise LostError(msg)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 if an acknowledged submission is not in the database, else 0."""
    options = _parser().parse_args(arguments)
    count = QUICK if options.quick else options.count
    server_core, load_core = cores()
    if load_core is not None:
        os.sched_setaffinity(0, {load_core})
    print(f"{'':<34}{'submissions/s':>14}{'p50 ms':>9}{'p99 ms':>9}{'CPU ms each':>13}")
    for name, url in _databases(options.database):
        for kind, figures in measure(url, count, server_core):
            p50, p99 = (statistics.quantiles(figures.waits_ms, n=100)[at] for at in (49, 98))
            print(
                f"{f'{name}, {kind}':<34}{figures.per_s:>14.0f}{p50:>9.1f}{p99:>9.1f}{figures.cpu_ms:>13.1f}",
                flush=True,
            )
    print(f"{CALLERS} callers; every acknowledged submission was found in the database and in the ledger")
    return 0


def measure(url: str, count: int, core: int | None) -> list[tuple[str, Figures]]:
    """Return the figures of ``count`` submissions to a portal on the database at ``url``; "" for a SQLite file.

    LostError: one that was acknowledged is not there, or was refused.
    """
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as name:
        folder = Path(name)
        place = url or f"sqlite:///{folder}/portal.sqlite3"
        database = Database(place)
        migrations.upgrade(database)
        before = _kept(database)
        said = synthetic.week(WARM + count + max(1, count // PAGES), seed=3)
        with portal_server(folder, place, core=core) as server:
            passes = Passes(AtRest.open(folder / "keys" / "at-rest").derive("intake passes"))
            Load(server, passes, whole=True).run(said[:WARM])
            found = [
                ("the last page alone", Load(server, passes, whole=False).run(said[WARM : WARM + count])),
                (f"all {PAGES} pages", Load(server, passes, whole=True).run(said[WARM + count :])),
            ]
        kept = _kept(database)
        database.close()
    if any(now - then != len(said) for now, then in zip(kept, before, strict=True)):
        msg = f"{len(said)} were acknowledged; there are {kept[0] - before[0]}, and {kept[1] - before[1]} entries"
        raise LostError(msg)
    return found


def _kept(database: Database) -> tuple[int, int]:
    """How many submissions there are, and how many entries that are held."""
    submissions = sa.select(sa.func.count()).select_from(Submission)
    entries = sa.select(sa.func.count()).where(LedgerEntry.held_hour.is_not(None))
    return database.read(lambda unit: (unit.connection.scalar(submissions) or 0, unit.connection.scalar(entries) or 0))


def _databases(url: str | None) -> Iterator[tuple[str, str]]:
    yield "SQLite", ""
    if url is None:
        print("PostgreSQL: NOT MEASURED; name an empty database with --database")
    else:
        yield "PostgreSQL", url


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="portal bench intake", description="Submissions a second, end to end.")
    parser.add_argument("--count", type=int, default=COUNT, help=f"submissions to send (default: {COUNT})")
    parser.add_argument("--quick", action="store_true", help="a few only")
    parser.add_argument("--database", metavar="URL", help="a PostgreSQL database, empty, to be measured besides")
    return parser


if __name__ == "__main__":
    sys.exit(main())
