"""Streams of drafts: numbers, heads, receipts, and every rule with the code that refuses."""

from typing import Any

import flask
import pytest
from nacl.signing import SigningKey, VerifyKey

from portal.server.core.limits import limiter
from portal.server.drafts.record import DraftHandler
from portal.server.drafts.views import SUBMIT_MAX_BYTES
from portal.server.ledger.feature import Ledger
from portal.server.rooms.feature import Rooms
from portal.wire.drafts.envelope import ENVELOPE_MAX_BYTES, decode_draft_item
from portal.wire.drafts.statements import receipt_bytes
from portal.wire.drafts.streams import ACTS, TALK, TEXT, DraftItemKind, Stream, StreamKind
from portal.wire.ids import DraftId, Id, RoomId, b64, new_id, unb64
from tests.server.drafts.conftest import Scene
from tests.server.drafts.driver import Table, check_chain, right, sealed_body
from tests.server.rooms.driver import Json, Peer, portal_of

FOUNDING, RIGHTS, ENTRY, UPDATE, SNAPSHOT, REVISION, COUNTERSIGN = DraftItemKind


def proposals(delegation: str) -> Stream:
    """The stream of a delegation's proposals."""
    return Stream(StreamKind.PROPOSALS, Id(delegation))


def machine(peer: Peer) -> Stream:
    """The stream of an interpreter's translations."""
    return Stream(StreamKind.MACHINE, Id(peer.account))


def test_a_draft_is_founded_written_read_and_its_acts_are_receipted(app: flask.Flask, scene: Scene) -> None:
    table = scene.table
    first = table.item(scene.pen, TEXT, UPDATE)
    receipt = table.submit(scene.pen, first)
    assert (receipt["number"], receipt.get("receipt")) == (1, None)
    act = table.item(scene.other, ACTS, ENTRY)
    taken = table.submit(scene.other, act)
    for stream, peer in ((TALK, scene.commenter), (proposals(scene.theirs), scene.other)):
        table.says(peer, stream, ENTRY if stream is TALK else UPDATE)
    table.says(scene.interpreter, machine(scene.interpreter), ENTRY)
    shown = table.shown(scene.reader)
    assert shown["founder"] == scene.chair.account
    names = ["acts", "text", "talk", f"proposals/{scene.theirs}", f"machine/{scene.interpreter.account}"]
    assert [one["stream"] for one in shown["streams"]] == names
    assert [one["number"] for one in shown["streams"]] == [2, 1, 1, 1, 1]
    for stream in (ACTS, TEXT, TALK, proposals(scene.theirs), machine(scene.interpreter)):
        check_chain(table, scene.reader, stream)
    assert [raw for _, _, raw in table.items(scene.reader, TEXT)] == [first]
    assert _verified(app, table, act, taken) == unb64(taken["receipt"])
    # The same bytes again, from the same device: the first acknowledgement, receipt and all, before any other rule.
    assert table.submit(scene.other, act) == taken
    assert table.submit(scene.pen, first) == receipt
    receipts = scene.reader.browser.ok("GET", f"{table.path}/streams/acts/receipts")
    assert [one["number"] for one in receipts] == [1, 2]
    assert receipts[1]["receipt"] == taken["receipt"]
    assert scene.reader.browser.ok("GET", f"{table.path}/streams/acts/receipts?after=2") == []


def _verified(app: flask.Flask, table: Table, raw: bytes, taken: Json) -> bytes:
    """The receipt's signature, after the ledger's public key said that it is one."""
    signed = receipt_bytes(
        room=table.room,
        draft=table.draft,
        item=b64(decode_draft_item(raw).item_hash),
        number=taken["number"],
        head=taken["head"],
        at_ms=taken["at_ms"],
    )
    key = VerifyKey(portal_of(app).get(Ledger).key.key)
    key.verify(signed, unb64(taken["receipt"]))
    return unb64(taken["receipt"])


