"""Rows of agendas: what was published and can be recomputed, the agenda as people may still move it, and who agreed."""

from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.server.accounts.models import ID_TEXT_CHARS
from portal.server.core.db import Base
from portal.server.feedback.models import UNORDERED
from portal.server.feedback.weeks import ID_CHARS

PublicationKind = Literal["ballots", "agenda", "account"]
ItemKind = Literal["topic", "fixed", "internal"]
ChangeKind = Literal["move", "minutes", "add", "remove"]

_ID = sa.String(ID_TEXT_CHARS)
_LANG = sa.String(8)


def item_key(item: str) -> str:
    """Return the key of an item's title among the public texts, for an item that is no topic."""
    return f"agenda:item:{item}"


def _week_key() -> sa.ForeignKey:
    return sa.ForeignKey("intake_week.id", ondelete="CASCADE")


class Publication(Base):
    """A file that anyone may fetch for good. The statement in the ledger, where there is one, holds its ``sha256``.

    ``ledger_entry`` is None where the ledger has no entry of its own: the ballot file with its beacon filled in.
    """

    __tablename__ = "publication"

    week_id: Mapped[str] = mapped_column(sa.String(ID_CHARS), _week_key(), primary_key=True)
    what: Mapped[PublicationKind] = mapped_column(sa.String(10), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    file: Mapped[bytes]
    sha256: Mapped[bytes]
    ledger_entry: Mapped[int | None]
    at_s: Mapped[int]


class FrozenMember(Base):
    """That a submission was under a topic when its week was frozen: what is decided about topics later undoes nothing.

    No foreign keys: it is what was, whatever becomes of either.
    """

    __tablename__ = "frozen_member"
    __table_args__ = UNORDERED

    week_id: Mapped[str] = mapped_column(sa.String(ID_CHARS), _week_key(), primary_key=True)
    topic_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    submission_id: Mapped[str] = mapped_column(_ID, primary_key=True)


class Agenda(Base):
    """A week's agenda. ``revision`` counts the changes made to it; ``result`` is what the rule computed.

    ``published_revision`` is the number of the newest publication, 0 before the first; ``shown_revision`` the revision
    that it shows.
    """

    __tablename__ = "agenda"

    week_id: Mapped[str] = mapped_column(sa.String(ID_CHARS), _week_key(), primary_key=True)
    revision: Mapped[int]
    published_revision: Mapped[int]
    shown_revision: Mapped[int]
    result: Mapped[dict[str, Any]]
    created_s: Mapped[int]
    published_s: Mapped[int | None]


class AgendaItem(Base):
    """One item in its present place. ``computed`` is the place (from 1) and minutes that the rule gave it, if it did.

    ``topic_id`` is set for topics; the words of the others are in the translation service under ``text_key``.
    ``queue`` is "all" or a community; ``why`` holds the numbers that the item's sentence is made of.
    """

    __tablename__ = "agenda_item"

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    week_id: Mapped[str] = mapped_column(sa.String(ID_CHARS), _week_key(), index=True)
    position: Mapped[int]
    kind: Mapped[ItemKind] = mapped_column(sa.String(8))
    topic_id: Mapped[str | None] = mapped_column(_ID)
    minutes: Mapped[int]
    computed_position: Mapped[int | None]
    queue: Mapped[str | None] = mapped_column(_LANG)
    why: Mapped[dict[str, Any]]

    @property
    def text_key(self) -> str:
        """Under which the words of an item that is no topic are kept by the translation service."""
        return item_key(self.id)


class AgendaChange(Base):
    """One change that a person made, with its public reason (``reason_key`` in the translation service).

    ``before`` and ``after`` are places for a move, minutes for minutes, None where there was or is none. Changes of
    internal items are not public, and their reasons are not kept.
    """

    __tablename__ = "agenda_change"

    week_id: Mapped[str] = mapped_column(sa.String(ID_CHARS), _week_key(), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    item_id: Mapped[str] = mapped_column(_ID)
    topic_id: Mapped[str | None] = mapped_column(_ID)
    kind: Mapped[ChangeKind] = mapped_column(sa.String(8))
    before: Mapped[int | None]
    after: Mapped[int | None]
    account_id: Mapped[str] = mapped_column(_ID)
    at_s: Mapped[int]
    is_public: Mapped[bool]

    @property
    def reason_key(self) -> str:
        """Under which the reason is kept by the translation service."""
        return f"agenda:change:{self.week_id}:{self.revision}"


class AgendaApproval(Base):
    """That somebody agrees with one revision as it stands; two make it fit for publishing.

    ``words`` is the SHA-256 (32 bytes) of the titles and reasons that it had, in the languages they were written in;
    None where none were noted.
    """

    __tablename__ = "agenda_approval"

    week_id: Mapped[str] = mapped_column(sa.String(ID_CHARS), _week_key(), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    at_s: Mapped[int]
    words: Mapped[bytes | None]


class AgendaObjection(Base):
    """What somebody objects to a published agenda, within its 24 hours. The words, and the answer, are public.

    ``hidden_reason`` is set once moderators have erased the words.
    """

    __tablename__ = "agenda_objection"

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    week_id: Mapped[str] = mapped_column(sa.String(ID_CHARS), _week_key(), index=True)
    day: Mapped[int]
    answered_s: Mapped[int | None]
    hidden_reason: Mapped[str | None] = mapped_column(sa.String(24))

    @property
    def text_key(self) -> str:
        """Under which the objection is kept by the translation service."""
        return f"agenda:objection:{self.id}"

    @property
    def answer_key(self) -> str:
        """Under which the answer is kept by the translation service."""
        return f"agenda:answer:{self.id}"
