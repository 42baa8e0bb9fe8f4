"""An agenda's approval is of the words that were read: their SHA-256."""

import sqlalchemy as sa
from alembic import op

revision = "0012_approved_words"
down_revision = "0011_drafts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column. Approvals from before name no words, and so count for none: they have to be given again."""
    op.add_column("agenda_approval", sa.Column("words", sa.LargeBinary, nullable=True))
