"""Submissions, receipts and supports."""

import sqlalchemy as sa
from alembic import op

revision = "0007_feedback"
down_revision = "0006_weeks_and_jobs"
branch_labels = None
depends_on = None

_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ID = sa.String(22)
_LANGUAGE = sa.String(35)
_WEEK = sa.String(8)


def upgrade() -> None:
    """Make the tables; on SQLite without row numbers, which would keep the order of arrival."""
    _create_ballots()
    _create_submissions()
    _create_receipts()


def _week() -> sa.Column[str]:
    return sa.Column("week_id", _WEEK, sa.ForeignKey("intake_week.id"), nullable=False, index=True)


def _create_ballots() -> None:
    op.create_table(
        "ballot",
        sa.Column("id", _ID, primary_key=True),
        _week(),
        sa.Column("community", _LANGUAGE, nullable=False),
        sqlite_with_rowid=False,
    )
    ballot = sa.ForeignKey("ballot.id", ondelete="CASCADE")
    op.create_table(
        "ballot_support",
        sa.Column("ballot_id", _ID, ballot, primary_key=True),
        sa.Column("topic_id", _ID, primary_key=True, index=True),
        sqlite_with_rowid=False,
    )


def _create_submissions() -> None:
    op.create_table(
        "submission",
        sa.Column("id", _ID, primary_key=True),
        _week(),
        sa.Column("ballot_id", _ID, sa.ForeignKey("ballot.id"), nullable=False, index=True),
        sa.Column("lang", _LANGUAGE, nullable=False),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("nonce", sa.LargeBinary),
        sa.Column("tag", sa.LargeBinary, nullable=False),
        sa.Column("commitment", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("ledger_entry", _INTEGER, nullable=False),
        sa.Column("received_day", _INTEGER, nullable=False),
        sa.Column("visibility", sa.String(10), nullable=False),
        sa.Column("region_self", sa.String(80)),
        sa.Column("state", sa.String(12), nullable=False, index=True),
        sa.Column("lane", sa.String(8), nullable=False),
        sa.Column("decision_id", _ID),
        sa.Column("ended_day", _INTEGER, index=True),
        sqlite_with_rowid=False,
    )


def _create_receipts() -> None:
    op.create_table(
        "receipt",
        sa.Column("lookup", sa.LargeBinary, primary_key=True),
        sa.Column("submission_id", _ID, sa.ForeignKey("submission.id"), unique=True),
        sa.Column("community", _LANGUAGE, nullable=False),
        sa.Column("reply_key", sa.LargeBinary, nullable=False),
        sa.Column("promise", sa.Text, nullable=False),
        sa.Column("created_day", _INTEGER, nullable=False),
        sa.Column("confirmed", sa.Boolean, nullable=False),
        sqlite_with_rowid=False,
    )
    owner = sa.ForeignKey("receipt.lookup", ondelete="CASCADE")
    op.create_table(
        "receipt_message",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("receipt", sa.LargeBinary, owner, nullable=False, index=True),
        sa.Column("number", _INTEGER, nullable=False),
        sa.Column("direction", sa.String(3), nullable=False),
        sa.Column("lang", _LANGUAGE, nullable=False),
        sa.Column("for_citizen", sa.LargeBinary, nullable=False),
        sa.Column("for_desk", sa.LargeBinary),
        sa.Column("day", _INTEGER, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pass_seen",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("until_day", _INTEGER, nullable=False, index=True),
        sqlite_with_rowid=False,
    )
