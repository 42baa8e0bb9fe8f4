"""Topics, duplicates, decisions and translations of submissions."""

revision = "0008_moderation"
down_revision = "0007_feedback"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
