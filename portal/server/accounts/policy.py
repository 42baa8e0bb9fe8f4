"""The one gate of people: who may do what, and the rows that they may do it to."""

from typing import Final

from portal.server.accounts.models import Account, Delegation, Interpreter
from portal.server.accounts.sessions import device_of
from portal.server.core.actor import Actor, Role
from portal.server.core.db import Unit
from portal.wire.errors import UserError
from portal.wire.ids import DelegationId

LOCK: Final = {"of": Account, "key_share": True}
"""How an account is held until the transaction's end: others can not, but may go on referring to it, as rooms do."""
_ANSWERING: Final = frozenset({Role.CHAIR, Role.DELEGATE})


def may_administer(actor: Actor) -> None:
    """Let administrators pass.

    Raises:
        UserError: role.required for everyone else, whether or not what they asked for exists.
    """
    if Role.ADMINISTRATOR not in actor.roles:
        raise UserError("role.required", role=Role.ADMINISTRATOR.value)


def own_account(unit: Unit, actor: Actor, *, lock: bool = False) -> Account:
    """Return the actor's own row; ``lock`` it until the transaction's end before changing devices or vault."""
    return unit.session.get_one(Account, actor.account, with_for_update=LOCK if lock else None)


def account_for(unit: Unit, actor: Actor, account: str) -> Account:
    """Return an account that ``actor`` may administer.

    Raises:
        UserError: role.required, account.not_found.
    """
    may_administer(actor)
    row = unit.session.get(Account, account, with_for_update=LOCK)
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


def owner_of_interpreters(actor: Actor) -> DelegationId:
    """Let chairs and delegates of a delegation pass, who may answer for an interpreter; return the delegation.

    Raises:
        UserError: role.required; session.device_required: only a device has the key that vouches.
    """
    if not actor.roles & _ANSWERING:
        raise UserError("role.required")
    if actor.delegation is None:
        raise UserError("role.required", reason="delegation")
    device_of(actor)
    return actor.delegation


def interpreter_for(unit: Unit, actor: Actor, account: str) -> Interpreter:
    """Return an interpreter that ``actor`` may end: its owner, and administrators.

    Raises:
        UserError: account.not_found, also if there is one that the actor has no say in.
    """
    row = unit.session.get(Interpreter, account, with_for_update={"of": Interpreter, "key_share": True})
    if row is None or (row.owner_id != actor.account and Role.ADMINISTRATOR not in actor.roles):
        raise UserError("account.not_found")
    return row
