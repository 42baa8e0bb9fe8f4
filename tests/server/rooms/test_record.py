"""Who accepts what: every rule of docs/protocol.md §5, tried against the server."""

import secrets
import threading

import flask
import pytest
import sqlalchemy as sa
from nacl.signing import SigningKey

from portal.server.accounts.models import Account, Device
from portal.server.core.db import Unit
from portal.server.rooms.feature import Rooms
from portal.server.rooms.models import Room
from portal.server.rooms.requests import AppendContent, Sender
from portal.wire.envelope import CONTENT_BODY_MAX_BYTES, ItemKind, decode_envelope, first_head
from portal.wire.errors import PortalError
from portal.wire.ids import RoomId, new_id, unb64
from tests.server.rooms.conftest import Settle
from tests.server.rooms.driver import Peer, check_chain, portal_of, today


def test_an_item_gets_the_next_number_and_head(chair: Peer, guest: Peer, room: RoomId) -> None:
    first = guest.says(room)
    second = chair.says(room)
    assert (first["number"], second["number"]) == (3, 4)
    record = chair.record(room)
    check_chain(room, record, second["head"])
    assert [decode_envelope(raw).kind for _, _, raw in record] == [3, 2, 1, 1]
    assert chair.room(room)["head"] == second["head"]


def test_the_same_item_again_gets_the_first_acknowledgement(guest: Peer, room: RoomId) -> None:
    raw = guest.content(room)
    first = guest.submit(room, raw)
    guest.says(room)
    assert guest.browser.ok("POST", f"/api/rooms/{room}/items", raw) == first
    assert len(guest.record(room)) == 4


def test_another_item_of_the_same_id_is_a_conflict(chair: Peer, guest: Peer, room: RoomId) -> None:
    raw = guest.content(room)
    guest.submit(room, raw)
    item = decode_envelope(raw).item
    assert guest.refused(room, guest.content(room, item=item)) == "item.conflict"
    assert chair.refused(room, chair.content(room, item=item)) == "item.conflict"


def test_used_ids_spoil_no_batch_in_which_they_come(app: flask.Flask, chair: Peer, guest: Peer, room: RoomId) -> None:
    used = guest.content(room)
    guest.submit(room, used)
    item = decode_envelope(used).item
    state, other = guest.room(room), chair.found()
    batch = [
        *(_append(guest, room, guest.content(room, state, item=item)) for _ in range(2)),
        _append(chair, room, chair.content(room, state)),
        _append(guest, room, guest.content(room, state)),
        _append(guest, room, used),
        _append(chair, other, chair.content(other, item=item)),  # ids are the room's
    ]
    portal = portal_of(app)
    outcomes = portal.database.write(lambda unit: portal.get(Rooms).handler.apply(unit, batch))
    told = [outcome.code if isinstance(outcome, PortalError) else outcome.number for outcome in outcomes]
    assert told == ["item.conflict", "item.conflict", 4, 5, 3, 2]
    assert [number for number, _, _ in guest.record(room)] == [1, 2, 3, 4, 5]


def test_the_same_item_from_another_session_is_forged(chair: Peer, guest: Peer, room: RoomId) -> None:
    raw = guest.content(room)
    guest.submit(room, raw)
    assert chair.refused(room, raw) == "item.forged"


def test_an_item_signed_by_another_device_is_forged(chair: Peer, guest: Peer, room: RoomId) -> None:
    assert chair.refused(room, guest.content(room)) == "item.forged"
    assert chair.refused(room, chair.content(room, by=guest.key)) == "item.forged"
    assert chair.refused(room, chair.content(room, by=SigningKey.generate())) == "item.forged"
    second = guest.another_device()
    assert second.refused(room, guest.content(room)) == "item.forged"


@pytest.mark.slow
def test_one_changed_bit_is_noticed(chair: Peer, room: RoomId) -> None:
    whole = chair.content(room)
    for at in (0, 1, 2, 25, 29, 30, 53, 54, 70, 77, 78, 109, 110, 141, 142, 205, 206, -1):
        raw = bytearray(whole)
        raw[at] ^= 1
        assert chair.refused(room, bytes(raw)) in {"item.malformed", "item.forged"}, at
    chair.submit(room, whole)


def test_a_cut_item_is_malformed(chair: Peer, room: RoomId) -> None:
    for size in (0, 1, 141, 142, 205, 206):
        assert chair.refused(room, chair.content(room)[:size]) == "item.malformed"


