"""Rows of people and interpreters: who they are, how they sign in, which devices they have, and the sealed vault.

Nothing here opens anything: passphrases are known as OPAQUE records, tokens and secrets as SHA-256, the vault sealed.
"""

from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.server.core.actor import Role
from portal.server.core.db import Base
from portal.wire.ids import ID_BYTES

ID_TEXT_CHARS = (ID_BYTES * 8 + 5) // 6
"""Length of an id as base64url text: 22."""

_ID = sa.String(ID_TEXT_CHARS)


def _account_key() -> sa.ForeignKey:
    return sa.ForeignKey("account.id", ondelete="CASCADE")


class Delegation(Base):
    """A party to the talks. ``code`` is two letters; ``colour`` an index 0-11 into the style sheet's set."""

    __tablename__ = "delegation"

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    code: Mapped[str] = mapped_column(sa.String(2), unique=True)
    colour: Mapped[int] = mapped_column(sa.SmallInteger)


class AccountRole(Base):
    """One role of one account."""

    __tablename__ = "account_role"

    account_id: Mapped[str] = mapped_column(_ID, _account_key(), primary_key=True)
    role: Mapped[str] = mapped_column(sa.String(16), primary_key=True)


class Account(Base):
    """A person, or an interpreter with its own role and row.

    ``sign_key`` (32 bytes) is the Ed25519 key that signs the device list and never changes; ``box_key`` (1,216 bytes)
    is the newest X-Wing key of that list. ``opaque_record`` is OPAQUE's registration record as base64url text, empty
    once what opens a closed account was erased. ``disabled_s``: since when it is closed, if that is known.
    """

    __tablename__ = "account"

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    handle: Mapped[str] = mapped_column(sa.String(40), unique=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    languages: Mapped[list[str]]
    delegation_id: Mapped[str | None] = mapped_column(_ID, sa.ForeignKey("delegation.id"), index=True)
    opaque_record: Mapped[str] = mapped_column(sa.String(256))
    recovery_auth_sha256: Mapped[bytes]
    sign_key: Mapped[bytes]
    box_key: Mapped[bytes]
    show_presence: Mapped[bool] = mapped_column(default=True)
    show_typing: Mapped[bool] = mapped_column(default=True)
    disabled: Mapped[bool] = mapped_column(default=False)
    disabled_s: Mapped[int | None]
    created_s: Mapped[int]

    delegation: Mapped[Delegation | None] = relationship(lazy="joined")
    role_rows: Mapped[list[AccountRole]] = relationship(lazy="selectin", cascade="all, delete-orphan")
    interpreter: Mapped["Interpreter | None"] = relationship(foreign_keys="Interpreter.account_id")

    @property
    def roles(self) -> frozenset[Role]:
        """The account's roles."""
        return frozenset(Role(row.role) for row in self.role_rows)


class Device(Base):
    """A device of an account's device list, also after its revocation.

    ``key`` (32 bytes) is its Ed25519 key, unique over all accounts; ``last_seen_day`` a UTC day number.
    """

    __tablename__ = "device"

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    account_id: Mapped[str] = mapped_column(_ID, _account_key(), index=True)
    key: Mapped[bytes] = mapped_column(unique=True)
    kind: Mapped[Literal["browser", "interpreter", "archive"]] = mapped_column(sa.String(16))
    created_s: Mapped[int]
    last_seen_day: Mapped[int | None]
    revoked_s: Mapped[int | None]


class DeviceStatement(Base):
    """One signed statement of an account's device list, exactly as received; ``signature`` is 64 bytes."""

    __tablename__ = "device_statement"

    account_id: Mapped[str] = mapped_column(_ID, _account_key(), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    body: Mapped[bytes]
    signature: Mapped[bytes]


class Vault(Base):
    """The newest sealed vault of an account; ``signature`` (64 bytes) is by the account's sign key."""

    __tablename__ = "vault"

    account_id: Mapped[str] = mapped_column(_ID, _account_key(), primary_key=True)
    version: Mapped[int]
    sealed: Mapped[bytes]
    signature: Mapped[bytes]


class VaultWrap(Base):
    """The vault key under one wrapping key (60 bytes)."""

    __tablename__ = "vault_wrap"

    account_id: Mapped[str] = mapped_column(_ID, _account_key(), primary_key=True)
    kind: Mapped[Literal["passphrase", "recovery"]] = mapped_column(sa.String(16), primary_key=True)
    wrapped: Mapped[bytes]


class Invitation(Base):
    """A link that makes one account. ``inviter_id`` is None for the one that the command line prints."""

    __tablename__ = "invitation"

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    secret_sha256: Mapped[bytes]
    roles: Mapped[list[str]]
    delegation_id: Mapped[str | None] = mapped_column(_ID, sa.ForeignKey("delegation.id"))
    inviter_id: Mapped[str | None] = mapped_column(_ID, sa.ForeignKey("account.id"))
    created_s: Mapped[int]
    expires_s: Mapped[int]
    used_s: Mapped[int | None]

    delegation: Mapped[Delegation | None] = relationship(lazy="joined")
    inviter: Mapped[Account | None] = relationship()


class Enrolment(Base):
    """An interpreter's program that asks to be let in; ``code`` (10 bytes) is the beginning of the request's hash."""

    __tablename__ = "enrolment"

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    secret_sha256: Mapped[bytes]
    code: Mapped[bytes] = mapped_column(unique=True)
    request: Mapped[bytes]
    expires_s: Mapped[int] = mapped_column(index=True)

    approval: Mapped["EnrolmentApproval | None"] = relationship(lazy="joined")


class EnrolmentApproval(Base):
    """What a person has approved, and the person's vouching for it: canonical ``body``, ``signature`` of 64 bytes."""

    __tablename__ = "enrolment_approval"

    enrolment_id: Mapped[str] = mapped_column(_ID, sa.ForeignKey("enrolment.id", ondelete="CASCADE"), primary_key=True)
    owner_id: Mapped[str] = mapped_column(_ID, _account_key(), index=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    languages: Mapped[list[str]]
    body: Mapped[bytes]
    signature: Mapped[bytes]

    owner: Mapped[Account] = relationship()


class Interpreter(Base):
    """Who answers for the interpreter of this account: the vouching as its owner signed it. ``ended_s`` is for good."""

    __tablename__ = "interpreter"

    account_id: Mapped[str] = mapped_column(_ID, _account_key(), primary_key=True)
    owner_id: Mapped[str] = mapped_column(_ID, _account_key(), index=True)
    body: Mapped[bytes]
    signature: Mapped[bytes]
    ended_s: Mapped[int | None]


class SignedInSession(Base):
    """A signed-in browser or agent. Only SHA-256 of its token is kept; ``device_id`` is set once it has one.

    The session of a revoked device stays until it expires: it is good for nothing, but its holder is told why.
    ``expires_s`` moves on with use, and never beyond ``ends_s``. ``recovered_s``: when it was opened by the printed
    recovery key, until it has set a new passphrase.
    """

    __tablename__ = "signed_in_session"
    # An id is never used twice, so that an actor of an ended session is nobody's.
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy reads it as a class attribute

    id: Mapped[int] = mapped_column(primary_key=True)
    token_sha256: Mapped[bytes] = mapped_column(unique=True)
    account_id: Mapped[str] = mapped_column(_ID, _account_key(), index=True)
    device_id: Mapped[str | None] = mapped_column(_ID, sa.ForeignKey("device.id", ondelete="CASCADE"), index=True)
    created_s: Mapped[int]
    lifetime_s: Mapped[int]
    ends_s: Mapped[int] = mapped_column(server_default="0")
    recovered_s: Mapped[int | None]
    expires_s: Mapped[int] = mapped_column(index=True)
    last_seen_day: Mapped[int]

    account: Mapped[Account] = relationship(lazy="joined")
    device: Mapped[Device | None] = relationship(lazy="joined")


class SocketTicket(Base):
    """A ticket that signs one socket in, once."""

    __tablename__ = "socket_ticket"

    ticket_sha256: Mapped[bytes] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("signed_in_session.id", ondelete="CASCADE"), index=True)
    expires_s: Mapped[int] = mapped_column(index=True)


class UsedAttempt(Base):
    """A sign-in attempt that was answered; kept until it would have expired, so that it can not be answered twice."""

    __tablename__ = "used_attempt"

    attempt_sha256: Mapped[bytes] = mapped_column(primary_key=True)
    expires_s: Mapped[int] = mapped_column(index=True)
