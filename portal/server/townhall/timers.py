"""Timers as data: nothing ticks on the server, so a restart changes nothing, and every screen counts by itself."""

from dataclasses import dataclass


@dataclass(slots=True)
class Timer:
    """A budget of ``budget_s`` seconds that runs from ``started_at_ms``, pauses left out; moments since 1970, in ms."""

    started_at_ms: int
    budget_s: int
    paused_total_ms: int = 0
    paused_at_ms: int | None = None
    ended_at_ms: int | None = None

    def pause(self, at_ms: int) -> None:
        """Stop counting; nothing happens if it stands already."""
        if self.paused_at_ms is None and self.ended_at_ms is None:
            self.paused_at_ms = at_ms

    def resume(self, at_ms: int) -> None:
        """Count again; nothing happens if it runs."""
        if self.paused_at_ms is not None:
            self.paused_total_ms += max(0, at_ms - self.paused_at_ms)
            self.paused_at_ms = None

    def end(self, at_ms: int) -> None:
        """Stop for good."""
        self.resume(at_ms)
        if self.ended_at_ms is None:
            self.ended_at_ms = at_ms

    def reopen(self, at_ms: int) -> None:
        """Go on after the end; what lay between counts as a pause."""
        if self.ended_at_ms is not None:
            self.paused_total_ms += max(0, at_ms - self.ended_at_ms)
            self.ended_at_ms = None

    def elapsed_ms(self, now_ms: int) -> int:
        """Return how much of the budget is used at ``now_ms``; more than the budget when it is overrun."""
        until_ms = next(ms for ms in (self.ended_at_ms, self.paused_at_ms, now_ms) if ms is not None)
        return max(0, until_ms - self.started_at_ms - self.paused_total_ms)

    @property
    def used_ms(self) -> int | None:
        """What was used in the end; None while it has not ended."""
        return None if self.ended_at_ms is None else self.elapsed_ms(self.ended_at_ms)
