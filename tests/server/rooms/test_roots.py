"""Roots of rooms in the ledger: what members can hold the host to, and what outsiders see of it."""

import flask

from portal.server.core.context import Portal
from portal.server.ledger import tree
from portal.server.ledger.feature import Ledger
from portal.server.rooms.roots import record_roots
from portal.wire.ids import RoomId, b64, unb64
from portal.wire.ledger.entries import Entry, Kind, commitment, parse_entry
from tests.server.rooms.conftest import Settle
from tests.server.rooms.driver import Peer, portal_of


def entered(portal: Portal) -> list[Entry]:
    """Let the roots of now enter the ledger; return all its entries."""
    portal.database.write(record_roots)
    portal.get(Ledger).sequence()
    return list(map(parse_entry, portal.database.read(lambda unit: tree.entries(unit, 0, 256))))


def test_members_hold_the_host_to_their_record(
    app: flask.Flask, chair: Peer, guest: Peer, room: RoomId, settle: Settle
) -> None:
    portal = portal_of(app)
    chair.found()
    before = portal.get(Ledger).sequence()  # what there was to say before: accounts, the release
    entered(portal)
    guest.says(room)
    entries = entered(portal)
    added = entries[before:]
    assert len(added) == 32  # two rooms and fourteen empty ones, then one and fifteen
    assert {entry.kind for entry in added} == {Kind.ROOM_ROOT}  # nothing tells which are empty
    assert len(entered(portal)) == len(entries)  # nothing new, nothing entered

    roots = guest.browser.ok("GET", f"/api/rooms/{room}/roots")
    shown = guest.room(room)
    assert [root["number"] for root in roots] == [3, 2]
    assert (roots[0]["number"], roots[0]["head"]) == (shown["number"], shown["head"])
    for root in roots:
        entry = entries[root["index"]]
        statement = {"room": room, "number": root["number"], "head": root["head"]}
        assert b64(entry.tag) == root["tag"]
        assert entry.commitment == commitment(Kind.ROOM_ROOT, unb64(root["nonce"]), statement)
    assert settle().browser.refused("GET", f"/api/rooms/{room}/roots") == "room.not_found"


def test_a_root_waits_without_an_index(app: flask.Flask, guest: Peer, room: RoomId) -> None:
    portal_of(app).database.write(record_roots)
    (root,) = guest.browser.ok("GET", f"/api/rooms/{room}/roots")
    assert root["index"] is None
