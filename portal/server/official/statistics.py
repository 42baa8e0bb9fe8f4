"""How many people raise what, week by week: distinct ballots, never texts. With what was to be expected beside it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import sqlalchemy as sa

from portal.analysis.forecast import Forecast, forecast
from portal.server.core.db import Unit
from portal.server.feedback.models import Ballot, BallotSupport, Submission
from portal.server.feedback.moderation_models import Topic, TopicMember
from portal.server.feedback.topics import COUNTING
from portal.server.feedback.weeks import IntakeWeek
from portal.server.official.tables import PUBLIC_TOPICS, SMALLEST

Rows: TypeAlias = "sa.Select[*tuple[Any, ...]]"
WEEKS: Final = 52
"""Weeks that are looked back on."""
SMALL_SHARE: Final = 0.25
"""Share of weeks with too few people to say, from which on nothing is forecast."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Of whom: all, those who write ``language``, those who named ``region``; about all, or one ``theme``."""

    language: str = ""
    region: str = ""
    theme: str = ""

    @property
    def is_part(self) -> bool:
        """Whether this is less than everyone, so that small numbers could name somebody."""
        return bool(self.language or self.region)


@dataclass(frozen=True)
class Series:
    """People a week, oldest first; ``weeks`` are complete ones. ``counts`` holds the true numbers: show ``shown``."""

    name: str
    weeks: tuple[str, ...]
    counts: tuple[int, ...]
    is_part: bool
    ahead: Forecast

    @property
    def shown(self) -> tuple[int | None, ...]:
        """The numbers as they may be shown; None for fewer than SMALLEST people of a part."""
        return tuple(None if self.is_part and 0 < count < SMALLEST else count for count in self.counts)

    @property
    def total(self) -> int:
        """People of all weeks, those of several weeks counted in each."""
        return sum(self.counts)

    @property
    def is_small(self) -> bool:
        """Whether too many weeks have too few people for anything to be said of the next."""
        hidden = sum(count is None for count in self.shown)
        return hidden > SMALL_SHARE * max(1, len(self.counts))


def complete_weeks(unit: Unit) -> list[str]:
    """Return the weeks whose intake is over, oldest first; the newest WEEKS of them."""
    over = sa.select(IntakeWeek.id).where(IntakeWeek.state.not_in(("open", "closed")))
    return sorted(unit.session.scalars(over.order_by(IntakeWeek.id.desc()).limit(WEEKS)))


def everyone(unit: Unit, part: Slice) -> Series:
    """Return how many people said or supported anything, or the one theme of ``part``."""
    weeks = complete_weeks(unit)
    if part.theme:
        found = _by_theme(unit, part).get(part.theme, {})
    elif part.region:
        people = sa.select(Submission.week_id, sa.func.count(sa.distinct(Submission.ballot_id)))
        found = _counted(unit, _of_submissions(people, part).group_by(Submission.week_id))
    else:
        people = sa.select(Ballot.week_id, sa.func.count()).group_by(Ballot.week_id)
        found = _counted(unit, people.where(Ballot.community == part.language) if part.language else people)
    return _series(part.theme, weeks, found, is_part=part.is_part)


def themes(unit: Unit, part: Slice) -> list[Series]:
    """Return how many people raised or supported each theme, most people first."""
    weeks = complete_weeks(unit)
    found = [_series(theme, weeks, counts, is_part=part.is_part) for theme, counts in _by_theme(unit, part).items()]
    return sorted((one for one in found if one.total), key=lambda one: (-one.total, one.name))


def languages(unit: Unit) -> list[Series]:
    """Return how many people wrote or supported something in each language."""
    rows = sa.select(Ballot.community, Ballot.week_id, sa.func.count()).group_by(Ballot.community, Ballot.week_id)
    return _parts(unit, rows)


def regions(unit: Unit) -> list[Series]:
    """Return how many people named each region; who named none is left out."""
    people = sa.select(
        Submission.region_self, Submission.week_id, sa.func.count(sa.distinct(Submission.ballot_id))
    ).where(Submission.region_self.is_not(None), Submission.state != "withdrawn")
    return _parts(unit, people.group_by(Submission.region_self, Submission.week_id))


def _parts(unit: Unit, rows: Rows) -> list[Series]:
    weeks = complete_weeks(unit)
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for name, week, number in unit.connection.execute(rows):
        found[name][week] = number
    made = [_series(name, weeks, counts, is_part=True) for name, counts in found.items()]
    return sorted((one for one in made if one.total), key=lambda one: (-one.total, one.name))


def _by_theme(unit: Unit, part: Slice) -> dict[str, dict[str, int]]:
    """People by theme and week: writers and supporters of its topics, each once."""
    own: Rows = (
        sa.select(Topic.theme, Submission.week_id, Submission.ballot_id)
        .join(TopicMember, TopicMember.topic_id == Topic.id)
        .join(Submission, Submission.id == TopicMember.submission_id)
        .where(Topic.status.in_(PUBLIC_TOPICS), Submission.state.in_(COUNTING))
    )
    chosen = (
        sa.select(Topic.theme, Ballot.week_id, Ballot.id)
        .join(BallotSupport, BallotSupport.topic_id == Topic.id)
        .join(Ballot, Ballot.id == BallotSupport.ballot_id)
        .where(Topic.status.in_(PUBLIC_TOPICS))
    )
    own = _of_submissions(own, part)
    if part.language:
        chosen = chosen.where(Ballot.community == part.language)
    # A support tells no region.
    pairs = (own.distinct() if part.region else sa.union(own, chosen)).subquery()
    theme, week = pairs.c.theme, pairs.c.week_id
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for name, of_week, number in unit.connection.execute(sa.select(theme, week, sa.func.count()).group_by(theme, week)):
        found[name][of_week] = number
    return found


def _of_submissions(rows: Rows, part: Slice) -> Rows:
    rows = rows.where(Submission.state != "withdrawn")
    if part.language:
        rows = rows.where(Submission.lang == part.language)
    return rows.where(Submission.region_self == part.region) if part.region else rows


def _counted(unit: Unit, rows: Rows) -> dict[str, int]:
    return dict(unit.connection.execute(rows).all())


def _series(name: str, weeks: Sequence[str], found: dict[str, int], *, is_part: bool) -> Series:
    counts = tuple(found.get(week, 0) for week in weeks)
    return Series(name, tuple(weeks), counts, is_part, forecast(counts))
