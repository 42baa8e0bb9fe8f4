"""Digests and forecasts."""

revision = "0010_official"
down_revision = "0009_town_hall"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
