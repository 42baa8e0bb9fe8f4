"""Sessions and socket tickets: from a secret that the client holds to the ``Actor`` that every service takes.

Tokens and tickets are 32 random bytes; the database knows their SHA-256 only, so that reading it signs nobody in.
"""

import hashlib
import secrets
from dataclasses import dataclass

import sqlalchemy as sa

from portal.server.accounts.models import Account, Device, SignedInSession, SocketTicket
from portal.server.core import erasures, outbox
from portal.server.core.actor import Actor
from portal.server.core.db import Unit
from portal.wire import events
from portal.wire.errors import UserError
from portal.wire.ids import AccountId, DelegationId, DeviceId, Id, b64, unb64

COOKIE = "__Host-portal"
TOKEN_BYTES = 32
TICKET_LIFETIME_S = 60
DAY_S = 86_400
LONGEST_S = 30 * DAY_S
"""How long a session of whom nothing else is said lasts, however it is used."""


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long sessions last: ``unused_s`` after the day one was last seen, and ``longest_s`` however it is used."""

    unused_s: int
    longest_s: int


def open_session(
    unit: Unit,
    account: AccountId,
    lifetime_s: int,
    device: DeviceId | None = None,
    *,
    longest_s: int = LONGEST_S,
    recovered: bool = False,
) -> str:
    """Open a session and return its token (43 characters).

    It ends ``lifetime_s`` after the day it was last seen, and after ``longest_s`` however it is used; ``recovered``: it
    was the recovery key that opened it.
    """
    token = secrets.token_bytes(TOKEN_BYTES)
    row = SignedInSession(
        token_sha256=hashlib.sha256(token).digest(),
        account_id=account,
        device_id=device,
        created_s=unit.now_s,
        lifetime_s=lifetime_s,
        ends_s=unit.now_s + longest_s,
        recovered_s=unit.now_s if recovered else None,
    )
    _note_seen(unit, row)
    unit.session.add(row)
    unit.session.flush()
    return b64(token)


def actor_of(unit: Unit, token: str | None) -> Actor:
    """Return who holds ``token``. Changes nothing, so it may run in a reading unit.

    Raises:
        UserError: session.required, if there is no such session, it has ended, or its account is disabled; with the
            detail ``revoked`` if its device was revoked, so that the device knows to erase what it holds.
    """
    digest = _digest(token)
    if digest is None:
        raise UserError("session.required")
    row = unit.session.scalar(sa.select(SignedInSession).where(SignedInSession.token_sha256 == digest))
    return _actor(unit, row, "session.required")


def actor_of_row(unit: Unit, row: SignedInSession) -> Actor:
    """Return whose session ``row`` is, for who has proven it by other means than the token.

    Raises:
        UserError: session.required, as ``actor_of``.
    """
    return _actor(unit, row, "session.required")


def device_of(actor: Actor) -> DeviceId:
    """Return the device that ``actor``'s session is bound to.

    Raises:
        UserError: session.device_required, if this session has not registered its device yet.
    """
    if actor.device is None:
        raise UserError("session.device_required")
    return actor.device


def issue_ticket(unit: Unit, actor: Actor) -> str:
    """Return a ticket that signs one socket in within 60 s, and note that the device was seen today.

    Only sessions with a device get one: that is how a revocation finds the sockets to close.
    """
    device_of(actor)
    unit.session.execute(sa.delete(SocketTicket).where(SocketTicket.expires_s <= unit.now_s))
    row = unit.session.get_one(SignedInSession, actor.session)
    _note_seen(unit, row)
    ticket = secrets.token_bytes(TOKEN_BYTES)
    unit.session.add(
        SocketTicket(
            ticket_sha256=hashlib.sha256(ticket).digest(),
            session_id=actor.session,
            expires_s=unit.now_s + TICKET_LIFETIME_S,
        )
    )
    return b64(ticket)


def actor_of_ticket(unit: Unit, ticket: str | None) -> Actor:
    """Consume ``ticket`` (in a writing unit) and return who it was issued to; its device is never None.

    Raises:
        UserError: session.ticket, if it is unknown, used, older than 60 s, or its session has ended.
    """
    digest = _digest(ticket)
    if digest is None:
        raise UserError("session.ticket")
    # One statement decides who consumes it, also between two processes.
    used = unit.session.execute(
        sa.delete(SocketTicket)
        .where(SocketTicket.ticket_sha256 == digest)
        .returning(SocketTicket.session_id, SocketTicket.expires_s)
    ).one_or_none()
    if used is None or used.expires_s <= unit.now_s:
        raise UserError("session.ticket")
    row = unit.session.get(SignedInSession, used.session_id)
    return _actor(unit, row, "session.ticket")


def bind_device(unit: Unit, actor: Actor, device: DeviceId) -> None:
    """Bind ``actor``'s session to ``device`` of the same account, from now on."""
    row = unit.session.get_one(SignedInSession, actor.session)
    row.device_id = device
    unit.session.flush()
    _note_seen(unit, row)


