"""What was decided, by a person in a role, for a published reason: one row and one entry in the ledger for each.

A decision is never changed into another one. It is proposed and confirmed where two people are needed, and taken back
by a decision of its own.

    reasons     off_topic       not about what this town hall can put on an agenda
                duplicate       the same person's same text once more
                personal_data   names or describes a private person, even after redaction
                abuse           attacks people instead of saying what should be done
                advertising     sells something
                unclear         nobody could tell what is meant, also after a question
                illegal         the law forbids to keep it: needs two people, and the text is erased
                answered        a published answer says it already (topics)
                local           another body decides this; the answer names it (topics)
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final, Literal, get_args

import sqlalchemy as sa

from portal.server.core.actor import Actor
from portal.server.core.db import Unit
from portal.server.feedback.models import Submission
from portal.server.feedback.moderation_models import Decision
from portal.server.ledger import service as ledger
from portal.server.translation import service as public_texts
from portal.wire.canonical import MAX_SAFE_INTEGER
from portal.wire.ids import b64, new_id
from portal.wire.ledger.entries import Kind

Code = Literal[
    "accept",
    "merge",
    "split",
    "reject",
    "return",
    "redact",
    "language",
    "topic_reject",
    "topic_merge",
    "topic_split",
    "topic_change",
    "undo",
]
SubmissionReason = Literal["off_topic", "duplicate", "personal_data", "abuse", "advertising", "unclear", "illegal"]
RedactionReason = Literal["personal_data", "abuse", "advertising"]
TopicReason = Literal["off_topic", "answered", "local", "abuse", "illegal"]
SUBMISSION_REASONS: Final[tuple[SubmissionReason, ...]] = get_args(SubmissionReason)
REDACTION_REASONS: Final[tuple[RedactionReason, ...]] = get_args(RedactionReason)
TOPIC_REASONS: Final[tuple[TopicReason, ...]] = get_args(TopicReason)
LEGAL: Final = "illegal"
MANY_SUPPORTERS: Final = 20
"""From so many supporters on, nobody rejects a topic alone."""
TEXT_CHARS_MAX: Final = 2000
UNPUBLISHED: Final = frozenset({"language"})
"""Codes that the log leaves out: they decide nothing about what was said."""
DAY_MS: Final = 86_400_000
NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Grounds:
    """Why: a published reason, and words for the people concerned, in the ``language`` that they are written in."""

    reason: str | None
    text: str = ""
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Draft:
    """A decision about to be made. ``before`` is what undoing it restores."""

    subject_kind: Literal["submission", "topic"]
    subject: str
    week: str
    code: Code
    revision: int
    before: Mapping[str, Any]
    grounds: Grounds | None = None
    topics: Sequence[str] = ()
    other: str | None = None
    batch: str | None = None
    supersedes: str | None = None


@dataclass(frozen=True, slots=True)
class DecisionView:
    """A decision for one reader; ``text`` in their language if it is translated, the original always beside it."""

    id: str
    code: str
    reason: str | None
    text: str
    text_language: str
    original: str
    original_language: str
    day: int
    by_two: bool
    state: str
    subject_kind: str
    subject: str
    week: str
    topics: tuple[str, ...]
    supersedes: str | None


def key_of(decision: str) -> str:
    """Return the key of a decision's words among the public texts."""
    return f"decision:{decision}"


def add(
    unit: Unit, actor: Actor, draft: Draft, *, proposed: bool = False, also: Mapping[str, str] = NOTHING
) -> Decision:
    """Keep what ``actor`` decided; ``proposed``: it waits for a second person before it counts and is published.

    ``also`` joins the statement in the ledger.
    """
    row = Decision(
        id=new_id(),
        subject_kind=draft.subject_kind,
        subject_id=draft.subject,
        week_id=draft.week,
        code=draft.code,
        reason=None if draft.grounds is None else draft.grounds.reason,
        text="" if draft.grounds is None else draft.grounds.text.strip(),
        text_language="en" if draft.grounds is None else draft.grounds.language,
        state="proposed" if proposed else "final",
        account_id=actor.account,
        at_ms=unit.now_ms,
        batch=draft.batch,
        supersedes=draft.supersedes,
        topics=list(draft.topics),
        other_id=draft.other,
        before=dict(draft.before),
        subject_revision=draft.revision,
    )
    unit.session.add(row)
    unit.session.flush()
    if not proposed:
        publish(unit, row, also=also)
    return row


def publish(unit: Unit, row: Decision, *, also: Mapping[str, str] = NOTHING) -> None:
    """Enter a decision that counts into the ledger, and have its words translated."""
    statement = _statement(unit, row) | dict(also)
    row.ledger_entry = ledger.record_opened(unit, Kind.DECISION, statement, subject=row.id).entry
    if row.text:
        public_texts.put(unit, key_of(row.id), row.text, row.text_language)
    unit.session.flush()


