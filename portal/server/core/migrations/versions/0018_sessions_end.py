"""When a session ends however much it is used, and when it was opened by the recovery key."""

import sqlalchemy as sa
from alembic import op

revision = "0018_sessions_end"
down_revision = "0017_archived"
branch_labels = None
depends_on = None

_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_LONGEST_S = 30 * 86_400


def upgrade() -> None:
    """Add the columns. Sessions from before end 30 days after they began, as the setting says that is not set."""
    op.add_column("signed_in_session", sa.Column("ends_s", _INTEGER, nullable=False, server_default="0"))
    op.add_column("signed_in_session", sa.Column("recovered_s", _INTEGER, nullable=True))
    ends = f"created_s + {_LONGEST_S}"
    op.execute(sa.text(f"UPDATE signed_in_session SET ends_s = {ends}"))  # noqa: S608 - a number of ours
    op.execute(sa.text("UPDATE signed_in_session SET expires_s = ends_s WHERE expires_s > ends_s"))
