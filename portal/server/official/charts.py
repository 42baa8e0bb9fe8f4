"""A line of weekly counts as SVG, made here: no script, no style of its own. A table with the same stands beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from portal.server.official.statistics import Series

WIDTH: Final = 720
HEIGHT: Final = 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 20, 16, 32


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where weeks and counts lie on the drawing."""

    weeks: int
    highest: float

    def x(self, week: float) -> float:
        return _LEFT + week * (WIDTH - _LEFT - _RIGHT) / max(1, self.weeks)

    def y(self, count: float) -> float:
        return HEIGHT - _BOTTOM - count * (HEIGHT - _TOP - _BOTTOM) / max(1.0, self.highest)

    def point(self, week: float, count: float) -> str:
        return f"{self.x(week):.1f},{self.y(count):.1f}"


def chart(series: Series, *, title: str, about: str, numbers: Sequence[str]) -> Markup:
    """Return the drawing: counts as a line, what was to be expected as a band, the week ahead as a bar.

    ``about`` says the same in words, for who does not see it; ``numbers`` are 0 and the highest as readers write them.
    """
    frame = _Frame(len(series.counts), highest(series))
    parts = [
        Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-labelledby="c-t c-d" direction="ltr">').format(
            WIDTH, HEIGHT
        ),
        Markup('<title id="c-t">{}</title><desc id="c-d">{}</desc>').format(title, about),
        _axes(frame, series, numbers),
        *_bands(frame, series),
        *_lines(frame, series),
        _ahead(frame, series),
        Markup("</svg>"),
    ]
    return Markup("").join(parts)


def highest(series: Series) -> float:
    """Return the largest number on the drawing."""
    intervals = [one.high for one in (*series.ahead.past, series.ahead.following) if one is not None]
    return max([1.0, *(count for count in series.shown if count is not None), *intervals])


def _axes(frame: _Frame, series: Series, numbers: Sequence[str]) -> Markup:
    last = len(series.weeks) - 1
    line = Markup('<line class="chart-axis" x1="{0:.1f}" y1="{2:.1f}" x2="{1:.1f}" y2="{2:.1f}"/>')
    text = Markup('<text class="chart-text" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>')
    found = [line.format(_LEFT, WIDTH - _RIGHT, frame.y(count)) for count in (0, frame.highest)]
    found += [
        text.format(_LEFT - 8, frame.y(count) + 5, "end", number)
        for count, number in zip((0, frame.highest), numbers, strict=True)
    ]
    if series.weeks:
        found.append(text.format(frame.x(0), HEIGHT - 8, "start", series.weeks[0]))
        if last:
            found.append(text.format(frame.x(last), HEIGHT - 8, "end", series.weeks[-1]))
    return Markup("").join(found)


def _bands(frame: _Frame, series: Series) -> list[Markup]:
    """What was to be expected: one shape for each run of weeks that had an expectation."""
    found = []
    for run in _runs([one is not None for one in series.ahead.past]):
        intervals = [(week, one) for week in run if (one := series.ahead.past[week]) is not None]
        upper = [frame.point(week, one.high) for week, one in intervals]
        lower = [frame.point(week, one.low) for week, one in reversed(intervals)]
        found.append(Markup('<polygon class="chart-band" points="{}"/>').format(" ".join([*upper, *lower])))
    return found


def _lines(frame: _Frame, series: Series) -> list[Markup]:
    found = []
    for run in _runs([count is not None for count in series.shown]):
        points = [(week, count) for week in run if (count := series.shown[week]) is not None]
        line = " ".join(frame.point(week, count) for week, count in points)
        found.append(Markup('<polyline class="chart-line" points="{}"/>').format(line))
        found += [
            Markup('<circle class="chart-dot" cx="{:.1f}" cy="{:.1f}" r="3"/>').format(frame.x(week), frame.y(count))
            for week, count in points
        ]
    return found


def _ahead(frame: _Frame, series: Series) -> Markup:
    following = series.ahead.following
    if following is None or series.is_small:
        return Markup()
    bar = Markup('<line class="chart-ahead" x1="{0:.1f}" y1="{1:.1f}" x2="{0:.1f}" y2="{2:.1f}"/>')
    return bar.format(frame.x(len(series.counts)), frame.y(following.low), frame.y(following.high))


def _runs(there: Sequence[bool]) -> list[list[int]]:
    """Positions that follow one another without a gap."""
    found: list[list[int]] = []
    for position, is_there in enumerate(there):
        if is_there and position and there[position - 1]:
            found[-1].append(position)
        elif is_there:
            found.append([position])
    return found
