"""Where suddenly much more comes in than usual: a mark for moderators to look, never a reason to count less.

Known by the day alone, since no submission has a time: today against the mean of the days before.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from portal.server.core.db import Unit
from portal.server.feedback.moderation_models import SubmissionReview, TopicMember
from portal.server.feedback.review import DUE_DAYS
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
    days = _due_days(unit)
    before = sa.select(sa.func.count(sa.distinct(SubmissionReview.due_day))).where(
        SubmissionReview.due_day.between(days.start, days.stop - 2)
    )
    if (unit.session.scalar(before) or 0) < DAYS_LEAST:
        return []
    by_language = sa.select(SubmissionReview.language, SubmissionReview.due_day, sa.func.count())
    by_topic = sa.select(TopicMember.topic_id, SubmissionReview.due_day, sa.func.count()).join(
        TopicMember, TopicMember.submission_id == SubmissionReview.submission_id
    )
    languages = _sudden(unit, days, by_language, SubmissionReview.language)
    found = [Surge(name, None, count, usual) for name, count, usual in languages]
    topics = _sudden(unit, days, by_topic, TopicMember.topic_id)
    found += [Surge(None, name, count, usual) for name, count, usual in topics]
    return sorted(found, key=lambda surge: -surge.today)


def _due_days(unit: Unit) -> range:
    """The days that are looked at, today last, as the days on which what was received then is due.

    Reviews are small rows beside the submissions, whose texts need not be read for counting them.
    """
    last = today(unit) + DUE_DAYS
    return range(last - DAYS, last + 1)


def _sudden(
    unit: Unit, days: range, counted: sa.Select[str, int, int], name: sa.orm.InstrumentedAttribute[str]
) -> list[tuple[str, int, int]]:
    rows = counted.where(SubmissionReview.due_day.between(days.start, days.stop - 1))
    numbers_of: dict[str, dict[int, int]] = defaultdict(dict)
    for group, at, number in unit.session.execute(rows.group_by(name, SubmissionReview.due_day)):
        numbers_of[group][at] = number
    found = []
    for group, numbers in numbers_of.items():
        count = numbers.pop(days.stop - 1, 0)
        usual = sum(numbers.values()) // DAYS
        if count >= LEAST and count > TIMES * usual:
            found.append((group, count, usual))
    return found
