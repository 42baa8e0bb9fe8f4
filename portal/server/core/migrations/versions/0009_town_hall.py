"""Halls, their events, minutes and outcomes."""

revision = "0009_town_hall"
down_revision = "0008_moderation"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
