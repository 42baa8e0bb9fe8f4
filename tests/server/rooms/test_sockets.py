"""Rooms over real sockets: live items, replay, eviction, typing and presence."""

import gc
import http.client
import sys
import time
from collections.abc import Callable, Iterator
from typing import cast

import flask
import pytest
import sqlalchemy as sa
import structlog

from portal.config import Settings
from portal.server.accounts.models import Account
from portal.server.core.buckets import Rate
from portal.server.core.connection import Connection
from portal.server.core.limits import limiter
from portal.server.core.realtime import EventRates
from portal.server.rooms.feature import Rooms
from portal.server.rooms.requests import AppendContent, Sender
from portal.server.rooms.sockets import ASIDE_MAX_BYTES, RoomEvents
from portal.wire.envelope import CONTENT_BODY_MAX_BYTES
from portal.wire.errors import UserError
from portal.wire.ids import RoomId, b64, new_id
from tests.server.accounts.people import COOKIE
from tests.server.rooms.driver import Peer, check_chain, frames, portal_of
from tests.server.rooms.live import Line, RefusedError, serving

Dial = Callable[[Peer], Line]
ON = True
UNBOUNDED = EventRates(Rate(burst=10_000, per_s=10_000), Rate(burst=10_000, per_s=10_000))


@pytest.fixture
def served(settings: Settings) -> Iterator[tuple[flask.Flask, int]]:
    limiter.enabled = False
    with serving(settings, UNBOUNDED) as (app, port):
        limiter.enabled = False
        yield app, port
    limiter.enabled = True


@pytest.fixture
def app(served: tuple[flask.Flask, int]) -> flask.Flask:
    return served[0]


@pytest.fixture
def dial(served: tuple[flask.Flask, int]) -> Iterator[Dial]:
    lines: list[Line] = []

    def connect(peer: Peer) -> Line:
        lines.append(Line.connect(peer, served[1]))
        return lines[-1]

    yield connect
    for line in lines:
        line.close()


@pytest.fixture
def interpreter(settle: Callable[..., Peer], chair: Peer, room: RoomId) -> Peer:
    """An interpreter that is in the room."""
    peer = settle("interpreter")
    chair.commits(room, add=[peer])
    return peer


def submit(line: Line, peer: Peer, room: RoomId) -> dict[str, object]:
    """Submit the next item of ``peer`` over its line."""
    raw = peer.content(room)
    receipt: dict[str, object] = line.ask("item.submit", room, b64(raw))
    peer.sequences[room] = peer.sequences.get(room, 0) + 1
    return receipt


def test_items_reach_those_who_have_the_room_open(chair: Peer, guest: Peer, room: RoomId, dial: Dial) -> None:
    sender, open_line, closed_line = dial(chair), dial(guest), dial(guest)
    assert sender.ask("room.open", room, 2) == {"number": 2, "head": chair.room(room)["head"], "replay": True}
    open_line.ask("room.open", room, 2)
    raw = chair.content(room)
    receipt = sender.ask("item.submit", room, b64(raw))
    chair.sequences[room] += 1
    assert receipt["number"] == 3
    expected = [room, 3, receipt["at_ms"], b64(raw)]
    assert open_line.next("item") == sender.next("item") == expected
    assert [event[0] for event in closed_line.settled()] == []
    open_line.ask("room.close", room)
    submit(sender, chair, room)
    assert open_line.settled() == []
    check_chain(room, chair.record(room), chair.room(room)["head"])


def test_missed_items_follow_and_too_many_do_not(chair: Peer, room: RoomId, dial: Dial) -> None:
    line = dial(chair)
    state = chair.room(room)
    base = chair.sequences[room]
    acks = [
        line.send("item.submit", room, b64(chair.content(room, state, sequence=base + step))) for step in range(1, 202)
    ]
    for ack in acks:
        try:
            line.answer(ack)
        except RefusedError as refusal:
            pytest.fail(refusal.code)
    chair.sequences[room] += 201
    second = dial(chair)
    assert not second.ask("room.open", room, 2)["replay"]
    assert second.settled() == []
    assert second.ask("room.open", room, 3)["replay"]
    assert [event[2] for event in second.settled()] == list(range(4, 204))
    assert second.ask("room.open", room, 203)["replay"]
    assert second.settled() == []


def test_the_same_rules_hold_over_the_socket(chair: Peer, guest: Peer, room: RoomId, dial: Dial) -> None:
    line = dial(guest)
    raw = guest.content(room)
    for text, code in [
        (b64(raw) + "=", "item.malformed"),
        ("%", "item.malformed"),
        (7, "item.malformed"),
        (b64(raw[:100]), "item.malformed"),
        ("A" * (CONTENT_BODY_MAX_BYTES * 2), "item.too_large"),
    ]:
        assert line.refused("item.submit", room, text) == code
    line = dial(guest)
    assert line.refused("item.submit", room, b64(chair.content(room))) == "item.forged"
    assert line.refused("item.submit", room, b64(guest.content(room, sequence=2))) == "item.sequence"
    assert line.refused("item.submit", new_id(), b64(raw)) == "item.malformed"
    assert line.refused("item.submit", "x", b64(raw)) == "room.not_found"
    first = line.ask("item.submit", room, b64(raw))
    assert line.ask("item.submit", room, b64(raw)) == first


