"""Drafts: their streams, and the items of these."""

import sqlalchemy as sa
from alembic import op

revision = "0011_drafts"
down_revision = "0010_official"
branch_labels = None
depends_on = None

_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_STATES = sa.text("kind IN (5, 6)")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "draft",
        sa.Column("id", sa.String(22), primary_key=True),
        sa.Column("room_id", sa.String(22), sa.ForeignKey("room.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("founder", sa.String(22), nullable=False),
        sa.Column("rights_number", _INTEGER, nullable=False),
        sa.Column("created_ms", _INTEGER, nullable=False),
    )
    op.create_table(
        "draft_stream",
        sa.Column("id", _INTEGER, primary_key=True),
        sa.Column("draft_id", sa.String(22), sa.ForeignKey("draft.id", ondelete="CASCADE"), nullable=False),
        sa.Column("kind", sa.SmallInteger, nullable=False),
        sa.Column("owner", sa.String(22), nullable=False),
        sa.Column("base_number", _INTEGER, nullable=False),
        sa.Column("base_head", sa.LargeBinary, nullable=False),
        sa.Column("confirmed", _INTEGER, nullable=False),
        sa.UniqueConstraint("draft_id", "kind", "owner"),
    )
    op.create_table(
        "draft_item",
        _stream_key(),
        sa.Column("number", _INTEGER, primary_key=True, autoincrement=False),
        sa.Column("item_id", sa.String(22), nullable=False),
        sa.Column("kind", sa.SmallInteger, nullable=False),
        sa.Column("seen_number", _INTEGER, nullable=False),
        sa.Column("device_id", sa.String(22), nullable=False),
        sa.Column("sequence", _INTEGER, nullable=False),
        sa.Column("head", sa.LargeBinary, nullable=False),
        sa.Column("at_ms", _INTEGER, nullable=False),
        sa.Column("envelope", sa.LargeBinary, nullable=False),
        sa.Column("receipt", sa.LargeBinary),
        sa.UniqueConstraint("item_id", "stream_id"),
        sa.UniqueConstraint("stream_id", "device_id", "sequence"),
    )
    op.create_index(
        "ix_draft_item_state", "draft_item", ["stream_id", "number"], sqlite_where=_STATES, postgresql_where=_STATES
    )
    op.create_table(
        "draft_purged_sequence",
        _stream_key(),
        sa.Column("device_id", sa.String(22), primary_key=True),
        sa.Column("sequence", _INTEGER, nullable=False),
    )


def _stream_key() -> sa.Column[int]:
    key = sa.ForeignKey("draft_stream.id", ondelete="CASCADE")
    return sa.Column("stream_id", _INTEGER, key, primary_key=True, autoincrement=False)
