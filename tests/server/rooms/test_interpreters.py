"""Interpreters in rooms: members with keys, and with no say about who else is one."""

from collections.abc import Sequence

import flask

from portal.server.accounts.models import Interpreter
from portal.wire.ids import RoomId
from tests.server.rooms.conftest import Settle
from tests.server.rooms.driver import Peer, portal_of
from tests.server.rooms.standing import accounts, delivered_from, heard_by, register


def answer_for(app: flask.Flask, owner: Peer, interpreter: Peer) -> None:
    """What an approval leaves behind."""
    row = Interpreter(account_id=interpreter.account, owner_id=owner.account, body=b"", signature=b"")
    portal_of(app).database.write(lambda unit: unit.session.add(row))


def role_of(state: dict[str, object], peer: Peer) -> object:
    members = state["members"]
    assert isinstance(members, list)
    return next(member["role"] for member in members if member["account"] == peer.account)


def test_an_interpreter_is_a_member_and_nothing_more(chair: Peer, settle: Settle, room: RoomId) -> None:
    interpreter = settle("interpreter")
    for role in ("chair", "observer"):
        refusal = chair.commit_refused(room, add=[interpreter], roles={interpreter.account: role})
        assert refusal == "commit.refused role"
    chair.commits(room, add=[interpreter])
    assert role_of(interpreter.room(room), interpreter) == "member"
    path = f"/api/rooms/{room}/members/{interpreter.account}"
    for role in ("chair", "observer"):
        assert chair.browser.refused("PATCH", path, {"role": role}) == "room.role_required"
    chair.browser.ok("PATCH", path, {"role": "member"})
    interpreter.says(room)


def test_an_interpreter_rotates_keys_and_lets_devices_in(
    app: flask.Flask, chair: Peer, guest: Peer, settle: Settle, room: RoomId
) -> None:
    interpreter = settle("interpreter")
    chair.commits(room, add=[interpreter])
    interpreter.commits(room)
    second = register(app, guest)
    interpreter.commits(room, add=[second])
    assert {guest.device, second.device} <= set(chair.room(room)["devices"])


def test_an_interpreter_has_no_say_even_among_equals(settle: Settle, two_delegations: Sequence[str]) -> None:
    """In huddles and bilaterals every member adds, removes and archives, but for interpreters."""
    for kind in ("huddle", "bilateral"):
        one, other = (settle(delegation=name) for name in two_delegations)
        interpreter, newcomer = (settle(role, delegation=two_delegations[0]) for role in ("interpreter", "delegate"))
        room = one.found(kind)
        one.commits(room, add=[other, interpreter])
        assert interpreter.commit_refused(room, add=[newcomer]) == "room.role_required"
        assert interpreter.commit_refused(room, remove=[other]) == "room.role_required"
        assert interpreter.commit_refused(room, said={"history": "all"}) == "room.role_required"
        path = f"/api/rooms/{room}/state"
        assert interpreter.browser.refused("POST", path, {"state": "archived"}) == "room.role_required"
        other.commits(room, remove=[interpreter])
        assert accounts(other.room(room)) == [one.account, other.account]


def test_an_ended_interpreter_is_taken_out(
    app: flask.Flask, chair: Peer, guest: Peer, settle: Settle, room: RoomId
) -> None:
    interpreter = settle("interpreter")
    answer_for(app, guest, interpreter)
    chair.commits(room, add=[interpreter])
    late = interpreter.content(room)
    heard = delivered_from(app)
    guest.browser.ok("POST", f"/api/interpreters/{interpreter.account}/end", {})
    assert "room.changed" in heard_by(heard, chair)
    assert chair.room(room)["wanting"] == {"add": [], "remove": [interpreter.device], "rejoin": []}
    assert interpreter.browser.refused("POST", f"/api/rooms/{room}/items", late) == "session.required"
    # Any member's next commit does it, without naming the account: that is what an interpreter's end asks for.
    guest.commits(room, remove=[interpreter], going=[])
    assert chair.room(room)["wanting"]["remove"] == []
    assert interpreter.device not in chair.room(room)["devices"]
    chair.commits(room, going=[interpreter.account])
    assert accounts(chair.room(room)) == [chair.account, guest.account]
