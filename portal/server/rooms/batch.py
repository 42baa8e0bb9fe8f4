"""One transaction of the record's writer: what it found stored, the rows it will write, the events it will send."""

import hashlib
from collections.abc import Iterable
from typing import Any, Final, NamedTuple, cast

import sqlalchemy as sa

from portal.server.core import outbox
from portal.server.core.db import Unit
from portal.server.core.driver import Prepared
from portal.server.core.packets import Json
from portal.server.rooms.memory import DeviceMemory, Memory, RoomMemory
from portal.server.rooms.models import RecordItem
from portal.server.rooms.requests import Receipt, Sender
from portal.server.rooms.rules import Item
from portal.wire import events
from portal.wire.envelope import PREFIX_BYTES, Envelope, next_head
from portal.wire.errors import PeerError
from portal.wire.ids import AccountId, Id, RoomId, b64

# Tables, not entities: the hot path needs no unit-of-work bookkeeping.
_items: Final = cast("sa.Table", RecordItem.__table__)
_INSERT: Final = Prepared(_items.insert())
_STORED: Final = Prepared(
    sa.select(_items.c.number, _items.c.head, _items.c.at_ms, _items.c.envelope).where(
        _items.c.room_id == sa.bindparam("room"), _items.c.item_id == sa.bindparam("item")
    )
)


class StoredItem(NamedTuple):
    """An item that the record holds already, or that this batch appends."""

    receipt: Receipt
    item_hash: bytes


class Batch:
    """What the requests of one batch share. Rows of items are written by ``flush``; all other rows at once."""

    def __init__(self, unit: Unit, memory: Memory) -> None:
        self.unit = unit
        self._memory = memory
        self._rows: list[dict[str, Any]] = []
        self._stored: dict[tuple[str, str], StoredItem] = {}

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

    def stored_receipt(self, item: Item, sender: Sender) -> Receipt | None:
        """Return the first acknowledgement, if exactly these bytes are stored and the session's device sent them."""
        stored = self._find(item.envelope)
        if stored is None or stored.item_hash != item.item_hash or item.envelope.device != sender.device:
            return None
        return stored.receipt

    def check_unused(self, item: Item) -> None:
        """Raise PeerError item.conflict if the room's record has another item of this id."""
        if (item.envelope.room, item.envelope.item) in self._stored:
            raise PeerError("item.conflict")

    def _find(self, envelope: Envelope) -> StoredItem | None:
        """Return the item of this id.

        The database is not asked about one that continues its device's sequence: it is new, or its id is another
        item's, which the insertion refuses. The writer then begins anew, with a memory that knows no sequence.
        """
        key = envelope.room, envelope.item
        stored = self._stored.get(key)
        device = self._memory.device(envelope.room, envelope.device)
        if stored is not None or (device is not None and envelope.sequence == device.sequence + 1):
            return stored
        for number, head, at_ms, raw in _STORED.rows(self.unit.connection, {"room": key[0], "item": key[1]}):
            item_hash = hashlib.sha256(raw[:PREFIX_BYTES]).digest()
            stored = self._stored[key] = StoredItem(Receipt(number, head, at_ms), item_hash)
        return stored

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

    def expel(self, room: RoomMemory, account: str) -> None:
        """Take ``account``'s sockets out of those who listen, before the next item goes out."""
        self.unit.outbox.evict(_audience(account), outbox.open_room(room.room))

    def flush(self) -> None:
        """Write the items, all by one statement."""
        if self._rows:
            _INSERT.run_all(self.unit.connection, self._rows)


def _audience(account: str) -> outbox.Audience:
    return outbox.account(AccountId(Id(account)))