def test_an_oversized_item_is_refused_and_the_largest_is_not(chair: Peer, room: RoomId) -> None:
    largest = secrets.token_bytes(CONTENT_BODY_MAX_BYTES)
    assert chair.refused(room, chair.content(room, body=largest + b"\0")) == "item.too_large"
    chair.says(room, body=largest)


def test_an_item_of_another_room_or_kind_is_malformed(chair: Peer, room: RoomId) -> None:
    other = chair.found()
    assert chair.refused(room, chair.content(other)) == "item.malformed"
    state = chair.room(room)
    fields = {name: state[name] for name in ("epoch", "bucket")} | {
        "sequence": chair.sequences[room] + 1,
        "seen_number": state["number"],
        "seen_head": unb64(state["head"]),
    }
    for kind in (ItemKind.COMMIT, ItemKind.FOUNDING):
        assert chair.refused(room, chair.signed(kind, room, **fields)) == "item.malformed"


def test_a_sequence_with_a_gap_or_a_repeat_is_refused(chair: Peer, room: RoomId) -> None:
    for step in (-1, 0, 2, 3, 2**52):
        chair.says(room)
        raw = chair.content(room, sequence=chair.sequences[room] + step)
        error = chair.browser.error("POST", f"/api/rooms/{room}/items", raw)
        assert error["code"] == "item.sequence"
        assert error["detail"] == {"expected": chair.sequences[room] + 1}


def test_reordered_items_of_one_device_are_refused(chair: Peer, room: RoomId) -> None:
    first = chair.content(room)
    second = chair.content(room, sequence=chair.sequences[room] + 2)
    assert chair.refused(room, second) == "item.sequence"
    chair.submit(room, first)
    chair.submit(room, second)


def test_another_history_than_the_servers_is_a_fork(chair: Peer, guest: Peer, room: RoomId) -> None:
    chair.says(room)
    number = chair.room(room)["number"]
    head = unb64(chair.room(room)["head"])
    forks = [
        {"seen_head": secrets.token_bytes(32)},
        {"seen_number": number - 1},
        {"seen_number": number + 1},
        {"seen_number": 2**53 - 1},
        {"seen_number": 0},
        {"seen_number": 1, "seen_head": first_head(room)},
    ]
    for fork in forks:
        assert guest.refused(room, guest.content(room, **({"seen_head": head} | fork))) == "record.fork"


def test_any_point_of_the_record_may_be_the_one_seen(app: flask.Flask, chair: Peer, room: RoomId) -> None:
    heads = {0: first_head(room)}
    for _ in range(3):
        receipt = chair.says(room)
        heads[receipt["number"]] = unb64(receipt["head"])
    portal_of(app).get(Rooms).handler.rolled_back()  # so that old heads must come from the database
    for number, head in heads.items():
        chair.says(room, seen_number=number, seen_head=head)


def test_content_is_taken_under_the_epoch_before_and_no_older_one(chair: Peer, guest: Peer, room: RoomId) -> None:
    in_flight = guest.content(room)
    chair.commits(room)
    guest.submit(room, in_flight)
    state = guest.room(room)
    for epoch in (0, 3, 4, 2**53 - 1):
        assert guest.refused(room, guest.content(room, epoch=epoch)) == "item.stale_epoch"
    guest.says(room, epoch=state["epoch"] - 1)


def test_content_of_another_bucket_than_its_epochs_is_malformed(chair: Peer, room: RoomId) -> None:
    chair.commits(room, bucket=today() + 1)
    assert chair.refused(room, chair.content(room, bucket=today())) == "item.malformed"
    assert chair.refused(room, chair.content(room, epoch=1, bucket=today() + 1)) == "item.malformed"
    chair.says(room, epoch=1, bucket=today())
    chair.says(room)


def test_observers_read_and_do_not_write(chair: Peer, settle: Settle, room: RoomId) -> None:
    watcher, quiet = settle("observer"), settle()
    chair.commits(room, add=[watcher, quiet], roles={quiet.account: "observer"})
    for peer in (watcher, quiet):
        assert peer.room(room)["role"] == "observer"
        assert len(peer.record(room)) == 3
        assert peer.refused(room, peer.content(room)) == "room.role_required"
        assert peer.commit_refused(room) == "room.role_required"
        path = f"/api/rooms/{room}/blobs"
        assert peer.browser.refused("POST", path, {"blob": new_id(), "size_bytes": 100}) == "room.role_required"


