"""Suggestions to moderators, made by the worker: near-duplicates and topics of what came in, as people have sorted it.

When nothing came in and nobody sorted anything, nothing is reckoned again.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from portal.server.core import jobs
from portal.server.core.context import Portal
from portal.server.core.db import Unit
from portal.server.feedback import service
from portal.server.feedback.models import Submission
from portal.server.feedback.moderation_models import SubmissionReview, Topic, TopicMember
from portal.server.feedback.suggestions import About, Duplicates, replace
from portal.server.feedback.weeks import IntakeWeek
from portal.wire.ids import new_id

if TYPE_CHECKING:
    from portal.analysis.duplicates import Group
    from portal.analysis.topics import Suggestion

JOB: Final = "official.suggest"
EVERY_S: Final = 300.0
FEW: Final = 1000
"""Submissions for which everything is reckoned anew at each change: a second or two."""
GROWTH: Final = 1.05
_LEFT_OUT: Final = ("rejected", "withdrawn")


@dataclass(frozen=True, slots=True)
class Read:
    """A submission's text, with the language that moderators read it in."""

    id: str
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Material:
    """What a week's suggestions are made of: its texts, and the topics that people have put some of them under."""

    texts: tuple[Read, ...]
    known: dict[str, tuple[str, ...]]


@dataclass
class Looked:
    """How far each week had come when this process last had suggestions made for it.

    Nowhere but in memory: rows that say when a week had how many submissions would say when each of them came.
    """

    states: dict[str, str] = field(default_factory=dict)


def look(portal: Portal) -> None:
    """Have suggestions made anew for each week that is being sorted and has changed since this process looked."""
    looked = portal.features.setdefault(Looked, Looked())
    states = portal.database.read(_states)
    changed = [week for week, state in states.items() if looked.states.get(week) != state]
    if changed:
        portal.database.write(lambda unit: _enqueue(unit, changed))
    looked.states = states


def _enqueue(unit: Unit, weeks: Iterable[str]) -> None:
    """Enqueue a job for each of ``weeks`` that has none; it has no key, so that nothing is left of it once done."""
    present = sa.select(jobs.Job.payload).where(jobs.Job.kind == JOB, jobs.Job.state == "waiting")
    waiting = {payload.get("week") for payload in unit.session.scalars(present)}
    for week in weeks:
        if week not in waiting:
            jobs.enqueue(unit, JOB, {"week": week})


def make(portal: Portal, payload: jobs.Payload) -> None:
    """Make the suggestions for one week, and put them in the place of those before."""
    # Here, since the serving process loads this module, too, and has no use for what reckons.
    from portal.analysis.duplicates import near_duplicates  # noqa: PLC0415
    from portal.analysis.topics import Text, suggest  # noqa: PLC0415
    from portal.server.official.meanings import Meanings  # noqa: PLC0415
    from portal.server.official.meanings import opened as meanings_opened  # noqa: PLC0415

    week = str(payload["week"])
    material = portal.database.read(lambda unit: gather(unit, week))
    duplicates = likenesses(material.texts, near_duplicates([text.text for text in material.texts]))
    meanings = portal.features.setdefault(Meanings, meanings_opened(portal.settings.data_dir))
    meant = meanings.of(week, [(text.language, text.text) for text in material.texts])
    texts = [Text(one.id, one.language, one.text, it) for one, it in zip(material.texts, meant, strict=True)]
    about = subjects(suggest(texts, material.known), material.known)
    portal.database.write(lambda unit: replace(unit, week, duplicates, about))


def gather(unit: Unit, week: str) -> Material:
    """Return the texts of ``week`` that still count and can be read, in the language that they are read in."""
    language = sa.func.coalesce(SubmissionReview.language, Submission.lang)
    rows = (
        sa.select(Submission, language)
        .outerjoin(SubmissionReview, SubmissionReview.submission_id == Submission.id)
        .where(Submission.week_id == week, Submission.sealed.is_not(None), Submission.state.not_in(_LEFT_OUT))
        .order_by(Submission.id)
    )
    texts = tuple(Read(row.id, spoken, service.text_of(unit, row)) for row, spoken in unit.session.execute(rows))
    members = (
        sa.select(TopicMember.topic_id, TopicMember.submission_id)
        .join(Topic, Topic.id == TopicMember.topic_id)
        .where(TopicMember.week_id == week, Topic.status.in_(("proposed", "published")))
        .order_by(TopicMember.added_ms, TopicMember.topic_id)
    )
    known: dict[str, tuple[str, ...]] = {}
    for topic, submission in unit.session.execute(members):
        known[topic] = (*known.get(topic, ()), submission)
    return Material(texts, known)


def likenesses(texts: tuple[Read, ...], groups: "list[Group]") -> list[Duplicates]:
    """Return ``groups`` by ids, each with the least likeness of a member to its representative."""
    from portal.analysis.duplicates import similarity  # noqa: PLC0415 - as above

    found = []
    for group in groups:
        leader = texts[group.leader]
        others = {texts[member].text for member in group.members} - {leader.text}
        least = min((similarity(leader.text, other) for other in others), default=1.0)
        found.append(Duplicates(leader.id, [texts[member].id for member in group.members], round(100 * least)))
    return found


def subjects(suggestion: "Suggestion", known: dict[str, tuple[str, ...]]) -> list[About]:
    """Return what each submission that no person has sorted yet seems to be about; nothing of those in the inbox."""
    sorted_already = {submission for members in known.values() for submission in members}
    found = []
    for topic in suggestion.topics:
        cluster = new_id() if topic.known is None else None
        for submission, score in zip(topic.members, topic.scores, strict=True):
            if submission not in sorted_already:
                found.append(About(submission, topic.known, cluster, round(100 * max(score, 0.0))))
    return found


def _states(unit: Unit) -> dict[str, str]:
    """How far each week has come that is being sorted and has something to sort."""
    sorting = sa.select(IntakeWeek).where(IntakeWeek.state.in_(("open", "closed", "frozen", "drafted")))
    count, newest = sa.func.count(), sa.func.coalesce(sa.func.max(TopicMember.added_ms), 0)
    found = {}
    for week in unit.session.scalars(sorting.where(IntakeWeek.opens_s <= unit.now_s)):
        came = unit.session.scalar(sa.select(count).select_from(Submission).where(Submission.week_id == week.id)) or 0
        put, added_ms = unit.session.execute(sa.select(count, newest).where(TopicMember.week_id == week.id)).one()
        if came:
            found[week.id] = how_far(came, put, added_ms, exactly=week.state != "open")
    return found


def how_far(came: int, put: int, added_ms: int, *, exactly: bool) -> str:
    """Return a name of how far a week has come; while much comes in, only each GROWTH of it gives another."""
    if exactly or came <= FEW:
        return f"{came}:{put}:{added_ms}"
    return ":".join(f"~{int(math.log(max(number, 1)) / math.log(GROWTH))}" for number in (came, put))


jobs.register(JOB, make)
jobs.register_tick("official.suggestions", look, every_s=EVERY_S)
