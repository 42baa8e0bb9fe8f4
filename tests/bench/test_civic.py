"""The benchmarks of intake, the weekly job and the hall run through, small; their figures are for people to judge."""

import pytest

from portal.bench import agenda, hall, intake, scale


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


def test_the_simulated_week_agrees_with_what_can_be_computed() -> None:
    """Where nothing varies, a queue's longest wait follows from the backlog; and more processes never wait longer."""
    at_s = scale.arrivals(10_000)
    assert len(at_s) == 10_000
    assert (at_s[0], at_s[-1]) >= (0, 0)
    assert at_s[-1] <= scale.WEEK_S
    waits = [scale.queue(at_s, 4.0, processes).p99_s for processes in (1, 2, 4)]
    assert waits == sorted(waits, reverse=True)
    # 500 people in ten minutes, four seconds each: the last one waits for the 1,400 s of work that are left over.
    assert 1200 < scale.queue(at_s, 4.0, 1).max_s < 2400


def test_rooms_move_only_from_a_process_that_died() -> None:
    places = scale.ring(4)
    before = scale.owners(500, places)
    after = scale.owners(500, [place for place in places if place[1] != 2])
    assert {old for old, new in zip(before, after, strict=True) if old != new} == {2}


@pytest.mark.slow
def test_the_limits_come_in_their_order() -> None:
    found = scale.limits(scale.Costs(intake_ms=1.0), 1)
    assert [count for count, _, _ in found] == sorted(count for count, _, _ in found)
    dearer = {what: count for count, what, _ in scale.limits(scale.Costs(intake_ms=100.0), 1)}
    assert all(dearer[what] <= count for count, what, _ in found)
