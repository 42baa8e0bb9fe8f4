"""Reading drafts: which there are, where their streams stand, and pages of items of bounded size."""

from collections import defaultdict
from itertools import accumulate
from typing import Final

import sqlalchemy as sa

from portal.server.core.db import Unit
from portal.server.drafts import policy
from portal.server.drafts.models import Draft, DraftItem, DraftStream
from portal.server.drafts.schemas import BaseView, DraftView, ReceiptView, StreamView
from portal.server.rooms import policy as rooms_policy
from portal.server.rooms.reading import PAGE_BYTES, PAGE_ITEMS, PlacedItem
from portal.wire.drafts.streams import ACTS, DraftItemKind, Stream, StreamKind
from portal.wire.ids import AccountId, DraftId, Id, RoomId, b64

RECEIPTS_MAX: Final = 10_000
_STATES: Final = (int(DraftItemKind.SNAPSHOT), int(DraftItemKind.REVISION))


def list_drafts(unit: Unit, account: AccountId, room: RoomId) -> list[DraftView]:
    """Return the drafts of ``room``, the oldest first.

    Raises:
        UserError: room.not_found.
    """
    rooms_policy.get_room_for(unit, account, room)
    drafts = unit.session.scalars(sa.select(Draft).where(Draft.room_id == room).order_by(Draft.created_ms, Draft.id))
    rows = list(drafts)
    streams = _streams_of(unit, [row.id for row in rows])
    return [
        DraftView(draft=row.id, created_ms=row.created_ms, founder=row.founder, streams=tuple(streams[row.id]))
        for row in rows
    ]


def show_streams(unit: Unit, account: AccountId, room: RoomId, draft: DraftId) -> list[StreamView]:
    """Return where the streams of ``draft`` stand.

    Raises:
        UserError: room.not_found, draft.not_found.
    """
    policy.get_draft_for(unit, account, room, draft)
    return _streams_of(unit, [draft])[draft]


def read_items(
    unit: Unit, account: AccountId, room: RoomId, draft: DraftId, stream: Stream, after: int, items: int
) -> list[PlacedItem]:
    """Return what follows ``after`` and the stream's base: at most ``items``, at most 2 MiB if more than one.

    Raises:
        UserError: room.not_found, draft.not_found.
    """
    row = _stream_for(unit, account, room, draft, stream)
    if row is None:
        return []
    return _page(unit, row, max(after, row.base_number), items, sa.true())


def read_revisions(
    unit: Unit, account: AccountId, room: RoomId, draft: DraftId, stream: Stream, after: int, items: int
) -> list[PlacedItem]:
    """Return the revisions after ``after``, also those before the base; bounded like ``read_items``.

    Raises:
        UserError: room.not_found, draft.not_found.
    """
    row = _stream_for(unit, account, room, draft, stream)
    if row is None:
        return []
    revisions = sa.and_(DraftItem.kind.in_(_STATES), DraftItem.kind == int(DraftItemKind.REVISION))
    return _page(unit, row, after, items, revisions)


def receipts_after(unit: Unit, account: AccountId, room: RoomId, draft: DraftId, after: int) -> list[ReceiptView]:
    """Return the receipts of the acts after number ``after``, at most 10,000.

    Raises:
        UserError: room.not_found, draft.not_found.
    """
    row = _stream_for(unit, account, room, draft, ACTS)
    found = unit.connection.execute(
        sa.select(DraftItem.number, DraftItem.receipt)
        .where(DraftItem.stream_id == (row.id if row else 0), DraftItem.number > after)
        .order_by(DraftItem.number)
        .limit(RECEIPTS_MAX)
    )
    return [ReceiptView(number=number, receipt=b64(receipt)) for number, receipt in found if receipt is not None]


def _stream_for(unit: Unit, account: AccountId, room: RoomId, draft: DraftId, stream: Stream) -> DraftStream | None:
    policy.get_draft_for(unit, account, room, draft)
    return unit.session.scalars(
        sa.select(DraftStream).where(
            DraftStream.draft_id == draft, DraftStream.kind == int(stream.kind), DraftStream.owner == stream.owner
        )
    ).one_or_none()


def _page(unit: Unit, row: DraftStream, after: int, items: int, which: sa.ColumnElement[bool]) -> list[PlacedItem]:
    placed = sa.and_(DraftItem.stream_id == row.id, DraftItem.number > after, which)
    sizes = unit.connection.execute(
        sa.select(DraftItem.number, sa.func.length(DraftItem.envelope))
        .where(placed)
        .order_by(DraftItem.number)
        .limit(min(items, PAGE_ITEMS))
    ).all()
    if not sizes:
        return []
    fitting = sum(total <= PAGE_BYTES for total in accumulate(size for _, size in sizes))
    rows = unit.connection.execute(
        sa.select(DraftItem.number, DraftItem.at_ms, DraftItem.envelope)
        .where(placed, DraftItem.number <= sizes[max(fitting, 1) - 1].number)
        .order_by(DraftItem.number)
    )
    return [PlacedItem(number, at_ms, envelope) for number, at_ms, envelope in rows]


def _streams_of(unit: Unit, drafts: list[str]) -> dict[str, list[StreamView]]:
    of_stream = sa.select(sa.func.max(DraftItem.number)).where(DraftItem.stream_id == DraftStream.id)
    newest = of_stream.correlate(DraftStream).scalar_subquery()
    state = of_stream.where(DraftItem.kind.in_(_STATES)).correlate(DraftStream).scalar_subquery()
    rows = unit.session.execute(
        sa.select(DraftStream, DraftItem.number, DraftItem.head, state.label("state"))
        .join(DraftItem, sa.and_(DraftItem.stream_id == DraftStream.id, DraftItem.number == newest))
        .where(DraftStream.draft_id.in_(drafts))
        .order_by(DraftStream.kind, DraftStream.owner)
    )
    views = defaultdict[str, list[StreamView]](list)
    for row in rows:
        views[row.DraftStream.draft_id].append(_stream_view(row))
    return views


def _stream_view(row: sa.Row[DraftStream, int, bytes, int | None]) -> StreamView:
    stream = row.DraftStream
    return StreamView(
        stream=Stream(StreamKind(stream.kind), Id(stream.owner)).name,
        number=row.number,
        head=b64(row.head),
        base=BaseView(number=stream.base_number, head=b64(stream.base_head)),
        state=row.state or 0,
        confirmed=stream.confirmed,
    )
