"""Rows of town halls: the events that are the truth of a meeting, its texts and votes, its minutes and outcomes.

``hall_event`` is append-only and the only way to change a running hall; whatever else is shown of it is a projection
(hall_state.py). People's words are public texts of the translation service, named by key, so that they can be erased
and the events stay whole. Nobody's name, account or address is in any of these tables, but for who wrote minutes.
"""

from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.server.accounts.models import ID_TEXT_CHARS
from portal.server.core.db import Base

HallStanding = Literal["planned", "open", "closed"]
ActorRole = Literal["moderator", "citizen", "clock"]
MinutesPhase = Literal["draft", "clerk", "amend", "final"]
OutcomeKind = Literal["answer", "action", "refer", "none"]
OutcomeStatus = Literal["draft", "published", "done"]

ITEM_CHARS = 40
LANG_CHARS = 8
_ID = sa.String(ID_TEXT_CHARS)
_LANG = sa.String(LANG_CHARS)
_ITEM = sa.String(ITEM_CHARS)


def _hall_key() -> sa.ForeignKey:
    return sa.ForeignKey("town_hall.id", ondelete="CASCADE")


class TownHall(Base):
    """One meeting. ``week`` is the intake week whose agenda it treats, such as "2026-W48"; None for one outside.

    ``standing`` repeats the projection's, for lists; only the log's writer changes it. ``meeting_url`` leads to the
    video meeting; ``meeting_framed``: it may be shown inside the hall's page.
    """

    __tablename__ = "town_hall"

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    week: Mapped[str | None] = mapped_column(sa.String(8), index=True)
    starts_s: Mapped[int]
    minutes: Mapped[int]
    standing: Mapped[HallStanding] = mapped_column(sa.String(8))
    meeting_url: Mapped[str | None] = mapped_column(sa.String(500))
    meeting_framed: Mapped[bool] = mapped_column(default=False)


class HallEvent(Base):
    """What happened in a hall, numbered from 1. ``actor`` is a role, never a person.

    ``command`` is the idempotency key of the command that caused it, on the first of that command's events. ``at_ms``
    is the beginning of the day, in UTC, for what a citizen did.
    """

    __tablename__ = "hall_event"
    __table_args__ = (sa.UniqueConstraint("hall_id", "command"),)

    hall_id: Mapped[str] = mapped_column(_ID, _hall_key(), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    type: Mapped[str] = mapped_column(sa.String(32))
    payload: Mapped[dict[str, Any]]
    at_ms: Mapped[int]
    actor: Mapped[ActorRole] = mapped_column(sa.String(10))
    command: Mapped[str | None] = mapped_column(_ID)


class QuestionVote(Base):
    """One hall ticket's support for one question; ``voter`` (16 bytes) differs for each question."""

    __tablename__ = "question_vote"
    __table_args__ = ({"sqlite_with_rowid": False},)

    hall_id: Mapped[str] = mapped_column(_ID, _hall_key(), primary_key=True)
    question: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    voter: Mapped[bytes] = mapped_column(primary_key=True)


class PollVoter(Base):
    """That a hall ticket has voted in a poll, not how. ``voter`` (16 bytes) differs for each poll."""

    __tablename__ = "poll_voter"
    # Without row numbers nothing says in which order the rows came.
    __table_args__ = ({"sqlite_with_rowid": False},)

    hall_id: Mapped[str] = mapped_column(_ID, _hall_key(), primary_key=True)
    poll: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    voter: Mapped[bytes] = mapped_column(primary_key=True)


class PollCount(Base):
    """How many votes of one community an option has: a count only, so that no vote leads back to a voter."""

    __tablename__ = "poll_count"

    hall_id: Mapped[str] = mapped_column(_ID, _hall_key(), primary_key=True)
    poll: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    option: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    community: Mapped[str] = mapped_column(_LANG, primary_key=True)
    votes: Mapped[int]


class Minute(Base):
    """One revision of the minutes of one agenda item, as its author wrote it; revisions are only added.

    The newest is translated under ``minute_key``.
    """

    __tablename__ = "minute"

    hall_id: Mapped[str] = mapped_column(_ID, _hall_key(), primary_key=True)
    item: Mapped[str] = mapped_column(_ITEM, primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    phase: Mapped[MinutesPhase] = mapped_column(sa.String(8))
    lang: Mapped[str] = mapped_column(_LANG)
    text: Mapped[str] = mapped_column(sa.Text)
    author: Mapped[str | None] = mapped_column(_ID)
    at_ms: Mapped[int]


class HallMinutes(Base):
    """Where a hall's minutes stand. ``file`` is what was published as ``number``, as its hash went into the ledger."""

    __tablename__ = "hall_minutes"

    hall_id: Mapped[str] = mapped_column(_ID, _hall_key(), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    phase: Mapped[MinutesPhase] = mapped_column(sa.String(8))
    file: Mapped[bytes | None]
    ledger_entry: Mapped[int | None]
    at_ms: Mapped[int]


class Outcome(Base):
    """What came of an agenda item, or of a topic that was not reached: an answer, an action, a referral, or nothing.

    ``due_day`` and ``published_day`` are UTC day numbers. ``owner`` is an office, not a person. Its words are the
    public text ``outcome_key``.
    """

    __tablename__ = "outcome"

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    hall_id: Mapped[str | None] = mapped_column(_ID, sa.ForeignKey("town_hall.id", ondelete="CASCADE"), index=True)
    item: Mapped[str | None] = mapped_column(_ITEM)
    topic: Mapped[str | None] = mapped_column(_ID, index=True)
    week: Mapped[str | None] = mapped_column(sa.String(8), index=True)
    kind: Mapped[OutcomeKind] = mapped_column(sa.String(8))
    status: Mapped[OutcomeStatus] = mapped_column(sa.String(10))
    owner: Mapped[str] = mapped_column(sa.String(120))
    due_day: Mapped[int | None]
    created_ms: Mapped[int]
    published_day: Mapped[int | None] = mapped_column(index=True)
    ledger_entry: Mapped[int | None]


class OutcomeTopic(Base):
    """A topic that an outcome answers; ``outcome.topic`` is the first of them."""

    __tablename__ = "outcome_topic"

    outcome_id: Mapped[str] = mapped_column(_ID, sa.ForeignKey("outcome.id", ondelete="CASCADE"), primary_key=True)
    topic_id: Mapped[str] = mapped_column(_ID, primary_key=True, index=True)


class OutcomeLink(Base):
    """Which text an outcome changed: a document, a clause of it, and the version in which it changed.

    ``before`` and ``after`` are the words of that clause, as far as somebody gave them.
    """

    __tablename__ = "outcome_link"

    outcome_id: Mapped[str] = mapped_column(_ID, sa.ForeignKey("outcome.id", ondelete="CASCADE"), primary_key=True)
    document: Mapped[str] = mapped_column(sa.String(200), primary_key=True)
    clause: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    version: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    before: Mapped[str] = mapped_column(sa.Text, default="", server_default="")
    after: Mapped[str] = mapped_column(sa.Text, default="", server_default="")


class AnswerDelivery(Base):
    """That an outcome answers a submission; whoever holds its receipt reads it. ``day`` is a UTC day number."""

    __tablename__ = "answer_delivery"

    submission_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    outcome_id: Mapped[str] = mapped_column(
        _ID, sa.ForeignKey("outcome.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    day: Mapped[int]
