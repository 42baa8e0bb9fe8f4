"""The weeks of intake: their times on the wall clock of the installation's zone, and how far each has come.

A week's life. The clock takes the steps marked so, at their time or as soon as a worker is there; a person or a
meeting takes the others. Each step is taken once; only townhall.clock changes the state.

    state       becomes     at                by
    open        closed      Sunday 18:00      the clock: what is begun later counts to the next week
    closed      frozen      Sunday 18:15      the clock: the ballot file is made, its hash goes into the ledger
    frozen      drafted     Sunday 18:30      the clock: agenda from the published file and the beacon, open data
    drafted     published   Tuesday 18:00     the clock, once two people approve and every language is checked
    published   held        Thursday 18:00    the hall, when it is closed
    held        minuted     Monday 18:00      the moderators, when the minutes are final
    minuted     closed_out  day 10, 18:00     the clock, once every submission has its end and its answer

What is late stays where it is and is shown red on the public page. Fifteen minutes of grace lie between closing and
freezing: a form that was opened before the close still counts, also on a slow phone whose proof of work takes minutes.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.server.core.db import Base, Unit
from portal.server.core.leadership import WEEKS, alone_in

WeekState = Literal["open", "closed", "frozen", "drafted", "published", "held", "minuted", "closed_out"]
STATES: Final[tuple[WeekState, ...]] = (
    "open",
    "closed",
    "frozen",
    "drafted",
    "published",
    "held",
    "minuted",
    "closed_out",
)
ID_CHARS: Final = 8
"""Of a week's id, such as 2026-W48 (ISO 8601)."""
AHEAD: Final = 2
"""Weeks after the current one that have a row."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A time of the week's own Monday plus ``days``, on the wall clock."""

    days: int
    hour: int
    minute: int = 0

    def on(self, monday: date, zone: ZoneInfo) -> int:
        """Seconds since 1970. A wall time that occurs twice is its first; one that is left out, as much later."""
        local = datetime.combine(monday + timedelta(days=self.days), time(self.hour, self.minute), zone)
        return int(local.astimezone(UTC).timestamp())


# By column; days after the week's Monday. civic.md, D.
SCHEDULE: Final = {
    "opens_s": Moment(0, 0),
    "closes_s": Moment(6, 18),
    "freezes_s": Moment(6, 18, 15),
    "drafts_s": Moment(6, 18, 30),
    "publishes_s": Moment(8, 18),
    "objections_until_s": Moment(9, 18),
    "hall_s": Moment(10, 18),
    "minutes_drafted_s": Moment(11, 18),
    "minutes_s": Moment(14, 18),
    "answers_s": Moment(16, 18),
}


class IntakeWeek(Base):
    """One week of intake, with its town hall. Times are seconds since 1970; ``tz`` is the zone they were reckoned in.

    ``opens_s`` is nominal: what is begun after one week's close counts to the next at once. ``answers_s``: ten days
    after the close, each submission has an end and an answer. ``hall_minutes`` is what the agenda may fill. ``beacon``
    (64 hex digits) breaks ties: the root of the ledger's smallest tree that holds the ballot file's entry. ``received``
    is how many submissions there were when the week was frozen: the account must come to that number for ever.
    """

    __tablename__ = "intake_week"

    id: Mapped[str] = mapped_column(sa.String(ID_CHARS), primary_key=True)
    tz: Mapped[str] = mapped_column(sa.String(64))
    opens_s: Mapped[int]
    closes_s: Mapped[int] = mapped_column(index=True)
    freezes_s: Mapped[int]
    drafts_s: Mapped[int]
    publishes_s: Mapped[int]
    objections_until_s: Mapped[int]
    hall_s: Mapped[int]
    minutes_drafted_s: Mapped[int]
    minutes_s: Mapped[int]
    answers_s: Mapped[int]
    hall_minutes: Mapped[int]
    state: Mapped[WeekState] = mapped_column(sa.String(12), index=True)
    beacon: Mapped[str | None] = mapped_column(sa.String(64))
    received: Mapped[int | None]

    def has_reached(self, state: WeekState) -> bool:
        """Whether the week is in ``state`` or past it."""
        return STATES.index(self.state) >= STATES.index(state)


