"""What no server and no member gets past a reader: replayed, forged, dropped and foreign items, broken rights."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from portal.member.drafts.document import DraftDocument
from portal.member.drafts.draft import Draft
from portal.member.drafts.stream import SentItem
from portal.member.drafts.writing import set_words
from portal.member.e2ee.draft import DraftPlace, seal_draft_item
from portal.member.work import MemberError
from portal.wire.drafts.rights import DraftRight
from portal.wire.drafts.streams import ACTS, TALK, TEXT, DraftItemKind
from portal.wire.ids import ItemId, new_id
from tests.member.drafts.table import Negotiator, Table, clause_refs

pytestmark = pytest.mark.slow


def item(draft: Draft, update: bytes, *, skip: int = 0, epoch: int | None = None) -> bytes:
    """The next item of whoever has this draft, ``skip`` sequence numbers later than it is due."""
    room, log = draft.room, draft.log(TEXT)
    device = room.keyholder.device
    key = room.ring.key(room.data.epoch if epoch is None else epoch)
    assert key is not None
    sequence = log.next_sequence(device.device) + skip
    place = DraftPlace(draft.draft, TEXT, device.device, sequence, ItemId(new_id()), log.number, log.head)
    return seal_draft_item(key, DraftItemKind.UPDATE, place, update, device.key).encode()


def replayed(draft: Draft, _update: bytes) -> bytes:
    return draft.log(TEXT).lines[0].envelope.encode()


def forged(draft: Draft, update: bytes) -> bytes:
    raw = bytearray(item(draft, update))
    raw[200] ^= 1
    return bytes(raw)


def dropped(draft: Draft, update: bytes) -> bytes:
    return item(draft, update, skip=1)


def foreign(draft: Draft, _update: bytes) -> bytes:
    """An edit under the number of Ada's browser."""
    document = draft.document(TEXT).document
    assert document is not None
    [client] = document.claims
    made = DraftDocument(TEXT.kind, document.state(), document.claims)
    clock = made.clocks[client]
    assert max(client, clock) < 2**32
    struct = b"\x28\x01\x04meta\x01x\x01\x78"
    return item(draft, b"\x01\x01" + _number(client) + _number(clock) + struct + b"\0")


def _number(value: int) -> bytes:
    out = b""
    while value >= 0x80:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


@pytest.mark.parametrize(
    ("make", "kind"),
    [(replayed, "forged"), (forged, "forged"), (dropped, "dropped"), (foreign, "foreign-client")],
)
def test_an_item_that_breaks_a_rule_is_refused_and_told(
    table: Table, chair: Negotiator, bob: Negotiator, make: Callable[[Draft, bytes], bytes], kind: str
) -> None:
    theirs, ours = table.here(bob), table.here(chair)
    node = table.node(bob, 2)
    update = table.text(bob).edited(lambda doc: set_words(doc, node, "en", "Something else."))
    before, log = table.words(chair, 2), ours.log(TEXT)
    at_ms = log.lines[-1].at_ms
    taken = SentItem(log.number + 1, at_ms, make(theirs, update))
    assert not chair.person.run(ours.receive(TEXT, taken))
    assert ours.problem is not None
    assert (ours.problem.kind, ours.problem.number) == (kind, taken.number)
    assert (log.number, log.lines[-1].state) == (taken.number, "refused")  # it keeps its place
    document = ours.document(TEXT).document
    assert document is not None
    assert "".join(run["text"] for run in document.text()["nodes"][2]["text"]["en"]) == before
    # Another item at a place that was taken: two histories.
    other = replace(taken, number=1, raw=item(theirs, update))
    chair.person.run(ours.receive(TEXT, other))
    assert ours.problem.kind == (kind if kind != "foreign-client" else "fork")


def test_who_has_lost_a_right_is_refused_by_everybody(table: Table, chair: Negotiator, bob: Negotiator) -> None:
    node = table.node(bob, 2)
    update = table.text(bob).edited(lambda doc: set_words(doc, node, "en", "Something else."))
    raw = item(table.here(bob), update)
    reader: DraftRight = {"account": bob.account, "delegation": bob.delegation, "right": "comment"}
    table.sets_rights(chair, [chair.line("chair"), reader])
    with pytest.raises(MemberError, match=r"draft\.right_required"):
        table.writes(bob, 2, "Never mind.")
    ours = table.here(chair)
    later_ms = ours.acts.acts[-1].line.at_ms + 1
    chair.person.run(ours.receive(TEXT, SentItem(ours.log(TEXT).number + 1, later_ms, raw)))
    assert ours.problem is not None
    assert (ours.problem.kind, ours.problem.account) == ("right", bob.account)
    assert not ours.is_blocked  # it is Bob's fault alone
    # What he wrote while he might stays, also for those who read it later.
    assert table.sends(bob, TALK, DraftItemKind.ENTRY, b'{"v":1}') == 1


def test_an_act_that_the_ledger_s_key_has_not_signed_is_not_taken(
    table: Table, chair: Negotiator, bob: Negotiator
) -> None:
    ours = table.here(chair)
    chair.person.run(chair.person.member.rounds.look([]))
    log = ours.log(ACTS)
    before = log.number
    items = [{**ref, "stance": "accept"} for ref in clause_refs(table, bob, ["en"])]
    table.acts(bob, {"t": "position", "items": items})
    *_, earlier, act = table.here(bob).log(ACTS).lines
    true = SentItem(act.number, act.at_ms, act.envelope.encode(), act.receipt)
    for lie in ({"receipt": None}, {"at_ms": true.at_ms + 1}, {"receipt": earlier.receipt}):
        chair.person.run(ours.receive(ACTS, replace(true, **lie)))
        assert log.number == before, lie
    assert ours.problem is not None
    assert (ours.problem.kind, ours.problem.number) == ("forged", true.number)
    assert ours.is_blocked
    chair.person.run(ours.receive(ACTS, true))
    assert log.number == true.number
