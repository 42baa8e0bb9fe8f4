"""The register of instruments: signed drafts that all who signed chose to publish."""

import sqlalchemy as sa
from alembic import op

revision = "0013_instruments"
down_revision = "0012_approved_words"
branch_labels = None
depends_on = None

_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "instrument",
        sa.Column("id", sa.String(22), primary_key=True),
        sa.Column("draft_id", sa.String(22), nullable=False, index=True),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("bundle_sha256", sa.LargeBinary, nullable=False),
        sa.Column("signatures", sa.JSON, nullable=False),
        sa.Column("created_ms", _INTEGER, nullable=False),
        sa.Column("published_ms", _INTEGER, index=True),
    )
    op.create_table(
        "instrument_consent",
        sa.Column("instrument_id", sa.String(22), sa.ForeignKey("instrument.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("delegation_id", sa.String(22), sa.ForeignKey("delegation.id"), primary_key=True),
        sa.Column("account_id", sa.String(22), nullable=False),
        sa.Column("at_ms", _INTEGER, nullable=False),
    )
