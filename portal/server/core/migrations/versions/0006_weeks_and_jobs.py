"""Jobs, weeks, agendas and what was published."""

import sqlalchemy as sa
from alembic import op

revision = "0006_weeks_and_jobs"
down_revision = "0005_ledger"
branch_labels = None
depends_on = None

_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ID = sa.String(22)
_WEEK = sa.String(8)
_TIMES = (
    "opens_s",
    "closes_s",
    "freezes_s",
    "drafts_s",
    "publishes_s",
    "objections_until_s",
    "hall_s",
    "minutes_drafted_s",
    "minutes_s",
    "answers_s",
)


def upgrade() -> None:
    """Make the tables."""
    _make_jobs()
    _make_weeks()
    _make_publications()
    _make_agendas()
    _make_changes()


def _make_jobs() -> None:
    op.create_table(
        "job",
        sa.Column("id", _INTEGER, primary_key=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("key", sa.String(120), unique=True),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("due_ms", _INTEGER, nullable=False),
        sa.Column("tries", _INTEGER, nullable=False),
        sa.Column("fault", sa.String(80)),
        sa.Column("changed_ms", _INTEGER, nullable=False),
        sa.Index("ix_job_state_due_ms", "state", "due_ms"),
    )


def _make_weeks() -> None:
    op.create_table(
        "intake_week",
        sa.Column("id", _WEEK, primary_key=True),
        sa.Column("tz", sa.String(64), nullable=False),
        *(sa.Column(name, _INTEGER, nullable=False, index=name == "closes_s") for name in _TIMES),
        sa.Column("hall_minutes", _INTEGER, nullable=False),
        sa.Column("state", sa.String(12), nullable=False, index=True),
        sa.Column("beacon", sa.String(64)),
        sa.Column("received", _INTEGER),
    )


def _make_publications() -> None:
    op.create_table(
        "publication",
        _week(primary_key=True),
        sa.Column("what", sa.String(10), primary_key=True),
        sa.Column("revision", _INTEGER, primary_key=True, autoincrement=False),
        sa.Column("file", sa.LargeBinary, nullable=False),
        sa.Column("sha256", sa.LargeBinary, nullable=False),
        sa.Column("ledger_entry", _INTEGER),
        sa.Column("at_s", _INTEGER, nullable=False),
    )


def _make_agendas() -> None:
    op.create_table(
        "frozen_member",
        _week(primary_key=True),
        sa.Column("topic_id", _ID, primary_key=True),
        sa.Column("submission_id", _ID, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "agenda",
        _week(primary_key=True),
        sa.Column("revision", _INTEGER, nullable=False),
        sa.Column("published_revision", _INTEGER, nullable=False),
        sa.Column("shown_revision", _INTEGER, nullable=False),
        sa.Column("result", sa.JSON, nullable=False),
        sa.Column("created_s", _INTEGER, nullable=False),
        sa.Column("published_s", _INTEGER),
    )
    op.create_table(
        "agenda_item",
        sa.Column("id", _ID, primary_key=True),
        _week(index=True),
        sa.Column("position", _INTEGER, nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("topic_id", _ID),
        sa.Column("minutes", _INTEGER, nullable=False),
        sa.Column("computed_position", _INTEGER),
        sa.Column("queue", sa.String(8)),
        sa.Column("why", sa.JSON, nullable=False),
    )


def _make_changes() -> None:
    op.create_table(
        "agenda_change",
        _week(primary_key=True),
        sa.Column("revision", _INTEGER, primary_key=True, autoincrement=False),
        sa.Column("item_id", _ID, nullable=False),
        sa.Column("topic_id", _ID),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("before", _INTEGER),
        sa.Column("after", _INTEGER),
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("at_s", _INTEGER, nullable=False),
        sa.Column("is_public", sa.Boolean, nullable=False),
    )
    op.create_table(
        "agenda_approval",
        _week(primary_key=True),
        sa.Column("revision", _INTEGER, primary_key=True, autoincrement=False),
        sa.Column("account_id", _ID, primary_key=True),
        sa.Column("at_s", _INTEGER, nullable=False),
    )
    op.create_table(
        "agenda_objection",
        sa.Column("id", _ID, primary_key=True),
        _week(index=True),
        sa.Column("day", _INTEGER, nullable=False),
        sa.Column("answered_s", _INTEGER),
        sa.Column("hidden_reason", sa.String(24)),
    )


def _week(*, primary_key: bool = False, index: bool = False) -> sa.Column[str]:
    key = sa.ForeignKey("intake_week.id", ondelete="CASCADE")
    return sa.Column("week_id", _WEEK, key, primary_key=primary_key, nullable=False, index=index)
