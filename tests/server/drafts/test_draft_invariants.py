"""Whatever people send, in whatever order and however often the server forgets: streams keep their shape."""

from dataclasses import dataclass, field
from functools import partial
from typing import Any

import flask
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.server.core.db import Unit
from portal.server.core.writer import GroupCommitWriter
from portal.server.drafts.memory import load_draft
from portal.server.drafts.models import DraftItem, DraftStream
from portal.server.drafts.requests import AppendDraftItem
from portal.server.rooms.feature import Rooms
from portal.server.rooms.requests import Receipt, RecordRequest, Sender
from portal.wire.drafts.envelope import decode_draft_item, next_draft_head
from portal.wire.drafts.streams import TEXT, DraftItemKind, StreamKind
from portal.wire.errors import PortalError
from tests.server.drafts.conftest import Scene
from tests.server.drafts.driver import Table, right
from tests.server.rooms.driver import Peer, portal_of

UPDATE, SNAPSHOT, REVISION, COUNTERSIGN = (
    DraftItemKind.UPDATE,
    DraftItemKind.SNAPSHOT,
    DraftItemKind.REVISION,
    DraftItemKind.COUNTERSIGN,
)
# What an item may get wrong; None is an item without fault.
FAULTS: tuple[dict[str, Any] | None, ...] = (None, None, None, {"sequence": 90}, {"seen_head": bytes(32)}, {"epoch": 9})
who = st.integers(0, 3)
acts = st.one_of(
    st.tuples(st.sampled_from((UPDATE, UPDATE, UPDATE, SNAPSHOT, REVISION)), who, st.sampled_from(range(len(FAULTS)))),
    st.tuples(st.just(COUNTERSIGN), who, st.integers(0, 2)),
    st.tuples(st.just("again"), who, st.integers(0, 30)),
    st.tuples(st.just("forget"), st.just(0), st.just(0)),
)


@dataclass
class Play:
    """One draft, and what became of each item."""

    app: flask.Flask
    table: Table
    peers: list[Peer]
    sent: list[AppendDraftItem] = field(default_factory=list)
    receipts: dict[bytes, Receipt] = field(default_factory=dict)

    def step(self, act: Any, place: int, detail: int) -> None:
        rooms, peer = portal_of(self.app).get(Rooms), self.peers[place]
        if act == "forget":
            rooms.handler.rolled_back()
            return
        if act == "again":
            if self.sent:
                self.ask(self.sent[detail % len(self.sent)])
            return
        changes: dict[str, Any] = {}
        if act is COUNTERSIGN:
            state = self.table.stream(peer, TEXT)["state"]
            changes["body"] = self.table.countersign(max(state - (detail == 2), 0))
        elif FAULTS[detail] is not None:
            changes |= FAULTS[detail] or {}
        raw = self.table.item(peer, TEXT, act, **changes)
        self.ask(AppendDraftItem(Sender(peer.account, peer.device), raw, self.table.room, self.table.draft))

    def ask(self, request: AppendDraftItem) -> None:
        writer = portal_of(self.app).get(Rooms).writer
        known, outcome = self.receipts.get(request.raw), _outcome(writer, request)
        if isinstance(outcome, PortalError):
            # What was taken once is refused only if it was purged since.
            assert known is None or outcome.code == "item.sequence"
            return
        assert known in {None, outcome}
        self.receipts[request.raw] = outcome
        self.sent.append(request)
        envelope = decode_draft_item(request.raw)
        key = (envelope.device, TEXT)
        self.table.sequences[key] = max(self.table.sequences.get(key, 0), envelope.sequence)

    def check(self) -> None:
        """Rows are a chain from the base on, and what a server remembers is what it would read anew."""
        database = portal_of(self.app).database
        stream, rows = database.read(lambda unit: _rows(unit, self.table))
        if stream is None:
            assert self.receipts == {}
            return
        kept = [row for row in rows if row.number > stream.base_number]
        older = [row for row in rows if row.number <= stream.base_number]
        assert all(row.kind == int(REVISION) for row in older)
        head = stream.base_head
        for number, row in enumerate(kept, start=stream.base_number + 1):
            head = next_draft_head(head, number, row.at_ms, decode_draft_item(row.envelope).item_hash)
            assert (row.number, row.head) == (number, head)
        assert kept[-1].number == len(self.receipts)
        portal_of(self.app).get(Rooms).handler.rolled_back()
        fresh = database.read(lambda unit: load_draft(unit, self.table.draft))
        assert fresh is not None
        assert fresh.shared_bytes == sum(len(row.envelope) for row in rows)
        known = {device: last for (device, which), last in self.table.sequences.items() if which == TEXT}
        for device, sequence in known.items():
            assert database.read(partial(fresh.stream(TEXT).sequence_of, device=device)) == sequence


def _outcome(writer: GroupCommitWriter[RecordRequest, Receipt], request: AppendDraftItem) -> Receipt | PortalError:
    try:
        return writer.append(request)
    except PortalError as refusal:
        return refusal


def _rows(unit: Unit, table: Table) -> tuple[DraftStream | None, list[DraftItem]]:
    streams = sa.select(DraftStream).where(
        DraftStream.draft_id == table.draft, DraftStream.kind == int(StreamKind.TEXT)
    )
    stream = unit.session.scalars(streams).one_or_none()
    items = sa.select(DraftItem).where(DraftItem.stream_id == (stream.id if stream else 0)).order_by(DraftItem.number)
    return stream, list(unit.session.scalars(items))


@pytest.mark.slow
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plays=st.lists(acts, min_size=6, max_size=24))
def test_streams_keep_their_shape(app: flask.Flask, scene: Scene, plays: list[tuple[Any, int, int]]) -> None:
    lines = (
        right(scene.pen, "pen", scene.ours),
        right(scene.aide, "pen", scene.ours),
        right(scene.other, "pen", scene.theirs),
    )
    play = Play(app, Table.found(scene.chair, scene.room, *lines), [scene.chair, scene.pen, scene.aide, scene.other])
    for act, place, detail in plays:
        play.step(act, place, detail)
    play.check()