@pytest.mark.slow
def test_rights_are_those_of_the_table_and_of_nobody_else(scene: Scene) -> None:
    table = scene.table
    ours, theirs = proposals(scene.ours), proposals(scene.theirs)
    allowed = (
        (scene.pen, TEXT, UPDATE),
        (scene.chair, TEXT, UPDATE),
        (scene.pen, ours, UPDATE),
        (scene.other, theirs, UPDATE),
        (scene.other, ACTS, ENTRY),
        (scene.aide, TALK, ENTRY),
        (scene.commenter, TEXT, SNAPSHOT),
        (scene.pen, TEXT, REVISION),
    )
    refused = (
        (scene.other, TEXT, UPDATE),  # propose-only
        (scene.commenter, TEXT, UPDATE),
        (scene.commenter, theirs, UPDATE),  # comment-only
        (scene.commenter, ACTS, ENTRY),
        (scene.commenter, TEXT, REVISION),
        (scene.reader, TALK, ENTRY),  # read-only, by the default
        (scene.reader, ACTS, ENTRY),
        (scene.reader, TEXT, SNAPSHOT),
        (scene.pen, theirs, UPDATE),  # another delegation's proposals
        (scene.other, ours, UPDATE),
        (scene.chair, ours, UPDATE),  # a chair of no delegation
        (scene.interpreter, TEXT, UPDATE),
        (scene.interpreter, TALK, ENTRY),
        (scene.interpreter, theirs, UPDATE),
        (scene.pen, machine(scene.interpreter), ENTRY),
        (scene.interpreter, machine(scene.pen), ENTRY),
    )
    for peer, stream, kind in allowed:
        table.says(peer, stream, kind)
    for peer, stream, kind in refused:
        assert table.refusal(peer, stream, kind) == "draft.right_required"
    error = table.refused(scene.other, table.item(scene.other, TEXT, UPDATE))
    assert error["detail"] == {"right": "propose"}
    body = table.rights(right(scene.pen, "chair"))
    assert table.refusal(scene.pen, ACTS, RIGHTS, body=body) == "draft.right_required"


def test_a_chair_replaces_the_table_and_times_tell_which_one_is_in_force(scene: Scene) -> None:
    table = scene.table
    before = table.says(scene.pen)
    lines = (right(scene.chair, "chair"), right(scene.other, "pen", scene.theirs))
    put = table.says(scene.chair, ACTS, RIGHTS, body=table.rights(*lines, default="comment"))
    assert put["at_ms"] > before["at_ms"]
    assert table.refusal(scene.pen, TEXT, UPDATE) == "draft.right_required"
    after = table.says(scene.other)
    assert after["at_ms"] >= put["at_ms"]
    table.says(scene.pen, TALK, ENTRY)  # not listed any more: the default
    for body in (b"{}", b"no JSON", table.rights(right(scene.chair, "chair"))[:-1]):
        assert table.refusal(scene.chair, ACTS, RIGHTS, body=body) == "draft.malformed"


@pytest.mark.slow
def test_an_observer_who_is_not_listed_reads_whatever_the_default_is(scene: Scene) -> None:
    table = Table.found(scene.chair, scene.room, default="propose")
    table.says(scene.reader, ACTS, ENTRY)
    path = f"/api/rooms/{scene.room}/members/{scene.reader.account}"
    scene.chair.browser.ok("PATCH", path, {"role": "observer"})
    assert table.refusal(scene.reader, ACTS, ENTRY) == "draft.right_required"
    assert scene.reader.browser.refused("POST", *_founding(scene.reader, scene.room)) == "room.role_required"


def _founding(peer: Peer, room: RoomId, **changes: Any) -> tuple[str, bytes]:
    table = Table(room, DraftId(new_id()))
    return f"/api/rooms/{room}/drafts", table.founding(peer, **changes)


