"""Buckets of this process, whatever the machine's date does."""

from dataclasses import dataclass

import pytest

from portal.server.core import limits

DAY_S = 86_400.0


@dataclass
class Clocks:
    """A machine's two clocks, of which only the date can be set."""

    date_s: float = 1_800_000_000.0
    running_s: float = 5_000.0

    def time(self) -> float:
        return self.date_s

    def monotonic(self) -> float:
        return self.running_s

    def pass_by(self, seconds: float) -> None:
        self.date_s += seconds
        self.running_s += seconds


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    made = Clocks()
    monkeypatch.setattr(limits, "time", made)
    return made


@pytest.mark.parametrize("step_s", [-DAY_S, DAY_S])
def test_a_bucket_refills_although_the_date_was_set(clocks: Clocks, step_s: float) -> None:
    storage = limits.OwnStorage()
    assert all(storage.acquire_entry("somebody", 3, 60) for _ in range(3))
    clocks.date_s += step_s
    assert not storage.acquire_entry("somebody", 3, 60)
    clocks.pass_by(61)
    assert all(storage.acquire_entry("somebody", 3, 60) for _ in range(3))
    assert not storage.acquire_entry("somebody", 3, 60)


def test_when_a_window_began_is_told_by_the_date(clocks: Clocks) -> None:
    storage = limits.OwnStorage()
    assert storage.get_moving_window("somebody", 3, 60) == (clocks.date_s, 0)
    storage.acquire_entry("somebody", 3, 60)
    clocks.pass_by(10)
    storage.acquire_entry("somebody", 3, 60)
    assert storage.get_moving_window("somebody", 3, 60) == (clocks.date_s - 10, 2)
