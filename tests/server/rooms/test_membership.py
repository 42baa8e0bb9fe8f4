"""Commits and what follows from them: who is in, who may change that, what each may read, who hears of it."""

import secrets
import threading
from collections.abc import Sequence

import flask
import sqlalchemy as sa

from portal.wire.ids import RoomId, b64, new_id, unb64
from tests.server.rooms.conftest import Settle
from tests.server.rooms.driver import Json, Peer, portal_of, today
from tests.server.rooms.standing import accounts, register, revoke, suspend


def test_a_commit_lets_a_device_in(chair: Peer, settle: Settle) -> None:
    room, guest = chair.found(), settle()
    assert guest.browser.refused("GET", f"/api/rooms/{room}") == "room.not_found"
    request = chair.commit_body(room, add=[guest])
    receipt = chair.commits(room, request)
    state = guest.room(room)
    assert (receipt["number"], state["epoch"], state["role"]) == (2, 1, "member")
    assert accounts(state) == [chair.account, guest.account]
    assert set(state["devices"]) == {chair.device, guest.device}
    welcome = guest.browser.ok("GET", f"/api/rooms/{room}/welcome")
    assert welcome == {"welcome": request["welcome"], "number": 2}
    assert chair.browser.refused("GET", f"/api/rooms/{room}/welcome") == "welcome.none"
    guest.browser.ok("DELETE", f"/api/rooms/{room}/welcome")
    assert guest.browser.refused("GET", f"/api/rooms/{room}/welcome") == "welcome.none"
    assert [grant["epoch"] for grant in guest.browser.ok("GET", f"/api/rooms/{room}/grants")] == [1]
    assert [grant["epoch"] for grant in chair.browser.ok("GET", f"/api/rooms/{room}/grants")] == [0, 1]
    assert chair.browser.ok("GET", f"/api/rooms/{room}/grants?after=0") == [request["grants"][0]]


def test_a_welcome_is_kept_until_the_last_has_fetched_it(app: flask.Flask, chair: Peer, settle: Settle) -> None:
    room, first, second = chair.found(), settle(), settle()
    chair.commits(room, add=[first, second])
    first.browser.ok("DELETE", f"/api/rooms/{room}/welcome")
    assert second.browser.ok("GET", f"/api/rooms/{room}/welcome")["number"] == 2
    second.browser.ok("DELETE", f"/api/rooms/{room}/welcome")
    left = portal_of(app).database.read(lambda unit: unit.session.scalar(sa.text("SELECT count(*) FROM welcome")))
    assert left == 0


def test_the_same_commit_again_gets_the_first_acknowledgement(chair: Peer, room: RoomId) -> None:
    request = chair.commit_body(room)
    first = chair.commits(room, request)
    chair.says(room)
    assert chair.browser.ok("POST", f"/api/rooms/{room}/commits", request) == first
    assert chair.room(room)["epoch"] == 2


