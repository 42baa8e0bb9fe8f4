"""A week full of invented submissions, put straight into the tables: measuring needs rows, not forms.

Every entry goes into the ledger by its own interface. What moderators do by hand is done here in bulk: the largest of
the suggested clusters become topics, and what is in them is accepted.
"""

import secrets
from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from portal.analysis.synthetic import Recipe, week
from portal.analysis.synthetic import Submission as Invented
from portal.server.core.context import Portal
from portal.server.core.db import Unit
from portal.server.feedback import weeks
from portal.server.feedback.models import Ballot, BallotSupport, Submission
from portal.server.feedback.moderation_models import SubmissionReview, Topic, TopicMember, TopicSuggestion
from portal.server.feedback.texts import text_hash
from portal.server.ledger import service as ledger
from portal.wire.ids import new_id
from portal.wire.ledger.entries import Kind

BATCH: Final = 2000
TOPICS: Final = 300
MINUTES: Final = (5, 10, 15, 20)
THEMES: Final = 40
SUBJECTS_EACH: Final = 250
"""One subject for so many submissions: more people raise more subjects, though not in proportion."""


def fill(portal: Portal, count: int, *, seed: int = 1) -> str:
    """Put ``count`` submissions into the current week; return its id."""
    invented = week(count, seed=seed, recipe=Recipe(subjects=max(20, min(400, count // SUBJECTS_EACH))))
    settings = portal.settings
    portal.database.write(lambda unit: weeks.ensure(unit, settings.time_zone, settings.hall_minutes))
    identifier = portal.database.read(lambda unit: weeks.current(unit).id)
    for start in range(0, count, BATCH):
        part = invented[start : start + BATCH]
        portal.database.write(lambda unit, part=part: _take(unit, identifier, part))  # type: ignore[misc]
    return identifier


def sort_by_suggestions(portal: Portal, identifier: str) -> int:
    """Do what moderators would: make topics of the largest clusters, accept what is in them; return how many."""
    return portal.database.write(lambda unit: _sort(unit, identifier))


def _take(unit: Unit, identifier: str, invented: Sequence[Invented]) -> None:
    today = unit.now_s // 86_400
    ballots, submissions, reviews = [], [], []
    for one in invented:
        name, ballot = new_id(), new_id()
        statement = {"week": identifier, "lang": one.language, "text": text_hash(one.text)}
        entry = ledger.record(unit, Kind.SUBMISSION, statement, held=True)
        ballots.append({"id": ballot, "week_id": identifier, "community": one.language})
        submissions.append(
            {
                "id": name,
                "week_id": identifier,
                "ballot_id": ballot,
                "lang": one.language,
                "sealed": unit.at_rest.seal(one.text, f"submission {name}"),
                "nonce": entry.nonce,
                "tag": entry.tag,
                "commitment": entry.commitment,
                "ledger_entry": entry.entry,
                "received_day": today,
                "visibility": "public",
                "region_self": None,
                "state": "waiting",
                "lane": "pow",
                "decision_id": None,
                "ended_day": None,
            }
        )
        reviews.append(
            {"submission_id": name, "week_id": identifier, "language": one.language, "due_day": today + 7}
            | {"revision": 0, "language_by": "citizen", "text_version": 0}
        )
    for table, rows in ((Ballot, ballots), (Submission, submissions), (SubmissionReview, reviews)):
        unit.connection.execute(sa.insert(table), rows)


def _sort(unit: Unit, identifier: str) -> int:
    size = sa.func.count()
    clusters = (
        sa.select(TopicSuggestion.cluster)
        .where(TopicSuggestion.cluster.is_not(None))
        .group_by(TopicSuggestion.cluster)
        .order_by(size.desc(), TopicSuggestion.cluster)
        .limit(TOPICS)
    )
    topics = {cluster: new_id() for cluster in unit.connection.scalars(clusters)}
    made = [
        {"id": topic, "week_id": identifier, "theme": f"theme {i % THEMES}", "minutes": MINUTES[i % len(MINUTES)]}
        | {"status": "published", "revision": 0, "created_ms": unit.now_ms}
        for i, topic in enumerate(topics.values())
    ]
    unit.connection.execute(sa.insert(Topic), made)
    rows = sa.select(TopicSuggestion.submission_id, TopicSuggestion.cluster).where(TopicSuggestion.cluster.in_(topics))
    members = [
        {"submission_id": submission, "topic_id": topics[str(cluster)], "week_id": identifier, "added_ms": unit.now_ms}
        for submission, cluster in unit.connection.execute(rows)
    ]
    unit.connection.execute(sa.insert(TopicMember), members)
    accepted = sa.select(TopicMember.submission_id).where(TopicMember.week_id == identifier)
    unit.connection.execute(sa.update(Submission).where(Submission.id.in_(accepted)).values(state="accepted"))
    rest = sa.update(Submission).where(Submission.week_id == identifier, Submission.state == "waiting")
    unit.connection.execute(rest.values(state="rejected", ended_day=unit.now_s // 86_400))
    _support(unit, identifier, list(topics.values()))
    return len(members)


def _support(unit: Unit, identifier: str, topics: Sequence[str]) -> None:
    """Let every third ballot support two further topics."""
    ballots = list(unit.connection.scalars(sa.select(Ballot.id).where(Ballot.week_id == identifier)))
    source = secrets.SystemRandom()
    there = set(unit.connection.execute(_own(identifier)).all())
    rows = [
        {"ballot_id": ballot, "topic_id": topic}
        for ballot in ballots[::3]
        for topic in source.sample(topics, min(2, len(topics)))
        if (ballot, topic) not in there
    ]
    if rows:
        unit.connection.execute(sa.insert(BallotSupport), rows)


def _own(identifier: str) -> sa.Select[str, str]:
    return (
        sa.select(Submission.ballot_id, TopicMember.topic_id)
        .join(TopicMember, TopicMember.submission_id == Submission.id)
        .where(Submission.week_id == identifier)
    )
