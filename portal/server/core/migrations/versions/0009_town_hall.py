"""Halls, their events, minutes and outcomes."""

import sqlalchemy as sa
from alembic import op

revision = "0009_town_hall"
down_revision = "0008_moderation"
branch_labels = None
depends_on = None

_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ID = sa.String(22)
_LANG = sa.String(8)
_ITEM = sa.String(40)


def upgrade() -> None:
    """Make the tables."""
    _make_halls()
    _make_votes()
    _make_minutes()
    _make_outcomes()


def _make_halls() -> None:
    op.create_table(
        "town_hall",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("week", sa.String(8), index=True),
        sa.Column("starts_s", _INTEGER, nullable=False),
        sa.Column("minutes", _INTEGER, nullable=False),
        sa.Column("standing", sa.String(8), nullable=False),
        sa.Column("meeting_url", sa.String(500)),
        sa.Column("meeting_framed", sa.Boolean, nullable=False),
    )
    op.create_table(
        "hall_event",
        _hall(),
        sa.Column("seq", _INTEGER, primary_key=True, autoincrement=False),
        sa.Column("type", sa.String(32), nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("at_ms", _INTEGER, nullable=False),
        sa.Column("actor", sa.String(10), nullable=False),
        sa.Column("command", _ID),
        sa.UniqueConstraint("hall_id", "command", name="uq_hall_event_hall_id"),
    )


def _make_votes() -> None:
    for table, subject in (("question_vote", "question"), ("poll_voter", "poll")):
        op.create_table(
            table,
            _hall(),
            sa.Column(subject, _INTEGER, primary_key=True, autoincrement=False),
            sa.Column("voter", sa.LargeBinary, primary_key=True),
            sqlite_with_rowid=False,
        )
    op.create_table(
        "poll_count",
        _hall(),
        sa.Column("poll", _INTEGER, primary_key=True, autoincrement=False),
        sa.Column("option", _INTEGER, primary_key=True, autoincrement=False),
        sa.Column("community", _LANG, primary_key=True),
        sa.Column("votes", _INTEGER, nullable=False),
    )


def _make_minutes() -> None:
    op.create_table(
        "minute",
        _hall(),
        sa.Column("item", _ITEM, primary_key=True),
        sa.Column("revision", _INTEGER, primary_key=True, autoincrement=False),
        sa.Column("phase", sa.String(8), nullable=False),
        sa.Column("lang", _LANG, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("author", _ID),
        sa.Column("at_ms", _INTEGER, nullable=False),
    )
    op.create_table(
        "hall_minutes",
        _hall(),
        sa.Column("number", _INTEGER, primary_key=True, autoincrement=False),
        sa.Column("phase", sa.String(8), nullable=False),
        sa.Column("file", sa.LargeBinary),
        sa.Column("ledger_entry", _INTEGER),
        sa.Column("at_ms", _INTEGER, nullable=False),
    )


def _make_outcomes() -> None:
    op.create_table(
        "outcome",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("hall_id", _ID, sa.ForeignKey("town_hall.id", ondelete="CASCADE"), index=True),
        sa.Column("item", _ITEM),
        sa.Column("topic", _ID, index=True),
        sa.Column("week", sa.String(8), index=True),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("owner", sa.String(120), nullable=False),
        sa.Column("due_day", _INTEGER),
        sa.Column("created_ms", _INTEGER, nullable=False),
        sa.Column("published_day", _INTEGER, index=True),
        sa.Column("ledger_entry", _INTEGER),
    )
    op.create_table(
        "outcome_topic",
        _outcome(),
        sa.Column("topic_id", _ID, primary_key=True, index=True),
    )
    op.create_table(
        "outcome_link",
        _outcome(),
        sa.Column("document", sa.String(200), primary_key=True),
        sa.Column("clause", sa.String(80), primary_key=True),
        sa.Column("version", sa.String(40), primary_key=True),
    )
    op.create_table(
        "answer_delivery",
        sa.Column("submission_id", _ID, primary_key=True),
        _outcome(index=True),
        sa.Column("day", _INTEGER, nullable=False),
    )


def _hall() -> sa.Column[str]:
    return sa.Column("hall_id", _ID, sa.ForeignKey("town_hall.id", ondelete="CASCADE"), primary_key=True)


def _outcome(*, index: bool = False) -> sa.Column[str]:
    key = sa.ForeignKey("outcome.id", ondelete="CASCADE")
    return sa.Column("outcome_id", _ID, key, primary_key=True, index=index)
