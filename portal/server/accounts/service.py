"""People, delegations, invitations and roles: the only writer of these rows besides onboarding."""

import hashlib
import secrets
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from portal.server.accounts import interpreters, schemas, sessions
from portal.server.accounts.feature import Accounts
from portal.server.accounts.models import Account, AccountRole, Delegation, Invitation
from portal.server.accounts.policy import account_for, delegation_for, may_administer, own_account
from portal.server.accounts.presentation import delegation_view, invitation_view, me_view, person_view
from portal.server.core.actor import Actor, Role
from portal.server.core.db import Unit
from portal.wire.errors import PeerError, UserError
from portal.wire.ids import AccountId, Id, b64, new_id

FIRST_ADMINISTRATOR_DAYS: Final = 1


def me(unit: Unit, actor: Actor) -> schemas.Me:
    """Return the actor's own account."""
    return me_view(unit, own_account(unit, actor), actor.device)


def change_me(unit: Unit, actor: Actor, change: schemas.MeChange) -> schemas.Me:
    """Change the actor's own name, languages or settings; an interpreter's name and languages are its owner's word.

    Raises:
        UserError: role.required.
    """
    row = own_account(unit, actor)
    if Role.INTERPRETER in actor.roles and (change.name, change.languages) != (None, None):
        raise UserError("role.required")
    if change.name is not None:
        row.name = change.name
    if change.languages is not None:
        row.languages = list(change.languages)
    if change.settings is not None:
        row.show_presence, row.show_typing = change.settings.presence, change.settings.typing
    unit.session.flush()
    return me_view(unit, row, actor.device)


def people(unit: Unit) -> list[schemas.PersonView]:
    """Return everyone, by name."""
    rows = sa.select(Account).options(selectinload(Account.interpreter)).order_by(Account.name, Account.id)
    return list(map(person_view, unit.session.scalars(rows)))


def delegations(unit: Unit) -> list[schemas.DelegationView]:
    """Return all delegations, by name."""
    rows = unit.session.scalars(sa.select(Delegation).order_by(Delegation.name, Delegation.id))
    return list(map(delegation_view, rows))


def create_delegation(unit: Unit, actor: Actor, new: schemas.DelegationNew) -> schemas.DelegationView:
    """Make a delegation.

    Raises:
        UserError: role.required, delegation.code_taken.
    """
    may_administer(actor)
    row = Delegation(id=new_id(), name=new.name, code=new.code, colour=new.colour)
    _keep_delegation(unit, row)
    return delegation_view(row)


def change_delegation(
    unit: Unit, actor: Actor, delegation: str, change: schemas.DelegationChange
) -> schemas.DelegationView:
    """Change a delegation's name, code or colour.

    Raises:
        UserError: role.required, delegation.not_found, delegation.code_taken.
    """
    row = delegation_for(unit, actor, delegation)
    row.name = row.name if change.name is None else change.name
    row.code = row.code if change.code is None else change.code
    row.colour = row.colour if change.colour is None else change.colour
    _keep_delegation(unit, row)
    return delegation_view(row)


def invite(unit: Unit, accounts: Accounts, actor: Actor, new: schemas.InvitationNew) -> schemas.InvitationIssued:
    """Make an invitation; its secret is returned this once and kept as SHA-256.

    Raises:
        UserError: role.required, delegation.not_found.
    """
    may_administer(actor)
    delegation = None if new.delegation is None else delegation_for(unit, actor, new.delegation).id
    return _issue(unit, new.roles, delegation, actor.account, new.days or accounts.invitation_days)


def invitations(unit: Unit, actor: Actor) -> list[schemas.InvitationView]:
    """Return all invitations, newest first; role.required for all but administrators."""
    may_administer(actor)
    rows = unit.session.scalars(sa.select(Invitation).order_by(Invitation.created_s.desc(), Invitation.id))
    return [invitation_view(row) for row in rows]


def withdraw_invitation(unit: Unit, actor: Actor, invitation: str) -> None:
    """Withdraw an unused invitation: its link is unknown from now on.

    Raises:
        UserError: role.required, invitation.unknown, invitation.used.
    """
    may_administer(actor)
    row = unit.session.get(Invitation, invitation, with_for_update={"of": Invitation})
    if row is None:
        raise UserError("invitation.unknown")
    if row.used_s is not None:
        raise UserError("invitation.used")
    unit.session.delete(row)


