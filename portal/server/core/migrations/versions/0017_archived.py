"""Since when a room is archived."""

import sqlalchemy as sa
from alembic import op

revision = "0017_archived"
down_revision = "0016_upkeep"
branch_labels = None
depends_on = None

_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the column."""
    op.add_column("room", sa.Column("archived_ms", _INTEGER, nullable=True))
