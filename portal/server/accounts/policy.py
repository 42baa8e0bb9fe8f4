"""The one gate of people: who may do what, and the rows that they may do it to."""

from portal.server.accounts.models import Account, Delegation
from portal.server.core.actor import Actor, Role
from portal.server.core.db import Unit
from portal.wire.errors import UserError


def may_administer(actor: Actor) -> None:
    """Let administrators pass.

    Raises:
        UserError: role.required for everyone else, whether or not what they asked for exists.
    """
    if Role.ADMINISTRATOR not in actor.roles:
        raise UserError("role.required", role=Role.ADMINISTRATOR.value)


def own_account(unit: Unit, actor: Actor, *, lock: bool = False) -> Account:
    """Return the actor's own row; ``lock`` it until the transaction's end before changing devices or vault."""
    return unit.session.get_one(Account, actor.account, with_for_update={"of": Account} if lock else None)


def account_for(unit: Unit, actor: Actor, account: str) -> Account:
    """Return an account that ``actor`` may administer.

    Raises:
        UserError: role.required, account.not_found.
    """
    may_administer(actor)
    row = unit.session.get(Account, account, with_for_update={"of": Account})
    if row is None:
        raise UserError("account.not_found")
    return row


def delegation_for(unit: Unit, actor: Actor, delegation: str) -> Delegation:
    """Return a delegation that ``actor`` may change or assign.

    Raises:
        UserError: role.required, delegation.not_found.
    """
    may_administer(actor)
    row = unit.session.get(Delegation, delegation)
    if row is None:
        raise UserError("delegation.not_found")
    return row
