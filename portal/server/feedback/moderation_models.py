"""Rows of moderation: what people decided about submissions and topics, and what programs suggest to them.

Words that citizens wrote, and every translation of them, are sealed like the submission itself (``feedback.service``)
and go with it. Topic titles and reasons are public texts (``server.translation``), under ``topic:<id>`` and
``decision:<id>``.
"""

from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.server.core.db import Base
from portal.server.feedback.models import UNORDERED

_ID = sa.String(22)
_LANGUAGE = sa.String(35)  # RFC 5646 §4.4.1: long enough for every tag in use
_WEEK = sa.String(8)


def _submission_key() -> sa.ForeignKey:
    return sa.ForeignKey("submission.id", ondelete="CASCADE")


def _topic_key() -> sa.ForeignKey:
    return sa.ForeignKey("topic.id", ondelete="CASCADE")


class SubmissionReview(Base):
    """What moderators know of a submission beside its text.

    ``revision`` counts every change of it by a person: who decides says which one was on the screen. ``language`` is
    the one it is read in; the one that the citizen declared, which the commitment binds, stays in the submission.
    ``due_day`` is a UTC day number. ``text_version`` counts redactions; translations are of one version.
    ``owes_translation``: the worker has not looked at it since it came, or since it was changed.
    """

    __tablename__ = "submission_review"
    __table_args__ = (sa.Index("ix_submission_review_due_day_submission_id", "due_day", "submission_id"), UNORDERED)

    submission_id: Mapped[str] = mapped_column(_ID, _submission_key(), primary_key=True)
    week_id: Mapped[str] = mapped_column(_WEEK, sa.ForeignKey("intake_week.id"), index=True)
    revision: Mapped[int] = mapped_column(default=0)
    language: Mapped[str] = mapped_column(_LANGUAGE)
    language_by: Mapped[Literal["citizen", "moderator"]] = mapped_column(sa.String(16), default="citizen")
    detected: Mapped[str | None] = mapped_column(_LANGUAGE)
    detected_percent: Mapped[int | None]
    due_day: Mapped[int]
    text_version: Mapped[int] = mapped_column(default=0)
    owes_translation: Mapped[bool] = mapped_column(default=True, index=True)
    merged_into: Mapped[str | None] = mapped_column(_ID, index=True)


class SubmissionText(Base):
    """A submission's text in another language, sealed; ``version`` is the ``text_version`` that it was made from.

    ``findings`` are the guards' warnings, [{sentence, kind, detail}] sealed with the text, since details quote it.
    ``state``: waiting for the worker, done, or why there is no translation.
    """

    __tablename__ = "submission_text"
    __table_args__ = UNORDERED

    submission_id: Mapped[str] = mapped_column(_ID, _submission_key(), primary_key=True)
    language: Mapped[str] = mapped_column(_LANGUAGE, primary_key=True)
    version: Mapped[int]
    state: Mapped[Literal["waiting", "done", "no_model", "failed"]] = mapped_column(sa.String(16))
    sealed: Mapped[bytes | None]
    origin: Mapped[Literal["machine", "human"]] = mapped_column(sa.String(16), default="machine")
    engine: Mapped[str] = mapped_column(sa.String(160), default="")
    via: Mapped[str | None] = mapped_column(_LANGUAGE)
    confidence: Mapped[Literal["clear", "doubtful", "none"]] = mapped_column(sa.String(16), default="none")
    warnings: Mapped[int] = mapped_column(default=0)
    checked_by: Mapped[str | None] = mapped_column(_ID, sa.ForeignKey("account.id", ondelete="SET NULL"))
    checked_ms: Mapped[int | None]


