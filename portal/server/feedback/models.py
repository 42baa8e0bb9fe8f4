"""Rows of intake: what citizens said, the receipts that let them follow it, and what they support.

Nothing here tells where or when somebody was: no address, no browser, no time of day; days are UTC day numbers. Tables
have no row numbers on SQLite, which would keep the order of arrival.
"""

from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.server.core.db import Base

_ID = sa.String(22)
_LANGUAGE = sa.String(35)
_WEEK = sa.String(8)
UNORDERED = {"sqlite_with_rowid": False}

Visibility = Literal["public", "moderators"]
Lane = Literal["pow", "slow", "paper"]
SubmissionState = Literal["waiting", "accepted", "merged", "deferred", "rejected", "withdrawn", "on_agenda", "returned"]


class Ballot(Base):
    """One receipt in one week, and the community that it speaks for: the language it was given in.

    ``id`` is derived from the receipt's code and the week, so that nobody without the code joins two weeks.
    """

    __tablename__ = "ballot"
    __table_args__ = UNORDERED

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    week_id: Mapped[str] = mapped_column(_WEEK, sa.ForeignKey("intake_week.id"), index=True)
    community: Mapped[str] = mapped_column(_LANGUAGE)


class BallotSupport(Base):
    """That a ballot supports a topic which somebody else raised; at most five a week."""

    __tablename__ = "ballot_support"
    __table_args__ = UNORDERED

    ballot_id: Mapped[str] = mapped_column(_ID, sa.ForeignKey("ballot.id", ondelete="CASCADE"), primary_key=True)
    topic_id: Mapped[str] = mapped_column(_ID, primary_key=True, index=True)


class Submission(Base):
    """What one person said in one week.

    ``sealed`` is the text under the key at rest, context "submission <id>"; it, ``nonce`` and ``region_self`` are None
    once erased. ``commitment`` (32 bytes), ``tag`` (16) and ``ledger_entry`` tell its place in the ledger; ``nonce``
    (32) with the text opens it. ``lang`` is the language that its writer confirmed. ``ended_day`` is when it came to
    its present end, from which its time until erasure counts; None while it has none.
    """

    __tablename__ = "submission"
    __table_args__ = UNORDERED

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    week_id: Mapped[str] = mapped_column(_WEEK, sa.ForeignKey("intake_week.id"), index=True)
    ballot_id: Mapped[str] = mapped_column(_ID, sa.ForeignKey("ballot.id"), index=True)
    lang: Mapped[str] = mapped_column(_LANGUAGE)
    sealed: Mapped[bytes | None]
    nonce: Mapped[bytes | None]
    tag: Mapped[bytes]
    commitment: Mapped[bytes] = mapped_column(unique=True)
    ledger_entry: Mapped[int]
    received_day: Mapped[int]
    visibility: Mapped[Visibility] = mapped_column(sa.String(10))
    region_self: Mapped[str | None] = mapped_column(sa.String(80))
    state: Mapped[SubmissionState] = mapped_column(sa.String(12), index=True)
    lane: Mapped[Lane] = mapped_column(sa.String(8))
    decision_id: Mapped[str | None] = mapped_column(_ID)
    ended_day: Mapped[int | None] = mapped_column(index=True)


class Receipt(Base):
    """What is kept of a code: its hash to find it by, and a key to which answers are sealed. The code itself never is.

    ``lookup`` (32 bytes) is BLAKE2b of the code, ``reply_key`` (32 bytes) the X25519 key whose secret half is derived
    from it. ``promise`` is the signed note that the citizen got. ``confirmed``: its holder said that the code is kept
    safe, so it is not shown again. ``submission_id`` is None for one that only supports topics.
    """

    __tablename__ = "receipt"
    __table_args__ = UNORDERED

    lookup: Mapped[bytes] = mapped_column(primary_key=True)
    submission_id: Mapped[str | None] = mapped_column(_ID, sa.ForeignKey("submission.id"), unique=True)
    community: Mapped[str] = mapped_column(_LANGUAGE)
    reply_key: Mapped[bytes]
    promise: Mapped[str] = mapped_column(sa.Text)
    created_day: Mapped[int]
    confirmed: Mapped[bool] = mapped_column(default=False)


class ReceiptMessage(Base):
    """One message between the holder of a receipt and the moderators.

    ``for_citizen`` is sealed to the receipt's key (libsodium's sealed box), ``for_desk`` under the key at rest, context
    "message <id>"; the latter is erased with the submission's text.
    """

    __tablename__ = "receipt_message"
    __table_args__ = UNORDERED

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    receipt: Mapped[bytes] = mapped_column(sa.ForeignKey("receipt.lookup", ondelete="CASCADE"), index=True)
    number: Mapped[int]
    direction: Mapped[Literal["in", "out"]] = mapped_column(sa.String(3))
    lang: Mapped[str] = mapped_column(_LANGUAGE)
    for_citizen: Mapped[bytes]
    for_desk: Mapped[bytes | None]
    day: Mapped[int]


class PassSeen(Base):
    """A proof of work, or a place in the patient lane, that was used: a keyed hash of it (32 bytes).

    Kept until the day on which it would not be taken any more in any case.
    """

    __tablename__ = "pass_seen"
    __table_args__ = UNORDERED

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    until_day: Mapped[int] = mapped_column(index=True)
