"""Token buckets for socket events, in the process that owns the socket.

The limits library counts HTTP requests (core/limits.py). For events it would cost more than the event: 8 µs a count,
and a native thread started every 10 ms to expire them; this is 0.5 µs and a few dozen bytes.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """``per_s`` tokens a second, at most ``burst`` saved up; a debt of ``burst`` is abuse."""

    burst: float
    per_s: float


class TokenBucket:
    """A bucket that can be overdrawn: what is refused costs, too, so that trying harder does not help."""

    __slots__ = ("_at_s", "_clock_s", "_level", "rate")

    def __init__(self, rate: Rate, clock_s: Callable[[], float] = time.monotonic) -> None:
        self.rate = rate
        self._clock_s = clock_s
        self._level = rate.burst
        self._at_s = clock_s()

    def take(self, tokens: float = 1.0) -> bool:
        """Take ``tokens`` and tell whether they were there; if not, they are owed."""
        level = self._refill()
        self._level = max(level - tokens, -self.rate.burst)
        return level >= tokens

    @property
    def abused(self) -> bool:
        """Whether so much was taken without being there that this is no accident."""
        return self._level <= -self.rate.burst

    @property
    def full(self) -> bool:
        """Whether nothing would be lost by forgetting this bucket."""
        return self._refill() >= self.rate.burst

    @property
    def wait_s(self) -> float:
        """Seconds until one token is there."""
        return max(0.0, (1.0 - self._refill()) / self.rate.per_s)

    def _refill(self) -> float:
        now_s = self._clock_s()
        level = min(self.rate.burst, self._level + (now_s - self._at_s) * self.rate.per_s)
        self._level, self._at_s = level, now_s
        return level
