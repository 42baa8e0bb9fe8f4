"""The look ahead: its interval holds as often as it says, on series of many kinds, and never claims what it can not."""

import math
import random

import pytest

from portal.analysis.forecast import FEWEST_ERRORS, forecast

WEEKS = 60
SERIES = 60


def drawn(source: random.Random, mean: float) -> int:
    if mean > 60:
        return max(0, round(source.gauss(mean, math.sqrt(mean))))
    limit, count, product = math.exp(-mean), 0, source.random()
    while product > limit:
        count, product = count + 1, product * source.random()
    return count


def series(kind: str, source: random.Random) -> list[int]:
    level, counts = source.choice([3.0, 10.0, 40.0, 200.0, 1500.0]), []
    for week in range(WEEKS):
        factor = math.exp(source.gauss(0, 0.15))
        if kind == "walk":
            level *= factor
        mean = {
            "walk": level,
            "burst": level * factor * (source.uniform(2, 5) if source.random() < 0.07 else 1),
            "break": level * factor * (3 if week > WEEKS // 2 else 1),
            "trend": level * (1 + week / 30),
            "crowded": level * source.gammavariate(5, 0.2),
        }[kind]
        counts.append(drawn(source, mean))
    return counts


@pytest.mark.parametrize("kind", ["walk", "burst", "break", "trend", "crowded"])
def test_forecast_interval_coverage_85_95(kind: str) -> None:
    done = [forecast(series(kind, random.Random(f"{kind} {number}"))) for number in range(SERIES)]
    assert 0.85 <= sum(one.held for one in done) / sum(one.judged for one in done) <= 0.95


def test_a_past_interval_knew_nothing_of_its_own_week_or_later() -> None:
    counts = series("walk", random.Random(4))
    whole = forecast(counts)
    for week in (20, 35, 59):
        assert forecast(counts[:week]).following == whole.past[week]
    assert whole.judged == WEEKS - FEWEST_ERRORS - 1
    assert whole.coverage == whole.held / whole.judged


@pytest.mark.parametrize("counts", [[], [5], [7] * (FEWEST_ERRORS)])
def test_too_few_weeks_give_no_interval(counts: list[int]) -> None:
    short = forecast(counts)
    assert short.following is None
    assert short.coverage is None


def test_nothing_ever_and_a_sudden_crowd() -> None:
    following = forecast([0] * 30).following
    assert following is not None
    assert (following.low, following.high) == (0, 0)
    assert forecast([0] * 30 + [100_000]).held == 30 - FEWEST_ERRORS - 1
    with pytest.raises(ValueError, match="negative"):
        forecast([3, -1])
