"""Interpreters that are in: who answers for each of them, and how they end."""

import sqlalchemy as sa

from portal.server.accounts import logged, sessions
from portal.server.accounts.feature import Accounts
from portal.server.accounts.models import Account, EnrolmentApproval, Interpreter
from portal.server.accounts.policy import LOCK, interpreter_for
from portal.server.core.actor import Actor
from portal.server.core.db import Unit
from portal.wire.errors import UserError
from portal.wire.ids import AccountId, Id


def keep(unit: Unit, account: Account, approval: EnrolmentApproval) -> None:
    """Note who answers for the interpreter of this new ``account``.

    Raises:
        UserError: invitation.unknown, if nobody does: the owner was disabled since the approval.
    """
    # Locked, so that whoever disables the owner now finds this interpreter, and ends it.
    owner = unit.session.get_one(Account, approval.owner_id, with_for_update=LOCK, populate_existing=True)
    if owner.disabled:
        raise UserError("invitation.unknown")
    row = Interpreter(
        account_id=account.id, owner_id=approval.owner_id, body=approval.body, signature=approval.signature
    )
    unit.session.add(row)
    unit.session.flush()
    logged.vouched(unit, row)


def end(unit: Unit, accounts: Accounts, actor: Actor, account: str) -> None:
    """End an interpreter for good: its account is disabled, its sessions and sockets are closed.

    Members' next commits take its leaves out of their rooms.

    Raises:
        UserError: account.not_found, for all but its owner and administrators.
    """
    _end(unit, accounts, interpreter_for(unit, actor, account))


def end_of_owner(unit: Unit, accounts: Accounts, owner: str) -> None:
    """End every interpreter that ``owner``, who is no more, answered for."""
    for row in unit.session.scalars(
        sa.select(Interpreter)
        .where(Interpreter.owner_id == owner, Interpreter.ended_s.is_(None))
        .order_by(Interpreter.account_id)
    ).all():
        _end(unit, accounts, row)


def _end(unit: Unit, accounts: Accounts, row: Interpreter) -> None:
    if row.ended_s is not None:
        return
    row.ended_s = unit.now_s
    account = AccountId(Id(row.account_id))
    held = unit.session.get_one(Account, account, with_for_update=LOCK)
    held.disabled, held.disabled_s = True, unit.now_s
    unit.session.flush()
    sessions.end_sessions_of_account(unit, account)
    accounts.standing_changed(unit, account)
