"""How long answers take: the public scoreboard, and what is still to be answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import sqlalchemy as sa

from portal.server.core.db import Unit
from portal.server.feedback.models import Submission
from portal.server.feedback.moderation_models import TopicMember
from portal.server.feedback.weeks import IntakeWeek
from portal.server.townhall.hall_models import AnswerDelivery, Outcome

_DAY_S = 86_400
_DUE = ("on_agenda", "deferred")


@dataclass(frozen=True, slots=True)
class WeekAnswers:
    """One week: answers due, given, open; those open past ``due_day`` (a UTC day number) are late."""

    week: str
    due_day: int
    due: int
    given: int
    late: int
    median_days: float | None

    @property
    def open(self) -> int:
        """Answers that are due and not given."""
        return self.due - self.given


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A topic of which submissions wait for an answer; ``late_days`` is 0 while there is time."""

    topic: str | None
    week: str
    submissions: int
    due_day: int
    late_days: int


def scoreboard(unit: Unit) -> list[WeekAnswers]:
    """Return the weeks that are closed, the newest first."""
    closed = sa.select(IntakeWeek).where(IntakeWeek.state.not_in(("open", "closed"))).order_by(IntakeWeek.id.desc())
    today = unit.now_s // _DAY_S
    return [_of_week(unit, week, today) for week in unit.session.scalars(closed)]


def unanswered(unit: Unit) -> list[Unanswered]:
    """Return what waits for an answer, by topic: the latest first, then by how many wait."""
    answered = sa.select(AnswerDelivery.submission_id)
    first_topic = sa.select(sa.func.min(TopicMember.topic_id)).where(TopicMember.submission_id == Submission.id)
    topic = first_topic.correlate(Submission).scalar_subquery()
    rows = (
        sa.select(topic.label("topic"), Submission.week_id, sa.func.count())
        .where(Submission.state.in_(_DUE), Submission.id.not_in(answered))
        .group_by(sa.text("topic"), Submission.week_id)
    )
    today = unit.now_s // _DAY_S
    due = {week.id: week.answers_s // _DAY_S for week in unit.session.scalars(sa.select(IntakeWeek))}
    found = [
        Unanswered(which, week, number, due[week], max(0, today - due[week]))
        for which, week, number in unit.connection.execute(rows)
    ]
    return sorted(found, key=lambda one: (-one.late_days, -one.submissions, one.week, one.topic or ""))


def _of_week(unit: Unit, week: IntakeWeek, today: int) -> WeekAnswers:
    due = sa.select(sa.func.count()).where(Submission.week_id == week.id, Submission.state.in_(_DUE))
    first = (
        sa.select(sa.func.min(AnswerDelivery.day))
        .join(Submission, Submission.id == AnswerDelivery.submission_id)
        .join(Outcome, Outcome.id == AnswerDelivery.outcome_id)
        .where(Submission.week_id == week.id, Submission.state.in_(_DUE), Outcome.status != "draft")
        .group_by(AnswerDelivery.submission_id)
    )
    days: Sequence[int] = list(unit.connection.scalars(first))
    count = unit.connection.scalar(due) or 0
    closed_day, due_day = week.closes_s // _DAY_S, week.answers_s // _DAY_S
    waited = float(median([max(0, day - closed_day) for day in days])) if days else None
    late = count - len(days) if today > due_day else 0
    return WeekAnswers(week.id, due_day, count, len(days), late, waited)
