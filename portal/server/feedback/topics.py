"""Topics: what submissions are about, and the lines that an agenda can have. Their only writer.

Programs suggest, people decide: a submission is under a topic because a moderator put it there. A submission that
raises several matters is under several topics. Titles are public texts, under ``topic:<id>``.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from portal.server.core.actor import Actor
from portal.server.core.db import Unit
from portal.server.feedback.models import Ballot, BallotSupport, Submission, SubmissionState
from portal.server.feedback.moderation_models import Topic, TopicEvent, TopicMember
from portal.server.translation import service as public_texts
from portal.wire.errors import UserError
from portal.wire.ids import new_id

COUNTING: Final[frozenset[SubmissionState]] = frozenset({"accepted", "merged", "deferred", "on_agenda", "returned"})
"""States of submissions that count for the topics they are under."""
OPEN: Final = ("proposed", "published")
MINUTES: Final = (5, 10, 15, 20)
THEME_CHARS_MAX: Final = 60
TITLE_CHARS_MAX: Final = 160


@dataclass(frozen=True, slots=True)
class TopicView:
    """A topic for one reader. ``supporters``: distinct ballots, of its submissions and of who supports it."""

    id: str
    title: str
    title_language: str
    original: str
    original_language: str
    origin: str
    theme: str
    minutes: int
    week: str
    status: str
    revision: int
    supporters: int
    submissions: int


def key_of(topic: str) -> str:
    """Return the key of a topic's title among the public texts."""
    return f"topic:{topic}"


def published_topics(unit: Unit, language: str, week: str | None = None) -> list[TopicView]:
    """Return the topics that citizens can see and support, of one week or of all; most supporters first."""
    rows = sa.select(Topic).where(Topic.status == "published")
    return _views(
        unit, list(unit.session.scalars(rows if week is None else rows.where(Topic.week_id == week))), language
    )


def all_topics(unit: Unit, language: str, week: str | None = None) -> list[TopicView]:
    """Return all topics that were neither merged nor rejected, for moderators."""
    rows = sa.select(Topic).where(Topic.status.in_(OPEN))
    return _views(
        unit, list(unit.session.scalars(rows if week is None else rows.where(Topic.week_id == week))), language
    )


def view(unit: Unit, topic: str, language: str) -> TopicView | None:
    """Return one topic, whatever its status; None if there is none."""
    row = unit.session.get(Topic, topic)
    return None if row is None else _views(unit, [row], language)[0]


def topic_of(unit: Unit, submission: str) -> str | None:
    """Return the topic that a submission was put under first; None if it is under none."""
    return next(iter(topics_of(unit, submission)), None)


def topics_of(unit: Unit, submission: str) -> list[str]:
    """Return the topics that a submission is under, in the order in which it was put there."""
    rows = (
        sa.select(TopicMember.topic_id)
        .where(TopicMember.submission_id == submission)
        .order_by(TopicMember.added_ms, TopicMember.topic_id)
    )
    return list(unit.session.scalars(rows))


def members(unit: Unit, topic: str) -> list[str]:
    """Return the submissions under a topic that count for it."""
    rows = (
        sa.select(TopicMember.submission_id)
        .join(Submission, Submission.id == TopicMember.submission_id)
        .where(TopicMember.topic_id == topic, Submission.state.in_(COUNTING))
    )
    return sorted(unit.session.scalars(rows))


def supporters(unit: Unit, topics: Collection[str]) -> dict[str, int]:
    """Return how many distinct ballots stand behind each topic: those of its submissions, and its supporters'."""
    counts = dict.fromkeys(topics, 0)
    pairs = _behind(TopicMember.topic_id.in_(topics), BallotSupport.topic_id.in_(topics)).subquery()
    for topic, number in unit.session.execute(sa.select(pairs.c.topic_id, sa.func.count()).group_by(pairs.c.topic_id)):
        counts[topic] = number
    return counts


def ballots(unit: Unit, week: str) -> Mapping[str, set[str]]:
    """Return the published topics that each ballot of ``week`` supports: the rule by which ballot files are made.

    A ballot supports what its own submissions are under, and what it chose to support; each topic once. The topic may
    be of an earlier week, as long as it was not closed.
    """
    published = sa.select(Topic.id).where(Topic.status == "published")
    pairs = _behind(TopicMember.topic_id.in_(published), BallotSupport.topic_id.in_(published)).subquery()
    of_week = sa.select(pairs).join(Ballot, Ballot.id == pairs.c.ballot_id).where(Ballot.week_id == week)
    found: dict[str, set[str]] = defaultdict(set)
    for topic, ballot in unit.session.execute(of_week):
        found[ballot].add(topic)
    return found


