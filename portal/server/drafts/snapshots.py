"""States of a stream: one at a time, confirmed by another delegation, and only then the items that it holds go."""

from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from portal.server.accounts.models import Device
from portal.server.core.db import Unit
from portal.server.drafts.memory import DraftMemory, StateMemory, StreamMemory, stored_bytes
from portal.server.drafts.models import DraftItem, DraftPurgedSequence, DraftStream
from portal.server.drafts.rights import author_in, may_countersign
from portal.server.rooms.memory import RoomMemory
from portal.wire.drafts.countersign import parse_countersign
from portal.wire.drafts.envelope import DraftEnvelope
from portal.wire.drafts.rights import includes
from portal.wire.drafts.streams import PURGED, DraftItemKind
from portal.wire.errors import PeerError, UserError
from portal.wire.fields import StatementError

PATIENCE_MS: Final = 600_000
STATE_KINDS: Final = frozenset({DraftItemKind.SNAPSHOT, DraftItemKind.REVISION})


def check_state(stream: StreamMemory, envelope: DraftEnvelope) -> None:
    """Compare and swap: check that who made a snapshot or revision has seen the one before it.

    Raises:
        UserError: draft.snapshot_taken with the ``number`` of that one.
        PeerError: item.malformed, if the stream has no items yet: others than those who may write would begin it.
    """
    if stream.number == 0:
        raise PeerError("item.malformed", reason="empty stream")
    if stream.state is not None and stream.state.number > envelope.seen_number:
        raise UserError("draft.snapshot_taken", number=stream.state.number)


def check_patience(unit: Unit, draft: DraftMemory, room: RoomMemory, stream: StreamMemory, account: str) -> None:
    """Let who has no pen make one snapshot at a time: the next when the last is confirmed, or ten minutes old.

    Else somebody who may only comment could put a false snapshot on top of each true one before it is confirmed, and
    so keep a stream from ever being shortened. What was appended must have been written.

    Raises:
        UserError: draft.snapshot_taken, as to whoever was overtaken.
    """
    if includes(author_in(unit, draft, room, account).right, "pen"):
        return
    own_ones = (
        sa.select(DraftItem.number)
        .join(Device, Device.id == DraftItem.device_id)
        .where(
            DraftItem.stream_id == stream.row,
            DraftItem.number > stream.confirmed,
            DraftItem.kind == int(DraftItemKind.SNAPSHOT),
            DraftItem.at_ms > unit.now_ms - PATIENCE_MS,
            Device.account_id == account,
        )
    )
    last = unit.session.scalar(own_ones.order_by(DraftItem.number.desc()).limit(1))
    if last is not None:
        raise UserError("draft.snapshot_taken", number=last)


def note_state(stream: StreamMemory, envelope: DraftEnvelope, author: str) -> None:
    """Remember the snapshot or revision that was just appended."""
    stream.state = StateMemory(stream.number, envelope.seen_number, envelope.seen_head, author)


def check_countersign(
    unit: Unit, draft: DraftMemory, room: RoomMemory, envelope: DraftEnvelope, account: str
) -> StateMemory:
    """Return the state that ``account`` confirms.

    Raises:
        PeerError: draft.malformed, if the body says nothing.
        UserError: draft.countersign with the ``reason``: "newest" (another state than the newest), "confirmed" (it is
            already), "delegation" (the author's own, where another one could).
    """
    stream = draft.stream(envelope.stream)
    try:
        named = parse_countersign(envelope.body).snapshot
    except StatementError as error:
        raise PeerError("draft.malformed", reason=str(error)) from None
    state = stream.state
    if state is None or state.number != named:
        raise UserError("draft.countersign", reason="newest")
    if stream.confirmed >= state.number:
        raise UserError("draft.countersign", reason="confirmed")
    if not may_countersign(unit, draft, room, account=account, author=state.author):
        raise UserError("draft.countersign", reason="delegation")
    return state


def confirm(unit: Unit, draft: DraftMemory, stream: StreamMemory, state: StateMemory) -> None:
    """Note that ``state`` is confirmed, and purge what it holds where the stream is one that is purged.

    The chain of what is left begins at the state's place: number and head that its author has signed as seen.
    """
    stream.confirmed = state.number
    values: dict[str, int | bytes] = {"confirmed": state.number}
    if stream.stream.kind in PURGED and state.through > stream.base_number:
        _purge(unit, draft, stream, state.through)
        stream.base_number, stream.base_head = state.through, state.head_through
        values |= {"base_number": state.through, "base_head": state.head_through}
    unit.session.execute(sa.update(DraftStream).where(DraftStream.id == stream.row).values(**values))


def _purge(unit: Unit, draft: DraftMemory, stream: StreamMemory, through: int) -> None:
    going = sa.and_(
        DraftItem.stream_id == stream.row,
        DraftItem.number <= through,
        DraftItem.kind != int(DraftItemKind.REVISION),
    )
    insert = sqlite.insert if unit.connection.dialect.name == "sqlite" else postgresql.insert
    last = sa.select(DraftItem.stream_id, DraftItem.device_id, sa.func.max(DraftItem.sequence)).where(going)
    kept = insert(DraftPurgedSequence).from_select(
        ["stream_id", "device_id", "sequence"], last.group_by(DraftItem.stream_id, DraftItem.device_id)
    )
    unit.session.execute(
        kept.on_conflict_do_update(index_elements=["stream_id", "device_id"], set_={"sequence": kept.excluded.sequence})
    )
    draft.stored.subtract(stored_bytes(unit, going))
    unit.session.execute(sa.delete(DraftItem).where(going), execution_options={"synchronize_session": False})
