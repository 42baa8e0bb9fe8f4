"""One database under load: rooms, drafts, members, a journal; and what came of each fault."""

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from portal.bench.faults.examine import examine
from portal.bench.faults.fleet import Fleet
from portal.bench.faults.journal import Findings, Journal
from portal.bench.faults.members import Author, Member, Way
from portal.bench.faults.places import SMALL_BYTES, DraftPlace, Place, RecordPlace
from portal.bench.faults.portals import Nursery, PortalProcess
from portal.bench.process import free_port
from portal.bench.seed import SeededDevice, seeded_rooms
from portal.bench.seed_drafts import founded_draft
from portal.server.core.db import Database

ROOMS: Final = 3
DRAFTS: Final = 2
MEMBERS: Final = 6
IN_FLIGHT: Final = 12
BACK_S: Final = 30.0


@dataclass(slots=True)
class Outcome:
    """What one kind of fault came to.

    ``away_s``: how long the server, or what it needs, was gone; ``back_s``: from then until every member was signed in
    and had caught up.
    """

    name: str
    times: int = 0
    acknowledged: int = 0
    away_s: list[float] = field(default_factory=list)
    back_s: list[float] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)
    remarks: list[str] = field(default_factory=list)
    left_out: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return all figures."""
        found = self.findings
        return {
            "fault": self.name,
            "times": self.times,
            "acknowledged": self.acknowledged,
            "lost": found.lost,
            "doubled": found.doubled,
            "reordered": found.reordered,
            "other": found.other,
            "away_s": spread(self.away_s),
            "back_s": spread(self.back_s),
            "remarks": self.remarks,
            "found": found.words,
            "left_out": self.left_out,
        }


def spread(samples_s: Sequence[float]) -> dict[str, float] | None:
    """Return median and maximum; None without samples."""
    if not samples_s:
        return None
    return {"p50": round(statistics.median(samples_s), 3), "max": round(max(samples_s), 3)}


@dataclass(slots=True)
class Stage:
    """What a fault is tried on."""

    folder: Path
    url: str
    port: int
    places: list[Place]
    members: list[Member]
    fleet: Fleet
    journal: Journal
    nursery: Nursery
    outcome: Outcome
    random: random.Random

    def start(self, **settings: Any) -> PortalProcess:
        """Start a portal; ``settings`` beside or instead of the stage's own. Raises DidNotStartError."""
        own = {"port": self.port, "data_dir": self.folder, "database_url": self.url}
        return self.nursery.start(**own | settings)

    def prepare(self, items: int) -> None:
        """Have ``items`` signed by each author, while nothing is measured."""
        for member in self.members:
            for author in member.authors:
                author.prepare(items)

    def load(self, lasting_s: float, *, back: bool = True) -> None:
        """Let the members write for a while; whoever is lost meanwhile comes ``back``."""
        until_s = time.monotonic() + lasting_s
        self.fleet.run(lambda: time.monotonic() >= until_s, back=back)

    def load_until(self, acknowledged: int, within_s: float) -> None:
        """Let the members write until so many more are acknowledged, or the time is over."""
        due, until_s = self.journal.count + acknowledged, time.monotonic() + within_s
        self.fleet.run(lambda: self.journal.count >= due or time.monotonic() >= until_s)

    def connect(self, within_s: float = BACK_S) -> None:
        """Bring everybody back and note how long it took."""
        self.outcome.back_s.append(self.fleet.connect(within_s))

    def conclude(self) -> None:
        """Settle, read everything back, compare."""
        self.fleet.settle()
        self.outcome.acknowledged = self.journal.count
        with opened(self.url) as database:
            self.outcome.findings.add(examine(database, self.places, self.journal, self.members))


@contextmanager
def staged(
    outcome: Outcome, nursery: Nursery, url: str, folder: Path, *, seed: int, padded_bytes: int = SMALL_BYTES
) -> Iterator[Stage]:
    """Fill the database at ``url`` and put the members up; ``folder`` is the portal's, the journal lies elsewhere."""
    places, devices = _seeded(url, padded_bytes)
    with ExitStack() as stack:
        kept = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="portal-journal-")))
        journal = stack.enter_context(Journal(kept / "acknowledged", outcome.findings))
        members = _members(places, devices, journal, outcome.findings)
        port = free_port()
        fleet = Fleet(members, lambda _member: Way.to(port))
        stack.callback(fleet.close)
        chance = random.Random(seed)  # noqa: S311 - moments of faults, no secret
        yield Stage(folder, url, port, places, members, fleet, journal, nursery, outcome, chance)


def _seeded(url: str, padded_bytes: int) -> tuple[list[Place], tuple[SeededDevice, ...]]:
    rooms = seeded_rooms(url, MEMBERS + 1, ROOMS)
    drafts = [DraftPlace(rooms[place], founded_draft(rooms[place]), padded_bytes) for place in range(DRAFTS)]
    rooms[0].database.close()
    return [*(RecordPlace(room, padded_bytes) for room in rooms), *drafts], rooms[0].devices


def _members(
    places: Sequence[Place], devices: Sequence[SeededDevice], journal: Journal, findings: Findings
) -> list[Member]:
    """Each writes into two places; half of them follow all, the others nothing. Device 0 has founded the rooms."""
    made = []
    for number, device in enumerate(devices[1:]):
        authors = [Author(places[(number + step) % len(places)], device, IN_FLIGHT) for step in (0, 2)]
        made.append(Member(device, authors, places if number % 2 == 0 else (), journal, findings))
    return made


@contextmanager
def opened(url: str) -> Iterator[Database]:
    """Open the database at ``url`` for a while."""
    database = Database(url)
    try:
        yield database
    finally:
        database.close()


Report = Callable[[float], None]
"""Called with the part of the work that is done, from 0 to 1."""
