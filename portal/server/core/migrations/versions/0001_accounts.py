"""People: delegations, accounts, device lists, vaults, invitations, sessions."""

import sqlalchemy as sa
from alembic import op

revision = "0001_accounts"
down_revision = None
branch_labels = None
depends_on = None

_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ID = sa.String(22)


def upgrade() -> None:
    """Make the tables."""
    _create_people()
    _create_keys()
    _create_sessions()


def _account_id(*, primary_key: bool = False, index: bool = False) -> sa.Column[str]:
    target = sa.ForeignKey("account.id", ondelete="CASCADE")
    return sa.Column("account_id", _ID, target, primary_key=primary_key, index=index, nullable=False)


def _create_people() -> None:
    op.create_table(
        "delegation",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("code", sa.String(2), nullable=False, unique=True),
        sa.Column("colour", sa.SmallInteger, nullable=False),
    )
    op.create_table(
        "account",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("handle", sa.String(40), nullable=False, unique=True),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("languages", sa.JSON, nullable=False),
        sa.Column("delegation_id", _ID, sa.ForeignKey("delegation.id"), index=True),
        sa.Column("opaque_record", sa.String(256), nullable=False),
        sa.Column("recovery_auth_sha256", sa.LargeBinary, nullable=False),
        sa.Column("sign_key", sa.LargeBinary, nullable=False),
        sa.Column("box_key", sa.LargeBinary, nullable=False),
        sa.Column("show_presence", sa.Boolean, nullable=False),
        sa.Column("show_typing", sa.Boolean, nullable=False),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("created_s", _INTEGER, nullable=False),
    )
    op.create_table(
        "account_role",
        _account_id(primary_key=True),
        sa.Column("role", sa.String(16), primary_key=True),
    )
    op.create_table(
        "invitation",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("secret_sha256", sa.LargeBinary, nullable=False),
        sa.Column("roles", sa.JSON, nullable=False),
        sa.Column("delegation_id", _ID, sa.ForeignKey("delegation.id")),
        sa.Column("inviter_id", _ID, sa.ForeignKey("account.id")),
        sa.Column("created_s", _INTEGER, nullable=False),
        sa.Column("expires_s", _INTEGER, nullable=False),
        sa.Column("used_s", _INTEGER),
    )


def _create_keys() -> None:
    op.create_table(
        "device",
        sa.Column("id", _ID, primary_key=True),
        _account_id(index=True),
        sa.Column("key", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("created_s", _INTEGER, nullable=False),
        sa.Column("last_seen_day", _INTEGER),
        sa.Column("revoked_s", _INTEGER),
    )
    op.create_table(
        "device_statement",
        _account_id(primary_key=True),
        sa.Column("seq", _INTEGER, primary_key=True, autoincrement=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "vault",
        _account_id(primary_key=True),
        sa.Column("version", _INTEGER, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "vault_wrap",
        _account_id(primary_key=True),
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
    )


def _create_sessions() -> None:
    device = sa.ForeignKey("device.id", ondelete="CASCADE")
    session = sa.ForeignKey("signed_in_session.id", ondelete="CASCADE")
    op.create_table(
        "signed_in_session",
        sa.Column("id", _INTEGER, primary_key=True),
        sa.Column("token_sha256", sa.LargeBinary, nullable=False, unique=True),
        _account_id(index=True),
        sa.Column("device_id", _ID, device, index=True),
        sa.Column("created_s", _INTEGER, nullable=False),
        sa.Column("lifetime_s", _INTEGER, nullable=False),
        sa.Column("expires_s", _INTEGER, nullable=False, index=True),
        sa.Column("last_seen_day", _INTEGER, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "socket_ticket",
        sa.Column("ticket_sha256", sa.LargeBinary, primary_key=True),
        sa.Column("session_id", _INTEGER, session, nullable=False, index=True),
        sa.Column("expires_s", _INTEGER, nullable=False, index=True),
    )
    op.create_table(
        "used_attempt",
        sa.Column("attempt_sha256", sa.LargeBinary, primary_key=True),
        sa.Column("expires_s", _INTEGER, nullable=False, index=True),
    )
