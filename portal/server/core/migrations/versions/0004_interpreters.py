"""Interpreters: requests to be let in, approvals, and who answers for whom."""

import sqlalchemy as sa
from alembic import op

revision = "0004_interpreters"
down_revision = "0003_groups"
branch_labels = None
depends_on = None

_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ID = sa.String(22)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "enrolment",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("secret_sha256", sa.LargeBinary, nullable=False),
        sa.Column("code", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("request", sa.LargeBinary, nullable=False),
        sa.Column("expires_s", _INTEGER, nullable=False, index=True),
    )
    op.create_table(
        "enrolment_approval",
        sa.Column("enrolment_id", _ID, sa.ForeignKey("enrolment.id", ondelete="CASCADE"), primary_key=True),
        _owner(),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("languages", sa.JSON, nullable=False),
        *_vouching(),
    )
    op.create_table(
        "interpreter",
        sa.Column("account_id", _ID, sa.ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
        _owner(),
        *_vouching(),
        sa.Column("ended_s", _INTEGER),
    )


def _owner() -> sa.Column[str]:
    return sa.Column("owner_id", _ID, sa.ForeignKey("account.id", ondelete="CASCADE"), nullable=False, index=True)


def _vouching() -> tuple[sa.Column[bytes], sa.Column[bytes]]:
    return sa.Column("body", sa.LargeBinary, nullable=False), sa.Column("signature", sa.LargeBinary, nullable=False)
