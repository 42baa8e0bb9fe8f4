"""kill -9 during appends: no acknowledged entry is lost, and no root was ever signed that a later tree contradicts."""

import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import pytest

from portal.server.core.db import Database
from portal.server.ledger import tree
from portal.server.ledger.feature import Ledger
from portal.server.ledger.keys import open_signer, read_signed
from portal.server.ledger.models import LedgerEntry
from portal.tlog.verifiers import verify_checkpoint
from portal.wire.ledger.checkpoint import Checkpoint
from portal.wire.ledger.entries import parse_entry
from tests.server.ledger.appender import ORIGIN

KILLS: Final = 5
ROOT: Final = Path(__file__).parents[3]


def killed_appender(url: str, folder: Path, lasting_s: float) -> list[str]:
    """Let one run, kill it ``lasting_s`` seconds after it was ready, and return its whole lines."""
    command = [sys.executable, "-m", "tests.server.ledger.appender", url, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        # The pipe holds little: whoever does not read stops the writer, and kills it at no interesting moment.
        deadline_s, said = time.monotonic() + lasting_s, []
        for line in process.stdout:
            if time.monotonic() > deadline_s:
                process.kill()
            if line.endswith("\n"):
                said.append(line.rstrip("\n"))
    assert process.returncode == -9
    return said


@pytest.mark.slow
def test_kills_lose_nothing_and_contradict_nothing(database: Database, database_url: str, tmp_path: Path) -> None:
    chance, folder = random.Random(9), tmp_path / "keys"
    said, noted = [], []
    for _ in range(KILLS):
        said += killed_appender(database_url, folder, chance.uniform(0.2, 0.8))
        noted.append(read_signed(folder))
    acknowledged = {int(line.split()[1]): line.split()[2] for line in said if line.startswith("entry ")}
    signer = open_signer(folder, ORIGIN)
    notes = [bytes.fromhex(line.split()[1]).decode() for line in said if line.startswith("signed ")]
    signed = {verify_checkpoint(note, signer.key) for note in notes} | {one for one in noted if one is not None}
    assert len(acknowledged) > KILLS * 40
    assert len(signed) > KILLS

    ledger = Ledger(database, signer, "quorum none\n", folder)
    ledger.sequence()
    with database.engine.connect() as connection:
        rows = connection.execute(LedgerEntry.__table__.select()).all()
    kept = {row.id: parse_entry(bytes(row.entry)).commitment.hex() for row in rows}
    assert acknowledged.items() <= kept.items()
    assert sorted(row.place for row in rows) == list(range(len(rows)))
    assert [one for one in sorted(signed, key=size_of) if root_now(database, one.size) != one.root] == []


def size_of(checkpoint: Checkpoint) -> int:
    return checkpoint.size


def root_now(database: Database, size: int) -> bytes:
    return database.read(lambda unit: tree.tree(unit).root(size))