class Redaction(Base):
    """A text with parts taken out, sealed; the original's commitment stays, ``commitment`` (32 bytes) is this one's.

    The decision's entry in the ledger holds the commitment; ``nonce`` (32 bytes) and the text open it, and are erased
    together.
    """

    __tablename__ = "redaction"

    submission_id: Mapped[str] = mapped_column(_ID, _submission_key(), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    decision_id: Mapped[str] = mapped_column(_ID, sa.ForeignKey("decision.id"))
    sealed: Mapped[bytes | None]
    commitment: Mapped[bytes]
    nonce: Mapped[bytes | None]


class Topic(Base):
    """What submissions are about, one line of an agenda.

    ``theme`` bounds how many minutes related topics may take together; ``revision`` counts changes by people.
    """

    __tablename__ = "topic"

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    week_id: Mapped[str] = mapped_column(_WEEK, sa.ForeignKey("intake_week.id"), index=True)
    theme: Mapped[str] = mapped_column(sa.String(60))
    minutes: Mapped[int]
    status: Mapped[Literal["proposed", "published", "merged", "rejected", "closed"]] = mapped_column(sa.String(16))
    revision: Mapped[int] = mapped_column(default=0)
    merged_into: Mapped[str | None] = mapped_column(_ID)
    created_ms: Mapped[int]


class TopicMember(Base):
    """A submission that is about a topic; one that raises several matters is a member of several topics."""

    __tablename__ = "topic_member"

    submission_id: Mapped[str] = mapped_column(_ID, _submission_key(), primary_key=True)
    topic_id: Mapped[str] = mapped_column(_ID, _topic_key(), primary_key=True, index=True)
    week_id: Mapped[str] = mapped_column(_WEEK, sa.ForeignKey("intake_week.id"), index=True)
    added_ms: Mapped[int]


class TopicEvent(Base):
    """One step in the life of a topic, for its public history. ``detail`` names what changed."""

    __tablename__ = "topic_event"

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    topic_id: Mapped[str] = mapped_column(_ID, _topic_key(), index=True)
    kind: Mapped[Literal["made", "changed", "merged", "split", "rejected", "restored"]] = mapped_column(sa.String(16))
    detail: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    account_id: Mapped[str] = mapped_column(_ID)
    at_ms: Mapped[int]


class Decision(Base):
    """What a person decided about a submission or a topic; never changed into another decision, only superseded.

    ``state``: "proposed" waits for a second person, "refused" was not confirmed, "undone" was taken back by the one
    that ``superseded_by`` names. ``before`` is what undoing restores. ``ledger_entry`` is None while it is proposed.
    """

    __tablename__ = "decision"

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    subject_kind: Mapped[Literal["submission", "topic"]] = mapped_column(sa.String(16))
    subject_id: Mapped[str] = mapped_column(_ID, index=True)
    week_id: Mapped[str] = mapped_column(_WEEK, sa.ForeignKey("intake_week.id"), index=True)
    code: Mapped[str] = mapped_column(sa.String(16))
    reason: Mapped[str | None] = mapped_column(sa.String(24))
    text: Mapped[str] = mapped_column(sa.Text, default="")
    text_language: Mapped[str] = mapped_column(_LANGUAGE, default="en")
    state: Mapped[Literal["final", "proposed", "refused", "undone"]] = mapped_column(sa.String(16), index=True)
    account_id: Mapped[str] = mapped_column(_ID, index=True)
    second_id: Mapped[str | None] = mapped_column(_ID)
    at_ms: Mapped[int] = mapped_column(index=True)
    batch: Mapped[str | None] = mapped_column(_ID, index=True)
    supersedes: Mapped[str | None] = mapped_column(_ID)
    topics: Mapped[list[str]]
    other_id: Mapped[str | None] = mapped_column(_ID)
    before: Mapped[dict[str, Any]]
    subject_revision: Mapped[int]
    ledger_entry: Mapped[int | None]


class DuplicateGroup(Base):
    """Submissions whose texts are nearly the same. ``likeness_percent`` is the least among its pairs.

    A campaign is a group of many: a mark for moderators and for the public, never a reason to count less.
    """

    __tablename__ = "duplicate_group"

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    week_id: Mapped[str] = mapped_column(_WEEK, sa.ForeignKey("intake_week.id"), index=True)
    representative_id: Mapped[str] = mapped_column(_ID, _submission_key())
    state: Mapped[Literal["suggested", "confirmed", "dismissed"]] = mapped_column(sa.String(16))
    is_campaign: Mapped[bool]
    likeness_percent: Mapped[int]
    found_day: Mapped[int]


class DuplicateMember(Base):
    """A submission in a group of near duplicates; at most in one."""

    __tablename__ = "duplicate_member"
    __table_args__ = UNORDERED

    submission_id: Mapped[str] = mapped_column(_ID, _submission_key(), primary_key=True)
    group_id: Mapped[str] = mapped_column(_ID, sa.ForeignKey("duplicate_group.id", ondelete="CASCADE"), index=True)


class TopicSuggestion(Base):
    """What the analysis takes a submission to be about: a topic that exists, or a cluster that may become one.

    ``score_percent`` orders suggestions; it is no probability.
    """

    __tablename__ = "topic_suggestion"
    __table_args__ = UNORDERED

    submission_id: Mapped[str] = mapped_column(_ID, _submission_key(), primary_key=True)
    topic_id: Mapped[str | None] = mapped_column(_ID, _topic_key())
    cluster: Mapped[str | None] = mapped_column(_ID, index=True)
    score_percent: Mapped[int]
