"""What the server sees of a commit itself: it must do what its request says, and be one at all."""

import json
import secrets
from pathlib import Path

import pytest

from portal.server.rooms.commit_format import read_commit
from portal.server.rooms.mls_format import MalformedMlsError, vector
from portal.wire.canonical import canonical_json
from portal.wire.envelope import decode_envelope
from portal.wire.ids import RoomId, b64, id_bytes, new_id, unb64
from tests.server.rooms.conftest import Settle
from tests.server.rooms.driver import Json, Peer
from tests.server.rooms.mls import CAPABILITIES, u16

VECTORS = Path(__file__).parents[2] / "vectors/commits.json"


def test_commits_of_the_browsers_library_are_read() -> None:
    """Made by static/src/e2ee with ts-mls: additions, a removal, both at once with a new policy, a rotation."""
    vectors = json.loads(VECTORS.read_text())
    for commit in vectors["commits"]:
        envelope = decode_envelope(unb64(commit["envelope"]))
        read = read_commit(envelope.body)
        assert (b64(read.group), read.epoch) == (vectors["room"], envelope.epoch)
        assert (read.sender, b64(read.path_leaf.key)) == (commit["leaf"], commit["key"])
        assert read.removed == [leaf["leaf"] for leaf in commit["removed"]]
        assert read.history == commit["history"]
        assert read.authenticated_data[61:] == b"".join(map(id_bytes, commit["going"]))
        identities = [
            canonical_json({"account": leaf["account"], "device": leaf["device"], "kind": "browser", "v": 1})
            for leaf in commit["added"]
        ]
        assert [leaf.identity for leaf in read.added] == identities


def test_every_cut_of_a_commit_is_noticed(chair: Peer, guest: Peer, room: RoomId) -> None:
    body = decode_envelope(unb64(chair.commit_body(room, add=[guest.another_device()])["envelope"])).body
    read_commit(body)
    for size in range(0, len(body), 11):
        with pytest.raises(MalformedMlsError):
            read_commit(body[:size])


NO_COMMITS: list[Json] = [
    {"wire_format": 2},
    {"path": False},
    {"tail": b"\0"},
    {"more": b"\2" + vector(bytes(32))},  # a proposal by reference
    {"more": b"\1" + u16(2)},  # update
    {"more": b"\1" + u16(4) + b"\1"},  # pre-shared key
    {"more": b"\1" + u16(5)},  # re-initialisation
    {"more": b"\1" + u16(6) + vector(bytes(32))},  # external
    {"more": b"\1" + u16(7) + vector(u16(1) + vector(b""))},  # another extension
]


def test_what_is_no_commit_of_ours_is_malformed(chair: Peer, room: RoomId) -> None:
    for said in NO_COMMITS:
        assert chair.commit_refused(room, said=said) == "commit.refused malformed"


def test_random_bytes_do_not_end_an_epoch(chair: Peer, room: RoomId) -> None:
    assert (
        chair.commit_refused(room, chair.commit_body(room, body=secrets.token_bytes(100))) == "commit.refused malformed"
    )


def test_a_commit_of_another_group_epoch_or_place_is_refused(chair: Peer, guest: Peer, room: RoomId) -> None:
    head = unb64(chair.room(room)["head"])
    wrong: list[tuple[Json, str]] = [
        ({"group": id_bytes(new_id())}, "other_group"),
        ({"epoch": 2}, "other_group"),
        ({"seen_number": 1}, "other_data"),
        ({"seen_head": bytes(32)}, "other_data"),
        ({"bucket": 1}, "other_data"),
        ({"going": [b"short"]}, "other_data"),
        ({"going": [head[:16], head[:16]]}, "other_data"),
        ({"going": [b"\2" * 16, b"\1" * 16]}, "other_data"),
        ({"sender": 7}, "committer"),
        ({"committer": guest.package()}, "committer"),
        ({"committer": chair.package(kind="archive")}, "committer"),
        ({"committer": chair.package(by=guest.key)}, "malformed"),
    ]
    for said, reason in wrong:
        assert chair.commit_refused(room, said=said) == f"commit.refused {reason}"


def test_a_rotation_that_lets_an_outsider_in_or_the_chair_out_is_refused(
    chair: Peer, guest: Peer, settle: Settle, room: RoomId
) -> None:
    outsider = settle()
    assert guest.commit_refused(room, said={"added": [outsider.package()]}) == "commit.refused added"
    assert guest.commit_refused(room, said={"removed": [0]}) == "commit.refused removed"
    assert guest.commit_refused(room, said={"removed": [9]}) == "commit.refused removed"
    assert guest.commit_refused(room, said={"history": "all"}) == "room.role_required"


def test_an_addition_must_be_the_devices_own_package(chair: Peer, settle: Settle, room: RoomId) -> None:
    other, outsider = settle(), settle()
    for packages, reason in [
        ([], "added"),
        ([outsider.package()], "added"),
        ([other.package(), other.package()], "added"),
        ([other.package(key=outsider.key)], "added"),
        ([other.package(account=outsider.account)], "added"),
        ([other.package(kind="archive")], "added"),
        ([other.package(by=outsider.key)], "malformed"),
    ]:
        refused = chair.commit_refused(room, add=[other], said={"added": packages})
        assert refused == f"commit.refused {reason}"
    chair.commits(room, add=[other])


def other_capabilities() -> list[Json]:
    """For each of the five lists: one number more, and, where there is one, none."""
    lists = [[own + u16(0xF0FF), *([b""] if own else [])] for own in CAPABILITIES]
    return [
        {"capabilities": (*CAPABILITIES[:place], other, *CAPABILITIES[place + 1 :])}
        for place, others in enumerate(lists)
        for other in others
    ]


def test_no_leaf_comes_in_that_browsers_refuse(chair: Peer, settle: Settle, room: RoomId) -> None:
    other, extension = settle(), u16(0xF0A1) + vector(b"")
    unfit: list[Json] = [{"leaf_extensions": extension}, *other_capabilities()]
    for changes in unfit:
        refused = chair.commit_refused(room, said={"committer": chair.package(**changes)})
        assert refused == "commit.refused malformed", changes
    unfit += [{"days": 366.01}, {"extensions": extension}]
    for changes in unfit:
        refused = chair.commit_refused(room, add=[other], said={"added": [other.package(**changes)]})
        assert refused == "commit.refused malformed", changes
    chair.commits(room, add=[other], said={"added": [other.package(days=366)]})


def test_leaves_are_given_as_in_the_tree(chair: Peer, settle: Settle) -> None:
    room = chair.found()
    first, second, third, fourth = (settle() for _ in range(4))
    chair.commits(room, add=[first, second, third])
    assert chair.leaves(room) == {chair.device: 0, first.device: 1, second.device: 2, third.device: 3}
    chair.commits(room, remove=[first])
    again = second.another_device()
    body = chair.commit_body(room, add=[fourth, again], remove=[third])
    body["added"].reverse()  # the commit's order counts
    chair.commits(room, body)
    assert chair.leaves(room) == {chair.device: 0, fourth.device: 1, second.device: 2, again.device: 3}
    again.says(room)
    again.commits(room)


def test_a_chair_can_change_the_history_policy(chair: Peer, settle: Settle) -> None:
    room, late = chair.found(history="all"), settle()
    for history in ("some", f"from:{2**53}"):
        assert chair.commit_refused(room, said={"history": history}) == "commit.refused history"
    chair.commits(room, said={"history": "none"})
    assert chair.room(room)["history"] == "none"
    chair.commits(room, add=[late])
    assert late.room(room)["visible_from"] == 3
