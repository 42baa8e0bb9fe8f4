"""Opening rooms: who may, what the founding must say, and that nobody else hears of it."""

import secrets
from collections.abc import Sequence

import flask

from portal.wire.canonical import canonical_json
from portal.wire.envelope import decode_envelope
from portal.wire.ids import AccountId, Id, RoomId, b64, new_id, unb64
from tests.server.rooms.conftest import Settle
from tests.server.rooms.driver import Json, Peer, check_chain, today

KINDS = ("plenary", "working_group", "bilateral", "huddle")


MAY_OPEN: dict[str, set[str]] = {
    "administrator": {"plenary", "working_group"},
    "chair": set(KINDS),
    "delegate": {"bilateral", "huddle"},
    "observer": set(),
    "moderator": set(),
    "interpreter": set(),
}


def test_who_may_open_which_kind(settle: Settle, two_delegations: Sequence[str]) -> None:
    for role, allowed in MAY_OPEN.items():
        peer = settle(role, delegation=two_delegations[0])
        for kind in KINDS:
            request = peer.founding(RoomId(new_id()), kind)
            if kind in allowed:
                assert peer.browser.ok("POST", "/api/rooms", request)["number"] == 1
            else:
                assert peer.browser.refused("POST", "/api/rooms", request) == "role.required"
        assert {room["kind"] for room in peer.browser.ok("GET", "/api/rooms")} == allowed


def test_a_bilateral_needs_a_founder_with_a_delegation(settle: Settle) -> None:
    alone = settle("chair")
    assert alone.browser.refused("POST", "/api/rooms", _fresh(alone, "bilateral")) == "role.required"


def test_a_founder_is_chair_and_sees_the_whole_room(chair: Peer) -> None:
    room = chair.found("plenary", history="none")
    shown = chair.room(room)
    assert shown == chair.browser.ok("GET", "/api/rooms")[0]
    since = shown["members"][0].pop("since")
    assert since > 1_600_000_000_000
    assert {name: shown[name] for name in shown if name != "head"} == {
        "room": room,
        "kind": "plenary",
        "state": "active",
        "history": "none",
        "role": "chair",
        "number": 1,
        "epoch": 0,
        "bucket": today(),
        "visible_from": 1,
        "cursor": 1,
        "members": [{"account": chair.account, "role": "chair"}],
        "devices": [chair.device],
        "wanting": {"add": [], "remove": [], "rejoin": []},
    }
    check_chain(room, chair.record(room), shown["head"])
    grants = chair.browser.ok("GET", f"/api/rooms/{room}/grants")
    assert [(grant["epoch"], grant["account"]) for grant in grants] == [(0, chair.account)]
    shares = chair.browser.ok("GET", f"/api/rooms/{room}/shares")
    assert [share["bucket"] for share in shares] == [today()]
    assert len(unb64(shares[0]["share"])) == 32


def test_the_same_founding_again_gets_the_first_acknowledgement(chair: Peer) -> None:
    request = chair.founding(RoomId(new_id()))
    first = chair.browser.ok("POST", "/api/rooms", request)
    assert chair.browser.ok("POST", "/api/rooms", request) == first
    assert len(chair.browser.ok("GET", "/api/rooms")) == 1


def test_a_room_is_opened_once(chair: Peer, settle: Settle) -> None:
    room = chair.found()
    assert chair.browser.refused("POST", "/api/rooms", chair.founding(room)) == "room.exists"
    other = settle("chair")
    assert other.browser.refused("POST", "/api/rooms", other.founding(room)) == "room.exists"
    assert len(chair.record(room)) == 1


FALSE_FOUNDINGS: list[tuple[Json, str]] = [
    ({"epoch": 1}, "item.malformed"),
    ({"sequence": 0}, "item.sequence"),
    ({"sequence": 2}, "item.sequence"),
    ({"seen_number": 1}, "record.fork"),
    ({"seen_head": bytes(32)}, "record.fork"),
    ({"bucket": 0}, "item.clock"),
    ({"bucket": 2**32 - 1}, "item.clock"),
    ({"body": b"{}"}, "item.malformed"),
    ({"body": b"[" * 60_000}, "item.too_large"),
    ({"body": b"\xff" * 80}, "item.malformed"),
    ({"body": b"[" * 250}, "item.malformed"),
]