def of(unit: Unit, submission: str, language: str) -> list[DecisionView]:
    """Return what was decided about a submission (or a topic) and counts, newest first, for a reader of ``language``.

    With it what was decided about its topic, where that decided about the submission, too.
    """
    with_topic = sa.select(Submission.decision_id).where(Submission.id == submission).scalar_subquery()
    rows = (
        sa.select(Decision)
        .where(
            sa.or_(Decision.subject_id == submission, Decision.id == with_topic),
            Decision.state.in_(("final", "undone")),
            Decision.code.not_in(UNPUBLISHED),
        )
        .order_by(Decision.at_ms.desc(), Decision.id)
    )
    return views(unit, list(unit.session.scalars(rows)), language)


def log(unit: Unit, language: str, *, week: str | None = None, offset: int = 0, limit: int = 50) -> list[DecisionView]:
    """Return published decisions, newest first, for the public log.

    Of words about a submission that its writer meant for moderators alone, the log has the reason, not the words.
    """
    rows = _published(week).order_by(Decision.at_ms.desc(), Decision.id).offset(offset).limit(limit)
    found = list(unit.session.scalars(rows))
    subjects = sa.select(Submission.id).where(
        Submission.id.in_([row.subject_id for row in found]), Submission.visibility == "moderators"
    )
    private = set(unit.session.scalars(subjects))
    shown = views(unit, found, language)
    return [replace(one, text="", original="") if one.subject in private else one for one in shown]


def log_size(unit: Unit, *, week: str | None = None) -> int:
    """Return how many decisions the public log has."""
    return unit.session.scalar(sa.select(sa.func.count()).select_from(_published(week).subquery())) or 0


def weeks_of_log(unit: Unit) -> list[str]:
    """Return the weeks that the public log has something of, newest first."""
    return sorted(unit.session.scalars(sa.select(Decision.week_id).distinct()), reverse=True)


def newest(unit: Unit, subject: str) -> Decision | None:
    """Return the newest decision about a subject that counts and was not taken back."""
    rows = sa.select(Decision).where(Decision.subject_id == subject, Decision.state == "final", Decision.code != "undo")
    return unit.session.scalar(rows.order_by(Decision.at_ms.desc(), Decision.subject_revision.desc()).limit(1))


def proposed(unit: Unit, subjects: Collection[str] = ()) -> list[Decision]:
    """Return what waits for a second person, oldest first; of ``subjects`` alone where some are given."""
    rows = sa.select(Decision).where(Decision.state == "proposed").order_by(Decision.at_ms)
    return list(unit.session.scalars(rows.where(Decision.subject_id.in_(subjects)) if subjects else rows))


def together_with(unit: Unit, decision: str) -> list[str]:
    """Return the ids of what was proposed together with ``decision``, that one first."""
    row = unit.session.get(Decision, decision)
    if row is None or row.batch is None:
        return [decision]
    rows = sa.select(Decision.id).where(
        Decision.batch == row.batch, Decision.state == "proposed", Decision.id != decision
    )
    return [decision, *unit.session.scalars(rows.order_by(Decision.id))]


def views(unit: Unit, rows: Sequence[Decision], language: str) -> list[DecisionView]:
    """Return ``rows`` as a reader of ``language`` gets them."""
    words = public_texts.shown(unit, [key_of(row.id) for row in rows if row.text], language)
    return [_view(row, words.get(key_of(row.id))) for row in rows]


def _published(week: str | None) -> sa.Select[Decision]:
    rows = sa.select(Decision).where(Decision.state.in_(("final", "undone")), Decision.code.not_in(UNPUBLISHED))
    return rows if week is None else rows.where(Decision.week_id == week)


def _view(row: Decision, words: public_texts.Shown | None) -> DecisionView:
    return DecisionView(
        row.id,
        row.code,
        row.reason,
        row.text if words is None else words.text,
        row.text_language if words is None else words.language,
        row.text,
        row.text_language,
        row.at_ms // DAY_MS,
        row.second_id is not None,
        row.state,
        row.subject_kind,
        row.subject_id,
        row.week_id,
        tuple(row.topics),
        row.supersedes,
    )


def _statement(unit: Unit, row: Decision) -> dict[str, str | int]:
    """What the ledger commits to: subjects by what the public knows of them, no person's name."""
    subject = row.subject_id
    if row.subject_kind == "submission":
        subject = b64(unit.session.get_one(Submission, row.subject_id).commitment)
    statement: dict[str, str | int] = {
        "decision": row.id,
        "subject": subject,
        "week": row.week_id,
        "code": row.code,
        "day": min(row.at_ms // DAY_MS, MAX_SAFE_INTEGER),
        "people": 1 if row.second_id is None else 2,
    }
    if row.reason is not None:
        statement["reason"] = row.reason
    if row.supersedes is not None:
        statement["supersedes"] = row.supersedes
    return statement