def close(unit: Unit, topics: Collection[str]) -> None:
    """Take topics off the list, because a town hall has dealt with them: nobody can support them any more."""
    open_ones = sa.update(Topic).where(Topic.id.in_(topics), Topic.status == "published")
    unit.session.execute(open_ones.values(status="closed", revision=Topic.revision + 1))


def make(unit: Unit, actor: Actor, week: str, title: str, language: str, *, theme: str, minutes: int) -> Topic:
    """Make a topic of ``week`` that citizens can see at once, and have its title translated."""
    row = Topic(
        id=new_id(),
        week_id=week,
        theme=theme_name(theme) or theme_name(title),
        minutes=minutes,
        status="published",
        created_ms=unit.now_ms,
    )
    unit.session.add(row)
    unit.session.flush()
    public_texts.put(unit, key_of(row.id), title.strip(), language)
    note(unit, actor, row.id, "made", {"title": title.strip(), "minutes": minutes, "theme": row.theme})
    return row


def place(unit: Unit, submission: Submission, topics: Iterable[str]) -> None:
    """Put ``submission`` under exactly these topics.

    Raises:
        UserError: request.not_found, if one of them is not there or not open.
    """
    wanted = list(dict.fromkeys(topics))
    there = set(topics_of(unit, submission.id))
    unit.session.execute(
        sa.delete(TopicMember).where(TopicMember.submission_id == submission.id, TopicMember.topic_id.not_in(wanted))
    )
    for number, topic in enumerate(wanted):
        row = unit.session.get(Topic, topic)
        if row is None or row.status not in OPEN:
            raise UserError("request.not_found")
        if topic not in there:
            unit.session.add(
                TopicMember(
                    submission_id=submission.id,
                    topic_id=topic,
                    week_id=submission.week_id,
                    added_ms=unit.now_ms + number,  # so that the order in which they were named stays
                )
            )
    unit.session.flush()


def still_open(unit: Unit, topics: Collection[str]) -> list[str]:
    """Return those of ``topics`` that submissions can be put under, in their order."""
    rows = sa.select(Topic.id).where(Topic.id.in_(topics), Topic.status.in_(OPEN))
    found = set(unit.session.scalars(rows))
    return [topic for topic in topics if topic in found]


def note(unit: Unit, actor: Actor, topic: str, kind: str, detail: Mapping[str, object], reason: str = "") -> None:
    """Add one step to the history of ``topic``."""
    unit.session.add(
        TopicEvent(
            id=new_id(),
            topic_id=topic,
            kind=kind,
            detail=dict(detail),
            reason=reason,
            account_id=actor.account,
            at_ms=unit.now_ms,
        )
    )
    unit.session.flush()


def theme_name(text: str) -> str:
    """Return the name by which topics share a theme: lower case, words joined by hyphens, in any script."""
    words = re.findall(r"\w+", unicodedata.normalize("NFC", text).casefold())
    return "-".join(words)[:THEME_CHARS_MAX].rstrip("-")


def _behind(member: sa.ColumnElement[bool], support: sa.ColumnElement[bool]) -> sa.CompoundSelect[str, str]:
    """(topic, ballot), each pair once."""
    own = (
        sa.select(TopicMember.topic_id, Submission.ballot_id)
        .join(Submission, Submission.id == TopicMember.submission_id)
        .where(member, Submission.state.in_(COUNTING))
    )
    return own.union(sa.select(BallotSupport.topic_id, BallotSupport.ballot_id).where(support))


def _in_week(unit: Unit, language: str, week: str | None, condition: sa.ColumnElement[bool]) -> list[TopicView]:
    rows = sa.select(Topic).where(condition)
    return _views(
        unit, list(unit.session.scalars(rows if week is None else rows.where(Topic.week_id == week))), language
    )


def _views(unit: Unit, rows: list[Topic], language: str) -> list[TopicView]:
    identifiers = [row.id for row in rows]
    titles = public_texts.shown(unit, [key_of(identifier) for identifier in identifiers], language)
    behind = supporters(unit, identifiers)
    under = (
        sa.select(TopicMember.topic_id, sa.func.count())
        .where(TopicMember.topic_id.in_(identifiers))
        .group_by(TopicMember.topic_id)
    )
    counted = {topic: number for topic, number in unit.session.execute(under)}  # noqa: C416 - rows are no pairs to mypy
    views = []
    for row in rows:
        title = titles[key_of(row.id)]
        views.append(
            TopicView(
                row.id,
                title.text,
                title.language,
                title.original,
                title.original_language,
                title.origin,
                row.theme,
                row.minutes,
                row.week_id,
                row.status,
                row.revision,
                behind[row.id],
                counted.get(row.id, 0),
            )
        )
    return sorted(views, key=lambda one: (-one.supporters, one.title, one.id))
