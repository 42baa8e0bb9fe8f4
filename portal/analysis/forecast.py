"""A look one week ahead at a weekly count, with an interval that answers for its own past.

A local level (simple exponential smoothing of the square roots, which make counts' noise even), whose step is chosen
by what would have erred least before. The interval comes from the errors that this very forecast made in the weeks
before, and widens or narrows by whether it held (adaptive conformal inference, Gibbs and Candès 2021): no formula for
sampling knows how people's interest jumps. Every past interval used only the weeks before it, so its share of hits is
an honest one and stands beside it.

It tells how many of those who write here may write next week. It tells nothing about a population.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

COVERAGE: Final = 0.9
"""Share of weeks whose count shall lie within the interval."""
FEWEST_ERRORS: Final = 8
"""Past errors before there is an interval at all; with them, ten weeks."""
KEPT_ERRORS: Final = 40
"""Newest errors that an interval is made of: what was usual years ago is not."""
_STEPS: Final = (0.1, 0.2, 0.35, 0.5, 0.7, 0.9)
_LEARNING: Final = 0.04
_WIDENED: Final = 1.1  # beyond the largest error so far, where the share asks for more than the errors can tell


@dataclass(frozen=True, slots=True)
class Interval:
    """Counts: the middle, and between what the next one lies in nine weeks of ten."""

    middle: float
    low: float
    high: float

    def holds(self, count: int) -> bool:
        """Whether ``count`` lies within."""
        return self.low <= count <= self.high


@dataclass(frozen=True, slots=True)
class Forecast:
    """For the week after ``past``; ``past`` has an interval, or None, for each week that was given."""

    following: Interval | None
    past: tuple[Interval | None, ...]
    held: int
    """How many of the past intervals held."""
    judged: int
    """How many there were."""

    @property
    def coverage(self) -> float | None:
        """Share of past intervals that held; None before the first."""
        return self.held / self.judged if self.judged else None


def forecast(counts: Sequence[int]) -> Forecast:
    """Return the look ahead after the weekly ``counts``, oldest first, and how each earlier one did.

    ``following`` is None while there are too few weeks. ValueError for a negative count.
    """
    if any(count < 0 for count in counts):
        msg = "a count is negative"
        raise ValueError(msg)
    model = _LocalLevel()
    past: list[Interval | None] = []
    held = judged = 0
    for count in counts:
        interval = model.interval()
        past.append(interval)
        if interval is not None:
            judged += 1
            held += interval.holds(count)
        model.learn(count, interval)
    return Forecast(model.interval(), tuple(past), held, judged)


class _LocalLevel:
    """Levels by each of the steps beside one another; the one that erred least so far speaks."""

    def __init__(self) -> None:
        self._levels: list[float] | None = None
        self._squares = [0.0] * len(_STEPS)
        self._errors: list[float] = []
        self._miss_share = 1 - COVERAGE

    def interval(self) -> Interval | None:
        if self._levels is None or len(self._errors) < FEWEST_ERRORS:
            return None
        level, reach = self._level(), self._reach()
        # A count is whole, and its own rounding must not make it miss.
        low, high = max(0.0, level - reach) ** 2, (level + reach) ** 2
        return Interval(level**2, float(math.floor(low)), float(math.ceil(high)))

    def learn(self, count: int, interval: Interval | None) -> None:
        root = math.sqrt(count)
        if self._levels is None:
            self._levels = [root] * len(_STEPS)
            return
        self._errors = [*self._errors, abs(root - self._level())][-KEPT_ERRORS:]
        for i, step in enumerate(_STEPS):
            error = root - self._levels[i]
            self._squares[i] = 0.97 * self._squares[i] + error * error
            self._levels[i] += step * error
        if interval is not None:
            missed = 0.0 if interval.holds(count) else 1.0
            self._miss_share += _LEARNING * ((1 - COVERAGE) - missed)

    def _level(self) -> float:
        levels = self._levels or [0.0]
        return levels[min(range(len(levels)), key=lambda i: (self._squares[i], i))]

    def _reach(self) -> float:
        """The error that the wanted share of past errors does not exceed, one more of them reckoned with."""
        errors = sorted(self._errors)
        rank = math.ceil((len(errors) + 1) * (1 - self._miss_share))
        if rank > len(errors):
            return errors[-1] * _WIDENED
        return errors[max(rank, 1) - 1]
