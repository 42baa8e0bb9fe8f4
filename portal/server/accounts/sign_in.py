"""Signing in with a passphrase (OPAQUE) or the printed recovery key, and setting a new passphrase with either.

| attempt | becomes | when |
|---|---|---|
| none | open | start; also for unknown handles, which nobody can finish |
| open | used | finish of what it was begun for, whether the proof was right or wrong |
| open | void | 60 s pass, the passphrase changes, the account is disabled |

An open attempt is kept by the client, sealed; the database remembers only the used ones, until they would be void.
One that was begun to set a new passphrase is good for that, and in the session that began it, alone.
"""

import hashlib
import hmac
from typing import Final

import sqlalchemy as sa

from portal.server.accounts import schemas, sessions
from portal.server.accounts.feature import Accounts
from portal.server.accounts.models import Account, SignedInSession, UsedAttempt
from portal.server.accounts.names import folded_handle
from portal.server.accounts.opaque import Attempt
from portal.server.accounts.policy import own_account
from portal.server.accounts.vaults import keep_wrap
from portal.server.core.actor import Actor
from portal.server.core.db import Unit
from portal.wire.errors import UserError
from portal.wire.ids import AccountId, Id, unb64

RECOVERED_S: Final = 15 * 60
"""For how long a session that the recovery key has opened may set a new passphrase without showing it again."""


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
        UserError: signin.expired, if the attempt is used, older than 60 s, not ours or not for a sign-in.
    """
    attempt = _opened(unit, accounts, request, None)
    # Columns, not the row: to load one, with what belongs to it, takes a time that would tell that there is an account.
    found = unit.session.execute(
        sa.select(Account.opaque_record, Account.disabled).where(Account.id == attempt.account)
    ).one_or_none()
    proven = accounts.opaque.finished(attempt, request.finish, None if found is None else found.opaque_record)
    if not proven or found is None or found.disabled:
        return None
    row = unit.session.get_one(Account, attempt.account)
    return row, _session(unit, accounts, attempt.account)


def with_recovery_key(unit: Unit, accounts: Accounts, request: schemas.RecoverySignIn) -> tuple[Account, str]:
    """Return the account whose printed key this is, and a new session's token.

    Raises:
        UserError: signin.refused, alike for an unknown handle and a wrong key.
    """
    found = unit.session.execute(
        sa.select(Account.id, Account.recovery_auth_sha256, Account.disabled).where(
            Account.handle == folded_handle(request.handle)
        )
    ).one_or_none()
    digest = hashlib.sha256(unb64(request.recovery_auth)).digest()
    expected = bytes(hashlib.sha256().digest_size) if found is None else found.recovery_auth_sha256
    if not hmac.compare_digest(expected, digest) or found is None or found.disabled:
        raise UserError("signin.refused")
    row = unit.session.get_one(Account, found.id)
    return row, _session(unit, accounts, AccountId(Id(row.id)), recovered=True)


def start_proof(unit: Unit, accounts: Accounts, actor: Actor, request: schemas.ProofStart) -> schemas.SignInStarted:
    """Answer the first message of a proof that the actor knows its present passphrase. Writes nothing."""
    account = own_account(unit, actor)
    known = actor.account, account.opaque_record
    attempt, response = accounts.opaque.start(account.handle, known, request.request, unit.now_s, actor.session)
    return schemas.SignInStarted(attempt=attempt, response=response)


def start_passphrase(accounts: Accounts, actor: Actor, request: schemas.PassphraseStart) -> schemas.OpaqueResponse:
    """Answer the first message of the registration of the actor's new passphrase."""
    return schemas.OpaqueResponse(response=accounts.opaque.registration_response(actor.account, request.request))


def finish_passphrase(unit: Unit, accounts: Accounts, actor: Actor, request: schemas.PassphraseFinish) -> bool:
    """Let the new passphrase count, with the vault key wrapped for it, and end what the old one opened unseen.

    Sessions of devices go on: they are in the device list, where their owner sees and revokes them.

    Returns:
        Whether it was proven that it is the account's owner who asks. False, not an error, as in ``finish``.

    Raises:
        UserError: signin.expired, if the proof's attempt is used, older than 60 s, or not of this session.
        PeerError: request.malformed.
    """
    account = own_account(unit, actor, lock=True)
    session = unit.session.get_one(SignedInSession, actor.session)
    record = accounts.opaque.record(request.opaque_record)
    if not _is_owner(unit, accounts, account, session, request):
        return False
    account.opaque_record = record
    session.recovered_s = None
    keep_wrap(unit, account.id, "passphrase", request.wrap)
    sessions.end_sessions_without_device(unit, actor.account, keep=actor.session)
    return True


def _is_owner(
    unit: Unit, accounts: Accounts, account: Account, session: SignedInSession, request: schemas.PassphraseFinish
) -> bool:
    """Tell whether the present passphrase is proven, or the recovery key shown: now, or by the sign-in just before."""
    if request.proof is not None:
        attempt = _opened(unit, accounts, request.proof, session.id)
        return accounts.opaque.finished(attempt, request.proof.finish, account.opaque_record)
    if request.recovery_auth is not None:
        digest = hashlib.sha256(unb64(request.recovery_auth)).digest()
        return hmac.compare_digest(account.recovery_auth_sha256, digest)
    return session.recovered_s is not None and unit.now_s < session.recovered_s + RECOVERED_S


def _session(unit: Unit, accounts: Accounts, account: AccountId, *, recovered: bool = False) -> str:
    lasting = accounts.lifetimes
    return sessions.open_session(unit, account, lasting.unused_s, longest_s=lasting.longest_s, recovered=recovered)


def _opened(unit: Unit, accounts: Accounts, proof: schemas.SignInFinish, session: int | None) -> Attempt:
    """Open and spend an attempt that was begun for ``session``; UserError signin.expired if there is none such."""
    attempt = accounts.opaque.open_attempt(proof.attempt, unit.now_s)
    if attempt.session != session:
        raise UserError("signin.expired")
    _spend(unit, proof.attempt, attempt)
    return attempt


def _spend(unit: Unit, sealed: str, attempt: Attempt) -> None:
    unit.session.execute(sa.delete(UsedAttempt).where(UsedAttempt.expires_s <= unit.now_s))
    used = UsedAttempt(attempt_sha256=hashlib.sha256(sealed.encode()).digest(), expires_s=attempt.expires_s)
    try:
        with unit.session.begin_nested():
            unit.session.add(used)
    except sa.exc.IntegrityError as error:
        raise UserError("signin.expired") from error
