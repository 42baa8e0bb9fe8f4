"""Signing in with a passphrase (OPAQUE) or the printed recovery key, and setting a new passphrase.

| attempt | becomes | when |
|---|---|---|
| none | open | start; also for unknown handles, which nobody can finish |
| open | used | finish, whether the proof was right or wrong |
| open | void | 60 s pass, the passphrase changes, the account is disabled |

An open attempt is kept by the client, sealed; the database remembers only the used ones, until they would be void.
"""

import hashlib
import hmac

import sqlalchemy as sa

from portal.server.accounts import schemas, sessions
from portal.server.accounts.feature import Accounts
from portal.server.accounts.models import Account, UsedAttempt
from portal.server.accounts.names import folded_handle
from portal.server.accounts.opaque import Attempt
from portal.server.accounts.policy import own_account
from portal.server.accounts.vaults import keep_wrap
from portal.server.core.actor import Actor
from portal.server.core.db import Unit
from portal.wire.errors import UserError
from portal.wire.ids import AccountId, Id, unb64


def start(unit: Unit, accounts: Accounts, request: schemas.SignInStart) -> schemas.SignInStarted:
    """Answer the first message of a sign-in, alike for known, unknown and disabled handles. Writes nothing."""
    handle = folded_handle(request.handle)
    found = unit.session.execute(
        sa.select(Account.id, Account.opaque_record).where(Account.handle == handle, ~Account.disabled)
    ).one_or_none()
    known = None if found is None else (AccountId(Id(found.id)), found.opaque_record)
    attempt, response = accounts.opaque.start(handle, known, request.request, unit.now_s)
    return schemas.SignInStarted(attempt=attempt, response=response)


def finish(unit: Unit, accounts: Accounts, request: schemas.SignInFinish) -> tuple[Account, str] | None:
    """Return the account and a new session's token, or None if the proof is wrong.

    None, not an error, because the attempt is spent in either case, and an error would roll that back.

    Raises:
        UserError: signin.expired, if the attempt is used, older than 60 s or not ours.
    """
    attempt = accounts.opaque.open_attempt(request.attempt, unit.now_s)
    _spend(unit, request.attempt, attempt)
    row = unit.session.get(Account, attempt.account)
    proven = accounts.opaque.finished(attempt, request.finish, None if row is None else row.opaque_record)
    if not proven or row is None or row.disabled:
        return None
    return row, sessions.open_session(unit, attempt.account, accounts.session_lifetime_s)


def with_recovery_key(unit: Unit, accounts: Accounts, request: schemas.RecoverySignIn) -> tuple[Account, str]:
    """Return the account whose printed key this is, and a new session's token.

    Raises:
        UserError: signin.refused, alike for an unknown handle and a wrong key.
    """
    row = unit.session.scalar(sa.select(Account).where(Account.handle == folded_handle(request.handle)))
    digest = hashlib.sha256(unb64(request.recovery_auth)).digest()
    expected = bytes(hashlib.sha256().digest_size) if row is None else row.recovery_auth_sha256
    if not hmac.compare_digest(expected, digest) or row is None or row.disabled:
        raise UserError("signin.refused")
    return row, sessions.open_session(unit, AccountId(Id(row.id)), accounts.session_lifetime_s)


def start_passphrase(accounts: Accounts, actor: Actor, request: schemas.PassphraseStart) -> schemas.OpaqueResponse:
    """Answer the first message of the registration of the actor's new passphrase."""
    return schemas.OpaqueResponse(response=accounts.opaque.registration_response(actor.account, request.request))


def finish_passphrase(unit: Unit, accounts: Accounts, actor: Actor, request: schemas.PassphraseFinish) -> None:
    """Let the new passphrase count, with the vault key wrapped for it, and end what the old one opened unseen.

    Sessions of devices go on: they are in the device list, where their owner sees and revokes them.
    """
    account = own_account(unit, actor, lock=True)
    account.opaque_record = accounts.opaque.record(request.opaque_record)
    keep_wrap(unit, account.id, "passphrase", request.wrap)
    sessions.end_sessions_without_device(unit, actor.account, keep=actor.session)


def _spend(unit: Unit, sealed: str, attempt: Attempt) -> None:
    unit.session.execute(sa.delete(UsedAttempt).where(UsedAttempt.expires_s <= unit.now_s))
    used = UsedAttempt(attempt_sha256=hashlib.sha256(sealed.encode()).digest(), expires_s=attempt.expires_s)
    try:
        with unit.session.begin_nested():
            unit.session.add(used)
    except sa.exc.IntegrityError as error:
        raise UserError("signin.expired") from error
