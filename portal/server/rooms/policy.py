"""Who may do what in which room. The only gate: services and the record's writer ask here and nowhere else.

| act | who |
|---|---|
| know that a room exists, read it | its members; for all others it answers as if there were none |
| open a plenary or working group | chairs and administrators |
| open a bilateral or huddle | chairs and delegates |
| ask an interpreter, and answer, in an aside | people and interpreters among the members of an active room |
| write, rotate keys, let in a member's new device, take out revoked or left devices | members and chairs of the room |
| add and remove accounts, archive | chairs of the room; in a bilateral or huddle every member but observers |
| change room roles | chairs of the room |

An interpreter's account is never more than a member: it founds nothing, leads nothing, adds and removes nobody.
"""

from collections.abc import Iterable
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from portal.server.accounts.models import Account, AccountRole
from portal.server.core.actor import Actor, Role
from portal.server.core.db import Unit
from portal.server.rooms.models import Room, RoomKind, RoomMember, RoomRole
from portal.wire.errors import UserError
from portal.wire.ids import AccountId, RoomId

_FOUNDERS: Final[dict[RoomKind, frozenset[Role]]] = {
    "plenary": frozenset({Role.CHAIR, Role.ADMINISTRATOR}),
    "working_group": frozenset({Role.CHAIR, Role.ADMINISTRATOR}),
    "bilateral": frozenset({Role.CHAIR, Role.DELEGATE}),
    "huddle": frozenset({Role.CHAIR, Role.DELEGATE}),
}
_AMONG_EQUALS: Final = frozenset({"bilateral", "huddle"})
_WRITERS: Final = frozenset({Role.ADMINISTRATOR, Role.CHAIR, Role.DELEGATE, Role.INTERPRETER})
BILATERAL_DELEGATIONS: Final = 2


def get_room_for(unit: Unit, account: AccountId, room: RoomId) -> tuple[Room, RoomMember]:
    """Return the room and ``account``'s membership.

    Raises:
        UserError: room.not_found, if there is none or the account is not in it.
    """
    row = unit.session.execute(
        sa.select(Room, RoomMember)
        .join(RoomMember, RoomMember.room_id == Room.id)
        .where(Room.id == room, RoomMember.account_id == account)
    ).one_or_none()
    if row is None:
        raise UserError("room.not_found")
    return row.Room, row.RoomMember


def is_interpreter(account: InstrumentedAttribute[str]) -> sa.ColumnElement[bool]:
    """Return, for a query, whether the account of this column is an interpreter's."""
    return sa.exists().where(AccountRole.account_id == account, AccountRole.role == Role.INTERPRETER.value)


def check_may_say_aside(unit: Unit, account: AccountId, room: RoomId, to: AccountId) -> None:
    """Check that ``account`` may send ``to`` an aside: both are in the room, which is active, one is an interpreter.

    Raises:
        UserError: room.not_found for whoever is not in the room; room.archived; aside.absent for everything else, so
            that it tells nobody what the list of members does not.
    """
    found, _ = get_room_for(unit, account, room)
    if found.state == "archived":
        raise UserError("room.archived")
    rows = unit.session.execute(
        sa.select(RoomMember.account_id, is_interpreter(RoomMember.account_id).label("interpreter"))
        .join(Account, Account.id == RoomMember.account_id)
        .where(RoomMember.room_id == room, RoomMember.account_id.in_([account, to]), ~Account.disabled)
    )
    interpreters = {row.account_id: row.interpreter for row in rows}
    if account == to or not {account, to} <= interpreters.keys() or not any(interpreters.values()):
        raise UserError("aside.absent")


def check_may_found(actor: Actor, kind: RoomKind) -> None:
    """Raise UserError role.required unless ``actor`` may open a room of this kind."""
    if not actor.roles & _FOUNDERS[kind]:
        raise UserError("role.required")
    if kind == "bilateral" and actor.delegation is None:
        raise UserError("role.required", reason="delegation")


def check_may_write(role: RoomRole) -> None:
    """Raise UserError room.role_required for observers."""
    if role == "observer":
        raise UserError("room.role_required", role="member")


def check_may_manage(kind: RoomKind, role: RoomRole, *, interpreter: bool) -> None:
    """Raise UserError room.role_required unless this role may add and remove accounts and archive in such a room."""
    if interpreter:
        raise UserError("room.role_required")
    if kind in _AMONG_EQUALS:
        check_may_write(role)
    else:
        check_is_chair(role)


def check_is_chair(role: RoomRole) -> None:
    """Raise UserError room.role_required for all but chairs of the room."""
    if role != "chair":
        raise UserError("room.role_required", role="chair")


def needs_chair(kind: RoomKind) -> bool:
    """Tell whether a room of this kind is stuck without a chair, so that its last one must not go."""
    return kind not in _AMONG_EQUALS


def role_fits(role: RoomRole, *, interpreter: bool) -> bool:
    """Tell whether an account may have this role in a room: interpreters are members, and nothing else."""
    return role == "member" or not interpreter


def first_role(roles: frozenset[Role]) -> RoomRole:
    """Return the room role of an account that is let in without a named one: whoever only observes, observes."""
    return "member" if roles & _WRITERS else "observer"


def delegations_fit(kind: RoomKind, delegations: Iterable[str | None]) -> bool:
    """Tell whether people of these delegations may be in one room: a bilateral is between two, and of nobody else."""
    if kind != "bilateral":
        return True
    present = set(delegations)
    return None not in present and len(present) <= BILATERAL_DELEGATIONS