def test_a_name_too_long_for_a_room_is_not_kept(app: flask.Flask) -> None:
    portal = portal_of(app)
    rooms, connection = RoomEvents(portal, portal.get(Rooms)), cast("Connection", None)
    text = "A" * 500_000
    before = sys.getrefcount(text)
    with pytest.raises(UserError, match=r"room\.not_found"):
        rooms.close(connection, text)
    gc.collect()  # what was raised and its frames
    assert sys.getrefcount(text) == before


def test_strangers_can_not_open_a_room(room: RoomId, settle: Callable[..., Peer], dial: Dial) -> None:
    line = dial(settle("administrator"))
    for name in (room, new_id(), "x", None):
        assert line.refused("room.open", name, 0) == "room.not_found"
        assert line.refused("typing", name, ON) == "room.not_found"
    for after in (-1, "1", True, None, 2**53):
        assert line.refused("room.open", room, after) == "request.malformed"


def test_a_removed_member_gets_the_commit_and_nothing_after_it(
    chair: Peer, guest: Peer, room: RoomId, dial: Dial
) -> None:
    line, out = dial(chair), dial(guest)
    out.ask("room.open", room, 2)
    chair.commits(room, remove=[guest])
    submit(line, chair, room)
    assert [event[0] for event in out.settled()] == ["item", "rooms.changed"]
    assert out.refused("room.open", room, 2) == "room.not_found"


def test_history_none_is_replayed_from_the_first_visible_item(
    chair: Peer, settle: Callable[..., Peer], dial: Dial
) -> None:
    room, late = chair.found(history="none"), settle()
    chair.says(room)
    chair.commits(room, add=[late])
    line = dial(late)
    assert line.ask("room.open", room, 0) == {"number": 3, "head": chair.room(room)["head"], "replay": True}
    assert [event[2] for event in line.settled() if event[0] == "item"] == [3]


def test_typing_is_relayed_to_the_open_room_unless_turned_off(
    app: flask.Flask, chair: Peer, guest: Peer, room: RoomId, dial: Dial
) -> None:
    typist, reader, elsewhere = dial(guest), dial(chair), dial(chair)
    for line in (typist, reader):
        line.ask("room.open", room, 2)
    typist.ask("typing", room, ON)
    assert reader.next("typing") == [room, guest.account, ON]
    assert typist.settled() == elsewhere.settled() == []
    _set(app, guest, show_typing=False)
    typist.ask("typing", room, ON)
    assert reader.settled() == []
    assert typist.refused("typing", room, 1) == "request.malformed"
    assert elsewhere.refused("typing", room, ON) == "room.not_found"


def test_presence_is_for_people_who_share_a_room(
    app: flask.Flask, chair: Peer, guest: Peer, settle: Callable[..., Peer], room: RoomId, dial: Dial
) -> None:
    watching, stranger, present = dial(chair), dial(settle()), dial(guest)
    present.ask("presence", "active")
    assert watching.next("presence") == [guest.account, "active"]
    second = dial(guest)
    second.ask("presence", "away")
    present.ask("presence", "active")
    late = dial(chair)
    late.ask("room.open", room, 2)
    assert late.next("presence") == [guest.account, "active"]
    present.close()
    assert watching.next("presence") == [guest.account, "away"]
    second.close()
    assert watching.next("presence") == [guest.account, "off"]
    _set(app, guest, show_presence=False)
    shy = dial(guest)
    shy.ask("presence", "active")
    assert shy.refused("presence", "sleeping") == "request.malformed"
    assert watching.settled() == stranger.settled() == []


def test_an_aside_reaches_every_socket_of_one_member_and_nobody_else(
    chair: Peer, guest: Peer, interpreter: Peer, room: RoomId, dial: Dial
) -> None:
    asking, other_tab, bystander = dial(guest), dial(guest), dial(chair)
    answering, second = dial(interpreter), dial(interpreter)
    bystander.ask("room.open", room, 0)
    bystander.settled()
    question, answer = b64(b"\x01" * ASIDE_MAX_BYTES), b64(b"answer")
    assert asking.ask("aside", room, interpreter.account, question) is None
    assert answering.next("aside") == second.next("aside") == [room, guest.account, question]
    answering.ask("aside", room, guest.account, answer)
    assert asking.next("aside") == other_tab.next("aside") == [room, interpreter.account, answer]
    assert asking.settled() == answering.settled() == bystander.settled() == []