def current(unit: Unit) -> IntakeWeek:
    """Return the week to which what is begun now counts.

    LookupError if ``ensure`` was not called for weeks: the server does at its start, a worker every minute.
    """
    ending = sa.select(IntakeWeek).where(IntakeWeek.closes_s > unit.now_s, IntakeWeek.state == "open")
    week = unit.session.scalar(ending.order_by(IntakeWeek.closes_s).limit(1))
    if week is None:
        msg = "there is no week to come: has the worker been away for weeks?"
        raise LookupError(msg)
    return week


def for_intake(unit: Unit, begun_s: int) -> IntakeWeek:
    """Return the week to which a submission, support or withdrawal counts whose form was opened at ``begun_s``.

    Holds the week against being frozen until the end of ``unit``: what is written by then is in the ballot file.
    """
    in_grace = sa.select(IntakeWeek).where(
        IntakeWeek.closes_s > min(begun_s, unit.now_s),
        IntakeWeek.freezes_s > unit.now_s,
        IntakeWeek.state.in_(("open", "closed")),
    )
    week = unit.session.scalar(in_grace.order_by(IntakeWeek.closes_s).limit(1).with_for_update(read=True))
    return week or current(unit)


def get(unit: Unit, identifier: str) -> IntakeWeek | None:
    """Return the week with this id; None if there is none."""
    return unit.session.get(IntakeWeek, identifier)


def latest(unit: Unit, reached: WeekState) -> IntakeWeek | None:
    """Return the newest week that has come to ``reached`` or past it; None if none has."""
    there = IntakeWeek.state.in_(STATES[STATES.index(reached) :])
    return unit.session.scalar(sa.select(IntakeWeek).where(there).order_by(IntakeWeek.id.desc()).limit(1))


def unfinished(unit: Unit) -> list[IntakeWeek]:
    """Return the weeks that are not closed out and have begun, oldest first."""
    begun = sa.select(IntakeWeek).where(IntakeWeek.state != "closed_out", IntakeWeek.opens_s <= unit.now_s)
    return list(unit.session.scalars(begun.order_by(IntakeWeek.id)))


def ensure(unit: Unit, zone: str, hall_minutes: int) -> None:
    """Make the rows of this week and the next ones; reckon those that have not begun anew if the zone was changed.

    Every server does so at its start, and the worker: one after the other.
    """
    alone_in(unit, WEEKS)
    monday = _monday(datetime.fromtimestamp(unit.now_s, ZoneInfo(zone)).date())
    held = {week.id: week for week in unit.session.scalars(sa.select(IntakeWeek).where(_not_over(unit)))}
    for number in range(AHEAD + 1):
        due = planned(monday + timedelta(weeks=number), zone, hall_minutes)
        row = held.get(due.id)
        if row is None:
            unit.session.add(due)
        elif row.opens_s > unit.now_s and number > 0 and row.state == "open":
            _take_over(row, due)
    unit.session.flush()


def planned(monday: date, zone: str, hall_minutes: int) -> IntakeWeek:
    """Return the row, not kept yet, of the week that begins on ``monday``."""
    place = ZoneInfo(zone)
    times = {column: moment.on(monday, place) for column, moment in SCHEDULE.items()}
    return IntakeWeek(
        id=week_id(monday), tz=zone, state="open", hall_minutes=hall_minutes, beacon=None, received=None, **times
    )


def week_id(day: date) -> str:
    """Return the id of the week of ``day``: ISO 8601, such as 2026-W48."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def monday_of(identifier: str) -> date:
    """Return the first day of the week with this id."""
    return date.fromisoformat(f"{identifier}-1")


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _not_over(unit: Unit) -> sa.ColumnElement[bool]:
    # Not by closes_s alone: a week that was closed early by hand is still this week's row.
    return IntakeWeek.opens_s > unit.now_s - 15 * 86_400


def _take_over(row: IntakeWeek, due: IntakeWeek) -> None:
    if (row.tz, row.hall_minutes) == (due.tz, due.hall_minutes):
        return
    for column in ("tz", "hall_minutes", *SCHEDULE):
        setattr(row, column, getattr(due, column))
