"""Writing down what a commit or a founding does besides its item: devices, members, welcome, grants, share."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Final

import sqlalchemy as sa

from portal.server.core.db import Unit
from portal.server.rooms.batch import Batch
from portal.server.rooms.memory import MemberMemory, RoomMemory, number_of_epoch
from portal.server.rooms.models import (
    RingGrant,
    Room,
    RoomDevice,
    RoomMember,
    RoomRole,
    ShredShare,
    Welcome,
)
from portal.server.rooms.requests import AppendCommit, Grant
from portal.wire.envelope import Envelope
from portal.wire.errors import OwnFault
from portal.wire.ids import DeviceId, RoomId

SHARE_BYTES: Final = 32
_FROM: Final = "from:"


@dataclass(slots=True)
class Change:
    """What a commit does to a room: devices let in and taken out, accounts that come (with their role) and go.

    ``added`` has the order of the commit's proposals, which gives them their leaves. ``interpreters`` are those of the
    added accounts that are no people. ``history`` is a new policy.
    """

    added: tuple[DeviceId, ...] = ()
    removed: tuple[DeviceId, ...] = ()
    coming: dict[str, RoomRole] = field(default_factory=dict)
    going: set[str] = field(default_factory=set)
    interpreters: set[str] = field(default_factory=set)
    history: str | None = None

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.coming or self.going or self.history)


def apply_change(work: Batch, room: RoomMemory, envelope: Envelope, change: Change, request: AppendCommit) -> None:
    """Write what the commit ``envelope``, which was just appended, changes in ``room``."""
    unit = work.unit
    work.changed(room)
    _begin_epoch(unit, room, envelope)
    if change.history is not None:
        room.history = change.history
        unit.session.execute(sa.update(Room).where(Room.id == room.room).values(history=change.history))
    take_out_devices(unit, room, change.removed)
    for account in change.going:
        take_out_account(work, room, account)
    visible_from = _visible_from(unit, room, envelope)
    for account, role in change.coming.items():
        add_member(unit, room, account, role, visible_from, interpreter=account in change.interpreters)
    for device in change.added:
        add_device(unit, room, device, room.number)
    if request.welcome is not None:
        unit.session.execute(sa.insert(Welcome).values(room_id=room.room, number=room.number, message=request.welcome))
    store_grants(unit, room.room, request.grants)
    if change:
        work.announce(room, came=change.coming, gone=change.going)


def take_out_devices(unit: Unit, room: RoomMemory, devices: Iterable[str]) -> None:
    """Note that these devices are no leaves any more, and drop the welcomes that nobody waits for now."""
    names = list(devices)
    if not names:
        return
    for name in names:
        room.devices[name].leaf = None
    unit.session.execute(
        sa.update(RoomDevice)
        .where(RoomDevice.room_id == room.room, RoomDevice.device_id.in_(names))
        .values(leaf=None, rejoin=False, welcome_number=None)
    )
    drop_unwanted_welcomes(unit, room.room)


def drop_unwanted_welcomes(unit: Unit, room: RoomId) -> None:
    """Delete the welcomes of ``room`` that no device waits for."""
    waited_for = sa.select(RoomDevice.welcome_number).where(
        RoomDevice.room_id == room, RoomDevice.welcome_number.is_not(None)
    )
    unit.session.execute(
        sa.delete(Welcome).where(Welcome.room_id == room, Welcome.number.not_in(waited_for)),
        execution_options={"synchronize_session": False},
    )


def take_out_account(work: Batch, room: RoomMemory, account: str) -> None:
    """End ``account``'s membership: for it the room is as if it had never been, and its sockets hear no more of it."""
    del room.members[account]
    for row in (RoomMember, RingGrant):
        work.unit.session.execute(
            sa.delete(row).where(row.room_id == room.room, row.account_id == account),
            execution_options={"synchronize_session": False},
        )
    work.expel(room, account)


def add_member(
    unit: Unit, room: RoomMemory, account: str, role: RoomRole, visible_from: int, *, interpreter: bool = False
) -> None:
    """Make ``account`` a member from the newest item on; what it may read of before counts as read."""
    room.members[account] = MemberMemory(role=role, disabled=False, interpreter=interpreter)
    unit.session.execute(
        sa.insert(RoomMember).values(
            room_id=room.room,
            account_id=account,
            role=role,
            since_ms=room.at_ms,
            visible_from=visible_from,
            cursor=room.number,
        )
    )


def store_grants(unit: Unit, room: RoomId, grants: Iterable[Grant]) -> None:
    """Store grants that are new in the room."""
    rows = [
        {
            "room_id": room,
            "account_id": grant.account,
            "epoch": grant.epoch,
            "sealed": grant.sealed,
            "device_id": grant.device,
            "signature": grant.signature,
        }
        for grant in grants
    ]
    unit.session.connection().execute(sa.insert(RingGrant), rows)


def make_share(unit: Unit, room: RoomId, bucket: int) -> None:
    """Make the server's half of the record keys of this room and day."""
    share = secrets.token_bytes(SHARE_BYTES)
    unit.session.execute(sa.insert(ShredShare).values(room_id=room, bucket=bucket, share=share))


def _begin_epoch(unit: Unit, room: RoomMemory, commit: Envelope) -> None:
    if commit.bucket > room.bucket:
        make_share(unit, room.room, commit.bucket)
    room.epoch = commit.epoch + 1
    room.began = room.number
    room.previous_bucket, room.bucket = room.bucket, commit.bucket
    unit.session.execute(
        sa.update(Room)
        .where(Room.id == room.room)
        .values(epoch=room.epoch, bucket=room.bucket, previous_bucket=room.previous_bucket)
    )


def _visible_from(unit: Unit, room: RoomMemory, commit: Envelope) -> int:
    """Return the first number that an account let in by ``commit`` may read, by the room's history policy.

    For ``none`` it is what follows the item that the committer had seen last: there the account's grant is based, and
    between that and the commit there may be items that crossed it.
    """
    if room.history == "all":
        return 1
    if room.history.startswith(_FROM):
        began = number_of_epoch(unit, room.room, int(room.history.removeprefix(_FROM)))
        return commit.seen_number + 1 if began is None else min(began, commit.seen_number + 1)
    return commit.seen_number + 1


def add_device(unit: Unit, room: RoomMemory, device: DeviceId, welcome_number: int | None) -> None:
    """Make ``device`` the first leaf that is free (RFC 9420 §7.7); ``welcome_number`` is that of its commit."""
    known = room.device(unit, device)
    if known is None:
        raise OwnFault("server.fault")  # the plan has just read its row
    taken = {other.leaf for other in room.devices.values()}
    known.leaf = next(leaf for leaf in count() if leaf not in taken)
    values = {"leaf": known.leaf, "rejoin": False, "welcome_number": welcome_number}
    changed = unit.session.execute(
        sa.update(RoomDevice)
        .where(RoomDevice.room_id == room.room, RoomDevice.device_id == device)
        .values(**values)
        .returning(RoomDevice.device_id)
    ).all()
    if not changed:
        names = {"room_id": room.room, "device_id": device, "account_id": known.account}
        unit.session.execute(sa.insert(RoomDevice).values(**names, **values))
