"""The ledger: what waits, tiles, checkpoints, cosignatures."""

revision = "0005_ledger"
down_revision = "0004_interpreters"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
