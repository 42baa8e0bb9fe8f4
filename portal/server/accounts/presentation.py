"""Rows as answers. Nothing secret passes here: neither OPAQUE records nor hashes of tokens and keys."""

import sqlalchemy as sa

from portal.server.accounts import schemas
from portal.server.accounts.logged import device_list_openings
from portal.server.accounts.models import (
    Account,
    Delegation,
    DeviceStatement,
    EnrolmentApproval,
    Interpreter,
    Invitation,
    Vault,
    VaultWrap,
)
from portal.server.accounts.vaults import present_version
from portal.server.core.actor import Role
from portal.server.core.db import Unit
from portal.wire.ids import DeviceId, b64
from portal.wire.vouching import parse_vouching


def delegation_view(row: Delegation) -> schemas.DelegationView:
    """Return a delegation as everyone sees it."""
    return schemas.DelegationView(id=row.id, name=row.name, code=row.code, colour=row.colour)


def delegation_or_none(row: Delegation | None) -> schemas.DelegationView | None:
    """Return the delegation of a row that may have none."""
    return None if row is None else delegation_view(row)


def person_view(row: Account) -> schemas.PersonView:
    """Return an account as everyone signed in sees it."""
    return schemas.PersonView(
        account=row.id,
        name=row.name,
        handle=row.handle,
        delegation=delegation_or_none(row.delegation),
        roles=in_order(row.roles),
        languages=tuple(row.languages),
        disabled=row.disabled,
        interpreter=None if row.interpreter is None else _interpreter_view(row.interpreter),
    )


def vouching_text(row: Interpreter | EnrolmentApproval) -> schemas.VouchingText:
    """Return the vouching that a row holds as it travels."""
    return schemas.VouchingText(body=b64(row.body), sig=b64(row.signature))


def me_view(unit: Unit, row: Account, device: DeviceId | None) -> schemas.Me:
    """Return an account as its owner sees it from the session of ``device``."""
    return schemas.Me(
        account=row.id,
        handle=row.handle,
        name=row.name,
        languages=tuple(row.languages),
        roles=in_order(row.roles),
        delegation=delegation_or_none(row.delegation),
        device=device,
        vault_version=present_version(unit, row.id),
        settings=schemas.Settings(presence=row.show_presence, typing=row.show_typing),
    )


def signed_in_view(unit: Unit, row: Account) -> schemas.SignedIn:
    """Return what a browser that has just signed in needs: itself, its device list, its vault."""
    vault = vault_answer(unit, row.id)
    return schemas.SignedIn(
        **dict(me_view(unit, row, None)),
        statements=statements_of(unit, (row.id,)).get(row.id, ()),
        vault=schemas.VaultText(version=vault.version, sealed=vault.sealed, sig=vault.sig),
        wraps=vault.wraps,
    )


def vault_answer(unit: Unit, account: str) -> schemas.VaultAnswer:
    """Return the newest vault of ``account`` with its wraps."""
    row = unit.session.get_one(Vault, account)
    wraps = unit.session.scalars(sa.select(VaultWrap).where(VaultWrap.account_id == account))
    wrapped = {wrap.kind: b64(wrap.wrapped) for wrap in wraps}
    return schemas.VaultAnswer(
        version=row.version,
        sealed=b64(row.sealed),
        sig=b64(row.signature),
        wraps=schemas.Wraps(passphrase=wrapped["passphrase"], recovery=wrapped["recovery"]),
    )


def statements_of(unit: Unit, accounts: tuple[str, ...]) -> dict[str, tuple[schemas.LoggedStatement, ...]]:
    """Return the device lists of those of ``accounts`` that exist, each from its founding on."""
    openings = device_list_openings(unit, accounts)
    rows = unit.session.scalars(
        sa.select(DeviceStatement)
        .where(DeviceStatement.account_id.in_(accounts))
        .order_by(DeviceStatement.account_id, DeviceStatement.seq)
    )
    lists: dict[str, list[schemas.LoggedStatement]] = {}
    for row in rows:
        opening = openings.get((row.account_id, row.seq))
        text = schemas.LoggedStatement(
            body=b64(row.body),
            sig=b64(row.signature),
            ledger=None if opening is None else schemas.LoggedText(index=opening.index, nonce=b64(opening.nonce)),
        )
        lists.setdefault(row.account_id, []).append(text)
    return {account: tuple(statements) for account, statements in lists.items()}


def invitation_view(row: Invitation) -> schemas.InvitationView:
    """Return an invitation as administrators see it."""
    return schemas.InvitationView(
        id=row.id,
        delegation=delegation_or_none(row.delegation),
        roles=in_order(frozenset(map(Role, row.roles))),
        expires_s=row.expires_s,
        used=row.used_s is not None,
    )


def _interpreter_view(row: Interpreter) -> schemas.InterpreterView:
    return schemas.InterpreterView(
        owner=row.owner_id, readers=parse_vouching(row.body).readers, vouch=vouching_text(row)
    )


def in_order(roles: frozenset[Role]) -> tuple[Role, ...]:
    """Return ``roles`` in the order in which ``Role`` lists them."""
    return tuple(role for role in Role if role in roles)
