"""What members do in a room besides appending to its record and changing its membership, which record.py does."""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from portal.server.accounts.sessions import device_of
from portal.server.core import outbox
from portal.server.core.actor import Actor
from portal.server.core.db import Unit
from portal.server.rooms import policy
from portal.server.rooms.changes import drop_unwanted_welcomes
from portal.server.rooms.holding import mark
from portal.server.rooms.key_packages import drop_of_revoked
from portal.server.rooms.models import RecordItem, RoomDevice, RoomMember, ShredShare, Welcome
from portal.wire import events
from portal.wire.errors import PeerError, UserError
from portal.wire.ids import AccountId, Id, RoomId


def move_cursor(unit: Unit, actor: Actor, room: RoomId, number: int) -> None:
    """Note that the actor has read up to ``number``; it never goes back. Only its own devices are told.

    Raises:
        UserError: room.not_found.
        PeerError: request.malformed, if the record does not reach so far.
    """
    _, member = policy.get_room_for(unit, actor.account, room)
    newest = unit.session.scalar(sa.select(sa.func.max(RecordItem.number)).where(RecordItem.room_id == room))
    if number > (newest or 0):
        raise PeerError("request.malformed", field="number")
    # One statement decides, also between two devices at once.
    moved = unit.session.execute(
        sa.update(RoomMember)
        .where(RoomMember.room_id == room, RoomMember.account_id == member.account_id, RoomMember.cursor < number)
        .values(cursor=number)
        .returning(RoomMember.cursor)
    ).all()
    if moved:
        unit.outbox.emit(events.CURSOR, room, number, to=outbox.account(actor.account))


def ask_to_rejoin(unit: Unit, actor: Actor, room: RoomId) -> None:
    """Ask the others to let the actor's device in anew. One that is no leaf is let in anyway.

    Raises:
        UserError: room.not_found, session.device_required.
    """
    policy.get_room_for(unit, actor.account, room)
    asked = unit.session.execute(
        sa.update(RoomDevice)
        .where(RoomDevice.room_id == room, RoomDevice.device_id == device_of(actor), RoomDevice.leaf.is_not(None))
        .values(rejoin=True)
        .returning(RoomDevice.device_id)
    ).all()
    if asked:
        announce(unit, [room])


def shares_of(unit: Unit, actor: Actor, room: RoomId) -> list[ShredShare]:
    """Return the server's halves of the record keys of all days that the actor may read.

    Raises:
        UserError: room.not_found.
    """
    _, member = policy.get_room_for(unit, actor.account, room)
    first = sa.select(RecordItem.bucket).where(RecordItem.room_id == room, RecordItem.number == member.visible_from)
    return list(
        unit.session.scalars(
            sa.select(ShredShare)
            .where(ShredShare.room_id == room, ShredShare.bucket >= first.scalar_subquery())
            .order_by(ShredShare.bucket)
        )
    )


def welcome_for(unit: Unit, actor: Actor, room: RoomId) -> Welcome:
    """Return the welcome that waits for the actor's device.

    Raises:
        UserError: room.not_found, session.device_required, welcome.none.
    """
    policy.get_room_for(unit, actor.account, room)
    row = unit.session.scalar(
        sa.select(Welcome)
        .join(RoomDevice, sa.and_(RoomDevice.room_id == Welcome.room_id, RoomDevice.welcome_number == Welcome.number))
        .where(Welcome.room_id == room, RoomDevice.device_id == device_of(actor))
    )
    if row is None:
        raise UserError("welcome.none")
    return row


def take_welcome(unit: Unit, actor: Actor, room: RoomId) -> None:
    """Note that the actor's device needs its welcome no more; the last one deletes it.

    Raises:
        UserError: room.not_found, session.device_required.
    """
    policy.get_room_for(unit, actor.account, room)
    unit.session.execute(
        sa.update(RoomDevice)
        .where(RoomDevice.room_id == room, RoomDevice.device_id == device_of(actor))
        .values(welcome_number=None)
    )
    drop_unwanted_welcomes(unit, room)


def account_changed(unit: Unit, account: AccountId, *, several: bool = False) -> None:
    """Drop key packages of revoked devices, and wake the rooms whose next commit has to do with ``account``.

    ``several``: other processes remember what they know of it.
    """
    drop_of_revoked(unit, account)
    if several:
        unit.at_end(mark, _rooms_that_know(unit, account))
    rooms = unit.session.scalars(
        sa.union(
            sa.select(RoomMember.room_id).where(RoomMember.account_id == account),
            sa.select(RoomDevice.room_id).where(RoomDevice.account_id == account, RoomDevice.leaf.is_not(None)),
        )
    ).all()
    announce(unit, rooms)


def _rooms_that_know(unit: Unit, account: AccountId) -> Sequence[str]:
    """Return the rooms in which ``account`` is a member or has, or had, a device."""
    return unit.session.scalars(
        sa.union(
            sa.select(RoomMember.room_id).where(RoomMember.account_id == account),
            sa.select(RoomDevice.room_id).where(RoomDevice.account_id == account),
        )
    ).all()


def announce(unit: Unit, rooms: Iterable[str]) -> None:
    """Tell the members of ``rooms`` that these changed."""
    rows = unit.session.execute(
        sa.select(RoomMember.room_id, RoomMember.account_id)
        .where(RoomMember.room_id.in_(rooms))
        .order_by(RoomMember.room_id, RoomMember.account_id)
    )
    for room, member in rows:
        unit.outbox.emit(events.ROOM_CHANGED, room, to=outbox.account(AccountId(Id(member))))
