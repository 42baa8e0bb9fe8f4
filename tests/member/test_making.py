"""Rooms that are made in Python, on a real server in the same process."""

from pathlib import Path

import flask
import pytest

from portal.member.content import Message, encode_content
from portal.member.making import let_in, make_room, until_joined
from portal.member.member import reopen
from portal.member.timeline import Said, timeline
from portal.member.work import Ask, MemberError
from portal.wire.ids import AccountId, RoomId, new_id
from tests.member.inside import Inhabitant, newcomer


def invited(ada: Inhabitant, app: flask.Flask, folder: Path, name: str) -> Inhabitant:
    """Somebody whom Ada has invited."""
    invitation = ada.asks("POST", "/api/invitations", {"delegation": None, "roles": ["delegate"]})
    somebody = newcomer(app, folder, name)
    somebody.comes_in(invitation, name, name.title())
    return somebody


@pytest.fixture
def bob(ada: Inhabitant, app: flask.Flask, tmp_path: Path) -> Inhabitant:
    return invited(ada, app, tmp_path, "bob")


def says(somebody: Inhabitant, room: RoomId, text: str) -> None:
    somebody.run(somebody.member.send(room, encode_content(Message(text, "en"), 1)))


def reads(somebody: Inhabitant, room: RoomId) -> list[str]:
    somebody.run(somebody.member.catch_up())
    here = somebody.member.entry(room).room
    assert here.problem is None
    return [entry.text for entry in timeline(here.log, here.people) if isinstance(entry, Said)]


@pytest.mark.parametrize("history", [pytest.param("all", marks=pytest.mark.slow), "none"])
def test_a_room_is_made_people_let_in_and_what_they_may_read(
    history: str, ada: Inhabitant, bob: Inhabitant, app: flask.Flask, tmp_path: Path
) -> None:
    room = ada.run(make_room(ada.member, "plenary", "Talks", [bob.member.account], history))  # type: ignore[arg-type]
    there = bob.run(until_joined(bob.member, room, 5))
    assert (there.data.name, there.data.kind, there.data.history) == ("Talks", "plenary", history)
    assert there.epoch_code == ada.member.entry(room).room.epoch_code
    says(bob, room, "before")
    assert reads(ada, room) == ["before"]
    carl = invited(ada, app, tmp_path, "carl")
    assert ada.run(let_in(ada.member, room, [carl.member.account])) == []
    joined = carl.run(until_joined(carl.member, room, 5))
    says(carl, room, "after")
    assert joined.data.name == "Talks"
    assert reads(carl, room) == (["before", "after"] if history == "all" else ["after"])
    assert reads(bob, room) == ["before", "after"]


@pytest.mark.slow
def test_a_founding_whose_answer_was_lost_stands_there_once(ada: Inhabitant) -> None:
    ada.http.lose = "/api/rooms"
    with pytest.raises(MemberError, match=r"network\.timeout"):
        ada.run(make_room(ada.member, "huddle", "Lost", []))
    kept = ada.run(reopen(ada.member.keyholder.now_s))
    assert kept is not None
    ada.run(kept.catch_up())
    ada.run(kept.send_waiting())
    (room,) = kept.rooms()
    assert (room.data.number, room.pending) == (1, None)
    assert room.group is not None
    assert [one["room"] for one in ada.asks("GET", "/api/rooms")] == [room.data.room]


@pytest.mark.slow
def test_nobody_gets_a_room_of_one_who_wanted_company(
    ada: Inhabitant, bob: Inhabitant, app: flask.Flask, tmp_path: Path
) -> None:
    with pytest.raises(MemberError, match=r"person\.unknown"):
        ada.run(make_room(ada.member, "huddle", "Nobody", [AccountId(new_id())]))
    assert not [asked for asked in ada.http.asked if (asked.method, asked.path) == ("POST", "/api/rooms")]
    with pytest.raises(MemberError, match=r"room\.not_found"):  # who waits in vain is told
        bob.run(until_joined(bob.member, RoomId(new_id()), 0))
    with pytest.raises(MemberError, match=r"role\.required"):
        bob.run(make_room(bob.member, "plenary", "Mine", []))
    # Carl has a device, but nobody ever offered a key of it.
    carl = newcomer(app, tmp_path, "carl")
    carl.offers = False
    carl.comes_in(ada.asks("POST", "/api/invitations", {"delegation": None, "roles": ["delegate"]}), "carl", "Carl")
    with pytest.raises(MemberError, match=r"person\.no_device"):
        ada.run(make_room(ada.member, "huddle", "Two", [carl.member.account]))
    for somebody in (ada, bob):
        assert somebody.member.rooms() == []
        assert somebody.http.ask(Ask("GET", "/api/rooms")) == []
