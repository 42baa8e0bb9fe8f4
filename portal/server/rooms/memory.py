"""What the record's writer remembers of rooms between two appends, so that the hot path reads no rows.

Everything here can be read anew from the database (``load_room``), which happens at first use, after a rolled back
transaction, and when the standing of a member or device changed.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import sqlalchemy as sa
from nacl.signing import VerifyKey

from portal.server.accounts.models import Account, Device
from portal.server.core.db import Unit
from portal.server.rooms import policy
from portal.server.rooms.key_packages import identity_of
from portal.server.rooms.models import RecordItem, Room, RoomDevice, RoomKind, RoomMember, RoomRole, RoomState
from portal.wire.envelope import ItemKind, first_head
from portal.wire.ids import DeviceId, RoomId

ROOMS_MAX: Final = 512
HEADS_MAX: Final = 1024
"""More than a batch can append and look up, so that heads not yet written are always here."""


@dataclass(slots=True)
class MemberMemory:
    """A member account; ``interpreter`` tells that it is no person, and has no say about who is in the room."""

    role: RoomRole
    disabled: bool
    interpreter: bool


@dataclass(slots=True)
class DeviceMemory:
    """A device that may send, or once could; ``sequence`` is its last one here, ``leaf`` its place in the group's tree.

    ``identity`` is what its leaf's credential must say.
    """

    account: str
    key: VerifyKey
    identity: bytes
    sequence: int
    leaf: int | None
    revoked: bool


class FollowedItem(NamedTuple):
    """What memory holds of an item, as another process wrote it."""

    room: str
    number: int
    head: bytes
    at_ms: int
    device: str
    sequence: int


@dataclass(slots=True)
class RoomMemory:
    """A room as it stands after the last append.

    ``began`` is the number of the item that began the current epoch; ``heads`` those made and used last, by number;
    ``stamp`` that of the row which all but the newest items was read from.
    """

    room: RoomId
    kind: RoomKind
    state: RoomState
    history: str
    epoch: int
    bucket: int
    previous_bucket: int
    began: int
    number: int
    head: bytes
    at_ms: int
    stamp: int = 0
    members: dict[str, MemberMemory] = field(default_factory=dict)
    devices: dict[str, DeviceMemory] = field(default_factory=dict)
    heads: OrderedDict[int, bytes] = field(default_factory=OrderedDict)

    def advance(self, head: bytes, at_ms: int) -> None:
        """Take the next number with its head."""
        self.number += 1
        self.head = head
        self.at_ms = at_ms
        self._remember(self.number, head)

    def follow(self, item: "FollowedItem") -> None:
        """Take the next number for an item that another process appended."""
        self.advance(item.head, item.at_ms)
        device = self.devices.get(item.device)
        if device is not None:
            device.sequence = item.sequence

    def head_at(self, unit: Unit, number: int) -> bytes | None:
        """Return head_``number``, or None if the record does not reach so far."""
        if number > self.number:
            return None
        if number == 0:
            return first_head(self.room)
        known = self.heads.get(number)
        if known is None:
            rows = sa.select(RecordItem.head).where(RecordItem.room_id == self.room, RecordItem.number == number)
            known = unit.session.scalar(rows)
            if known is not None:
                self._remember(number, known)
        return known

    def _remember(self, number: int, head: bytes) -> None:
        self.heads[number] = head
        if len(self.heads) > HEADS_MAX:
            self.heads.popitem(last=False)

    def device(self, unit: Unit, name: DeviceId) -> DeviceMemory | None:
        """Return a device that may send here. It need not be a leaf: with ring grants alone it can read and write."""
        known = self.devices.get(name)
        if known is None:
            row = unit.session.get(Device, name, populate_existing=True)
            if row is None:
                return None
            rows = sa.select(sa.func.max(RecordItem.sequence))
            last = unit.session.scalar(rows.where(RecordItem.room_id == self.room, RecordItem.device_id == name))
            known = DeviceMemory(
                account=row.account_id,
                key=VerifyKey(row.key),
                identity=identity_of(row),
                sequence=last or 0,
                leaf=None,
                revoked=row.revoked_s is not None,
            )
            self.devices[name] = known
        return known

    def devices_of(self, account: str) -> Iterator[str]:
        """Devices of ``account`` that are in the room's group now."""
        return (device for device, known in self.devices.items() if known.leaf is not None and known.account == account)


