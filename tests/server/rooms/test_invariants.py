"""Whatever people do, in whatever order and however often the server forgets: the record keeps its shape."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from portal.server.core.db import Unit
from portal.server.rooms.feature import Rooms
from portal.server.rooms.memory import load_room
from portal.server.rooms.models import RecordItem
from portal.server.rooms.requests import (
    Addition,
    AppendCommit,
    AppendContent,
    LeaveRoom,
    Receipt,
    RecordRequest,
    Sender,
    SetState,
)
from portal.server.rooms.schemas import GrantText
from portal.wire.envelope import ItemKind, decode_envelope
from portal.wire.errors import PortalError
from portal.wire.ids import RoomId, b64, unb64
from tests.server.rooms.driver import Json, Peer, check_chain, portal_of

PEERS = 4
# What a content item may get wrong; None is an item without fault.
FAULTS: tuple[dict[str, Any] | None, ...] = (
    None,
    None,
    None,
    {"sequence": 1},
    {"sequence": 90},
    {"epoch": 77},
    {"bucket": 3},
    {"seen_head": bytes(32)},
    {"seen_number": 10**6},
)
who = st.integers(0, PEERS - 1)
send = st.tuples(st.just("send"), who, st.sampled_from(range(len(FAULTS))))
acts = st.one_of(
    send,
    send,
    st.tuples(st.just("again"), st.integers(0, 30), st.just(0)),
    st.tuples(st.just("commit"), who, st.just(0)),
    st.tuples(st.just("race"), who, who),
    st.tuples(st.just("add"), who, who),
    st.tuples(st.just("remove"), who, who),
    st.tuples(st.just("leave"), who, st.just(0)),
    st.tuples(st.just("state"), who, st.booleans()),
    st.tuples(st.just("forget"), st.just(0), st.just(0)),
)


@dataclass
class Play:
    """One room, some people, and what became of each act."""

    app: flask.Flask
    peers: list[Peer]
    room: RoomId
    sent: list[AppendContent | AppendCommit] = field(default_factory=list)
    receipts: dict[bytes, Receipt] = field(default_factory=dict)

    @property
    def rooms(self) -> Rooms:
        return portal_of(self.app).get(Rooms)

    def state(self) -> Json:
        return self.peers[0].room(self.room)

    def ask(self, request: RecordRequest) -> Receipt | str:
        """Append; return the receipt or the code of the refusal."""
        try:
            receipt = self.rooms.writer.append(request)
        except PortalError as refusal:
            return refusal.code
        if isinstance(request, AppendContent | AppendCommit):
            self.sent.append(request)
            assert self.receipts.setdefault(request.raw, receipt) == receipt
            envelope = decode_envelope(request.raw)
            peer = next(peer for peer in self.peers if peer.device == envelope.device)
            peer.sequences[self.room] = max(peer.sequences.get(self.room, 0), envelope.sequence)
        return receipt

    def act(self, name: str, first: int, second: int) -> None:
        """Do one thing; it is accepted or refused by a rule, and never breaks the server."""
        peer = self.peers[first % PEERS]
        match name:
            case "send":
                self._send(peer, FAULTS[second])
            case "again" if self.sent:
                request = self.sent[first % len(self.sent)]
                assert self.ask(request) == self.receipts[request.raw]
            case "commit":
                assert self.ask(self._commit(peer)) != "server.fault"
            case "race":
                self._race(peer, self.peers[second])
            case "add":
                assert self.ask(self._commit(peer, add=[self.peers[second]])) != "server.fault"
            case "remove":
                assert self.ask(self._commit(peer, remove=[self.peers[second]])) != "server.fault"
            case "leave":
                self.ask(LeaveRoom(peer.account, self.room))
            case "state":
                self.ask(SetState(peer.account, self.room, "archived" if second else "active"))
            case "forget":
                self.rooms.handler.rolled_back()

    def _send(self, peer: Peer, fault: dict[str, Any] | None) -> None:
        state = self.state()
        raw = peer.content(self.room, state, **(fault or {}))
        outcome = self.ask(AppendContent(Sender(peer.account, peer.device), raw, self.room))
        assert outcome != "server.fault"
        inside = peer.account in {member["account"] for member in state["members"]}
        if not inside:
            assert outcome == "room.not_found"
        elif state["state"] == "archived":
            assert outcome == "room.archived"
        elif fault is None:
            assert isinstance(outcome, Receipt)
            assert outcome.number == state["number"] + 1

    def _race(self, first: Peer, second: Peer) -> None:
        """Two commits of the same epoch: never both."""
        if first is second:
            return
        outcomes = [self.ask(request) for request in (self._commit(first), self._late(second))]
        assert sum(isinstance(outcome, Receipt) for outcome in outcomes) <= 1

    def _late(self, peer: Peer) -> AppendCommit:
        """A commit of the epoch that the last one has just ended, if it did."""
        state = self.state()
        return self._commit(peer, epoch=max(0, state["epoch"] - 1), state=state)

    def _commit(self, peer: Peer, **how: Any) -> AppendCommit:
        state = how.pop("state", None) or self.state()
        body = peer.commit_body(self.room, state=state, **how)
        return AppendCommit(
            Sender(peer.account, peer.device),
            unb64(body["envelope"]),
            self.room,
            added=tuple(Addition(added["account"], added["device"]) for added in body["added"]),
            removed=tuple(body["removed"]),
            welcome=None if body["welcome"] is None else unb64(body["welcome"]),
            grants=tuple(GrantText(**grant).opened() for grant in body["grants"]),
        )


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(acts, min_size=5, max_size=40))
def test_the_record_keeps_its_shape(app: flask.Flask, done: list[tuple[str, int, int]]) -> None:
    peers = [Peer.settle(app, ("chair",)) for _ in range(PEERS)]
    play = Play(app, peers, peers[0].found())
    for name, first, second in done:
        if (name, first) == ("leave", 0) or (name, second) == ("remove", 0):
            continue  # somebody stays to look
        play.act(name, first, second)
    rows = portal_of(app).database.read(lambda unit: _rows(unit, play.room))
    state = play.state()
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    check_chain(play.room, [(row.number, row.at_ms, row.envelope) for row in rows], state["head"])
    commits = [row.epoch for row in rows if row.kind == ItemKind.COMMIT]
    assert commits == list(range(len(commits)))
    assert state["epoch"] == len(commits)
    for device, count in Counter(row.device_id for row in rows).items():
        assert [row.sequence for row in rows if row.device_id == device] == list(range(1, count + 1))
    for row in rows:
        envelope = decode_envelope(row.envelope)
        assert (row.item_id, row.epoch, row.bucket) == (envelope.item, envelope.epoch, envelope.bucket)
        assert envelope.seen_number < row.number
    _check_memory(play)


def _rows(unit: Unit, room: RoomId) -> list[RecordItem]:
    return list(unit.session.scalars(select(RecordItem).where(RecordItem.room_id == room).order_by(RecordItem.number)))


def _check_memory(play: Play) -> None:
    """What is read anew from the database is what the members are shown."""
    fresh = portal_of(play.app).database.read(lambda unit: load_room(unit, play.room))
    state = play.state()
    assert fresh is not None
    assert (fresh.number, b64(fresh.head), fresh.epoch, fresh.bucket, fresh.state) == tuple(
        state[name] for name in ("number", "head", "epoch", "bucket", "state")
    )
    assert set(fresh.members) == {member["account"] for member in state["members"]}
    assert {name for name, device in fresh.devices.items() if device.leaf is not None} == set(state["devices"])
