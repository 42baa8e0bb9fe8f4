"""Killed without a word: what a process did for all is done by another. How soon, ``portal bench faults`` shows."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from portal.bench.faults.portals import Nursery
from portal.server.core.db import Unit
from portal.server.ledger import service
from portal.server.ledger.feature import Ledger
from portal.server.ledger.models import LedgerCheckpoint
from portal.tlog.verifiers import verify_checkpoint
from portal.wire.ledger.entries import Kind
from tests.conftest import TEMPLATE
from tests.machine.postgresql import Cluster
from tests.server.rooms.driver import portal_of
from tests.server.several.processes import Several, several

pytestmark = pytest.mark.slow
PATIENCE_S = 60.0


@pytest.fixture
def two(nursery: Nursery, postgresql: Cluster, tmp_path: Path) -> Iterator[Several]:
    """One process, and another that came later: the first one leads."""
    with postgresql.database(TEMPLATE) as url, several(nursery, url, tmp_path, count=1) as made:
        signed_entry(made)
        made.start()
        yield made


def signed_entry(made: Several) -> None:
    """Record something, and wait until it is signed."""
    database = portal_of(made.app).database
    recorded = database.write(lambda unit: service.record(unit, Kind.HALL, {"number": 1}))
    begun_s = time.monotonic()
    while database.read(lambda unit: service.proof(unit, recorded.entry)) is None:
        assert time.monotonic() - begun_s < PATIENCE_S
        time.sleep(0.02)


def test_the_ledger_is_led_by_another_process(two: Several) -> None:
    chair, guest = two.settle("chair"), two.settle()
    room = chair.found()
    chair.commits(room, add=[guest])
    here, there = two.dial(guest, 0), two.dial(chair, 1)
    there.ask("room.open", room, 0)
    here.ask("presence", "active")
    while there.next("presence") != [guest.account, "active"]:
        pass
    two.processes[0].kill()
    signed_entry(two)
    # Who was connected to it is missed, too, when the process has not been heard of for a while.
    assert there.next("presence") == [guest.account, "off"]
    ledger = portal_of(two.app).get(Ledger)
    notes = portal_of(two.app).database.read(_notes)
    sizes = [verify_checkpoint(note, ledger.key).size for note in notes]
    assert len(sizes) == len(set(sizes))


def _notes(unit: Unit) -> list[str]:
    return list(unit.session.scalars(sa.select(LedgerCheckpoint.note)))