def test_a_founding_that_says_otherwise_is_refused(chair: Peer) -> None:
    for changes, code in FALSE_FOUNDINGS:
        request = chair.founding(RoomId(new_id()), **changes)
        assert chair.browser.refused("POST", "/api/rooms", request) == code
    assert chair.browser.ok("GET", "/api/rooms") == []


def test_a_clock_wrong_by_two_days_is_refused(chair: Peer) -> None:
    for days in (-2, 2):
        request = chair.founding(RoomId(new_id()), bucket=today() + days)
        error = chair.browser.error("POST", "/api/rooms", request)
        assert (error["code"], error["detail"]) == ("item.clock", {"bucket": today() + days, "today": today()})


def test_only_known_history_policies(chair: Peer) -> None:
    for history in ("some", "from:", "from:-1", "from:01", "from:9999999999999999999", "", "ALL"):
        request = chair.founding(RoomId(new_id()), history=history)
        assert chair.browser.refused("POST", "/api/rooms", request) == "item.malformed"


def test_a_founding_of_another_group_or_suite_is_refused(chair: Peer) -> None:
    room = RoomId(new_id())
    good = {"group": room, "history": "all", "suite": 83, "v": 1}
    for change in ({"group": new_id()}, {"suite": 1}, {"v": 2}, {"more": 1}):
        request = chair.founding(room, body=canonical_json(good | change))
        assert chair.browser.refused("POST", "/api/rooms", request) == "item.malformed"
    loose = canonical_json(good).replace(b",", b", ")
    assert chair.browser.refused("POST", "/api/rooms", chair.founding(room, body=loose)) == "item.malformed"


def test_a_forged_founding_is_refused(chair: Peer, settle: Settle) -> None:
    room, other = RoomId(new_id()), settle("chair")
    assert chair.browser.refused("POST", "/api/rooms", chair.founding(room, by=other.key)) == "item.forged"
    request = other.founding(room) | {"grants": chair.founding(room)["grants"]}
    assert chair.browser.refused("POST", "/api/rooms", request) == "item.forged"


def test_a_founding_needs_its_one_grant(chair: Peer, settle: Settle) -> None:
    room, other = RoomId(new_id()), settle()
    request = chair.founding(room)

    def refused(*grants: Json) -> str:
        return chair.browser.refused("POST", "/api/rooms", request | {"grants": list(grants)})

    assert refused() == "commit.refused"
    assert refused(chair.grant(room, 0, other.account)) == "commit.refused"
    assert refused(chair.grant(room, 1, chair.account)) == "commit.refused"
    assert refused(other.grant(room, 0, chair.account)) == "grant.refused"
    assert refused(chair.grant(RoomId(new_id()), 0, chair.account)) == "grant.refused"
    assert refused(chair.grant(room, 0, chair.account, sealed=b"x")) == "grant.refused"
    assert refused(chair.grant(room, 0, chair.account) | {"sig": b64(secrets.token_bytes(64))}) == "grant.refused"
    assert chair.browser.ok("GET", "/api/rooms") == []


def test_a_session_without_a_device_opens_nothing(app: flask.Flask, chair: Peer) -> None:
    from portal.server.accounts import sessions  # noqa: PLC0415
    from tests.server.accounts.people import COOKIE, Browser  # noqa: PLC0415
    from tests.server.rooms.driver import portal_of  # noqa: PLC0415

    browser = Browser(app)
    account = AccountId(Id(chair.account))
    browser.client.set_cookie(
        COOKIE, portal_of(app).database.write(lambda unit: sessions.open_session(unit, account, 3600))
    )
    request = chair.founding(RoomId(new_id()))
    assert browser.refused("POST", "/api/rooms", request) == "session.device_required"
    assert Browser(app).refused("POST", "/api/rooms", request) == "session.required"


def test_envelope_of_the_founding_is_the_first_item(chair: Peer) -> None:
    request = chair.founding(RoomId(new_id()))
    chair.browser.ok("POST", "/api/rooms", request)
    ((number, _, raw),) = chair.record(RoomId(Id(request["room"])))
    assert (number, b64(raw), decode_envelope(raw).device) == (1, request["envelope"], chair.device)


def _fresh(peer: Peer, kind: str) -> Json:
    return peer.founding(RoomId(new_id()), kind)
