"""Where suddenly much more comes in than usual: a mark for moderators to look, never a reason to count less.

Known by the day alone, since no submission has a time: today against the mean of the days before.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from portal.server.core.db import Unit
from portal.server.feedback.models import Submission
from portal.server.feedback.moderation_models import TopicMember
from portal.server.feedback.states import today

DAYS: Final = 7
"""Days before today that say what is usual."""
TIMES: Final = 3
DAYS_LEAST: Final = 3
LEAST: Final = 20
"""Fewer in a day are never called a surge."""


@dataclass(frozen=True, slots=True)
class Surge:
    """Today's submissions in one language, or about one topic (its id), and how many a day there usually are."""

    language: str | None
    topic: str | None
    today: int
    usual: int


def now(unit: Unit) -> list[Surge]:
    """Return today's surges, the largest first; none while there are too few days to say what is usual."""
    day = today(unit)
    before = sa.select(sa.func.count(sa.distinct(Submission.received_day))).where(
        Submission.received_day.between(day - DAYS, day - 1)
    )
    if (unit.session.scalar(before) or 0) < DAYS_LEAST:
        return []
    by_language = sa.select(Submission.lang, Submission.received_day, sa.func.count())
    by_topic = sa.select(TopicMember.topic_id, Submission.received_day, sa.func.count()).join(
        TopicMember, TopicMember.submission_id == Submission.id
    )
    found = [Surge(name, None, count, usual) for name, count, usual in _sudden(unit, by_language, Submission.lang)]
    found += [Surge(None, name, count, usual) for name, count, usual in _sudden(unit, by_topic, TopicMember.topic_id)]
    return sorted(found, key=lambda surge: -surge.today)


def _sudden(
    unit: Unit, counted: sa.Select[str, int, int], name: sa.orm.InstrumentedAttribute[str]
) -> list[tuple[str, int, int]]:
    day = today(unit)
    rows = counted.where(Submission.received_day >= day - DAYS).group_by(name, Submission.received_day)
    days: dict[str, dict[int, int]] = defaultdict(dict)
    for group, at, number in unit.session.execute(rows):
        days[group][at] = number
    found = []
    for group, numbers in days.items():
        count = numbers.pop(day, 0)
        usual = sum(numbers.values()) // DAYS
        if count >= LEAST and count > TIMES * usual:
            found.append((group, count, usual))
    return found