class Memory:
    """The rooms used last, at most ``ROOMS_MAX`` of them."""

    def __init__(self) -> None:
        self._rooms: OrderedDict[str, RoomMemory] = OrderedDict()

    def room(self, unit: Unit, room: RoomId) -> RoomMemory | None:
        """Return what is known of ``room``; None if there is no such room."""
        known = self._rooms.get(room)
        if known is not None:
            self._rooms.move_to_end(room)
            return known
        known = load_room(unit, room)
        if known is not None:
            self.keep(known)
        return known

    def known(self, room: str) -> RoomMemory | None:
        """Return ``room`` if it is remembered."""
        return self._rooms.get(room)

    def keep(self, room: RoomMemory) -> None:
        """Remember ``room``, and forget the one that was not used for longest if they are too many."""
        self._rooms[room.room] = room
        if len(self._rooms) > ROOMS_MAX:
            self._rooms.popitem(last=False)

    def forget(self) -> None:
        """Forget everything."""
        self._rooms.clear()

    def forget_room(self, room: str) -> None:
        """Forget one room."""
        self._rooms.pop(room, None)

    def forget_account(self, account: str) -> None:
        """Forget the rooms in which ``account`` is a member or has or had a device."""
        stale = [
            name
            for name, room in self._rooms.items()
            if account in room.members or any(device.account == account for device in room.devices.values())
        ]
        for name in stale:
            del self._rooms[name]


def load_room(unit: Unit, room: RoomId) -> RoomMemory | None:
    """Read ``room`` from the database; None if there is none."""
    row = unit.session.get(Room, room, populate_existing=True)
    if row is None:
        return None
    newest = unit.session.execute(
        sa.select(RecordItem.number, RecordItem.head, RecordItem.at_ms)
        .where(RecordItem.room_id == room)
        .order_by(RecordItem.number.desc())
        .limit(1)
    ).one()
    known = RoomMemory(
        room=room,
        kind=row.kind,
        state=row.state,
        history=row.history,
        epoch=row.epoch,
        bucket=row.bucket,
        previous_bucket=row.previous_bucket,
        began=number_of_epoch(unit, room, row.epoch) or 1,
        number=newest.number,
        head=newest.head,
        at_ms=newest.at_ms,
        stamp=row.stamp,
    )
    known.heads[newest.number] = newest.head
    known.members = _members(unit, room)
    known.devices = _devices(unit, room)
    return known


def number_of_epoch(unit: Unit, room: RoomId, epoch: int) -> int | None:
    """Return the number of the item that began ``epoch``: 1 for epoch 0, None for one that has not begun."""
    if epoch == 0:
        return 1
    return unit.session.scalar(
        sa.select(RecordItem.number).where(
            RecordItem.room_id == room, RecordItem.epoch == epoch - 1, RecordItem.kind == int(ItemKind.COMMIT)
        )
    )


def _members(unit: Unit, room: RoomId) -> dict[str, MemberMemory]:
    rows = unit.session.execute(
        sa.select(
            RoomMember.account_id,
            RoomMember.role,
            Account.disabled,
            policy.is_interpreter(RoomMember.account_id).label("interpreter"),
        )
        .join(Account, Account.id == RoomMember.account_id)
        .where(RoomMember.room_id == room)
    )
    return {row.account_id: MemberMemory(row.role, row.disabled, row.interpreter) for row in rows}


def _devices(unit: Unit, room: RoomId) -> dict[str, DeviceMemory]:
    last = (
        sa.select(sa.func.max(RecordItem.sequence))
        .where(RecordItem.room_id == RoomDevice.room_id, RecordItem.device_id == RoomDevice.device_id)
        .correlate(RoomDevice)
        .scalar_subquery()
    )
    rows = unit.session.execute(
        sa.select(RoomDevice, Device, last.label("last"))
        .join(Device, Device.id == RoomDevice.device_id)
        .where(RoomDevice.room_id == room)
        .execution_options(populate_existing=True)
    )
    return {
        row.RoomDevice.device_id: DeviceMemory(
            account=row.RoomDevice.account_id,
            key=VerifyKey(row.Device.key),
            identity=identity_of(row.Device),
            sequence=row.last or 0,
            leaf=row.RoomDevice.leaf,
            revoked=row.Device.revoked_s is not None,
        )
        for row in rows
    }