def test_what_is_no_aside_is_passed_to_nobody(
    chair: Peer, guest: Peer, interpreter: Peer, settle: Callable[..., Peer], room: RoomId, dial: Dial
) -> None:
    outsider, elsewhere = settle(), settle("interpreter")
    asking, between, outside, away = dial(guest), dial(chair), dial(outsider), dial(elsewhere)
    text = b64(b"question")
    assert asking.refused("aside", room, interpreter.account, text) == "aside.absent"  # it has no socket
    answering = dial(interpreter)
    for line, name, to, sealed, code in (
        (asking, room, chair.account, text, "aside.absent"),  # both are people
        (asking, room, guest.account, text, "aside.absent"),
        (answering, room, interpreter.account, text, "aside.absent"),
        (asking, room, elsewhere.account, text, "aside.absent"),  # not in the room
        (answering, room, outsider.account, text, "aside.absent"),
        (asking, room, new_id(), text, "aside.absent"),
        (asking, room, "x", text, "aside.absent"),
        (asking, room, None, text, "aside.absent"),
        (outside, room, interpreter.account, text, "room.not_found"),
        (away, room, guest.account, text, "room.not_found"),
        (asking, new_id(), interpreter.account, text, "room.not_found"),
        (asking, room, interpreter.account, b64(bytes(ASIDE_MAX_BYTES + 1)), "request.too_large"),
        (asking, room, interpreter.account, "%" * ASIDE_MAX_BYTES * 2, "request.too_large"),
        (asking, room, interpreter.account, text + "=", "request.malformed"),
        (asking, room, interpreter.account, 7, "request.malformed"),
    ):
        assert line.refused("aside", name, to, sealed) == code
    chair.browser.ok("POST", f"/api/rooms/{room}/state", {"state": "archived"})
    assert asking.refused("aside", room, interpreter.account, text) == "room.archived"
    heard = [event for line in (answering, between, outside, away) for event in line.settled()]
    assert [event for event in heard if event[0] == "aside"] == []


def test_nothing_of_an_aside_is_stored_or_logged(
    app: flask.Flask, guest: Peer, interpreter: Peer, room: RoomId, dial: Dial
) -> None:
    asking, answering = dial(guest), dial(interpreter)
    statements: list[str] = []
    engine = portal_of(app).database.engine
    sa.event.listen(engine, "before_cursor_execute", lambda *event: statements.append(event[2]))
    with structlog.testing.capture_logs() as logged:
        asking.ask("aside", room, interpreter.account, b64(b"question"))
        answering.next("aside")
    assert statements
    assert {statement.split()[0] for statement in statements} <= {"SELECT", "BEGIN"}
    assert logged == []


def test_nothing_of_typing_and_presence_is_stored(app: flask.Flask, chair: Peer, room: RoomId, dial: Dial) -> None:
    line = dial(chair)
    line.ask("room.open", room, 2)
    statements: list[str] = []
    engine = portal_of(app).database.engine
    sa.event.listen(engine, "before_cursor_execute", lambda *event: statements.append(event[2]))
    line.ask("typing", room, ON)
    line.ask("presence", "active")
    assert statements
    assert {statement.split()[0] for statement in statements} <= {"SELECT", "BEGIN"}


@pytest.mark.slow
def test_the_record_streams_over_real_http(
    served: tuple[flask.Flask, int], chair: Peer, room: RoomId, dial: Dial
) -> None:
    line = dial(chair)
    for _ in range(20):
        submit(line, chair, room)
    connection = http.client.HTTPConnection("127.0.0.1", served[1], timeout=60)
    headers = {"Cookie": f"{COOKIE}={chair.browser.token}"}
    connection.request("GET", f"/api/rooms/{room}/record", headers=headers)
    response = connection.getresponse()
    record = list(frames(response.read()))
    connection.close()
    assert response.status == 200
    assert len(record) == 22
    check_chain(room, record, chair.room(room)["head"])


@pytest.mark.slow
def test_two_thousand_items_are_caught_up_with_in_one_answer(
    served: tuple[flask.Flask, int], chair: Peer, room: RoomId
) -> None:
    """How soon, ``portal bench catchup`` shows."""
    writer = portal_of(served[0]).get(Rooms).writer
    state, count = chair.room(room), 2000
    answers: list[object] = []
    for sequence in range(chair.sequences[room] + 1, chair.sequences[room] + 1 + count):
        raw = chair.content(room, state, sequence=sequence)
        writer.append_nowait(AppendContent(Sender(chair.account, chair.device), raw, room), answers.append)
    while len(answers) < count:
        time.sleep(0.01)
    connection = http.client.HTTPConnection("127.0.0.1", served[1], timeout=60)
    connection.request(
        "GET", f"/api/rooms/{room}/record?limit=2000", headers={"Cookie": f"{COOKIE}={chair.browser.token}"}
    )
    raw = connection.getresponse().read()
    connection.close()
    assert len(list(frames(raw))) == count


def _set(app: flask.Flask, peer: Peer, **settings: bool) -> None:
    portal_of(app).database.write(
        lambda unit: unit.session.execute(sa.update(Account).where(Account.id == peer.account).values(**settings))
    )
