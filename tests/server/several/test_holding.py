"""Two processes append to the same rooms and drafts: each remembers, and neither is ever wrong."""

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, cast

import flask
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st

from portal.bench.seed import Items, seeded
from portal.config import Settings
from portal.server.accounts import policy
from portal.server.accounts.models import Account
from portal.server.core.actor import Actor
from portal.server.core.db import Unit
from portal.server.core.writer import GroupCommitWriter
from portal.server.drafts import memory as drafts_memory
from portal.server.rooms import holding, service
from portal.server.rooms.feature import Rooms
from portal.server.rooms.memory import load_room
from portal.server.rooms.models import RecordItem
from portal.server.rooms.record import RecordHandler
from portal.server.rooms.requests import AppendContent, LeaveRoom, Receipt, RecordRequest, Sender
from portal.wire.drafts.streams import TEXT
from portal.wire.errors import UserError
from portal.wire.ids import RoomId, unb64
from tests.server.drafts import test_draft_invariants as of_drafts
from tests.server.drafts.conftest import Scene, make_scene
from tests.server.rooms import test_invariants as of_rooms
from tests.server.rooms.driver import Peer, portal_of
from tests.server.several.alternating import AlternatingWriter, alternating

pytestmark = pytest.mark.slow
DAY_MS = 86_400_000
_few = partial(trying, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def apps(settings: Settings) -> Iterator[tuple[flask.Flask, flask.Flask]]:
    """Two applications; requests and appends through the first one go to both in turn."""
    with alternating(settings) as made:
        rooms = portal_of(made[0]).get(Rooms)
        own, rooms.writer = rooms.writer, cast("GroupCommitWriter[RecordRequest, Receipt]", AlternatingWriter(made))
        yield made
        rooms.writer = own


@pytest.fixture
def app(apps: tuple[flask.Flask, flask.Flask]) -> flask.Flask:
    return apps[0]


@pytest.fixture
def scene(app: flask.Flask) -> Scene:
    return make_scene(app)


def check_memories(apps: tuple[flask.Flask, ...], room: RoomId) -> None:
    """Once it holds the room, each process remembers what it would read anew."""
    for app in apps:
        handler = portal_of(app).get(Rooms).handler

        def look(unit: Unit, handler: RecordHandler = handler) -> None:
            memory = handler._memory  # noqa: SLF001 - what it remembers shows in nothing else but its speed
            holding.hold(unit, memory, [LeaveRoom(cast("Any", "nobody"), room)], holding.Patience())
            known, fresh = memory.room(unit, room), load_room(unit, room)
            assert known is not None
            assert fresh is not None
            for name in ("number", "head", "at_ms", "epoch", "bucket", "previous_bucket", "began", "state", "stamp"):
                assert getattr(known, name) == getattr(fresh, name), name
            assert known.members == fresh.members
            for device, of_fresh in fresh.devices.items():
                assert known.devices[device] == of_fresh

        portal_of(app).database.write(look)


@_few(max_examples=5)
@given(done=st.lists(of_rooms.acts, min_size=15, max_size=40))
def test_a_record_keeps_its_shape(
    apps: tuple[flask.Flask, flask.Flask], app: flask.Flask, done: list[tuple[str, int, int]]
) -> None:
    of_rooms.test_the_record_keeps_its_shape.hypothesis.inner_test(app, done)  # type: ignore[attr-defined]
    rooms = portal_of(app).database.read(lambda unit: unit.session.scalars(sa.select(RecordItem.room_id)).all())
    check_memories(apps, RoomId(cast("Any", rooms[-1])))


@_few(max_examples=4)
@given(plays=st.lists(of_drafts.acts, min_size=10, max_size=24))
def test_streams_keep_their_shape(app: flask.Flask, scene: Scene, plays: list[tuple[Any, int, int]]) -> None:
    of_drafts.test_streams_keep_their_shape.hypothesis.inner_test(app, scene, plays)


def test_a_draft_is_followed_without_being_read_anew(
    apps: tuple[flask.Flask, flask.Flask], scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = scene.table
    for _ in range(4):
        table.says(scene.pen)
    read: list[object] = []
    monkeypatch.setattr(drafts_memory, "load_draft", lambda *given: read.append(given))
    for _ in range(3):
        table.says(scene.pen)
        table.says(scene.chair)
    assert read == []
    assert len(table.items(scene.pen, TEXT)) == 10


def test_many_at_once_on_both_sides_make_one_record(apps: tuple[flask.Flask, flask.Flask]) -> None:
    """Eight senders on two processes, while an account's standing changes again and again."""
    first = portal_of(apps[0])
    installation = seeded(first.settings.database_url, 9)
    receipts: dict[int, bytes] = {}

    def send(place: int) -> None:
        device = installation.devices[place]
        sender, made = Sender(device.account, device.device), Items(installation, device)
        writer = portal_of(apps[1]).get(Rooms).writer if place % 2 else own
        done = threading.Semaphore(0)

        def acknowledged(outcome: object) -> None:
            assert isinstance(outcome, Receipt)
            receipts[outcome.number] = outcome.head
            done.release()

        for _ in range(60):
            writer.append_nowait(AppendContent(sender, unb64(next(made)), installation.room), acknowledged)
        for _ in range(60):
            assert done.acquire(timeout=60)

    own = _own_writer(first.get(Rooms))
    threads = [threading.Thread(target=send, args=(place,)) for place in range(1, 9)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        for device in installation.devices[:4]:
            first.database.write(partial(service.account_changed, account=device.account, several=True))
    rows = first.database.read(
        lambda unit: unit.session.execute(
            sa.select(RecordItem.number, RecordItem.head).order_by(RecordItem.number)
        ).all()
    )
    assert [row.number for row in rows] == list(range(1, 8 * 60 + 2))
    assert receipts == {row.number: row.head for row in rows[1:]}
    check_memories(apps, installation.room)
    installation.database.close()


def _own_writer(rooms: Rooms) -> GroupCommitWriter[RecordRequest, Receipt]:
    return cast("AlternatingWriter", rooms.writer).writers[0]


def test_whoever_stands_still_with_a_room_in_hand_loses_it(
    apps: tuple[flask.Flask, flask.Flask], app: flask.Flask
) -> None:
    chair = Peer.settle(app, ("chair",))
    room = chair.found()
    portal = portal_of(app)
    with portal.database.appending() as stopped:
        stopped.exec_driver_sql(f"SELECT id FROM room WHERE id = '{room}' FOR NO KEY UPDATE")
        begun_s = time.monotonic()
        chair.says(room)
        assert time.monotonic() - begun_s > 1  # it was waited for, and not for ever
        stopped.invalidate()
    check_memories(apps, room)


def test_a_room_that_somebody_keeps_stops_no_other_room(
    apps: tuple[flask.Flask, flask.Flask], app: flask.Flask
) -> None:
    chair = Peer.settle(app, ("chair",))
    kept, free = chair.found(), chair.found()
    database, writer = portal_of(app).database, portal_of(apps[1]).get(Rooms).writer
    state, outcomes = chair.room(kept), list[object]()
    raw = chair.content(kept, state)
    with database.engine.begin() as still:  # of a view, in a process that was stopped after it had marked the room
        still.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        still.exec_driver_sql(f"SELECT id FROM room WHERE id = '{kept}' FOR NO KEY UPDATE")
        begun_s = time.monotonic()
        request = AppendContent(Sender(chair.account, chair.device), raw, kept)
        for _ in range(20):
            writer.append_nowait(request, outcomes.append)
        while len(outcomes) < 20:
            time.sleep(0.05)
            assert time.monotonic() - begun_s < 60
        assert {getattr(outcome, "code", "") for outcome in outcomes} == {"server.busy"}
        sender = Sender(chair.account, chair.device)
        writer.append_nowait(request, outcomes.append)
        writer.append(AppendContent(sender, chair.content(free, chair.room(free)), free))
    time.sleep(0.1)
    assert writer.append(request).number == 2
    check_memories(apps, kept)


def test_times_of_a_record_never_go_backwards_whatever_the_clocks_say(
    apps: tuple[flask.Flask, flask.Flask], app: flask.Flask
) -> None:
    chair = Peer.settle(app, ("chair",))
    room = chair.found()
    fast = portal_of(apps[1]).database
    fast.clock_ms = lambda: time.time_ns() // 1_000_000 + DAY_MS
    times = [chair.says(room)["at_ms"] for _ in range(6)]
    assert times == sorted(times)
    assert times[-1] > time.time_ns() // 1_000_000 + DAY_MS // 2
    check_memories(apps, room)


def test_standing_that_changes_at_one_process_holds_at_the_other_at_once(
    apps: tuple[flask.Flask, flask.Flask], app: flask.Flask
) -> None:
    chair, guest = (Peer.settle(app, ("chair",)) for _ in range(2))
    room = chair.found()
    chair.commits(room, add=[guest])
    for _ in range(4):
        guest.says(room)

    def suspend(unit: Unit, *, disabled: bool) -> None:
        unit.session.execute(sa.update(Account).where(Account.id == guest.account).values(disabled=disabled))
        portal_of(apps[0]).get(Rooms).account_changed(unit, guest.account)

    state = chair.room(room)
    for disabled in (True, False):
        portal_of(app).database.write(partial(suspend, disabled=disabled))
        for _ in range(2):
            request = AppendContent(Sender(guest.account, guest.device), guest.content(room, state), room)
            _check_taken(portal_of(app).get(Rooms).writer.append, request, taken=not disabled)
            guest.sequences[room] += not disabled


def _check_taken(append: Callable[[RecordRequest], Receipt], request: RecordRequest, *, taken: bool) -> None:
    if taken:
        assert append(request).number > 0
    else:
        with pytest.raises(UserError, match=r"room\.not_found"):
            append(request)


def test_who_changes_an_account_does_not_stop_rooms_that_refer_to_it(
    apps: tuple[flask.Flask, flask.Flask], app: flask.Flask
) -> None:
    """Else they would wait for each other: the one has the account and wants the rooms, the other the other way."""
    chair, guest = (Peer.settle(app, ("chair",)) for _ in range(2))
    room = chair.found()
    database = portal_of(app).database
    with database.engine.begin() as connection:
        unit = Unit(connection, 0)
        policy.own_account(unit, Actor(guest.account, None, frozenset(), 0, guest.device), lock=True)
        chair.commits(room, add=[guest])  # else this would wait for what is held here, and be refused
    check_memories(apps, room)


def test_a_batch_follows_at_most_so_many_items_and_then_reads_anew(
    apps: tuple[flask.Flask, flask.Flask], app: flask.Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "FOLLOWED_MAX", 2)
    chair = Peer.settle(app, ("chair",))
    room = chair.found()
    writer = portal_of(apps[1]).get(Rooms).writer
    for _ in range(3):
        for _ in range(3):
            raw = chair.content(room)
            writer.append(AppendContent(Sender(chair.account, chair.device), raw, room))
            chair.sequences[room] += 1
        chair.says(room)
    assert chair.room(room)["number"] == 13
    check_memories(apps, room)
