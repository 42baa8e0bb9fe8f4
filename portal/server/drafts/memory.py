"""What the record's writer remembers of drafts between two appends, so that the hot path reads no rows.

Everything here can be read anew from the database, which happens at first use, after a rolled back transaction, and
when another process has appended.
"""

from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import sqlalchemy as sa

from portal.server.accounts.models import Device
from portal.server.core.db import Unit
from portal.server.drafts.models import Draft, DraftItem, DraftPurgedSequence, DraftStream
from portal.wire.drafts.envelope import decode_draft_item, first_draft_head
from portal.wire.drafts.rights import DraftRight, RightsTable, parse_rights
from portal.wire.drafts.streams import ACTS, DraftItemKind, Stream, StreamKind
from portal.wire.ids import DraftId, Id, RoomId

DRAFTS_MAX: Final = 512
HEADS_MAX: Final = 1024
"""More than a batch can append, so that heads not yet written are always here."""
STATES: Final = (int(DraftItemKind.SNAPSHOT), int(DraftItemKind.REVISION))


class Pot(NamedTuple):
    """What one account may fill of a draft: its acts by themselves, so that nothing else keeps it from objecting."""

    acts: bool
    account: str


@dataclass(frozen=True, slots=True)
class StateMemory:
    """The newest snapshot or revision of a stream: it holds the items up to ``through``; ``author`` is an account."""

    number: int
    through: int
    head_through: bytes
    author: str


@dataclass(slots=True)
class StreamMemory:
    """A stream as it stands after the last append.

    ``row`` is its row's id, None before its first item. ``confirmed``: the number of the last countersigned state.
    """

    draft: DraftId
    stream: Stream
    row: int | None
    base_number: int
    base_head: bytes
    number: int
    head: bytes
    confirmed: int = 0
    state: StateMemory | None = None
    sequences: dict[str, int] = field(default_factory=dict)
    heads: OrderedDict[int, bytes] = field(default_factory=OrderedDict)

    def advance(self, head: bytes) -> None:
        """Take the next number with its head."""
        self.number += 1
        self.head = head
        self._remember(self.number, head)

    def head_at(self, unit: Unit, number: int) -> bytes | None:
        """Return head_``number``; None if the stream does not reach so far, or its item is purged."""
        if number == self.base_number:
            return self.base_head
        if not self.base_number < number <= self.number:
            return None
        known = self.heads.get(number)
        if known is None:
            rows = sa.select(DraftItem.head).where(DraftItem.stream_id == self.row, DraftItem.number == number)
            known = unit.session.scalar(rows)
            if known is not None:
                self._remember(number, known)
        return known

    def sequence_of(self, unit: Unit, device: str) -> int:
        """Return the last sequence of ``device`` in this stream, 0 before its first item."""
        known = self.sequences.get(device)
        if known is None:
            known = 0 if self.row is None else _last_sequence(unit, self.row, device)
            self.sequences[device] = known
        return known

    def _remember(self, number: int, head: bytes) -> None:
        self.heads[number] = head
        if len(self.heads) > HEADS_MAX:
            self.heads.popitem(last=False)


@dataclass(slots=True)
class DraftMemory:
    """A draft as it stands after the last append. ``at_ms`` is the time of its newest item in any stream."""

    draft: DraftId
    room: RoomId
    table: RightsTable
    at_ms: int
    listed: dict[str, DraftRight] = field(default_factory=dict)
    streams: dict[Stream, StreamMemory] = field(default_factory=dict)
    stored: Counter[Pot] = field(default_factory=Counter)
    """The bytes of envelopes that are stored, of each account in each of its two pots."""

    def set_table(self, table: RightsTable) -> None:
        """Put ``table`` in force."""
        self.table = table
        self.listed = {member["account"]: member for member in table["members"]}

    def stream(self, stream: Stream) -> StreamMemory:
        """Return what is known of ``stream``: an empty one, not kept, if it has no items yet."""
        known = self.streams.get(stream)
        if known is not None:
            return known
        head = first_draft_head(self.draft, stream)
        return StreamMemory(self.draft, stream, None, 0, head, 0, head)

    @property
    def shared_bytes(self) -> int:
        """The bytes of all envelopes but the acts'."""
        return sum(size for pot, size in self.stored.items() if not pot.acts)


