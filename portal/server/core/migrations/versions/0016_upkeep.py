"""What was erased, by kind and day; since when an account is closed."""

import sqlalchemy as sa
from alembic import op

revision = "0016_upkeep"
down_revision = "0015_clauses"
branch_labels = None
depends_on = None

_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table, add the column."""
    op.add_column("account", sa.Column("disabled_s", _INTEGER, nullable=True))
    op.create_table(
        "erasure",
        sa.Column("kind", sa.String(24), primary_key=True),
        sa.Column("day", _INTEGER, primary_key=True, autoincrement=False),
        sa.Column("number", _INTEGER, nullable=False),
        sa.Column("size_bytes", _INTEGER, nullable=False),
    )
