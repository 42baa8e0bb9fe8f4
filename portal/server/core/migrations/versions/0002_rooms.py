"""Rooms: members, devices, the record, welcomes, grants, shares, key packages, files."""

import sqlalchemy as sa
from alembic import op

revision = "0002_rooms"
down_revision = "0001_accounts"
branch_labels = None
depends_on = None

_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ID = sa.String(22)
_COMMITS = sa.text("kind = 2")


def upgrade() -> None:
    """Make the tables."""
    _create_membership()
    _create_record()
    _create_keys()
    _create_files()


def _room_id(*, primary_key: bool = False, index: bool = False) -> sa.Column[str]:
    target = sa.ForeignKey("room.id", ondelete="CASCADE")
    return sa.Column("room_id", _ID, target, primary_key=primary_key, index=index, nullable=False)


def _account_id(*, primary_key: bool = False, index: bool = False) -> sa.Column[str]:
    target = sa.ForeignKey("account.id", ondelete="CASCADE")
    return sa.Column("account_id", _ID, target, primary_key=primary_key, index=index, nullable=False)


def _device_id(*, primary_key: bool = False, index: bool = False) -> sa.Column[str]:
    target = sa.ForeignKey("device.id", ondelete="CASCADE")
    return sa.Column("device_id", _ID, target, primary_key=primary_key, index=index, nullable=False)


def _create_membership() -> None:
    op.create_table(
        "room",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("history", sa.String(24), nullable=False),
        sa.Column("epoch", _INTEGER, nullable=False),
        sa.Column("bucket", _INTEGER, nullable=False),
        sa.Column("previous_bucket", _INTEGER, nullable=False),
        sa.Column("created_ms", _INTEGER, nullable=False),
    )
    op.create_table(
        "room_member",
        _room_id(primary_key=True),
        _account_id(primary_key=True, index=True),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("since_ms", _INTEGER, nullable=False),
        sa.Column("visible_from", _INTEGER, nullable=False),
        sa.Column("cursor", _INTEGER, nullable=False),
    )
    op.create_table(
        "room_device",
        _room_id(primary_key=True),
        _device_id(primary_key=True),
        _account_id(index=True),
        sa.Column("leaf", _INTEGER),
        sa.Column("rejoin", sa.Boolean, nullable=False),
        sa.Column("welcome_number", _INTEGER),
        sa.UniqueConstraint("room_id", "leaf"),
    )


def _create_record() -> None:
    op.create_table(
        "record_item",
        _room_id(primary_key=True),
        sa.Column("number", _INTEGER, primary_key=True, autoincrement=False),
        sa.Column("item_id", _ID, nullable=False),
        sa.Column("kind", sa.SmallInteger, nullable=False),
        sa.Column("epoch", _INTEGER, nullable=False),
        sa.Column("bucket", _INTEGER, nullable=False),
        sa.Column("device_id", _ID, nullable=False),
        sa.Column("sequence", _INTEGER, nullable=False),
        sa.Column("head", sa.LargeBinary, nullable=False),
        sa.Column("at_ms", _INTEGER, nullable=False),
        sa.Column("envelope", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("item_id", "room_id"),
        sa.UniqueConstraint("room_id", "device_id", "sequence"),
    )
    op.create_index(
        "uq_record_item_commit",
        "record_item",
        ["room_id", "epoch"],
        unique=True,
        sqlite_where=_COMMITS,
        postgresql_where=_COMMITS,
    )


def _create_keys() -> None:
    op.create_table(
        "welcome",
        _room_id(primary_key=True),
        sa.Column("number", _INTEGER, primary_key=True, autoincrement=False),
        sa.Column("message", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "ring_grant",
        _room_id(primary_key=True),
        _account_id(primary_key=True),
        sa.Column("epoch", _INTEGER, primary_key=True, autoincrement=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("device_id", _ID, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "shred_share",
        _room_id(primary_key=True),
        sa.Column("bucket", _INTEGER, primary_key=True, autoincrement=False),
        sa.Column("share", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "key_package",
        sa.Column("sha256", sa.LargeBinary, primary_key=True),
        _device_id(index=True),
        sa.Column("package", sa.LargeBinary),
        sa.Column("last_resort", sa.Boolean, nullable=False),
        sa.Column("not_after_s", _INTEGER, nullable=False, index=True),
        sa.Column("created_ms", _INTEGER, nullable=False),
    )


def _create_files() -> None:
    op.create_table(
        "blob",
        sa.Column("id", _ID, primary_key=True),
        _room_id(index=True),
        _account_id(index=True),
        sa.Column("size_bytes", _INTEGER, nullable=False),
        sa.Column("complete", sa.Boolean, nullable=False),
        sa.Column("created_ms", _INTEGER, nullable=False, index=True),
    )
