"""Topics, duplicates, decisions and translations of submissions."""

import sqlalchemy as sa
from alembic import op

revision = "0008_moderation"
down_revision = "0007_feedback"
branch_labels = None
depends_on = None

_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ID = sa.String(22)
_LANGUAGE = sa.String(35)
_WEEK = sa.String(8)
_STATE = sa.String(16)


def upgrade() -> None:
    """Make the tables."""
    _create_decisions()
    _create_topics()
    _create_reviews()
    _create_suggestions()
    _create_public_texts()


def _submission_id(*, primary_key: bool = False, name: str = "submission_id") -> sa.Column[str]:
    target = sa.ForeignKey("submission.id", ondelete="CASCADE")
    return sa.Column(name, _ID, target, primary_key=primary_key, nullable=False)


def _week() -> sa.Column[str]:
    return sa.Column("week_id", _WEEK, sa.ForeignKey("intake_week.id"), nullable=False, index=True)


def _checked_by() -> sa.Column[str]:
    return sa.Column("checked_by", _ID, sa.ForeignKey("account.id", ondelete="SET NULL"))


def _create_decisions() -> None:
    op.create_table(
        "decision",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("subject_kind", _STATE, nullable=False),
        sa.Column("subject_id", _ID, nullable=False, index=True),
        _week(),
        sa.Column("code", _STATE, nullable=False),
        sa.Column("reason", sa.String(24)),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("text_language", _LANGUAGE, nullable=False),
        sa.Column("state", _STATE, nullable=False, index=True),
        sa.Column("account_id", _ID, nullable=False, index=True),
        sa.Column("second_id", _ID),
        sa.Column("at_ms", _INTEGER, nullable=False, index=True),
        sa.Column("batch", _ID, index=True),
        sa.Column("supersedes", _ID),
        sa.Column("topics", sa.JSON, nullable=False),
        sa.Column("other_id", _ID),
        sa.Column("before", sa.JSON, nullable=False),
        sa.Column("subject_revision", _INTEGER, nullable=False),
        sa.Column("ledger_entry", _INTEGER),
    )


def _create_topics() -> None:
    op.create_table(
        "topic",
        sa.Column("id", _ID, primary_key=True),
        _week(),
        sa.Column("theme", sa.String(60), nullable=False),
        sa.Column("minutes", _INTEGER, nullable=False),
        sa.Column("status", _STATE, nullable=False),
        sa.Column("revision", _INTEGER, nullable=False),
        sa.Column("merged_into", _ID),
        sa.Column("created_ms", _INTEGER, nullable=False),
    )
    op.create_table(
        "topic_member",
        _submission_id(primary_key=True),
        sa.Column("topic_id", _ID, sa.ForeignKey("topic.id", ondelete="CASCADE"), primary_key=True, index=True),
        _week(),
        sa.Column("added_ms", _INTEGER, nullable=False),
    )
    op.create_table(
        "topic_event",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("topic_id", _ID, sa.ForeignKey("topic.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("kind", _STATE, nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("at_ms", _INTEGER, nullable=False),
    )


def _create_reviews() -> None:
    op.create_table(
        "submission_review",
        _submission_id(primary_key=True),
        _week(),
        sa.Column("revision", _INTEGER, nullable=False),
        sa.Column("language", _LANGUAGE, nullable=False),
        sa.Column("language_by", _STATE, nullable=False),
        sa.Column("detected", _LANGUAGE),
        sa.Column("detected_percent", _INTEGER),
        sa.Column("due_day", _INTEGER, nullable=False),
        sa.Column("text_version", _INTEGER, nullable=False),
        sa.Column("owes_translation", sa.Boolean, nullable=False, index=True),
        sa.Column("merged_into", _ID, index=True),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_submission_review_due_day_submission_id", "submission_review", ["due_day", "submission_id"])
    op.create_table(
        "submission_text",
        _submission_id(primary_key=True),
        sa.Column("language", _LANGUAGE, primary_key=True),
        sa.Column("version", _INTEGER, nullable=False),
        sa.Column("state", _STATE, nullable=False),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("origin", _STATE, nullable=False),
        sa.Column("engine", sa.String(160), nullable=False),
        sa.Column("via", _LANGUAGE),
        sa.Column("confidence", _STATE, nullable=False),
        sa.Column("warnings", _INTEGER, nullable=False),
        _checked_by(),
        sa.Column("checked_ms", _INTEGER),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "redaction",
        _submission_id(primary_key=True),
        sa.Column("version", _INTEGER, primary_key=True, autoincrement=False),
        sa.Column("decision_id", _ID, sa.ForeignKey("decision.id"), nullable=False),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("commitment", sa.LargeBinary, nullable=False),
        sa.Column("nonce", sa.LargeBinary),
    )


def _create_suggestions() -> None:
    op.create_table(
        "duplicate_group",
        sa.Column("id", _ID, primary_key=True),
        _week(),
        _submission_id(name="representative_id"),
        sa.Column("state", _STATE, nullable=False),
        sa.Column("is_campaign", sa.Boolean, nullable=False),
        sa.Column("likeness_percent", _INTEGER, nullable=False),
        sa.Column("found_day", _INTEGER, nullable=False),
    )
    group = sa.ForeignKey("duplicate_group.id", ondelete="CASCADE")
    op.create_table(
        "duplicate_member",
        _submission_id(primary_key=True),
        sa.Column("group_id", _ID, group, nullable=False, index=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "topic_suggestion",
        _submission_id(primary_key=True),
        sa.Column("topic_id", _ID, sa.ForeignKey("topic.id", ondelete="CASCADE")),
        sa.Column("cluster", _ID, index=True),
        sa.Column("score_percent", _INTEGER, nullable=False),
        sqlite_with_rowid=False,
    )


def _create_public_texts() -> None:
    op.create_table(
        "public_text",
        sa.Column("key", sa.String(100), primary_key=True),
        sa.Column("language", _LANGUAGE, primary_key=True),
        sa.Column("origin", _STATE, nullable=False),
        sa.Column("state", _STATE, nullable=False, index=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("source_language", _LANGUAGE, nullable=False),
        sa.Column("source_sha256", sa.LargeBinary, nullable=False),
        sa.Column("engine", sa.String(160), nullable=False),
        sa.Column("via", _LANGUAGE),
        sa.Column("confidence", _STATE, nullable=False),
        sa.Column("findings", sa.JSON, nullable=False),
        sa.Column("revision", _INTEGER, nullable=False),
        _checked_by(),
        sa.Column("checked_ms", _INTEGER),
    )