class Memory:
    """The drafts used last, at most ``DRAFTS_MAX`` of them."""

    def __init__(self) -> None:
        self._drafts: OrderedDict[str, DraftMemory] = OrderedDict()

    def draft(self, unit: Unit, draft: DraftId) -> DraftMemory | None:
        """Return what is known of ``draft``; None if there is no such draft."""
        known = self._drafts.get(draft)
        if known is not None:
            self._drafts.move_to_end(draft)
            return known
        known = load_draft(unit, draft)
        if known is not None:
            self.keep(known)
        return known

    def known(self, draft: DraftId) -> DraftMemory | None:
        """Return ``draft`` if it is remembered."""
        return self._drafts.get(draft)

    def keep(self, draft: DraftMemory) -> None:
        """Remember ``draft``, and forget the one that was not used for longest if they are too many."""
        self._drafts[draft.draft] = draft
        if len(self._drafts) > DRAFTS_MAX:
            self._drafts.popitem(last=False)

    def forget(self) -> None:
        """Forget everything."""
        self._drafts.clear()

    def forget_draft(self, draft: DraftId) -> None:
        """Forget one draft."""
        self._drafts.pop(draft, None)


def load_draft(unit: Unit, draft: DraftId) -> DraftMemory | None:
    """Read ``draft`` from the database; None if there is none."""
    row = unit.session.get(Draft, draft, populate_existing=True)
    if row is None:
        return None
    room = RoomId(Id(row.room_id))
    known = DraftMemory(draft, room, table_in_force(unit, row), at_ms=0)
    known.set_table(known.table)
    for stream in unit.session.scalars(
        sa.select(DraftStream).where(DraftStream.draft_id == draft).execution_options(populate_existing=True)
    ):
        loaded, at_ms = _load_stream(unit, draft, stream)
        known.streams[loaded.stream] = loaded
        known.at_ms = max(known.at_ms, at_ms)
    known.stored.update(stored_bytes(unit, DraftStream.draft_id == draft))
    return known


def stored_bytes(unit: Unit, which: sa.ColumnElement[bool]) -> dict[Pot, int]:
    """Return the bytes of the envelopes of ``which`` items (a condition on them and their stream), by pot."""
    rows = unit.connection.execute(
        sa.select(DraftStream.kind, Device.account_id, sa.func.sum(sa.func.length(DraftItem.envelope)))
        .join(DraftItem, DraftItem.stream_id == DraftStream.id)
        .join(Device, Device.id == DraftItem.device_id)
        .where(which)
        .group_by(DraftStream.kind, Device.account_id)
    )
    found: Counter[Pot] = Counter()
    for kind, account, size in rows:
        found[Pot(kind == int(StreamKind.ACTS), account)] += int(size)
    return found


def table_in_force(unit: Unit, draft: Draft) -> RightsTable:
    """Return the table of the newest founding or rights item of ``draft``."""
    raw = unit.session.scalars(
        sa.select(DraftItem.envelope)
        .join(DraftStream, DraftStream.id == DraftItem.stream_id)
        .where(
            DraftStream.draft_id == draft.id,
            DraftStream.kind == int(ACTS.kind),
            DraftItem.number == draft.rights_number,
        )
    ).one()
    return parse_rights(decode_draft_item(raw).body, draft.id, draft.room_id)


def newest_number(unit: Unit, row: int) -> int:
    """Return the number of the newest item of the stream with this row."""
    return unit.session.scalar(sa.select(sa.func.max(DraftItem.number)).where(DraftItem.stream_id == row)) or 0


def _load_stream(unit: Unit, draft: DraftId, row: DraftStream) -> tuple[StreamMemory, int]:
    newest = unit.session.execute(
        sa.select(DraftItem.number, DraftItem.head, DraftItem.at_ms)
        .where(DraftItem.stream_id == row.id)
        .order_by(DraftItem.number.desc())
        .limit(1)
    ).one()
    known = StreamMemory(
        draft=draft,
        stream=Stream(StreamKind(row.kind), Id(row.owner)),
        row=row.id,
        base_number=row.base_number,
        base_head=row.base_head,
        number=newest.number,
        head=newest.head,
        confirmed=row.confirmed,
    )
    known.heads[newest.number] = newest.head
    known.state = _newest_state(unit, row.id)
    return known, newest.at_ms


def _newest_state(unit: Unit, row: int) -> StateMemory | None:
    found = unit.session.execute(
        sa.select(DraftItem.number, DraftItem.envelope, Device.account_id)
        .join(Device, Device.id == DraftItem.device_id)
        .where(DraftItem.stream_id == row, DraftItem.kind.in_(STATES))
        .order_by(DraftItem.number.desc())
        .limit(1)
    ).one_or_none()
    if found is None:
        return None
    envelope = decode_draft_item(found.envelope)
    return StateMemory(found.number, envelope.seen_number, envelope.seen_head, found.account_id)


def _last_sequence(unit: Unit, row: int, device: str) -> int:
    stored = sa.select(sa.func.max(DraftItem.sequence)).where(DraftItem.stream_id == row, DraftItem.device_id == device)
    purged = sa.select(DraftPurgedSequence.sequence).where(
        DraftPurgedSequence.stream_id == row, DraftPurgedSequence.device_id == device
    )
    return max(unit.session.scalar(stored) or 0, unit.session.scalar(purged) or 0)
