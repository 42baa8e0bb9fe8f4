"""Which clause of which text a topic is about, and how a text read before and after an outcome changed it."""

import sqlalchemy as sa
from alembic import op

revision = "0015_clauses"
down_revision = "0014_several"
branch_labels = None
depends_on = None

_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table; the columns begin empty."""
    op.create_table(
        "topic_clause",
        sa.Column("topic_id", sa.String(22), sa.ForeignKey("topic.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("document", sa.String(200), primary_key=True),
        sa.Column("clause", sa.String(80), primary_key=True),
        sa.Column("day", _INTEGER, nullable=False),
    )
    for name in ("before", "after"):
        op.add_column("outcome_link", sa.Column(name, sa.Text, nullable=False, server_default=""))