def change_account(
    unit: Unit, accounts: Accounts, actor: Actor, account: str, change: schemas.AccountChange
) -> schemas.PersonView:
    """Change an account's roles or delegation, disable or enable it.

    Its sockets are closed, so that they come back with what they may do now; a disabled account's sessions end, and the
    interpreters that it answered for, too.

    Raises:
        UserError: role.required, account.not_found, delegation.not_found, account.last_administrator, account.emptied.
        PeerError: request.malformed, for an interpreter's roles and delegation, and for one that has ended.
    """
    # Locked before the account, always in this order: two administrators can not demote each other at once.
    _lock_administrators(unit)
    row = account_for(unit, actor, account)
    _check_interpreter(row, change)
    if "delegation" in change.model_fields_set:
        row.delegation = None if change.delegation is None else delegation_for(unit, actor, change.delegation)
    if change.roles is not None:
        _set_roles(row, frozenset(change.roles))
    standing_changes = change.disabled is not None and change.disabled != row.disabled
    if standing_changes and row.disabled and not row.opaque_record:
        raise UserError("account.emptied")
    row.disabled = row.disabled if change.disabled is None else change.disabled
    if standing_changes:
        row.disabled_s = unit.now_s if row.disabled else None
    unit.session.flush()
    _require_administrator(unit)
    identifier = AccountId(Id(row.id))
    if row.disabled:
        sessions.end_sessions_of_account(unit, identifier)
        interpreters.end_of_owner(unit, accounts, identifier)
    else:
        unit.outbox.close_account(identifier)
    if standing_changes:
        accounts.standing_changed(unit, identifier)
    return person_view(row)


def administrator_invitation(unit: Unit, days: int = FIRST_ADMINISTRATOR_DAYS) -> schemas.InvitationIssued:
    """Make an invitation for an administrator from the command line, where the server's owner stands."""
    return invitation_of_host(unit, (Role.ADMINISTRATOR,), None, days)


def invitation_of_host(
    unit: Unit, roles: tuple[Role, ...], delegation: str | None, days: int
) -> schemas.InvitationIssued:
    """Make an invitation from the command line; ``delegation`` is the id of one that exists."""
    return _issue(unit, roles, delegation, None, days)


def first_administrator_invitation(unit: Unit) -> schemas.InvitationIssued | None:
    """Return a new invitation for the first administrator, or None once there is one.

    The secret of an earlier one is known to whoever saw it printed only, so each start prints a new one and withdraws
    the last.
    """
    if _count_administrators(unit) > 0:
        return None
    open_ones = sa.select(Invitation).where(Invitation.inviter_id.is_(None), Invitation.used_s.is_(None))
    for row in unit.session.scalars(open_ones).all():
        if row.roles == [Role.ADMINISTRATOR.value]:  # others were made by the host for somebody
            unit.session.delete(row)
    return administrator_invitation(unit)


def invitation_url(public_url: str, issued: schemas.InvitationIssued) -> str:
    """Return the link of an invitation; the secret is in the fragment, which browsers send to nobody."""
    return f"{public_url}/#/invitation/{issued.id}.{issued.secret}"


def _issue(
    unit: Unit, roles: tuple[Role, ...], delegation: str | None, inviter: str | None, days: int
) -> schemas.InvitationIssued:
    secret = secrets.token_bytes(schemas.SECRET_BYTES)
    row = Invitation(
        id=new_id(),
        secret_sha256=hashlib.sha256(secret).digest(),
        roles=[role.value for role in roles],
        delegation_id=delegation,
        inviter_id=inviter,
        created_s=unit.now_s,
        expires_s=unit.now_s + days * sessions.DAY_S,
    )
    unit.session.add(row)
    return schemas.InvitationIssued(id=row.id, secret=b64(secret), expires_s=row.expires_s)


def _keep_delegation(unit: Unit, row: Delegation) -> None:
    taken = sa.select(Delegation.id).where(Delegation.code == row.code, Delegation.id != row.id)
    with unit.session.no_autoflush:
        if unit.session.scalar(taken) is not None:
            raise UserError("delegation.code_taken", taken=row.code)
    try:
        unit.session.add(row)
        unit.session.flush()
    except sa.exc.IntegrityError as error:
        # Another one took the code since the query above.
        raise UserError("delegation.code_taken", taken=row.code) from error


def _check_interpreter(row: Account, change: schemas.AccountChange) -> None:
    """What an interpreter is was approved once and for all; administrators can only stop it."""
    if row.interpreter is None:
        return
    for field in change.model_fields_set & {"roles", "delegation"}:
        raise PeerError("request.malformed", field=field)
    if change.disabled is False and row.interpreter.ended_s is not None:
        raise PeerError("request.malformed", field="disabled")


def _set_roles(row: Account, roles: frozenset[Role]) -> None:
    for role_row in list(row.role_rows):
        if role_row.role not in roles:
            row.role_rows.remove(role_row)
    row.role_rows.extend(AccountRole(role=role.value) for role in roles - row.roles)


def _lock_administrators(unit: Unit) -> None:
    unit.session.scalars(
        sa.select(AccountRole).where(AccountRole.role == Role.ADMINISTRATOR.value).with_for_update()
    ).all()


def _count_administrators(unit: Unit) -> int:
    enabled = sa.select(Account.id).where(~Account.disabled)
    administrators = sa.select(sa.func.count()).where(
        AccountRole.role == Role.ADMINISTRATOR.value, AccountRole.account_id.in_(enabled)
    )
    return unit.session.scalars(administrators).one()


def _require_administrator(unit: Unit) -> None:
    if _count_administrators(unit) == 0:
        raise UserError("account.last_administrator")
