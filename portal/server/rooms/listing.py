"""Rooms as their members see them, any number of them with the same handful of statements."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from portal.server.accounts.models import Account, Device
from portal.server.core.actor import Actor
from portal.server.core.db import Unit
from portal.server.rooms.models import RecordItem, Room, RoomDevice, RoomMember
from portal.server.rooms.schemas import MemberView, RoomView, WantingView
from portal.wire.errors import UserError
from portal.wire.ids import RoomId, b64


@dataclass(frozen=True, slots=True)
class _People:
    """Members, leaves and unrevoked devices of the rooms that are asked for."""

    members: dict[str, list[Any]]
    leaves: dict[str, list[Any]]
    devices: dict[str, list[str]]


def list_rooms(unit: Unit, actor: Actor) -> list[RoomView]:
    """Return every room that the actor is in, the one with the newest item first."""
    return _views(unit, _own_rooms(actor))


def room_view(unit: Unit, actor: Actor, room: RoomId) -> RoomView:
    """Return one room.

    Raises:
        UserError: room.not_found.
    """
    found = _views(unit, _own_rooms(actor).where(Room.id == room))
    if not found:
        raise UserError("room.not_found")
    return found[0]


def _own_rooms(actor: Actor) -> sa.Select[Room, RoomMember, int, bytes]:
    newest = (
        sa.select(sa.func.max(RecordItem.number)).where(RecordItem.room_id == Room.id).correlate(Room).scalar_subquery()
    )
    return (
        sa.select(Room, RoomMember, RecordItem.number, RecordItem.head)
        .join(RoomMember, RoomMember.room_id == Room.id)
        .join(RecordItem, sa.and_(RecordItem.room_id == Room.id, RecordItem.number == newest))
        .where(RoomMember.account_id == actor.account)
        .order_by(RecordItem.at_ms.desc(), Room.id)
    )


def _views(unit: Unit, rooms: sa.Select[Room, RoomMember, int, bytes]) -> list[RoomView]:
    rows = unit.session.execute(rooms).all()
    people = _people(unit, [row.Room.id for row in rows])
    return [_view(row, people) for row in rows]


def _view(row: sa.Row[Room, RoomMember, int, bytes], people: _People) -> RoomView:
    room, own = row.Room, row.RoomMember
    return RoomView(
        room=room.id,
        kind=room.kind,
        state=room.state,
        history=room.history,
        role=own.role,
        number=row.number,
        head=b64(row.head),
        epoch=room.epoch,
        bucket=room.bucket,
        visible_from=own.visible_from,
        cursor=own.cursor,
        members=tuple(
            MemberView(account=member.account_id, role=member.role, since=member.since_ms)
            for member in people.members[room.id]
        ),
        devices=tuple(leaf.device_id for leaf in people.leaves[room.id]),
        wanting=_wanting(room, people),
    )


def _wanting(room: Room, people: _People) -> WantingView:
    """Return what the members' next commit should do: nobody is asked for anything in an archived room."""
    if room.state == "archived":
        return WantingView(add=(), remove=(), rejoin=())
    standing = {member.account_id for member in people.members[room.id] if not member.disabled}
    leaves = people.leaves[room.id]
    present = {leaf.device_id for leaf in leaves}
    remove = {leaf.device_id for leaf in leaves if leaf.revoked_s is not None or leaf.account_id not in standing}
    return WantingView(
        add=tuple(name for account in sorted(standing) for name in people.devices[account] if name not in present),
        remove=tuple(sorted(remove)),
        rejoin=tuple(sorted(leaf.device_id for leaf in leaves if leaf.rejoin and leaf.device_id not in remove)),
    )


def _people(unit: Unit, rooms: Sequence[str]) -> _People:
    members, leaves, devices = (defaultdict[str, list[Any]](list) for _ in range(3))
    for member in unit.session.execute(
        sa.select(RoomMember.room_id, RoomMember.account_id, RoomMember.role, RoomMember.since_ms, Account.disabled)
        .join(Account, Account.id == RoomMember.account_id)
        .where(RoomMember.room_id.in_(rooms))
        .order_by(RoomMember.since_ms, RoomMember.account_id)
    ):
        members[member.room_id].append(member)
    for leaf in unit.session.execute(
        sa.select(RoomDevice.room_id, RoomDevice.device_id, RoomDevice.account_id, RoomDevice.rejoin, Device.revoked_s)
        .join(Device, Device.id == RoomDevice.device_id)
        .where(RoomDevice.room_id.in_(rooms), RoomDevice.leaf.is_not(None))
        .order_by(RoomDevice.device_id)
    ):
        leaves[leaf.room_id].append(leaf)
    accounts = sa.select(RoomMember.account_id).where(RoomMember.room_id.in_(rooms))
    for account, device in unit.session.execute(
        sa.select(Device.account_id, Device.id)
        .where(Device.account_id.in_(accounts), Device.revoked_s.is_(None))
        .order_by(Device.id)
    ):
        devices[account].append(device)
    return _People(members, leaves, devices)
