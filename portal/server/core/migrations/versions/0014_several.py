"""Several processes: what they tell one another, and a stamp on each room."""

import sqlalchemy as sa
from alembic import op

revision = "0014_several"
down_revision = "0013_instruments"
branch_labels = None
depends_on = None

_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the column and make the tables, which need not outlive a crash of the database."""
    prefixes = ["UNLOGGED"] if op.get_bind().dialect.name == "postgresql" else []
    op.add_column("room", sa.Column("stamp", _INTEGER, nullable=False, server_default="0"))
    op.create_table(
        "delivery",
        sa.Column("id", _INTEGER, primary_key=True),
        sa.Column("process", sa.String(16), nullable=False),
        sa.Column("xid", _INTEGER, nullable=False, index=True),
        sa.Column("steps", sa.LargeBinary, nullable=False),
        prefixes=prefixes,
    )
    op.create_table(
        "delivery_horizon",
        sa.Column("id", _INTEGER, primary_key=True),
        sa.Column("epoch", sa.String(16), nullable=False),
        sa.Column("xid", _INTEGER, nullable=False),
        prefixes=prefixes,
    )
    if prefixes:  # sealed bytes do not shrink
        op.execute("ALTER TABLE delivery ALTER COLUMN steps SET STORAGE EXTERNAL")
