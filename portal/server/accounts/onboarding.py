"""From an invitation's link to an account, in one transaction."""

import hashlib
import hmac

import sqlalchemy as sa

from portal.server.accounts import device_lists, enrolments, interpreters, logged, schemas, sessions
from portal.server.accounts.devices import enrol_first_device
from portal.server.accounts.enrolments import Approved
from portal.server.accounts.feature import Accounts
from portal.server.accounts.models import Account, AccountRole, Invitation
from portal.server.accounts.names import checked_handle
from portal.server.accounts.presentation import delegation_or_none, in_order
from portal.server.accounts.vaults import create_vault
from portal.server.core.actor import Role
from portal.server.core.db import Unit
from portal.wire.device_list import Add, DeviceList, SignedStatement
from portal.wire.errors import PeerError, UserError
from portal.wire.ids import AccountId, DeviceId, Id, unb64


def usable_invitation(unit: Unit, link: schemas.InvitationSecret) -> Invitation:
    """Return the invitation that ``link`` holds.

    Raises:
        UserError: invitation.unknown (also for a wrong secret), invitation.used, invitation.expired.
    """
    row = unit.session.get(Invitation, link.id)
    digest = hashlib.sha256(unb64(link.secret)).digest()
    if row is None or not hmac.compare_digest(row.secret_sha256, digest):
        raise UserError("invitation.unknown")
    if row.used_s is not None:
        raise UserError("invitation.used")
    if row.expires_s <= unit.now_s:
        raise UserError("invitation.expired")
    return row


def offer(unit: Unit, link: schemas.InvitationSecret) -> schemas.InvitationOffer:
    """Return what the invitation offers; raises as ``usable_invitation``."""
    row = usable_invitation(unit, link)
    return schemas.InvitationOffer(
        delegation=delegation_or_none(row.delegation),
        roles=in_order(frozenset(map(Role, row.roles))),
        expires_s=row.expires_s,
        inviter=None if row.inviter is None else row.inviter.name,
    )


def start(unit: Unit, accounts: Accounts, request: schemas.OnboardingStart) -> schemas.OpaqueResponse:
    """Answer the first message of the new account's OPAQUE registration.

    Raises:
        UserError: as ``usable_invitation``.
        PeerError: request.malformed, also for an account id that exists, or is not the one that was approved.
    """
    _check_account(enrolments.approved(unit, usable_invitation(unit, request)), request.account)
    account = _free_account_id(unit, request.account)
    return schemas.OpaqueResponse(response=accounts.opaque.registration_response(account, request.request))


def finish(unit: Unit, accounts: Accounts, request: schemas.OnboardingFinish) -> tuple[Account, DeviceId, str]:
    """Make the account with its keys, first device and vault; use the invitation up; return row, device, session token.

    All or nothing: any refusal leaves the invitation as it was. An interpreter gets the name and languages that were
    approved, and must be the account, with the keys and the device, that they were approved for.

    Raises:
        UserError: invitation.unknown, invitation.used, invitation.expired, handle.taken, handle.malformed.
        PeerError: request.malformed, device.refused, vault.refused.
    """
    invitation = _used_up(unit, request)
    approved = enrolments.approved(unit, invitation)
    _check_account(approved, request.account)
    identifier = _free_account_id(unit, request.account)
    founding, adding = map(device_lists.signed_statement, request.statements)
    devices = device_lists.found(identifier, founding)
    account = _account(unit, accounts, request, invitation, devices)
    if approved is not None:
        _check_keys(approved, devices, adding)
        account.name, account.languages = approved.approval.name, approved.approval.languages
        interpreters.keep(unit, account, approved.approval)
    logged.account_made(unit, account)
    create_vault(unit, account, request.vault, request.wraps)
    device = enrol_first_device(unit, devices, founding, adding)
    accounts.standing_changed(unit, identifier)
    lifetimes = accounts.lifetimes
    token = sessions.open_session(unit, identifier, lifetimes.unused_s, device, longest_s=lifetimes.longest_s)
    return account, device, token


def _used_up(unit: Unit, link: schemas.InvitationSecret) -> Invitation:
    """Use the invitation up. One statement decides between two who try at once: the second finds it used."""
    row = usable_invitation(unit, link)
    decided = unit.session.execute(
        sa.update(Invitation)
        .where(Invitation.id == link.id, Invitation.used_s.is_(None))
        .values(used_s=unit.now_s)
        .returning(Invitation.id)
    ).one_or_none()
    if decided is None:
        # Nobody un-uses an invitation, so either it was used meanwhile or it was withdrawn.
        gone = unit.session.scalar(sa.select(sa.func.count()).where(Invitation.id == link.id)) == 0
        raise UserError("invitation.unknown" if gone else "invitation.used")
    return row


def _account(
    unit: Unit,
    accounts: Accounts,
    request: schemas.OnboardingFinish,
    invitation: Invitation,
    devices: DeviceList,
) -> Account:
    row = Account(
        id=request.account,
        handle=checked_handle(request.handle),
        name=request.name,
        languages=list(request.languages),
        delegation_id=invitation.delegation_id,
        opaque_record=accounts.opaque.record(request.opaque_record),
        recovery_auth_sha256=unb64(request.recovery_auth_sha256),
        sign_key=devices.sign,
        box_key=devices.box,
        show_presence=True,
        show_typing=True,
        disabled=False,
        created_s=unit.now_s,
        role_rows=[AccountRole(role=role) for role in invitation.roles],
    )
    if unit.session.scalar(sa.select(Account.id).where(Account.handle == row.handle)) is not None:
        raise UserError("handle.taken")
    try:
        with unit.session.begin_nested():
            unit.session.add(row)
    except sa.exc.IntegrityError as error:
        # Another one took it since the line above. The account id was checked, and is random.
        raise UserError("handle.taken") from error
    return row


def _check_account(approved: Approved | None, account: str) -> None:
    if approved is not None and approved.request.account != account:
        raise PeerError("request.malformed", field="account")


def _check_keys(approved: Approved, devices: DeviceList, adding: SignedStatement) -> None:
    add = device_lists.parsed(adding).what
    if devices.sign != approved.request.sign:
        raise PeerError("device.refused", reason="another sign key was approved")
    if not isinstance(add, Add) or (add.device, add.key) != (approved.request.device, approved.request.key):
        raise PeerError("device.refused", reason="another device was approved")


def _free_account_id(unit: Unit, account: str) -> AccountId:
    if unit.session.get(Account, account) is not None:
        raise PeerError("request.malformed", field="account")
    return AccountId(Id(account))