@pytest.mark.slow
def test_a_founding_is_refused_with_its_code(scene: Scene) -> None:
    refused = scene.pen.browser.refused
    path, _ = _founding(scene.pen, scene.room)
    table = Table(scene.room, DraftId(new_id()))
    others = table.rights(right(scene.other, "chair"))
    lowered = table.rights(right(scene.pen, "pen"), right(scene.other, "chair"))
    for body in (others, lowered, b"{}"):
        assert refused("POST", path, table.founding(scene.pen, body=body)) == "draft.malformed"
    elsewhere = Table(scene.room, DraftId(new_id())).rights(right(scene.pen, "chair"))
    assert refused("POST", path, table.founding(scene.pen, body=elsewhere)) == "draft.malformed"
    assert refused("POST", path, table.founding(scene.pen, sequence=2)) == "item.sequence"
    assert refused("POST", path, table.founding(scene.pen, seen_head=bytes(32))) == "record.fork"
    assert refused("POST", path, table.founding(scene.pen, epoch=77)) == "item.stale_epoch"
    assert refused("POST", path, table.founding(scene.pen, bucket=3)) == "item.malformed"
    assert refused("POST", path, table.founding(scene.pen, by=SigningKey.generate())) == "item.forged"
    assert refused("POST", path, table.item(scene.pen, TEXT, UPDATE)) == "item.malformed"
    assert scene.interpreter.browser.refused("POST", *_founding(scene.interpreter, scene.room)) == "room.role_required"
    assert scene.stranger.browser.refused("POST", path, table.founding(scene.pen)) == "room.not_found"
    taken = Table(scene.room, scene.table.draft)
    assert refused("POST", path, taken.founding(scene.pen, sequence=1, seen_number=0)) == "draft.exists"
    assert refused("POST", path, b"x" * (1 << 20)) == "request.too_large"
    raw = table.founding(scene.pen)
    first = scene.pen.browser.ok("POST", path, raw)
    assert scene.pen.browser.ok("POST", path, raw) == first


@pytest.mark.slow
def test_an_item_is_refused_with_its_code(scene: Scene) -> None:
    table, pen = scene.table, scene.pen
    table.says(pen)
    stored = table.item(pen, TEXT, UPDATE)
    table.submit(pen, stored)

    def code(**changes: Any) -> str:
        return table.refusal(pen, TEXT, UPDATE, **changes)

    assert code(sequence=2) == "item.sequence"
    assert code(sequence=4) == "item.sequence"
    assert code(seen_head=bytes(32)) == "record.fork"
    assert code(seen_number=1) == "record.fork"
    assert code(seen_number=10**6) == "record.fork"
    assert code(epoch=77) == "item.stale_epoch"
    assert code(bucket=3) == "item.malformed"
    assert code(by=SigningKey.generate()) == "item.forged"
    assert code(device=scene.other.device) == "item.forged"
    assert code(item=decode_draft_item(stored).item) == "item.conflict"
    assert code(room=RoomId(new_id())) == "item.malformed"
    assert code(draft=DraftId(new_id())) == "item.malformed"
    assert table.refusal(pen, ACTS, FOUNDING, body=b"{}") == "item.malformed"
    assert table.refusal(pen, TEXT, ENTRY) == "item.malformed"
    assert code(body=bytes(100)) == "item.malformed"
    assert table.refusal(pen, ACTS, ENTRY, body=sealed_body(TEXT, UPDATE, 1024)) == "item.malformed"  # a short act
    assert code(body=sealed_body(TEXT, UPDATE, 2 << 20)) == "item.malformed"
    assert pen.browser.refused("POST", f"{table.path}/items", bytes(ENVELOPE_MAX_BYTES + 1)) == "request.too_large"
    error = table.refused(pen, table.item(pen, TEXT, UPDATE, sequence=9))
    assert error["detail"]["expected"] == 3
    # Whoever sends the stored bytes of somebody else learns nothing by it.
    assert scene.other.browser.refused("POST", f"{table.path}/items", stored) == "item.forged"
    absent = f"/api/rooms/{scene.room}/drafts/{new_id()}"
    assert pen.browser.refused("GET", f"{absent}/streams/text/items") == "draft.not_found"
    assert pen.browser.refused("GET", f"{table.path}/streams/texts/items") == "draft.not_found"
    assert table.items(pen, proposals(str(new_id()))) == []


@pytest.mark.slow
def test_a_draft_of_another_room_is_none_of_this_one(scene: Scene) -> None:
    table, pen = scene.table, scene.pen
    other_room = scene.chair.found()
    scene.chair.commits(other_room, add=[pen])
    wrong = Table(other_room, table.draft)
    assert pen.browser.refused("GET", f"{wrong.path}/streams/text/items") == "draft.not_found"
    raw = wrong.item(pen, TEXT, UPDATE)
    assert pen.browser.refused("POST", f"{wrong.path}/items", raw) == "draft.not_found"


