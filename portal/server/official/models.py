"""Rows of the official part: who gets the digest, apart from all that citizens say; which clause a topic is about."""

from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.server.core.db import Base


class DigestSubscription(Base):
    """One address that gets, or asked for, the weekly digest.

    ``lookup`` (32 bytes) is a keyed hash of the address, so that one address is there once; ``sealed`` is the address
    under the key at rest, context "digest <id>". ``asked_day`` is when it was last asked for, a UTC day number.
    ``last_week`` is the newest week whose digest was handed to the mail server.
    """

    __tablename__ = "digest_subscription"
    __table_args__ = ({"sqlite_with_rowid": False},)

    id: Mapped[str] = mapped_column(sa.String(22), primary_key=True)
    lookup: Mapped[bytes] = mapped_column(unique=True)
    sealed: Mapped[bytes]
    lang: Mapped[str] = mapped_column(sa.String(8))
    state: Mapped[Literal["asked", "active"]] = mapped_column(sa.String(8), index=True)
    asked_day: Mapped[int]
    last_week: Mapped[str | None] = mapped_column(sa.String(8))


class TopicClause(Base):
    """That a topic is about a clause of a text, as an official says. ``day`` is a UTC day number."""

    __tablename__ = "topic_clause"

    topic_id: Mapped[str] = mapped_column(
        sa.String(22), sa.ForeignKey("topic.id", ondelete="CASCADE"), primary_key=True
    )
    document: Mapped[str] = mapped_column(sa.String(200), primary_key=True)
    clause: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    day: Mapped[int]
