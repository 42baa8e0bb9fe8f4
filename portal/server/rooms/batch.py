"""One transaction of the record's writer: what it found stored, the rows it will write, the events it will send."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple, cast

import sqlalchemy as sa

from portal.server.core import outbox
from portal.server.core.db import Unit
from portal.server.core.driver import Prepared
from portal.server.core.packets import Json
from portal.server.rooms.memory import DeviceMemory, Memory, RoomMemory
from portal.server.rooms.models import RecordItem, Room
from portal.server.rooms.requests import AppendCommit, AppendContent, FoundRoom, Receipt, RecordRequest, Sender
from portal.server.rooms.rules import Item
from portal.wire import events
from portal.wire.envelope import PREFIX_BYTES, item_id_of, next_head
from portal.wire.errors import PeerError
from portal.wire.ids import AccountId, Id, RoomId, b64

# Tables, not entities: the hot path needs no unit-of-work bookkeeping.
_items: Final = cast("sa.Table", RecordItem.__table__)
_INSERT: Final = Prepared(_items.insert())
_LOOKUPS: Final = (1, 4, 16, 64, 256)
"""How many ids one query asks for; the last is repeated to fill it. Few texts, so that databases keep their plans."""


def _stored_of(count: int) -> Prepared:
    # An id can be in many rooms: without the bodies, of up to 1 MiB each.
    prefix = sa.func.substr(_items.c.envelope, sa.literal_column("1"), sa.literal_column(str(PREFIX_BYTES)))
    columns = (_items.c.room_id, _items.c.item_id, _items.c.number, _items.c.head, _items.c.at_ms, prefix)
    asked = [sa.bindparam(f"item{place}", type_=_items.c.item_id.type) for place in range(count)]
    return Prepared(sa.select(*columns).where(_items.c.item_id.in_(asked)))


_STORED: Final = {count: _stored_of(count) for count in _LOOKUPS}


class StoredItem(NamedTuple):
    """An item that the record holds already, or that this batch appends."""

    receipt: Receipt
    item_hash: bytes


class Batch:
    """What the requests of one batch share. Rows of items are written by ``flush``; all other rows at once."""

    def __init__(self, unit: Unit, memory: Memory, held: frozenset[RoomId] | None = None) -> None:
        self.unit = unit
        self.held = held
        """The rooms that are held from other processes; None where there are none."""
        self._memory = memory
        self._left: set[RoomId] = set()
        self._rows: list[dict[str, Any]] = []
        self._stored: dict[tuple[str, str], StoredItem] = {}
        self.on_expelled: Callable[[RoomId, str], None] = lambda _room, _account: None
        """Called when an account is taken out of a room."""

    def room(self, room: RoomId) -> RoomMemory | None:
        """Return what is known of ``room`` after the requests before; None if there is no such room."""
        return self._memory.room(self.unit, room)

    def forget_if_behind(self, room: RoomId) -> bool:
        """Forget ``room`` if the database knows more of it than memory does, and tell whether that was so.

        It means that a second process appended to it. Had this batch appended, too, their numbers would collide, and
        the batch be done again with a fresh memory.
        """
        known = self._memory.room(self.unit, room)
        newest = self.unit.session.scalar(sa.select(sa.func.max(_items.c.number)).where(_items.c.room_id == room))
        if known is None or newest is None or newest <= known.number:
            return False
        self._memory.forget_room(room)
        return True

    def keep(self, room: RoomMemory) -> None:
        """Remember a room that this batch opens."""
        self._memory.keep(room)

    def look_up(self, requests: Iterable[RecordRequest]) -> None:
        """Find which of the items that ``requests`` bring are stored, for all of them at once.

        Once a batch, before the first of them: an id that is not found is new. Otherwise the insertion would refuse it,
        and with it the whole transaction, at the will of whoever sends it.
        """
        asked = dict.fromkeys(
            item_id_of(request.raw)
            for request in requests
            if isinstance(request, AppendContent | AppendCommit | FoundRoom) and len(request.raw) > PREFIX_BYTES
        )
        ids = list(asked)
        for start in range(0, len(ids), _LOOKUPS[-1]):
            self._look_up(ids[start : start + _LOOKUPS[-1]])

    def _look_up(self, ids: Sequence[str]) -> None:
        count = next(count for count in _LOOKUPS if count >= len(ids))
        asked = {f"item{place}": ids[min(place, len(ids) - 1)] for place in range(count)}
        for room, item, number, head, at_ms, prefix in _STORED[count].rows(self.unit.connection, asked):
            self._stored[room, item] = StoredItem(Receipt(number, head, at_ms), hashlib.sha256(prefix).digest())

    def stored_receipt(self, item: Item, sender: Sender) -> Receipt | None:
        """Return the first acknowledgement, if exactly these bytes are stored and the session's device sent them."""
        stored = self._stored.get((item.envelope.room, item.envelope.item))
        if stored is None or stored.item_hash != item.item_hash or item.envelope.device != sender.device:
            return None
        return stored.receipt

    def check_unused(self, item: Item) -> None:
        """Raise PeerError item.conflict if the room's record has another item of this id."""
        if (item.envelope.room, item.envelope.item) in self._stored:
            raise PeerError("item.conflict")

    def append(self, room: RoomMemory, device: DeviceMemory, item: Item, text: str | None = None) -> Receipt:
        """Give ``item``, which every rule admits, its number, head and time, and send it to those who listen.

        ``text`` is the item in base64url, if that is known already.
        """
        envelope = item.envelope
        head = next_head(room.head, room.number + 1, item.item_hash)
        # The record's times never go backwards, even if the server's clock does.
        room.advance(head, max(self.unit.now_ms, room.at_ms))
        device.sequence = envelope.sequence
        receipt = Receipt(room.number, head, room.at_ms)
        self._stored[envelope.room, envelope.item] = StoredItem(receipt, item.item_hash)
        self._rows.append(
            {
                "room_id": envelope.room,
                "number": receipt.number,
                "item_id": envelope.item,
                "kind": int(envelope.kind),
                "epoch": envelope.epoch,
                "bucket": envelope.bucket,
                "device_id": envelope.device,
                "sequence": envelope.sequence,
                "head": head,
                "at_ms": receipt.at_ms,
                "envelope": item.raw,
            }
        )
        encoded = Json(f'"{text or b64(item.raw)}"')
        self.unit.outbox.emit(
            events.ITEM, room.room, receipt.number, receipt.at_ms, encoded, to=outbox.open_room(room.room)
        )
        return receipt

    def announce(self, room: RoomMemory, *, came: Iterable[str] = (), gone: Iterable[str] = ()) -> None:
        """Tell all members that the room changed, and those who came or are gone that their list of rooms did."""
        self.unit.outbox.emit(events.ROOM_CHANGED, room.room, to=map(_audience, room.members))
        self.unit.outbox.emit(events.ROOMS_CHANGED, to=map(_audience, (*came, *gone)))

    def changed(self, room: RoomMemory) -> None:
        """Note that members, devices or the room itself change: what other processes remember of it is old now."""
        if self.held is not None:
            self.unit.session.execute(sa.update(Room).where(Room.id == room.room).values(stamp=room.stamp + 1))
            room.stamp += 1

    def expel(self, room: RoomMemory, account: str) -> None:
        """Take ``account``'s sockets out of those who listen, before the next item goes out."""
        # Nobody tells us any more when devices of this account are revoked, so none of them is remembered.
        self._left.add(room.room)
        self.unit.outbox.evict(_audience(account), outbox.open_room(room.room))
        self.on_expelled(room.room, account)

    def flush(self) -> None:
        """Write the items, all by one statement."""
        if self._rows:
            _INSERT.run_all(self.unit.connection, self._rows)
        for room in self._left:
            self._memory.forget_room(room)


def _audience(account: str) -> outbox.Audience:
    return outbox.account(AccountId(Id(account)))
