"""One transaction of the record's writer, as far as drafts are concerned: the rows it will write, what it will send."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple, cast

import sqlalchemy as sa

from portal.server.core import outbox
from portal.server.core.driver import Prepared
from portal.server.core.packets import Json
from portal.server.drafts.following import follow
from portal.server.drafts.memory import DraftMemory, Memory, Pot, StreamMemory, newest_number
from portal.server.drafts.models import Draft, DraftItem, DraftStream
from portal.server.drafts.receipts import Sign, sign_receipt
from portal.server.drafts.requests import DraftRequest
from portal.server.drafts.rules import DraftPlace
from portal.server.rooms.batch import Batch
from portal.server.rooms.memory import RoomMemory
from portal.server.rooms.requests import Receipt, Sender
from portal.wire import events
from portal.wire.drafts.envelope import PREFIX_BYTES, item_place_of, next_draft_head
from portal.wire.drafts.streams import ACTS, DraftItemKind, Stream, StreamKind
from portal.wire.errors import PeerError
from portal.wire.ids import AccountId, DraftId, Id, RoomId, b64

SHOWN_MAX_BYTES: Final = 65_536
"""A larger envelope is not sent to those who listen: they fetch it once they hear of it."""
_items: Final = cast("sa.Table", DraftItem.__table__)
_streams: Final = cast("sa.Table", DraftStream.__table__)
_INSERT: Final = Prepared(_items.insert())
_LOOKUPS: Final = (1, 4, 16, 64, 256)


def _stored_of(count: int) -> Prepared:
    prefix = sa.func.substr(_items.c.envelope, sa.literal_column("1"), sa.literal_column(str(PREFIX_BYTES)))
    place = (_streams.c.draft_id, _streams.c.kind, _streams.c.owner, _items.c.item_id)
    answer = (_items.c.number, _items.c.head, _items.c.at_ms, _items.c.receipt)
    asked = [sa.bindparam(f"item{place}", type_=_items.c.item_id.type) for place in range(count)]
    joined = _items.join(_streams, _streams.c.id == _items.c.stream_id)
    return Prepared(sa.select(*place, *answer, prefix).select_from(joined).where(_items.c.item_id.in_(asked)))


_STORED: Final = {count: _stored_of(count) for count in _LOOKUPS}


class _StoredItem(NamedTuple):
    receipt: Receipt
    item_hash: bytes


class DraftBatch:
    """What the requests of one batch share. Rows of items are written by ``flush``; all other rows at once."""

    def __init__(self, rooms: Batch, memory: Memory, sign: Sign) -> None:
        self.unit = rooms.unit
        self._rooms = rooms
        self._memory = memory
        self._sign = sign
        self._rows: list[dict[str, Any]] = []
        self._followed: set[DraftId] = set()
        self._stored: dict[tuple[str, Stream, str], _StoredItem] = {}

    def room(self, room: RoomId) -> RoomMemory | None:
        """Return what is known of ``room`` after the requests before; None if there is no such room."""
        return self._rooms.room(room)

    def draft(self, draft: DraftId) -> DraftMemory | None:
        """Return what is known of ``draft`` after the requests before; None if there is no such draft."""
        held = self._rooms.held
        if held is not None and draft not in self._followed:
            self._followed.add(draft)
            self._follow(draft)
        known = self._memory.draft(self.unit, draft)
        if held is not None and known is not None and known.room not in held:
            self._memory.forget_draft(draft)  # asked for in a room that it is not of: others may be changing it
        return known

    def _follow(self, draft: DraftId) -> None:
        """Bring memory to what other processes appended."""
        known = self._memory.known(draft)
        possible, something = (False, True) if known is None else follow(self.unit, known)
        if not possible:
            self._memory.forget_draft(draft)
        if something:
            self.unit.outbox.follows_others = True

    def keep(self, draft: DraftMemory) -> None:
        """Remember a draft that this batch opens."""
        self._memory.keep(draft)

    def forget_if_behind(self, draft: DraftId, stream: Stream) -> bool:
        """Forget ``draft`` if the database knows more of ``stream`` than memory does, and tell whether that was so."""
        known = self._memory.draft(self.unit, draft)
        if known is None:
            return False
        found = self.unit.session.scalar(
            sa.select(DraftStream.id).where(
                DraftStream.draft_id == draft, DraftStream.kind == int(stream.kind), DraftStream.owner == stream.owner
            )
        )
        if found is None or newest_number(self.unit, found) <= known.stream(stream).number:
            return False
        self._memory.forget_draft(draft)
        return True

    def look_up(self, requests: Iterable[DraftRequest]) -> None:
        """Find which of the items that ``requests`` bring are stored, for all of them at once, before the first."""
        places = (item_place_of(request.raw) for request in requests if len(request.raw) > PREFIX_BYTES)
        ids = list(dict.fromkeys(place[2] for place in places if place is not None))
        for start in range(0, len(ids), _LOOKUPS[-1]):
            self._look_up(ids[start : start + _LOOKUPS[-1]])

    def _look_up(self, ids: Sequence[str]) -> None:
        count = next(count for count in _LOOKUPS if count >= len(ids))
        asked = {f"item{place}": ids[min(place, len(ids) - 1)] for place in range(count)}
        for draft, kind, owner, item, *answer, prefix in _STORED[count].rows(self.unit.connection, asked):
            stream = Stream(StreamKind(kind), Id(owner))
            self._stored[draft, stream, item] = _StoredItem(Receipt(*answer), hashlib.sha256(prefix).digest())

    def stored_receipt(self, place: DraftPlace, sender: Sender) -> Receipt | None:
        """Return the first acknowledgement, if exactly these bytes are stored and the session's device sent them."""
        stored = self._stored.get(_key(place))
        if stored is None or stored.item_hash != place.item_hash or place.envelope.device != sender.device:
            return None
        return stored.receipt

    def check_unused(self, place: DraftPlace) -> None:
        """Raise PeerError item.conflict if the stream has another item of this id."""
        if _key(place) in self._stored:
            raise PeerError("item.conflict")

    def append(self, draft: DraftMemory, place: DraftPlace, account: str, text: str | None = None) -> Receipt:
        """Give ``account``'s item, which every rule admits, its number, head, time and receipt; send it to who listens.

        Times never go backwards within a draft, and a table of rights is later than everything before it: so readers
        know from times alone which table is in force for an item of another stream.
        """
        envelope = place.envelope
        stream = draft.stream(envelope.stream)
        is_table = envelope.kind in {DraftItemKind.FOUNDING, DraftItemKind.RIGHTS}
        draft.at_ms = max(self.unit.now_ms, draft.at_ms + is_table)
        head = next_draft_head(stream.head, stream.number + 1, draft.at_ms, place.item_hash)
        row = self._row_of(stream)
        draft.streams[envelope.stream] = stream
        stream.advance(head)
        stream.sequences[envelope.device] = envelope.sequence
        draft.stored[Pot(envelope.stream == ACTS, account)] += len(place.raw)
        receipt = Receipt(stream.number, head, draft.at_ms, self._signature(draft, place, stream))
        self._stored[_key(place)] = _StoredItem(receipt, place.item_hash)
        self._rows.append(
            {
                "stream_id": row,
                "number": receipt.number,
                "item_id": envelope.item,
                "kind": int(envelope.kind),
                "seen_number": envelope.seen_number,
                "device_id": envelope.device,
                "sequence": envelope.sequence,
                "head": head,
                "at_ms": receipt.at_ms,
                "envelope": place.raw,
                "receipt": receipt.signature,
            }
        )
        self._send(draft, place, receipt, text)
        return receipt

    def announce(self, room: RoomMemory) -> None:
        """Tell all members that something about the room's drafts changed."""
        audiences = (outbox.account(AccountId(Id(account))) for account in room.members)
        self.unit.outbox.emit(events.DRAFTS_CHANGED, room.room, to=audiences)

    def expelled(self, room: RoomId, account: str) -> None:
        """Take ``account``'s sockets out of those who listen to the room's drafts, before the next item goes out."""
        for draft in self.unit.session.scalars(sa.select(Draft.id).where(Draft.room_id == room)):
            self.unit.outbox.evict(outbox.account(AccountId(Id(account))), outbox.open_draft(DraftId(Id(draft))))

    def flush(self) -> None:
        """Write the items, all by one statement."""
        if self._rows:
            _INSERT.run_all(self.unit.connection, self._rows)
            self._rows.clear()

    def _row_of(self, stream: StreamMemory) -> int:
        if stream.row is None:
            values = {
                "draft_id": stream.draft,
                "kind": int(stream.stream.kind),
                "owner": stream.stream.owner,
                "base_number": 0,
                "base_head": stream.base_head,
                "confirmed": 0,
            }
            stream.row = self.unit.session.execute(
                sa.insert(DraftStream).values(values).returning(DraftStream.id)
            ).scalar_one()
        return stream.row

    def _signature(self, draft: DraftMemory, place: DraftPlace, stream: StreamMemory) -> bytes | None:
        if stream.stream != ACTS:
            return None
        where = (place.item_hash, stream.number, stream.head, draft.at_ms)
        return sign_receipt(self._sign, draft.room, draft.draft, *where)

    def _send(self, draft: DraftMemory, place: DraftPlace, receipt: Receipt, text: str | None) -> None:
        shown = (text or b64(place.raw)) if len(place.raw) <= SHOWN_MAX_BYTES else ""
        self.unit.outbox.emit(
            events.DRAFT_ITEM,
            draft.room,
            draft.draft,
            place.envelope.stream.name,
            receipt.number,
            receipt.at_ms,
            Json(f'"{shown}"'),
            None if receipt.signature is None else b64(receipt.signature),
            to=outbox.open_draft(draft.draft),
        )


def _key(place: DraftPlace) -> tuple[str, Stream, str]:
    return place.envelope.draft, place.envelope.stream, place.envelope.item
