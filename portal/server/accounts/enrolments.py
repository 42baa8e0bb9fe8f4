"""How interpreters get in: a program asks, a person types its code and answers for it, the program makes its account.

The program's request waits under a code that is its own hash, so the server can not pass another one off. Approving
makes an invitation with the request's id and secret, which is good for the approved account, key and device alone.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from portal.server.accounts import enrolment_schemas as schemas
from portal.server.accounts.device_lists import verify_ed25519
from portal.server.accounts.models import Account, Enrolment, EnrolmentApproval, Invitation
from portal.server.accounts.policy import own_account, owner_of_interpreters
from portal.server.accounts.presentation import statements_of, vouching_text
from portal.server.accounts.schemas import SECRET_BYTES, InvitationSecret
from portal.server.core import erasures
from portal.server.core.actor import Actor, Role
from portal.server.core.db import Unit
from portal.wire.enrolment import (
    LIFETIME_S,
    ONBOARDING_S,
    EnrolmentRequest,
    enrolment_code,
    parse_enrolment,
    read_code,
)
from portal.wire.errors import PeerError, UserError
from portal.wire.fields import StatementError
from portal.wire.ids import b64, new_id, unb64
from portal.wire.vouching import Vouching, read_vouching

WAITING_MAX: Final = 1000
"""Requests at once. They are small, and nobody is signed in: without a bound, strangers could fill the disk."""
VOUCHED_OFF_MAX_S: Final = 3900
"""How far a vouching's date may be from now: browsers' clocks may be off by an hour."""


@dataclass(frozen=True, slots=True)
class Approved:
    """An approved request that becomes an account now, and what was approved."""

    request: EnrolmentRequest
    approval: EnrolmentApproval


def ask(unit: Unit, new: schemas.EnrolmentNew) -> schemas.EnrolmentIssued:
    """Let a request wait for 15 minutes for somebody who types its code.

    Raises:
        UserError: enrolment.used, if the same request came before; request.too_many, if too many wait.
        PeerError: request.malformed.
    """
    drop_expired(unit)
    body = unb64(new.request)
    try:
        parse_enrolment(body)
    except StatementError as error:
        raise PeerError("request.malformed", field="request", reason=str(error)) from error
    if unit.session.scalars(sa.select(sa.func.count()).select_from(Enrolment)).one() >= WAITING_MAX:
        raise UserError("request.too_many")
    secret = secrets.token_bytes(SECRET_BYTES)
    row = Enrolment(
        id=new_id(),
        secret_sha256=hashlib.sha256(secret).digest(),
        code=enrolment_code(body),
        request=body,
        expires_s=unit.now_s + LIFETIME_S,
    )
    try:
        with unit.session.begin_nested():
            unit.session.add(row)
    except sa.exc.IntegrityError as error:
        raise UserError("enrolment.used") from error
    return schemas.EnrolmentIssued(id=row.id, secret=b64(secret), expires_s=row.expires_s)


def state(unit: Unit, link: InvitationSecret) -> schemas.EnrolmentWaiting | schemas.EnrolmentApproved:
    """Tell the program whether it was approved, and by whom.

    Raises:
        UserError: enrolment.unknown, also for a wrong secret and for a request that has expired.
    """
    row = unit.session.get(Enrolment, link.id)
    digest = hashlib.sha256(unb64(link.secret)).digest()
    if row is None or not hmac.compare_digest(row.secret_sha256, digest) or row.expires_s <= unit.now_s:
        raise UserError("enrolment.unknown")
    approval = row.approval
    if approval is None:
        return schemas.EnrolmentWaiting()
    owner = schemas.OwnerView(
        account=approval.owner_id,
        name=approval.owner.name,
        statements=statements_of(unit, (approval.owner_id,))[approval.owner_id],
    )
    return schemas.EnrolmentApproved(vouch=vouching_text(approval), owner=owner)


def look(unit: Unit, actor: Actor, typed: schemas.EnrolmentCode) -> schemas.EnrolmentRequestText:
    """Return the request that a code stands for, to somebody who may approve it.

    Raises:
        UserError: role.required, session.device_required, enrolment.unknown, enrolment.used.
    """
    owner_of_interpreters(actor)
    row = _waiting(unit, typed)
    if row.approval is not None:
        raise UserError("enrolment.used")
    return schemas.EnrolmentRequestText(request=b64(row.request))


def approve(unit: Unit, actor: Actor, wish: schemas.EnrolmentWish) -> schemas.EnrolledAccount:
    """Let the program with this code make its account, for which the actor answers.

    The same approval may come again: its first answer may have been lost.

    Raises:
        UserError: role.required, session.device_required, enrolment.unknown, enrolment.used.
        PeerError: request.malformed, unless the vouching is the actor's own, of now, for this account and key.
    """
    delegation = owner_of_interpreters(actor)
    row = _waiting(unit, wish)
    request = parse_enrolment(row.request)
    owner = own_account(unit, actor)
    body, signature = unb64(wish.vouch.body), unb64(wish.vouch.sig)
    _check_vouching(unit, _vouching(body, signature, owner), request, owner)
    if row.approval is not None:
        if (row.approval.owner_id, row.approval.body) == (owner.id, body):
            return schemas.EnrolledAccount(account=request.account)
        raise UserError("enrolment.used")
    approval = EnrolmentApproval(
        enrolment_id=row.id,
        owner_id=owner.id,
        name=wish.name,
        languages=list(wish.languages),
        body=body,
        signature=signature,
    )
    try:
        with unit.session.begin_nested():
            unit.session.add(approval)
    except sa.exc.IntegrityError as error:
        # Somebody else approved it since it was read.
        raise UserError("enrolment.used") from error
    row.expires_s = unit.now_s + ONBOARDING_S
    unit.session.add(_invitation(unit, row, owner, delegation))
    return schemas.EnrolledAccount(account=request.account)


def approved(unit: Unit, invitation: Invitation) -> Approved | None:
    """Return what the invitation of an interpreter was approved for; None for a person's.

    Raises:
        UserError: invitation.unknown, if the approval has expired.
    """
    if Role.INTERPRETER not in invitation.roles:
        return None
    row = unit.session.get(Enrolment, invitation.id)
    if row is None or row.approval is None:
        raise UserError("invitation.unknown")
    return Approved(parse_enrolment(row.request), row.approval)


def drop_expired(unit: Unit) -> None:
    """Forget requests whose time is over, and the invitations of those among them that were approved but not used."""
    expired = sa.select(Enrolment.id).where(Enrolment.expires_s <= unit.now_s)
    unit.session.execute(sa.delete(Invitation).where(Invitation.id.in_(expired), Invitation.used_s.is_(None)))
    unit.session.execute(sa.delete(EnrolmentApproval).where(EnrolmentApproval.enrolment_id.in_(expired)))
    gone = unit.session.execute(sa.delete(Enrolment).where(Enrolment.expires_s <= unit.now_s).returning(Enrolment.id))
    erasures.note(unit, "enrolments", len(gone.all()))


def _waiting(unit: Unit, typed: schemas.EnrolmentCode) -> Enrolment:
    try:
        code = read_code(typed.code)
    except StatementError as error:
        raise UserError("enrolment.unknown") from error
    row = unit.session.scalar(sa.select(Enrolment).where(Enrolment.code == code))
    if row is None or row.expires_s <= unit.now_s:
        raise UserError("enrolment.unknown")
    return row


def _vouching(body: bytes, signature: bytes, owner: Account) -> Vouching:
    try:
        return read_vouching(body, signature, owner.sign_key, verify_ed25519)
    except StatementError as error:
        raise PeerError("request.malformed", field="vouch", reason=str(error)) from error


def _check_vouching(unit: Unit, vouching: Vouching, request: EnrolmentRequest, owner: Account) -> None:
    if (vouching.account, vouching.sign, vouching.by) != (request.account, request.sign, owner.id):
        raise PeerError(
            "request.malformed", field="vouch", reason="it is for another interpreter, or by another person"
        )
    if abs(vouching.at_s - unit.now_s) > VOUCHED_OFF_MAX_S:
        raise PeerError("request.malformed", field="vouch", reason="it is not dated now")


def _invitation(unit: Unit, row: Enrolment, owner: Account, delegation: str) -> Invitation:
    return Invitation(
        id=row.id,
        secret_sha256=row.secret_sha256,
        roles=[Role.INTERPRETER.value],
        delegation_id=delegation,
        inviter_id=owner.id,
        created_s=unit.now_s,
        expires_s=row.expires_s,
    )
