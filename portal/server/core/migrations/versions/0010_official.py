"""Who gets the digest by e-mail."""

import sqlalchemy as sa
from alembic import op

revision = "0010_official"
down_revision = "0009_town_hall"
branch_labels = None
depends_on = None

_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table; on SQLite without row numbers, which would keep the order of arrival."""
    op.create_table(
        "digest_subscription",
        sa.Column("id", sa.String(22), primary_key=True),
        sa.Column("lookup", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("lang", sa.String(8), nullable=False),
        sa.Column("state", sa.String(8), nullable=False, index=True),
        sa.Column("asked_day", _INTEGER, nullable=False),
        sa.Column("last_week", sa.String(8)),
        sqlite_with_rowid=False,
    )
