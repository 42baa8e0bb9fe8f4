"""The ledger: what waits, tiles, checkpoints, cosignatures."""

import sqlalchemy as sa
from alembic import op

revision = "0005_ledger"
down_revision = "0004_interpreters"
branch_labels = None
depends_on = None

_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "ledger_entry",
        sa.Column("id", _INTEGER, primary_key=True),
        sa.Column("entry", sa.LargeBinary, nullable=False),
        sa.Column("held_hour", _INTEGER),
        sa.Column("place", _INTEGER, unique=True),
        sqlite_autoincrement=True,
    )
    waiting = sa.text("place IS NULL")
    op.create_index("ix_ledger_entry_waiting", "ledger_entry", ["id"], sqlite_where=waiting, postgresql_where=waiting)
    op.create_table(
        "ledger_tile",
        sa.Column("level", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("number", _INTEGER, primary_key=True, autoincrement=False),
        sa.Column("hashes", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "ledger_checkpoint",
        sa.Column("size", _INTEGER, primary_key=True, autoincrement=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("at_ms", _INTEGER, nullable=False),
        sa.Column("milestone_ms", _INTEGER),
        sa.Column("met", sa.Boolean, nullable=False),
    )
    op.create_table(
        "ledger_cosignature",
        sa.Column("size", _INTEGER, sa.ForeignKey("ledger_checkpoint.size", ondelete="CASCADE"), primary_key=True),
        sa.Column("witness", sa.String(255), primary_key=True),
        sa.Column("line", sa.Text, nullable=False),
        sa.Column("at_s", _INTEGER, nullable=False),
    )
    op.create_table(
        "ledger_opening",
        sa.Column("entry_id", _INTEGER, sa.ForeignKey("ledger_entry.id"), primary_key=True, autoincrement=False),
        sa.Column("kind", sa.SmallInteger, nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("number", _INTEGER, nullable=False),
        sa.Column("nonce", sa.LargeBinary, nullable=False),
        sa.Column("statement", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("kind", "subject", "number"),
    )
