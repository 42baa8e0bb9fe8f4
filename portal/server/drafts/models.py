"""Rows of drafts: which there are, their streams, and the items of these, sealed but for rights and countersigns.

As in rooms, the items are the truth: number, head, rights and a device's last sequence are read from them.
"""

from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.server.accounts.models import ID_TEXT_CHARS
from portal.server.core.db import Base
from portal.wire.drafts.streams import DraftItemKind

_ID: Final = sa.String(ID_TEXT_CHARS)
_STATES: Final = sa.text(f"kind IN ({int(DraftItemKind.SNAPSHOT)}, {int(DraftItemKind.REVISION)})")


class Draft(Base):
    """A draft of a room. Its title is sealed in its text; the server knows none.

    ``rights_number`` is the number, in the acts, of the item whose table is in force.
    """

    __tablename__ = "draft"

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    room_id: Mapped[str] = mapped_column(_ID, sa.ForeignKey("room.id", ondelete="CASCADE"), index=True)
    founder: Mapped[str] = mapped_column(_ID)
    rights_number: Mapped[int]
    created_ms: Mapped[int]


class DraftStream(Base):
    """One stream of a draft, from its first item on. ``kind`` and ``owner`` are those of the envelopes.

    Items up to ``base_number`` are purged, but for revisions; ``base_head`` (32 bytes) is the head there. ``confirmed``
    is the number of the newest countersigned snapshot, 0 before the first.
    """

    __tablename__ = "draft_stream"
    __table_args__ = (sa.UniqueConstraint("draft_id", "kind", "owner"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[str] = mapped_column(_ID, sa.ForeignKey("draft.id", ondelete="CASCADE"))
    kind: Mapped[int] = mapped_column(sa.SmallInteger)
    owner: Mapped[str] = mapped_column(_ID)
    base_number: Mapped[int]
    base_head: Mapped[bytes]
    confirmed: Mapped[int]


class DraftItem(Base):
    """One item, exactly as its device signed it (``envelope``), at its place in its stream.

    ``head`` (32 bytes) is head_number; ``kind`` one of portal.wire.drafts.streams.DraftItemKind; ``seen_number`` the
    envelope's, up to which a snapshot goes. ``receipt`` (64 bytes) is the server's signature over an act's place.
    """

    __tablename__ = "draft_item"
    __table_args__ = (
        sa.UniqueConstraint("item_id", "stream_id"),
        sa.UniqueConstraint("stream_id", "device_id", "sequence"),
        sa.Index("ix_draft_item_state", "stream_id", "number", sqlite_where=_STATES, postgresql_where=_STATES),
    )

    stream_id: Mapped[int] = mapped_column(sa.ForeignKey("draft_stream.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    item_id: Mapped[str] = mapped_column(_ID)
    kind: Mapped[int] = mapped_column(sa.SmallInteger)
    seen_number: Mapped[int]
    device_id: Mapped[str] = mapped_column(_ID)
    sequence: Mapped[int]
    head: Mapped[bytes]
    at_ms: Mapped[int]
    envelope: Mapped[bytes]
    receipt: Mapped[bytes | None]


class DraftPurgedSequence(Base):
    """The last sequence of a device among the purged items of a stream: it goes on counting from there."""

    __tablename__ = "draft_purged_sequence"

    stream_id: Mapped[int] = mapped_column(sa.ForeignKey("draft_stream.id", ondelete="CASCADE"), primary_key=True)
    device_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    sequence: Mapped[int]
