"""The benchmarks of intake, the weekly job and the hall run through, small; their figures are for people to judge."""

import pytest

from portal.bench import agenda, hall, intake


@pytest.mark.slow
def test_intake_is_measured_and_loses_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert intake.main(["--count", "12"]) == 0
    out = capsys.readouterr().out
    assert "SQLite, the last page alone" in out
    assert "PostgreSQL: NOT MEASURED" in out


@pytest.mark.slow
def test_the_weekly_job_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    assert agenda.main(["--size", "120", "--size", "240"]) == 0
    out = capsys.readouterr().out
    assert "from 120 to 240: time grows as" in out
    assert "MISSED" not in out


@pytest.mark.slow
def test_a_hall_s_followers_are_measured(capsys: pytest.CaptureFixture[str]) -> None:
    hall.main(["--followers", "10", "--orders", "2"])
    assert "10 followers, 2 orders, each heard by all of them" in capsys.readouterr().out