@pytest.mark.slow
def test_who_left_or_was_taken_out_is_refused_and_who_is_suspended_too(scene: Scene) -> None:
    table = scene.table
    late = table.item(scene.pen, TEXT, UPDATE)
    scene.chair.commits(scene.room, remove=[scene.pen])
    assert scene.pen.browser.refused("POST", f"{table.path}/items", late) == "room.not_found"
    for path in ("", f"/{table.draft}/streams/text/items", f"/{table.draft}/roots"):
        assert scene.pen.browser.refused("GET", f"/api/rooms/{scene.room}/drafts{path}") == "room.not_found"
    scene.other.browser.ok("POST", f"/api/rooms/{scene.room}/leave", {})
    raw = table.item(scene.chair, ACTS, ENTRY)
    assert scene.other.browser.refused("POST", f"{table.path}/items", raw) == "room.not_found"


@pytest.mark.slow
def test_epochs_and_the_archive_hold_for_drafts_too(scene: Scene) -> None:
    table = scene.table
    old = table.item(scene.pen, TEXT, UPDATE)
    scene.chair.commits(scene.room)
    table.submit(scene.pen, old)  # the epoch before
    stale = table.item(scene.pen, TEXT, UPDATE)
    scene.chair.commits(scene.room)
    scene.chair.commits(scene.room)
    assert table.refused(scene.pen, stale)["code"] == "item.stale_epoch"
    scene.chair.browser.ok("POST", f"/api/rooms/{scene.room}/state", {"state": "archived"})
    assert table.refusal(scene.pen, TEXT, UPDATE) == "room.archived"
    assert scene.pen.browser.refused("POST", *_founding(scene.pen, scene.room)) == "room.archived"
    assert len(table.items(scene.pen, TEXT)) == 1  # reading goes on


@pytest.mark.slow
def test_memory_and_a_second_process_agree(app: flask.Flask, scene: Scene) -> None:
    """What another writer appended is seen before anybody is told of a fork."""
    table = scene.table
    table.says(scene.pen)
    portal = portal_of(app)
    first, second = portal.get(Rooms), Rooms.open(portal.settings, portal.database)
    second.handler.serve_further(DraftHandler(portal.get(Ledger).sign))
    second.start()
    portal.features[Rooms] = second
    table.says(scene.pen)
    table.says(scene.chair)
    portal.features[Rooms] = first
    table.says(scene.pen)
    check_chain(table, scene.pen, TEXT)
    assert table.stream(scene.pen, TEXT)["number"] == 4
    second.close()


@pytest.mark.slow
def test_large_items_are_counted_by_themselves(scene: Scene) -> None:
    table, pen = scene.table, scene.pen
    table.shown(pen)  # from here on the account pays, not its address
    limiter.enabled = True
    path, large = f"{table.path}/items", bytes(SUBMIT_MAX_BYTES + 1)
    codes = [pen.browser.refused("POST", path, large) for _ in range(121)]
    assert codes == ["item.malformed"] * 120 + ["request.too_many"]
    assert pen.browser.refused("POST", path, b"x") == "item.malformed"


@pytest.mark.slow
def test_nobody_keeps_an_objection_out_by_filling_the_draft(
    app: flask.Flask, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = scene.table
    monkeypatch.setattr("portal.server.drafts.record.ACCOUNT_MAX_BYTES", 3000)
    monkeypatch.setattr("portal.server.drafts.record.DRAFT_MAX_BYTES", 4000)
    large = sealed_body(TALK, ENTRY, 2048)
    table.says(scene.commenter, TALK, ENTRY, body=large)
    assert table.refusal(scene.commenter, TALK, ENTRY, body=large) == "storage.full"  # its own pot
    table.says(scene.aide, TALK, ENTRY)
    assert table.refusal(scene.pen, TEXT, UPDATE, body=large) == "storage.full"  # everybody's
    table.says(scene.other, ACTS, ENTRY)
    assert table.refusal(scene.other, ACTS, ENTRY) == "storage.full"  # its acts, and nobody else's
    table.says(scene.pen, ACTS, ENTRY)
    portal_of(app).get(Rooms).handler.rolled_back()  # counted anew from the rows
    assert table.refusal(scene.commenter, TALK, ENTRY, body=large) == "storage.full"
    assert table.refusal(scene.other, ACTS, ENTRY) == "storage.full"
