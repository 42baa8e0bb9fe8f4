"""Changes of a room that need no item of the record: leaving, archiving, room roles."""

import sqlalchemy as sa

from portal.server.rooms import policy
from portal.server.rooms.batch import Batch
from portal.server.rooms.changes import take_out_account
from portal.server.rooms.memory import MemberMemory, RoomMemory
from portal.server.rooms.models import Room, RoomMember
from portal.server.rooms.requests import LeaveRoom, Receipt, SetRole, SetState
from portal.wire.errors import UserError
from portal.wire.ids import AccountId, RoomId


def leave_room(work: Batch, request: LeaveRoom) -> Receipt:
    """End the account's own membership; the others are told which leaves they have to take out.

    Raises:
        UserError: room.not_found; room.role_required with reason "last_chair", if nobody could lead the room then.
    """
    room, member = _member(work, request.account, request.room)
    if len(room.members) > 1:
        _check_other_chair(room, member)
    work.changed(room)
    take_out_account(work, room, request.account)
    work.announce(room, gone=[request.account])
    return _present(room)


def set_state(work: Batch, request: SetState) -> Receipt:
    """Archive or reopen a room.

    Raises:
        UserError: room.not_found, room.role_required.
    """
    room, member = _member(work, request.account, request.room)
    policy.check_may_manage(room.kind, member.role, interpreter=member.interpreter)
    if room.state != request.state:
        work.changed(room)
        room.state = request.state
        since_ms = work.unit.now_ms if request.state == "archived" else None
        work.unit.session.execute(
            sa.update(Room).where(Room.id == room.room).values(state=request.state, archived_ms=since_ms)
        )
        work.announce(room)
    return _present(room)


def set_role(work: Batch, request: SetRole) -> Receipt:
    """Give a member another role in the room.

    Raises:
        UserError: room.not_found, account.not_found for somebody who is no member, room.role_required.
    """
    room, member = _member(work, request.account, request.room)
    policy.check_is_chair(member.role)
    target = room.members.get(request.target)
    if target is None:
        raise UserError("account.not_found")
    if target.role == request.role:
        return _present(room)
    if not policy.role_fits(request.role, interpreter=target.interpreter):
        raise UserError("room.role_required", reason="interpreter")
    _check_other_chair(room, target)
    work.changed(room)
    target.role = request.role
    work.unit.session.execute(
        sa.update(RoomMember)
        .where(RoomMember.room_id == room.room, RoomMember.account_id == request.target)
        .values(role=request.role)
    )
    work.announce(room)
    return _present(room)


def _member(work: Batch, account: AccountId, name: RoomId) -> tuple[RoomMemory, MemberMemory]:
    room = work.room(name)
    member = None if room is None else room.members.get(account)
    if room is None or member is None or member.disabled:
        raise UserError("room.not_found")
    return room, member


def _check_other_chair(room: RoomMemory, member: MemberMemory) -> None:
    if member.role != "chair" or not policy.needs_chair(room.kind):
        return
    if sum(other.role == "chair" for other in room.members.values()) == 1:
        raise UserError("room.role_required", role="chair", reason="last_chair")


def _present(room: RoomMemory) -> Receipt:
    return Receipt(room.number, room.head, room.at_ms)
