"""What each member may read, who hears of what, and what outsiders find: nothing."""

import flask
import sqlalchemy as sa

from portal.server.core.outbox import Event
from portal.wire.envelope import decode_envelope
from portal.wire.ids import RoomId, new_id
from tests.server.rooms.conftest import Settle
from tests.server.rooms.driver import Peer, check_chain, portal_of, today
from tests.server.rooms.standing import delivered_from, heard_by, register


def test_history_none_shows_the_record_from_where_the_committer_stood(chair: Peer, settle: Settle) -> None:
    room, first, late = chair.found(history="none"), settle(), settle()
    chair.commits(room, add=[first])
    chair.says(room)
    body = chair.commit_body(room, add=[late])
    crossing = first.says(room)  # on its way at the same time
    receipt = chair.commits(room, body)
    state = late.room(room)
    assert (crossing["number"], receipt["number"], state["visible_from"], state["cursor"]) == (4, 5, 4, 5)
    assert [number for number, _, _ in late.record(room)] == [4, 5]
    assert [number for number, _, _ in late.record(room, after=4)] == [5]
    assert [number for number, _, _ in first.record(room)] == [2, 3, 4, 5]
    assert len(chair.record(room)) == 5


def test_history_from_an_epoch_shows_what_followed_it(chair: Peer, settle: Settle) -> None:
    room, early, late = chair.found(history="from:2"), settle(), settle()
    chair.commits(room, add=[early])  # epoch 1: the policy's epoch has not begun
    chair.says(room)
    chair.commits(room)  # epoch 2, number 4
    chair.says(room)
    chair.commits(room, add=[late])
    assert early.room(room)["visible_from"] == 2
    assert late.room(room)["visible_from"] == 4
    whole = chair.found(history="from:0")
    chair.commits(whole, add=[late])
    assert late.room(whole)["visible_from"] == 1


def test_shares_are_given_from_the_first_visible_day_on(chair: Peer, settle: Settle) -> None:
    room, late = chair.found(history="none"), settle()
    chair.commits(room, bucket=today() + 1)
    chair.commits(room, add=[late], bucket=today() + 1)
    assert [share["bucket"] for share in late.browser.ok("GET", f"/api/rooms/{room}/shares")] == [today() + 1]
    assert len(chair.browser.ok("GET", f"/api/rooms/{room}/shares")) == 2


def test_the_cursor_moves_forward_only_and_tells_the_own_account_alone(
    app: flask.Flask, chair: Peer, guest: Peer, room: RoomId
) -> None:
    for _ in range(3):
        chair.says(room)
    delivered = delivered_from(app)
    path = f"/api/rooms/{room}/cursor"
    guest.browser.ok("PUT", path, {"number": 4})
    guest.browser.ok("PUT", path, {"number": 3})
    assert guest.browser.refused("PUT", path, {"number": 6}) == "request.malformed"
    assert guest.browser.refused("PUT", path, {"number": -1}) == "request.malformed"
    assert guest.room(room)["cursor"] == 4
    assert chair.room(room)["cursor"] == 1
    assert [(event.name, event.payload, event.audience.name) for event in delivered] == [
        ("cursor", (room, 4), f"account:{guest.account}")
    ]


def test_a_huddle_is_hidden_from_all_others(
    app: flask.Flask, chair: Peer, guest: Peer, settle: Settle, room: RoomId
) -> None:
    administrator, companion = settle("administrator", "chair", "moderator"), settle()
    delivered = delivered_from(app)
    huddle = guest.found("huddle")
    guest.commits(huddle, add=[companion])
    guest.says(huddle)
    guest.browser.ok("PUT", f"/api/rooms/{huddle}/cursor", {"number": 3})
    inside = {f"account:{guest.account}", f"account:{companion.account}", f"room:{huddle}"}
    assert {event.audience.name for event in delivered} == inside
    for outsider in (chair, administrator):
        assert huddle not in str(outsider.browser.ok("GET", "/api/rooms"))
        absent = outsider.browser.error("GET", f"/api/rooms/{new_id()}")
        for path in ("", "/record", "/grants", "/shares", "/welcome"):
            assert outsider.browser.error("GET", f"/api/rooms/{huddle}{path}") == absent
        assert outsider.refused(huddle, outsider.content(huddle, guest.room(huddle))) == "room.not_found"
        commit = outsider.commit_body(huddle, state=guest.room(huddle))
        assert outsider.commit_refused(huddle, commit) == "room.not_found"


def test_changes_wake_members_and_lists(
    app: flask.Flask, chair: Peer, guest: Peer, settle: Settle, room: RoomId
) -> None:
    newcomer = settle()
    delivered = delivered_from(app)
    chair.commits(room, add=[newcomer])
    assert heard_by(delivered, chair) == ["room.changed"]
    assert heard_by(delivered, guest) == ["room.changed"]
    assert heard_by(delivered, newcomer) == ["room.changed", "rooms.changed"]
    delivered.clear()
    chair.commits(room, remove=[newcomer])
    assert heard_by(delivered, newcomer) == ["rooms.changed"]
    delivered.clear()
    chair.commits(room)
    assert [event.name for event in delivered] == ["item"]
    register(app, guest)
    assert heard_by(delivered, chair) == ["room.changed"]


def test_a_removed_members_sockets_leave_before_the_next_item(
    app: flask.Flask, chair: Peer, guest: Peer, room: RoomId
) -> None:
    steps: list[str] = []
    portal_of(app).database.deliver = lambda outbox: steps.extend(
        step.name if isinstance(step, Event) else type(step).__name__ for step in outbox.steps
    )
    chair.commits(room, remove=[guest])
    assert steps[:2] == ["item", "Eviction"]


def test_lists_of_many_rooms_take_as_few_statements_as_one(app: flask.Flask, chair: Peer, settle: Settle) -> None:
    guests = [settle() for _ in range(2)]
    engine = portal_of(app).database.engine
    counts: list[int] = []
    statements: list[str] = []
    sa.event.listen(engine, "before_cursor_execute", lambda *event: statements.append(event[2]))
    for rooms in (1, 12):
        while len(chair.browser.ok("GET", "/api/rooms")) < rooms:
            chair.commits(chair.found(), add=guests)
        statements.clear()
        listed = chair.browser.ok("GET", "/api/rooms")
        assert len(listed) == rooms
        assert all(len(room["members"]) == 3 and room["number"] == 2 for room in listed)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 10


def test_the_record_is_read_in_pieces(chair: Peer, room: RoomId) -> None:
    for _ in range(10):
        chair.says(room)
    whole = chair.record(room)
    assert chair.record(room, after=3, limit=4) == whole[3:7]
    assert chair.record(room, after=12) == []
    for query in ("after=-1", "after=x", "limit=1.5", "after=99999999999999999999"):
        assert chair.browser.refused("GET", f"/api/rooms/{room}/record?{query}") == "request.malformed"
    check_chain(room, whole, chair.room(room)["head"])
    assert {decode_envelope(raw).room for _, _, raw in whole} == {room}