def test_an_archived_room_takes_nothing_until_it_is_reopened(chair: Peer, guest: Peer, room: RoomId) -> None:
    database = portal_of(chair.browser.app).database

    def archived_ms() -> int | None:
        return database.read(lambda unit: unit.session.get_one(Room, room).archived_ms)

    kept = guest.content(room)
    accepted = guest.submit(room, kept)
    chair.browser.ok("POST", f"/api/rooms/{room}/state", {"state": "archived"})
    since_ms = archived_ms()
    assert since_ms is not None
    assert 0 <= database.clock_ms() - since_ms < 60_000
    assert guest.refused(room, guest.content(room)) == "room.archived"
    assert chair.commit_refused(room) == "room.archived"
    assert guest.browser.ok("POST", f"/api/rooms/{room}/items", kept) == accepted
    assert guest.browser.refused("POST", f"/api/rooms/{room}/state", {"state": "active"}) == "room.role_required"
    chair.browser.ok("POST", f"/api/rooms/{room}/state", {"state": "active"})
    assert archived_ms() is None
    guest.says(room)


def test_strangers_find_no_room(settle: Settle, chair: Peer, room: RoomId) -> None:
    stranger = settle("chair", "administrator")
    raw = stranger.content(room, chair.room(room))
    assert stranger.refused(room, raw) == "room.not_found"
    nowhere = RoomId(new_id())
    assert stranger.refused(nowhere, stranger.content(nowhere, chair.room(room))) == "room.not_found"


def test_a_suspended_account_sends_no_more_even_what_was_queued(app: flask.Flask, guest: Peer, room: RoomId) -> None:
    raw = guest.content(room)
    portal = portal_of(app)

    def suspend(unit: Unit) -> None:
        unit.session.execute(sa.update(Account).where(Account.id == guest.account).values(disabled=True))
        portal.get(Rooms).account_changed(unit, guest.account)

    portal.database.write(suspend)
    code = _queued(app, guest, room, raw)
    assert code == "room.not_found"


def test_a_revoked_device_sends_no_more_even_what_was_queued(app: flask.Flask, guest: Peer, room: RoomId) -> None:
    guest.says(room)
    raw = guest.content(room)
    portal = portal_of(app)

    def revoke(unit: Unit) -> None:
        unit.session.execute(sa.update(Device).where(Device.id == guest.device).values(revoked_s=1))
        portal.get(Rooms).account_changed(unit, guest.account)

    portal.database.write(revoke)
    assert _queued(app, guest, room, raw) == "session.device_required"


def test_a_device_that_is_no_leaf_yet_may_write(chair: Peer, guest: Peer, room: RoomId) -> None:
    second = guest.another_device()
    assert second.says(room)["number"] == 3
    assert second.commit_refused(room) == "commit.refused committer"
    chair.commits(room, add=[second])
    assert second.says(room)["number"] == 5


@pytest.mark.slow
def test_twenty_senders_at_once_leave_no_gap(app: flask.Flask, settle: Settle, chair: Peer) -> None:
    room = chair.found()
    peers = [settle() for _ in range(20)]
    chair.commits(room, add=peers)
    state = chair.room(room)
    failures: list[str] = []

    def chatter(peer: Peer) -> None:
        for sequence in range(1, 11):
            response = peer.raw("POST", f"/api/rooms/{room}/items", peer.content(room, state, sequence=sequence))
            if response.status_code != 200:
                failures.append(response.text)

    threads = [threading.Thread(target=chatter, args=(peer,)) for peer in peers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    record = chair.record(room)
    assert len(record) == 202
    check_chain(room, record, chair.room(room)["head"])


def test_memory_that_is_behind_the_database_raises_no_false_alarm(
    app: flask.Flask, chair: Peer, guest: Peer, room: RoomId
) -> None:
    """A second process wrote, against the rule that one process owns a room: nothing is lost, nothing is refused."""
    other = Rooms.open(portal_of(app).settings, portal_of(app).database)
    other.start()
    try:
        other.writer.append(_append(guest, room, guest.content(room)))
        chair.says(room)  # has seen the new item, which our memory has not
        unaware = chair.content(room)
        other.writer.append(_append(guest, room, guest.content(room, sequence=2)))
    finally:
        other.close()
    chair.submit(room, unaware)
    check_chain(room, chair.record(room), chair.room(room)["head"])


def _queued(app: flask.Flask, peer: Peer, room: RoomId, raw: bytes) -> str:
    """Hand an item to the writer as if the session had been checked a moment before."""
    writer = portal_of(app).get(Rooms).writer
    with pytest.raises(PortalError) as refusal:
        writer.append(_append(peer, room, raw))
    return refusal.value.code


def _append(peer: Peer, room: RoomId, raw: bytes) -> AppendContent:
    return AppendContent(Sender(peer.account, peer.device), raw, room)
