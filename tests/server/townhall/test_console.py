"""``portal town-hall`` as an administrator uses it: where weeks stand, steps by hand, a rehearsal without a trace."""

from pathlib import Path

import pytest

from portal.config import Settings
from portal.server import console


@pytest.fixture
def data(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> str:
    """The data folder of an installation on the database under test."""
    monkeypatch.setenv("PORTAL_DATABASE_URL", settings.database_url)
    return str(settings.data_dir)


def test_steps_by_hand_until_people_are_needed(data: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert console.main(["status", "--data", data]) == 0
    assert "open; closed from" in capsys.readouterr().out
    assert console.main(["advance", "--to", "published", "--data", data]) == 1
    said = capsys.readouterr()
    assert [line.split(" is ")[1] for line in said.out.splitlines()] == ["closed", "frozen", "drafted"]
    assert "2 approvals are missing" in said.err
    assert console.main(["advance", "--to", "frozen", "--week", "1999-W01", "--data", data]) == 1
    assert "there is no week 1999-W01" in capsys.readouterr().err


@pytest.mark.slow  # several seconds: it is a whole week
def test_a_rehearsal_plays_the_week_and_changes_nothing(data: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert console.main(["status", "--data", data]) == 0
    before = capsys.readouterr().out
    assert console.main(["rehearse", "--submissions", "25", "--data", data]) == 0
    said = capsys.readouterr().out
    assert "submissions      [##############################] 25/25" in said
    assert "Account: received 25 = " in said
    assert console.main(["status", "--data", data]) == 0
    assert capsys.readouterr().out == before
    assert not list(Path(data).glob("*rehearsal*"))
