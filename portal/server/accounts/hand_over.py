"""A sign-in on the negotiators' origin, taken over to the origin of administration's pages.

That origin never sees a passphrase or a key. It asks: its browser gets a random ``state`` in a cookie and is sent to
the negotiators' origin with the state's hash; there the session's cookie is at hand, and the browser comes back with a
code that is good for a minute and for that state only. For both comes a token. Code and token are MACs over the row of
the session, under keys derived from the one at rest: nothing more is stored, and they end with the session.
"""

import hashlib
import hmac
import secrets
from typing import Final

import sqlalchemy as sa

from portal.server.accounts import sessions
from portal.server.accounts.models import SignedInSession
from portal.server.core.actor import Actor
from portal.server.core.db import Unit
from portal.wire.errors import UserError
from portal.wire.ids import b64, unb64

STATE_BYTES: Final = 32
CODE_LIFETIME_S: Final = 60
_MAC_BYTES: Final = 32
_SESSION_BYTES: Final = 8
_TIME_BYTES: Final = 8


def new_state() -> str:
    """Return a random state, 43 characters."""
    return b64(secrets.token_bytes(STATE_BYTES))


def challenge(state: str) -> str:
    """Return what may stand in an address about ``state``: its SHA-256, 43 characters."""
    return b64(hashlib.sha256(state.encode()).digest())


def code_for(unit: Unit, actor: Actor, asked: str) -> str:
    """Return the code with which the browser that was given the state behind ``asked`` signs in.

    Raises:
        UserError: session.ticket, if ``asked`` is no challenge.
    """
    try:
        unb64(asked, hashlib.sha256().digest_size)
    except ValueError:
        raise UserError("session.ticket") from None
    row = unit.session.get_one(SignedInSession, actor.session)
    session = row.id.to_bytes(_SESSION_BYTES)
    expires = (unit.now_s + CODE_LIFETIME_S).to_bytes(_TIME_BYTES)
    return b64(session + expires + _code_mac(unit, row, expires, asked))


def token_for(unit: Unit, code: str, state: str) -> str:
    """Return the token of a session on administration's origin for a good ``code``.

    Raises:
        UserError: session.ticket, if the code is older than 60 s, was made for another state, or its session has ended.
    """
    try:
        raw = unb64(code, _SESSION_BYTES + _TIME_BYTES + _MAC_BYTES)
    except ValueError:
        raise UserError("session.ticket") from None
    expires = raw[_SESSION_BYTES : _SESSION_BYTES + _TIME_BYTES]
    row = _row(unit, raw[:_SESSION_BYTES])
    if row is None or int.from_bytes(expires) <= unit.now_s:
        raise UserError("session.ticket")
    expected = _code_mac(unit, row, expires, challenge(state))
    if not hmac.compare_digest(raw[_SESSION_BYTES + _TIME_BYTES :], expected):
        raise UserError("session.ticket")
    return b64(raw[:_SESSION_BYTES] + _token_mac(unit, row))


def actor_of(unit: Unit, token: str | None) -> Actor:
    """Return who holds ``token``, as ``sessions.actor_of`` does on the negotiators' origin; changes nothing.

    Raises:
        UserError: session.required, as there.
    """
    try:
        raw = unb64(token or "", _SESSION_BYTES + _MAC_BYTES)
    except ValueError:
        raise UserError("session.required") from None
    row = _row(unit, raw[:_SESSION_BYTES])
    if row is None or not hmac.compare_digest(raw[_SESSION_BYTES:], _token_mac(unit, row)):
        raise UserError("session.required")
    return sessions.actor_of_row(unit, row)


def _row(unit: Unit, identifier: bytes) -> SignedInSession | None:
    number = int.from_bytes(identifier)
    if number >> 63:  # greater than any row's, and than what databases take
        return None
    return unit.session.scalar(sa.select(SignedInSession).where(SignedInSession.id == number))


def _code_mac(unit: Unit, row: SignedInSession, expires: bytes, asked: str) -> bytes:
    key = unit.at_rest.derive("codes for administration's origin")
    return hmac.digest(key, row.token_sha256 + expires + asked.encode(), hashlib.sha256)


def _token_mac(unit: Unit, row: SignedInSession) -> bytes:
    key = unit.at_rest.derive("sessions on administration's origin")
    return hmac.digest(key, row.id.to_bytes(_SESSION_BYTES) + row.token_sha256, hashlib.sha256)
