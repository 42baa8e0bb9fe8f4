"""How a run is shown: a bar while it lasts, a table in the end."""

import os
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self, TextIO

from portal.bench.faults.stage import Outcome, spread

_BAR_CHARS: Final = 30
_STEP: Final = 0.1


class Progress:
    """A bar on a terminal; on anything else, a line for each tenth."""

    def __init__(self, words: str, stream: TextIO) -> None:
        self._words = words
        self._stream = stream
        self._shown = 0.0
        self._begun_s = time.monotonic()

    def __enter__(self) -> Self:
        self.reached(0.0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream.isatty():
            self._stream.write("\n")

    def reached(self, share: float) -> None:
        """Show that ``share`` (0 to 1) is done."""
        spent_s = time.monotonic() - self._begun_s
        if self._stream.isatty():
            full = round(share * _BAR_CHARS)
            bar = "█" * full + "·" * (_BAR_CHARS - full)
            self._stream.write(f"\r{self._words:<32}{bar} {share:4.0%} {spent_s:4.0f} s")
        elif share == 0 or share >= self._shown + _STEP or share >= 1:
            self._shown = share
            self._stream.write(f"{self._words}: {share:.0%}, {spent_s:.0f} s\n")
        self._stream.flush()


def print_table(outcomes: Sequence[Outcome], spent_s: float) -> None:
    """Print a row for each fault and one for all; then what was found, said or left out."""
    head = f"\n{'fault':<34}{'times':>6}{'acknowledged':>14}{'lost':>6}{'doubled':>9}{'reordered':>11}{'other':>7}"
    print(f"{head}{'away s':>13}{'back s':>13}")
    for one in outcomes:
        found = one.findings
        counts = f"{found.lost:>6}{found.doubled:>9}{found.reordered:>11}{found.other:>7}"
        times = f"{_spread(one.away_s):>13}{_spread(one.back_s):>13}"
        print(f"{one.name:<34}{one.times:>6}{one.acknowledged:>14,}{counts}{times}")
    total = f"{sum(one.times for one in outcomes):>6}{sum(one.acknowledged for one in outcomes):>14,}"
    sums = [sum(getattr(one.findings, kind) for one in outcomes) for kind in ("lost", "doubled", "reordered", "other")]
    print(f"{'all':<34}{total}{sums[0]:>6}{sums[1]:>9}{sums[2]:>11}{sums[3]:>7}")
    print("\naway: from the start of a server until it listens, or while what it needs was gone; back: from then until")
    print("every member is signed in and has caught up. Median/longest, in seconds.")
    for one in outcomes:
        for words in (*one.remarks, *one.findings.words):
            print(f"{one.name}: {words}")
        if one.left_out:
            print(f"LEFT OUT: {one.name}: {one.left_out}")
    print(f"\n{spent_s:.0f} s; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")


def _spread(samples_s: Sequence[float]) -> str:
    found = spread(samples_s)
    return "-" if found is None else f"{found['p50']:.2f}/{found['max']:.2f}"
