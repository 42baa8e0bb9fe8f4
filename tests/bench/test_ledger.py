"""The measurement of the ledger runs on each kind of database, and says what it measured."""

from pathlib import Path

import pytest

from portal.bench import ledger
from portal.server.core.db import Database


def test_appends_and_proofs_are_measured(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = ledger.appends(database, tmp_path, 64, 0.01)
    assert min(row.recorded_per_s, row.appended_per_s, row.bare_per_s) > 0
    proven = ledger.proofs(database, 3000, 0.01)
    assert min(proven.kept_per_s, proven.cold_per_s, proven.memory_mib) > 0


@pytest.mark.slow
def test_the_command_says_which_targets_are_met(capsys: pytest.CaptureFixture[str]) -> None:
    assert ledger.main(["--seconds", "0.05", "--leaves", "2000"]) == 0
    said = capsys.readouterr().out
    assert "appends/s at batch 512" in said
    assert "proofs/CPU-s at 2000 leaves" in said
    assert "PostgreSQL: not measured" in said


def test_a_database_in_use_is_left_alone(database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ledger.UnusableDatabaseError), ledger._empty(database_url):  # noqa: SLF001 - what main relies on
        pass
