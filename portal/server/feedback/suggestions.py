"""What programs suggest to moderators: near duplicates and topics. Kept apart from what people decided, and below it.

A group that a person confirmed or dismissed stays as it is; what is suggested is replaced as a whole, each time.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import sqlalchemy as sa

from portal.server.core.actor import Actor
from portal.server.core.db import Unit
from portal.server.feedback.models import Submission
from portal.server.feedback.moderation_models import DuplicateGroup, DuplicateMember, Topic, TopicSuggestion
from portal.server.feedback.states import today
from portal.wire.errors import UserError
from portal.wire.ids import new_id

CAMPAIGN_FROM: Final = 10
"""From so many near duplicates on, a group is shown as a campaign."""


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Submissions that say nearly the same; ``likeness_percent`` is the least likeness to the representative."""

    representative: str
    members: Sequence[str]
    likeness_percent: int


@dataclass(frozen=True, slots=True)
class About:
    """What a submission seems to be about: a topic that is there, or a cluster (any name) that may become one."""

    submission: str
    topic: str | None
    cluster: str | None
    score_percent: int


@dataclass(frozen=True, slots=True)
class Mark:
    """What is known of the near duplicates of one submission."""

    group: str
    size: int
    representative: str
    state: Literal["suggested", "confirmed", "dismissed"]
    is_campaign: bool
    likeness_percent: int


def replace(unit: Unit, week: str, duplicates: Iterable[Duplicates], about: Iterable[About]) -> None:
    """Replace what was suggested for the submissions of ``week``. What names a topic or a text that is gone is left."""
    there = set(unit.session.scalars(sa.select(Submission.id).where(Submission.week_id == week)))
    _replace_groups(unit, week, duplicates, there)
    unit.session.execute(
        sa.delete(TopicSuggestion).where(
            TopicSuggestion.submission_id.in_(sa.select(Submission.id).where(Submission.week_id == week))
        )
    )
    open_topics = set(unit.session.scalars(sa.select(Topic.id).where(Topic.status.in_(("proposed", "published")))))
    rows = [
        {
            "submission_id": one.submission,
            "topic_id": one.topic if one.topic in open_topics else None,
            "cluster": one.cluster,
            "score_percent": one.score_percent,
        }
        for one in about
        if one.submission in there
    ]
    if rows:
        unit.session.execute(sa.insert(TopicSuggestion), rows)


def marks(unit: Unit, submissions: Collection[str]) -> dict[str, Mark]:
    """Return the mark of each of ``submissions`` that has near duplicates which no person said are none."""
    sizes = (
        sa.select(DuplicateMember.group_id, sa.func.count().label("size")).group_by(DuplicateMember.group_id).subquery()
    )
    rows = unit.session.execute(
        sa.select(DuplicateMember.submission_id, DuplicateGroup, sizes.c.size)
        .join(DuplicateGroup, DuplicateGroup.id == DuplicateMember.group_id)
        .join(sizes, sizes.c.group_id == DuplicateGroup.id)
        .where(DuplicateMember.submission_id.in_(submissions), DuplicateGroup.state != "dismissed")
    )
    return {
        submission: Mark(
            group.id, size, group.representative_id, group.state, group.is_campaign, group.likeness_percent
        )
        for submission, group, size in rows
    }


def members(unit: Unit, group: str) -> list[str]:
    """Return the submissions of a group of near duplicates."""
    rows = sa.select(DuplicateMember.submission_id).where(DuplicateMember.group_id == group)
    return sorted(unit.session.scalars(rows))


def judge(unit: Unit, _actor: Actor, group: str, state: Literal["confirmed", "dismissed"]) -> None:
    """Note what a person says of a suggested group: its texts are near duplicates, or they are not.

    Raises:
        UserError: request.not_found.
    """
    row = unit.session.get(DuplicateGroup, group, with_for_update=True)
    if row is None:
        raise UserError("request.not_found")
    row.state = state
    unit.session.flush()


def topics_for(unit: Unit, submissions: Collection[str]) -> dict[str, tuple[str, int]]:
    """Return the topic that is suggested for each of ``submissions``, with its score."""
    rows = sa.select(TopicSuggestion.submission_id, TopicSuggestion.topic_id, TopicSuggestion.score_percent).where(
        TopicSuggestion.submission_id.in_(submissions), TopicSuggestion.topic_id.is_not(None)
    )
    found = unit.session.execute(rows)
    return {submission: (topic, score) for submission, topic, score in found if topic is not None}


def alike(unit: Unit, submission: str, limit: int = 50) -> list[str]:
    """Return the other submissions that seem to be about the same new topic, best first."""
    own = unit.session.get(TopicSuggestion, submission)
    if own is None or own.cluster is None:
        return []
    rows = (
        sa.select(TopicSuggestion.submission_id)
        .where(TopicSuggestion.cluster == own.cluster, TopicSuggestion.submission_id != submission)
        .order_by(TopicSuggestion.score_percent.desc(), TopicSuggestion.submission_id)
        .limit(limit)
    )
    return list(unit.session.scalars(rows))


def _replace_groups(unit: Unit, week: str, duplicates: Iterable[Duplicates], there: Collection[str]) -> None:
    unit.session.execute(
        sa.delete(DuplicateGroup).where(DuplicateGroup.week_id == week, DuplicateGroup.state == "suggested")
    )
    judged = set(
        unit.session.scalars(
            sa.select(DuplicateMember.submission_id)
            .join(DuplicateGroup, DuplicateGroup.id == DuplicateMember.group_id)
            .where(DuplicateGroup.week_id == week)
        )
    )
    for found in duplicates:
        members = [member for member in dict.fromkeys(found.members) if member in there and member not in judged]
        if len(members) < 2:
            continue
        group = DuplicateGroup(
            id=new_id(),
            week_id=week,
            representative_id=found.representative if found.representative in members else members[0],
            state="suggested",
            is_campaign=len(members) >= CAMPAIGN_FROM,
            likeness_percent=found.likeness_percent,
            found_day=today(unit),
        )
        unit.session.add(group)
        unit.session.flush()
        unit.session.execute(
            sa.insert(DuplicateMember), [{"submission_id": member, "group_id": group.id} for member in members]
        )
        judged.update(members)
