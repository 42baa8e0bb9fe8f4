"""Jobs, weeks, agendas and what was published."""

revision = "0006_weeks_and_jobs"
down_revision = "0005_ledger"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