def test_of_two_commits_at_once_exactly_one_wins(chair: Peer, guest: Peer, settle: Settle, room: RoomId) -> None:
    newcomers = [settle(), settle()]
    chair.browser.ok("PATCH", f"/api/rooms/{room}/members/{guest.account}", {"role": "chair"})
    before = chair.room(room)
    bodies = [chair.commit_body(room, add=newcomers[:1]), guest.commit_body(room, add=newcomers[1:])]
    answers: list[tuple[int, Json]] = []
    barrier = threading.Barrier(2)

    def post(peer: Peer, body: Json) -> None:
        barrier.wait()
        response = peer.raw("POST", f"/api/rooms/{room}/commits", body)
        answers.append((response.status_code, response.get_json()))

    threads = [threading.Thread(target=post, args=pair) for pair in zip((chair, guest), bodies, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(status for status, _ in answers) == [200, 409]
    loser = next(body for status, body in answers if status == 409)
    assert loser["error"]["code"] == "room.epoch_taken"
    assert loser["error"]["detail"]["epoch"] == before["epoch"] + 1
    after = chair.room(room)
    assert after["number"] == before["number"] + 1
    assert len(after["members"]) == 3
    winner = next(peer for peer in newcomers if peer.account in accounts(after))
    outsider = next(peer for peer in newcomers if peer is not winner)
    assert len(winner.record(room)) == after["number"]
    assert outsider.browser.refused("GET", f"/api/rooms/{room}/grants") == "room.not_found"


def test_a_stale_or_future_commit_finds_its_epoch_taken(chair: Peer, guest: Peer, room: RoomId) -> None:
    late = guest.commit_body(room)
    chair.commits(room)
    assert guest.commit_refused(room, late) == "room.epoch_taken"
    assert guest.commit_refused(room, epoch=7) == "room.epoch_taken"


def test_a_commit_must_have_seen_the_beginning_of_its_epoch(chair: Peer, room: RoomId) -> None:
    old = chair.room(room)
    chair.commits(room)
    seen = {"seen_number": old["number"], "seen_head": unb64(old["head"])}
    assert chair.commit_refused(room, **seen) == "item.malformed seen"


def test_buckets_never_go_back_and_stay_near_the_clock(chair: Peer, room: RoomId) -> None:
    assert chair.commit_refused(room, bucket=today() + 2) == "item.clock"
    assert chair.commit_refused(room, bucket=today() - 2) == "item.clock"
    chair.commits(room, bucket=today() + 1)
    assert chair.commit_refused(room, bucket=today()) == "item.clock"
    assert [share["bucket"] for share in chair.browser.ok("GET", f"/api/rooms/{room}/shares")] == [
        today(),
        today() + 1,
    ]


def test_only_chairs_add_and_remove_in_a_working_group(chair: Peer, guest: Peer, settle: Settle, room: RoomId) -> None:
    newcomer = settle()
    assert guest.commit_refused(room, add=[newcomer]) == "room.role_required"
    assert guest.commit_refused(room, remove=[chair]) == "room.role_required"
    guest.commits(room)  # rotating the keys is everybody's
    chair.browser.ok("PATCH", f"/api/rooms/{room}/members/{guest.account}", {"role": "chair"})
    guest.commits(room, add=[newcomer])
    guest.commits(room, remove=[chair])
    assert accounts(guest.room(room)) == [guest.account, newcomer.account]


def test_any_member_adds_and_removes_in_a_huddle(settle: Settle) -> None:
    first, second, third = settle(), settle(), settle("observer")
    room = first.found("huddle")
    first.commits(room, add=[second])
    assert second.commit_refused(room, add=[third], roles={third.account: "chair"}) == "commit.refused role"
    second.commits(room, add=[third])
    assert third.room(room)["role"] == "observer"
    assert third.commit_refused(room, remove=[first]) == "room.role_required"
    second.commits(room, remove=[first])
    assert accounts(second.room(room)) == [second.account, third.account]


def test_a_bilateral_is_between_two_delegations(settle: Settle, two_delegations: Sequence[str]) -> None:
    ours, theirs = two_delegations
    host, colleague = settle(delegation=ours), settle(delegation=ours)
    partner = settle(delegation=theirs)
    third, nobody = settle(delegation=settle_delegation(host)), settle()
    room = host.found("bilateral")
    host.commits(room, add=[partner])
    assert host.commit_refused(room, add=[third]) == "commit.refused delegations"
    assert partner.commit_refused(room, add=[nobody]) == "commit.refused delegations"
    partner.commits(room, add=[colleague])
    assert len(host.room(room)["members"]) == 3


def settle_delegation(peer: Peer) -> str:
    from tests.server.rooms.driver import new_delegation  # noqa: PLC0415

    return new_delegation(portal_of(peer.browser.app).database)


def test_a_removed_account_finds_no_room_any_more(chair: Peer, guest: Peer, room: RoomId) -> None:
    raw = guest.content(room)
    number = chair.room(room)["number"]
    chair.commits(room, remove=[guest])
    for method, path in [
        ("GET", ""),
        ("GET", "/record"),
        ("GET", "/grants"),
        ("GET", "/shares"),
        ("GET", "/welcome"),
        ("DELETE", "/welcome"),
    ]:
        assert guest.browser.refused(method, f"/api/rooms/{room}{path}") == "room.not_found"
    for path, body in [("rejoin", {}), ("leave", {}), ("state", {"state": "archived"})]:
        assert guest.browser.refused("POST", f"/api/rooms/{room}/{path}", body) == "room.not_found"
    assert guest.browser.refused("PUT", f"/api/rooms/{room}/cursor", {"number": 1}) == "room.not_found"
    grant = {"grant": guest.grant(room, 1, guest.account)}
    assert guest.browser.refused("PUT", f"/api/rooms/{room}/grants", grant) == "room.not_found"
    assert guest.browser.ok("GET", "/api/rooms") == []
    assert guest.refused(room, raw) == "room.not_found"
    commit = guest.commit_body(room, state=chair.room(room))
    assert guest.commit_refused(room, commit) == "room.not_found"
    state = chair.room(room)
    assert (state["number"], accounts(state), state["devices"]) == (number + 1, [chair.account], [chair.device])


def test_a_removed_account_can_come_back_and_goes_on_counting(chair: Peer, guest: Peer, room: RoomId) -> None:
    guest.says(room)
    chair.commits(room, remove=[guest])
    chair.commits(room, add=[guest])
    assert guest.refused(room, guest.content(room, sequence=1)) == "item.sequence"
    guest.says(room)
    assert [grant["epoch"] for grant in guest.browser.ok("GET", f"/api/rooms/{room}/grants")] == [3]


def test_removing_takes_all_devices_of_an_account_or_none(chair: Peer, guest: Peer, room: RoomId) -> None:
    second = guest.another_device()
    chair.commits(room, add=[second])
    both = [chair.account, guest.account]
    assert chair.commit_refused(room, remove=[second], going=[]) == "commit.refused going"
    assert chair.commit_refused(room, remove=[second]) == "commit.refused devices_left"
    assert chair.commit_refused(room, remove=[guest, second], going=[]) == "commit.refused going"
    guest.commits(room, remove=[second])
    assert accounts(chair.room(room)) == both
    chair.commits(room, add=[second])
    chair.commits(room, remove=[guest, second])
    assert accounts(chair.room(room)) == [chair.account]


def test_revoked_devices_may_be_taken_out_by_everyone(
    app: flask.Flask, chair: Peer, guest: Peer, settle: Settle, room: RoomId
) -> None:
    third = settle()
    chair.commits(room, add=[third])
    revoke(app, third)
    assert guest.room(room)["wanting"] == {"add": [], "remove": [third.device], "rejoin": []}
    guest.commits(room, remove=[third], going=[])
    state = guest.room(room)
    assert third.account in accounts(state)  # it lost a device, not its seat
    guest.commits(room, members=[chair.account, guest.account])  # who knows of no leaf of it may pass it over
    chair.commits(room)
    assert guest.commit_refused(room, members=[guest.account, third.account]) == "commit.refused grants"
    assert state["wanting"] == {"add": [], "remove": [], "rejoin": []}
    again = register(app, third)
    assert guest.room(room)["wanting"]["add"] == [again.device]
    guest.commits(room, add=[again])
    assert again.says(room)


def test_an_account_without_leaves_is_removed_by_name(app: flask.Flask, chair: Peer, guest: Peer, room: RoomId) -> None:
    revoke(app, guest)
    chair.commits(room, remove=[guest], going=[])
    assert accounts(chair.room(room)) == [chair.account, guest.account]
    chair.commits(room, going=[guest.account])
    assert accounts(chair.room(room)) == [chair.account]
    assert chair.commit_refused(room, going=[chair.account]) == "commit.refused account"


def test_naming_a_member_to_go_needs_a_chair(chair: Peer, guest: Peer, settle: Settle, room: RoomId) -> None:
    third = settle()
    chair.commits(room, add=[third])
    third.browser.ok("POST", f"/api/rooms/{room}/rejoin", {})
    assert guest.commit_refused(room, remove=[third]) == "room.role_required"
    assert guest.commit_refused(room, going=[third.account]) == "commit.refused devices_left"
    third.browser.ok("POST", f"/api/rooms/{room}/leave", {})
    guest.commits(room, remove=[third])  # whoever left may be named by everyone
    assert accounts(guest.room(room)) == [chair.account, guest.account]


def test_a_suspended_account_keeps_its_seat_and_loses_its_leaves(
    app: flask.Flask, chair: Peer, guest: Peer, settle: Settle, room: RoomId
) -> None:
    third = settle()
    chair.commits(room, add=[third])
    suspend(app, third)
    assert guest.room(room)["wanting"]["remove"] == [third.device]
    guest.commits(room, remove=[third], going=[])
    assert third.account in accounts(guest.room(room))
    assert guest.commit_refused(room, add=[third]) == "commit.refused device_unknown"
    suspend(app, third, disabled=False)
    assert guest.room(room)["wanting"]["add"] == [third.device]
    guest.commits(room, add=[third])


def test_rejoining_replaces_the_leaf(chair: Peer, guest: Peer, settle: Settle, room: RoomId) -> None:
    third = settle()
    chair.commits(room, add=[third])
    third.says(room)
    assert guest.commit_refused(room, remove=[third], add=[third]) == "room.role_required"
    third.browser.ok("POST", f"/api/rooms/{room}/rejoin", {})
    assert guest.room(room)["wanting"] == {"add": [], "remove": [], "rejoin": [third.device]}
    guest.commits(room, remove=[third], add=[third])
    assert guest.room(room)["wanting"]["rejoin"] == []
    assert third.browser.ok("GET", f"/api/rooms/{room}/welcome")["number"] == guest.room(room)["number"]
    third.says(room)  # its sequence goes on


def test_leaving_ends_membership_at_once_and_asks_for_a_commit(chair: Peer, guest: Peer, room: RoomId) -> None:
    number = chair.room(room)["number"]
    assert guest.browser.ok("POST", f"/api/rooms/{room}/leave", {})["number"] == number
    assert guest.browser.refused("GET", f"/api/rooms/{room}") == "room.not_found"
    state = chair.room(room)
    assert accounts(state) == [chair.account]
    assert state["wanting"]["remove"] == [guest.device]
    chair.commits(room, remove=[guest])
    assert chair.room(room)["devices"] == [chair.device]


def test_the_last_chair_can_not_go(chair: Peer, guest: Peer, room: RoomId) -> None:
    leave = f"/api/rooms/{room}/leave"
    own = f"/api/rooms/{room}/members/{chair.account}"
    assert chair.browser.refused("POST", leave, {}) == "room.role_required"
    assert chair.browser.refused("PATCH", own, {"role": "member"}) == "room.role_required"
    chair.browser.ok("PATCH", f"/api/rooms/{room}/members/{guest.account}", {"role": "chair"})
    chair.browser.ok("PATCH", own, {"role": "member"})
    assert chair.browser.refused("PATCH", own, {"role": "chair"}) == "room.role_required"
    chair.browser.ok("POST", leave, {})
    guest.browser.ok("POST", leave, {})  # whoever is alone may go
    assert guest.browser.ok("GET", "/api/rooms") == []


def test_roles_are_for_members(chair: Peer, settle: Settle, room: RoomId) -> None:
    for account in (settle().account, new_id(), "x"):
        path = f"/api/rooms/{room}/members/{account}"
        assert chair.browser.refused("PATCH", path, {"role": "chair"}) == "account.not_found"


def test_a_commit_is_refused_as_a_whole(
    app: flask.Flask, chair: Peer, guest: Peer, settle: Settle, room: RoomId
) -> None:
    newcomer, revoked, suspended, ghost = (settle() for _ in range(4))
    revoke(app, revoked)
    suspend(app, suspended)
    ghost.device = guest.another_device().device
    unknown = settle()
    unknown.device = unknown.__class__.settle(app).device
    for wrong in (revoked, suspended, ghost, unknown):
        assert chair.commit_refused(room, add=[newcomer, wrong]) == "commit.refused device_unknown"
    refuse = chair.commit_refused
    assert refuse(room, add=[newcomer, newcomer]) == "commit.refused repeated"
    assert refuse(room, add=[guest]) == "commit.refused device_present"
    assert refuse(room, remove=[newcomer]) == "commit.refused removed"
    assert refuse(room, remove=[guest, guest]) == "commit.refused repeated"
    assert refuse(room, remove=[chair]) == "commit.refused device_own"
    second = guest.another_device()
    assert refuse(room, add=[second], roles={guest.account: "observer"}) == "commit.refused role"
    assert refuse(room, chair.commit_body(room, add=[newcomer]) | {"welcome": None}) == "commit.refused welcome"
    assert refuse(room, chair.commit_body(room) | {"welcome": b64(b"hello")}) == "commit.refused welcome"
    assert accounts(chair.room(room)) == [chair.account, guest.account]
    chair.commits(room, add=[newcomer], roles={newcomer.account: "chair"})
    assert newcomer.room(room)["role"] == "chair"


def test_every_member_gets_exactly_one_grant(chair: Peer, guest: Peer, settle: Settle, room: RoomId) -> None:
    newcomer = settle()
    both: list[str] = [chair.account, guest.account]
    wrong: list[list[str]] = [[], both[:1], [*both, newcomer.account], [*both, guest.account], [*both, new_id()]]
    for members in wrong:
        assert chair.commit_refused(room, members=members) == "commit.refused grants"
    assert chair.commit_refused(room, add=[newcomer], members=both) == "commit.refused grants"
    assert chair.commit_refused(room, remove=[guest], members=both) == "commit.refused grants"
    body = chair.commit_body(room)
    for grant in (chair.grant(room, 1, guest.account), chair.grant(room, 3, guest.account)):
        assert chair.commit_refused(room, body | {"grants": [body["grants"][0], grant]}) == "commit.refused grants"
    for grant in (
        guest.grant(room, 2, guest.account),
        chair.grant(RoomId(new_id()), 2, guest.account),
        chair.grant(room, 2, guest.account, sealed=secrets.token_bytes(1136)),
        chair.grant(room, 2, guest.account) | {"sealed": b64(secrets.token_bytes(1300))},
    ):
        assert chair.commit_refused(room, body | {"grants": [body["grants"][0], grant]}) == "grant.refused"
    huge = chair.grant(room, 2, guest.account, sealed=bytes(256 * 1024 + 1))
    assert chair.commit_refused(room, body | {"grants": [body["grants"][0], huge]}) == "request.malformed"


def test_a_wrong_grant_is_replaced_by_its_owner_alone(chair: Peer, guest: Peer, room: RoomId) -> None:
    path = f"/api/rooms/{room}/grants"
    better = guest.grant(room, 1, guest.account)
    guest.browser.ok("PUT", path, {"grant": better})
    assert guest.browser.ok("GET", path) == [better]
    for wrong in (
        guest.grant(room, 1, chair.account),
        guest.grant(room, 2, guest.account),
        chair.grant(room, 1, guest.account),
        guest.grant(room, 1, guest.account, sealed=b"short"),
    ):
        assert guest.browser.refused("PUT", path, {"grant": wrong}) == "grant.refused"
    assert guest.browser.ok("GET", path) == [better]
