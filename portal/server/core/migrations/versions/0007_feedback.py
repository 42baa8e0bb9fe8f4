"""Submissions, receipts and supports."""

revision = "0007_feedback"
down_revision = "0006_weeks_and_jobs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