def sign_out(unit: Unit, actor: Actor) -> None:
    """End this session and close the device's sockets; other sessions of the device connect again by themselves."""
    unit.session.execute(sa.delete(SignedInSession).where(SignedInSession.id == actor.session))
    if actor.device is not None:
        unit.outbox.close_device(actor.device)


def end_session(unit: Unit, token: str | None) -> None:
    """End the session of ``token`` if there is one: a browser that signs in anew leaves none behind."""
    unit.session.execute(sa.delete(SignedInSession).where(SignedInSession.token_sha256 == _digest(token)))


def end_sessions_of_device(unit: Unit, device: DeviceId) -> None:
    """End every session of the revoked ``device``, tell its sockets why, and close them."""
    sessions = sa.select(SignedInSession.id).where(SignedInSession.device_id == device)
    unit.session.execute(sa.delete(SocketTicket).where(SocketTicket.session_id.in_(sessions)))
    unit.outbox.emit(events.SESSION_REVOKED, to=outbox.device(device))
    unit.outbox.close_device(device)


def end_sessions_of_account(unit: Unit, account: AccountId) -> None:
    """End every session of ``account``, tell its sockets why, and close them."""
    unit.session.execute(sa.delete(SignedInSession).where(SignedInSession.account_id == account))
    unit.outbox.emit(events.SESSION_REVOKED, to=outbox.account(account))
    unit.outbox.close_account(account)


def end_sessions_without_device(unit: Unit, account: AccountId, *, keep: int) -> None:
    """End the sessions that no device list shows, except ``keep``: nobody could see or revoke those."""
    unit.session.execute(
        sa.delete(SignedInSession).where(
            SignedInSession.account_id == account,
            SignedInSession.device_id.is_(None),
            SignedInSession.id != keep,
        )
    )


def end_expired_sessions(unit: Unit, lifetimes: Lifetimes) -> int:
    """End the sessions whose time is over, close their sockets, and return how many; for the periodic sweep.

    Those too that began longer ago than ``lifetimes`` lets them last now: a limit that was lowered is for all.
    """
    over = sa.or_(
        SignedInSession.expires_s <= unit.now_s, SignedInSession.created_s <= unit.now_s - lifetimes.longest_s
    )
    ended = unit.session.execute(
        sa.delete(SignedInSession).where(over).returning(SignedInSession.id, SignedInSession.device_id)
    ).all()
    for device in {row.device_id for row in ended if row.device_id is not None}:
        unit.outbox.close_device(DeviceId(Id(device)))
    return erasures.note(unit, "sessions", len(ended))


def _digest(token: str | None) -> bytes | None:
    if token is None:
        return None
    try:
        return hashlib.sha256(unb64(token, TOKEN_BYTES)).digest()
    except ValueError:
        return None


def _actor(unit: Unit, row: SignedInSession | None, code: str) -> Actor:
    if row is None or row.expires_s <= unit.now_s or row.account.disabled:
        raise UserError(code)
    if row.device is not None and row.device.revoked_s is not None:
        raise UserError(code, revoked=True)
    account: Account = row.account
    return Actor(
        account=AccountId(Id(account.id)),
        delegation=None if account.delegation_id is None else DelegationId(Id(account.delegation_id)),
        roles=account.roles,
        session=row.id,
        device=None if row.device_id is None else DeviceId(Id(row.device_id)),
    )


def _note_seen(unit: Unit, row: SignedInSession) -> None:
    """Note the day, not the moment: enough to find forgotten devices, too little to follow a person."""
    row.last_seen_day = unit.now_s // DAY_S
    row.expires_s = min(row.last_seen_day * DAY_S + DAY_S + row.lifetime_s, row.ends_s)
    if row.device_id is not None:
        unit.session.get_one(Device, row.device_id).last_seen_day = row.last_seen_day
