"""Snapshots: one at a time, confirmed by somebody else's delegation, and only then do the items go."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import flask
import pytest
import sqlalchemy as sa

from portal.server.core.db import Unit
from portal.server.drafts.models import DraftItem, DraftStream
from portal.server.drafts.requests import AppendDraftItem
from portal.server.rooms.feature import Rooms
from portal.server.rooms.requests import Receipt, Sender
from portal.wire.canonical import parse_canonical
from portal.wire.drafts.envelope import decode_draft_item
from portal.wire.drafts.streams import ACTS, TEXT, DraftItemKind, Stream, StreamKind
from portal.wire.errors import PortalError
from portal.wire.ids import Id, ItemId, new_id, unb64
from tests.server.drafts.conftest import Scene
from tests.server.drafts.driver import Table, check_chain, right, sealed_body
from tests.server.rooms.driver import Peer, portal_of

_, _, ENTRY, UPDATE, SNAPSHOT, REVISION, COUNTERSIGN = DraftItemKind
MANY = 10_000


def confirm(table: Table, peer: Peer, stream: Stream, snapshot: int) -> None:
    """Countersign, which must be accepted."""
    table.says(peer, stream, COUNTERSIGN, body=table.countersign(snapshot))


@pytest.mark.slow
def test_of_two_snapshots_at_once_one_is_refused(scene: Scene) -> None:
    table = scene.table
    for _ in range(3):
        table.says(scene.pen)
    makers = (scene.pen, scene.commenter)
    made = [(peer, table.item(peer, TEXT, SNAPSHOT)) for peer in makers]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda one: one[0].browser.send("POST", f"{table.path}/items", one[1]), made))
    assert sorted(one.status_code for one in answers) == [200, 409]
    first = next(place for place, one in enumerate(answers) if one.status_code == 200)
    error = answers[1 - first].get_json()["error"]
    assert (error["code"], error["detail"]) == ("draft.snapshot_taken", {"number": 4})
    table.sequences[makers[first].device, TEXT] = table.sequences.get((makers[first].device, TEXT), 0) + 1
    # A revision counts as well: whoever has not seen it rebuilds from it.
    stale = table.item(scene.aide, TEXT, SNAPSHOT)
    table.says(scene.pen, TEXT, REVISION)
    assert table.refused(scene.aide, stale)["code"] == "draft.snapshot_taken"


def test_who_only_comments_can_not_bury_true_snapshots_under_false_ones(scene: Scene) -> None:
    table = scene.table
    table.says(scene.pen)
    false = table.says(scene.commenter, TEXT, SNAPSHOT)["number"]
    true = table.says(scene.aide, TEXT, SNAPSHOT)["number"]
    again = table.refused(scene.commenter, table.item(scene.commenter, TEXT, SNAPSHOT))
    assert (again["code"], again["detail"]) == ("draft.snapshot_taken", {"number": false})
    confirm(table, scene.commenter, TEXT, true)
    # Confirmed is confirmed: the next one is welcome. And who writes the text is never held up.
    table.says(scene.commenter, TEXT, SNAPSHOT)
    for _ in range(2):
        table.says(scene.pen, TEXT, SNAPSHOT)


def test_a_snapshot_goes_only_after_another_delegation_confirmed_it(app: flask.Flask, scene: Scene) -> None:
    table = scene.table
    heads = [unb64(table.says(scene.pen)["head"]) for _ in range(4)]
    revision = table.says(scene.pen, TEXT, REVISION)["number"]
    late = table.item(scene.pen, TEXT, UPDATE)
    snapshot = table.says(scene.aide, TEXT, SNAPSHOT)["number"]

    def refused(peer: Peer, number: int) -> Any:
        error = table.refused(peer, table.item(peer, TEXT, COUNTERSIGN, body=table.countersign(number)))
        return error["code"], error["detail"].get("reason")

    assert refused(scene.aide, snapshot) == ("draft.countersign", "delegation")
    assert refused(scene.pen, snapshot) == ("draft.countersign", "delegation")
    assert refused(scene.commenter, revision) == ("draft.countersign", "newest")
    assert refused(scene.reader, snapshot)[0] == "draft.right_required"
    assert table.refusal(scene.commenter, TEXT, COUNTERSIGN, body=b"{}") == "draft.malformed"
    assert table.stream(scene.pen, TEXT)["confirmed"] == 0
    confirm(table, scene.commenter, TEXT, snapshot)
    assert refused(scene.other, snapshot) == ("draft.countersign", "confirmed")

    stream = table.stream(scene.pen, TEXT)
    assert (stream["base"]["number"], stream["state"], stream["confirmed"]) == (revision, snapshot, snapshot)
    assert [number for number, _, _ in table.items(scene.reader, TEXT)] == [snapshot, snapshot + 1]
    assert [number for number, _, _ in table.revisions(scene.reader)] == [revision]
    check_chain(table, scene.reader, TEXT)
    newest = decode_draft_item(table.items(scene.reader, TEXT)[0][2])
    assert newest.seen_head == unb64(stream["base"]["head"])
    assert heads[-1] == decode_draft_item(table.revisions(scene.reader)[0][2]).seen_head
    # What was sealed on a place that is gone is sealed anew, with the same sequence; a purged item was stored.
    table.submit(scene.pen, late)
    behind = table.item(scene.pen, TEXT, UPDATE, seen_number=2, seen_head=heads[1])
    assert table.refused(scene.pen, behind)["detail"] == {"base": revision}
    table.says(scene.pen)
    portal_of(app).get(Rooms).handler.rolled_back()  # read anew from the rows: sequences go on where they were
    table.says(scene.pen)
    check_chain(table, scene.reader, TEXT)


@pytest.mark.slow
@pytest.mark.parametrize("listed", [1, 2])
def test_where_there_is_no_other_delegation_another_account_or_the_author_confirms(scene: Scene, listed: int) -> None:
    others = [right(scene.pen, "pen", scene.ours), right(scene.aide, "comment", scene.ours)][: listed - 1]
    table = Table.found(scene.chair, scene.room, *others)
    table.says(scene.chair)
    number = table.says(scene.chair, TEXT, SNAPSHOT)["number"]
    own = table.item(scene.chair, TEXT, COUNTERSIGN, body=table.countersign(number))
    if others:
        assert table.refused(scene.chair, own)["code"] == "draft.countersign"
        confirm(table, scene.pen, TEXT, number)
    else:
        table.submit(scene.chair, own)


@pytest.mark.slow
def test_acts_are_never_purged_and_a_stream_does_not_begin_with_a_snapshot(scene: Scene) -> None:
    table = scene.table
    for _ in range(3):
        table.says(scene.pen, ACTS, ENTRY)
    number = table.says(scene.aide, ACTS, SNAPSHOT)["number"]
    confirm(table, scene.other, ACTS, number)
    assert len(table.items(scene.reader, ACTS)) == number + 1
    assert table.stream(scene.pen, ACTS)["base"]["number"] == 0
    assert table.stream(scene.pen, ACTS)["confirmed"] == number
    nobodys = Stream(StreamKind.PROPOSALS, Id(new_id()))
    assert table.refusal(scene.pen, nobodys, SNAPSHOT) == "item.malformed"
    assert table.refusal(scene.pen, nobodys, COUNTERSIGN, body=table.countersign(1)) == "draft.countersign"


@pytest.mark.slow
def test_only_rights_and_countersigns_can_be_read(app: flask.Flask, scene: Scene) -> None:
    table = scene.table
    table.says(scene.pen)
    confirm(table, scene.other, TEXT, table.says(scene.pen, TEXT, SNAPSHOT)["number"])
    table.says(scene.other, ACTS, ENTRY)
    stored = portal_of(app).database.read(lambda unit: list(unit.session.scalars(sa.select(DraftItem.envelope))))
    assert sorted(kind.name for kind in _readable(stored)) == ["COUNTERSIGN", "FOUNDING"]


def _readable(stored: list[bytes]) -> list[DraftItemKind]:
    kinds = []
    for envelope in map(decode_draft_item, stored):
        try:
            parse_canonical(envelope.body)
        except ValueError:
            continue
        kinds.append(envelope.kind)
    return kinds


@pytest.mark.slow
def test_after_compaction_the_rows_of_ten_thousand_updates_are_gone(app: flask.Flask, scene: Scene) -> None:
    table, writer = scene.table, portal_of(app).get(Rooms).writer
    first = table.item(scene.pen, TEXT, UPDATE)
    envelope, sender = decode_draft_item(first), Sender(scene.pen.account, scene.pen.device)
    outcomes: list[Receipt | PortalError] = []
    for number in range(1, MANY + 1):
        unsigned = envelope._replace(sequence=number, item=ItemId(new_id()))  # who has seen nothing writes all the same
        signed = unsigned._replace(signature=scene.pen.key.sign(unsigned.signed_bytes).signature)
        request = AppendDraftItem(sender, signed.encode(), scene.room, table.draft)
        if number % 250:
            writer.append_nowait(request, outcomes.append)
        else:
            outcomes.append(writer.append(request))
    assert all(isinstance(outcome, Receipt) for outcome in outcomes)
    table.sequences[scene.pen.device, TEXT] = MANY
    before = portal_of(app).database.read(_rows)
    snapshot = table.says(scene.pen, TEXT, SNAPSHOT, body=sealed_body(TEXT, SNAPSHOT, 114_688))["number"]
    confirm(table, scene.other, TEXT, snapshot)
    assert before == MANY
    assert portal_of(app).database.read(_rows) == 2
    assert len(table.items(scene.reader, TEXT)) == 2
    check_chain(table, scene.reader, TEXT)


def _rows(unit: Unit) -> int:
    text = sa.select(DraftStream.id).where(DraftStream.kind == int(StreamKind.TEXT))
    return unit.session.scalar(sa.select(sa.func.count()).where(DraftItem.stream_id.in_(text))) or 0
