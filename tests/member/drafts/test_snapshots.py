"""Snapshots: right ones are confirmed and shorten the draft, false ones are found; newcomers go on from them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import flask
import pytest

from portal.member.drafts import drafts
from portal.member.drafts.document import DraftDocument
from portal.member.drafts.serving import ServedDraft, fetch_drafts
from portal.member.drafts.writing import set_words
from portal.member.e2ee.draft import DraftPlace, seal_draft_item
from portal.member.e2ee.draft_state import DraftStateItem, parse_draft_state
from portal.member.making import let_in, until_joined
from portal.member.work import Ask, MemberError, Work
from portal.wire.drafts.streams import TEXT, DraftItemKind
from portal.wire.ids import ItemId, RoomId, new_id
from tests.member.drafts.table import Negotiator, Table, negotiator, opened
from tests.member.inside import Inhabitant

pytestmark = pytest.mark.slow


def snapshot(table: Table, who: Negotiator) -> int:
    return table.sends(who, TEXT, DraftItemKind.SNAPSHOT, b"")


def confirms(table: Table, who: Negotiator) -> bool:
    return who.person.run(table.at(who).sender.tend())


def false_snapshot(table: Table, who: Negotiator, change: Any) -> None:
    """Put a snapshot into the text that is not what it says."""
    draft = table.here(who)
    follower, log = draft.document(TEXT), draft.log(TEXT)
    content = change(follower.make_snapshot())
    device, room = draft.room.keyholder.device, draft.room
    key = room.ring.key(room.data.epoch)
    assert key is not None
    sequence = log.next_sequence(device.device)
    place = DraftPlace(table.draft, TEXT, device.device, sequence, ItemId(new_id()), log.number, log.head)
    raw = seal_draft_item(key, DraftItemKind.SNAPSHOT, place, content.to_bytes(), device.key).encode()
    who.person.run(_post(f"/api/rooms/{table.room}/drafts/{table.draft}/items", raw))


def _post(path: str, raw: bytes) -> Any:
    return (yield Ask("POST", path, raw))


def test_a_snapshot_is_confirmed_by_the_other_delegation_and_shortens_the_draft(
    table: Table, chair: Negotiator, bob: Negotiator, ada: Inhabitant, app: flask.Flask, tmp_path: Path
) -> None:
    for year in range(3):
        table.writes(bob, 2, f"The Parties shall meet in {2030 + year}.")
    number = snapshot(table, chair)
    assert not confirms(table, chair)  # not by the delegation that made it
    assert confirms(table, bob)
    assert not confirms(table, bob)
    [served] = ada.asks("GET", f"/api/rooms/{table.room}/drafts")
    text = next(one for one in served["streams"] if one["stream"] == "text")
    assert text["base"]["number"] == number - 1
    assert table.here(chair).document(TEXT).confirmed == {number}
    # Somebody new begins with it, and sees what everybody sees.
    carl = negotiator(ada, app, tmp_path, "carl", "CH")
    ada.run(let_in(ada.member, table.room, [carl.account]))
    carl.person.run(until_joined(carl.person.member, table.room, 5))
    follower = table.here(carl).document(TEXT)
    assert (follower.log.base.number, follower.is_unconfirmed) == (number - 1, False)
    table.writes(bob, 2, "The Parties shall meet.")
    assert table.text(carl).hash() == table.text(chair).hash()
    assert table.here(carl).problem is None
    # What is kept on the disk comes to the same.
    again = Negotiator(carl.person, carl.delegation)
    assert table.text(again).hash() == table.text(chair).hash()


def without_words(content: DraftStateItem) -> DraftStateItem:
    document = DraftDocument(TEXT.kind, content.state, content.clients)
    node = document.text()["nodes"][2]["id"]
    update = document.edited(lambda doc: set_words(doc, node, "en", "The Parties may meet."))
    made = DraftDocument(TEXT.kind, content.state, content.clients)
    assert made.take(update, next(iter(content.clients.values()))) is None
    return replace(content, state=made.state(), hash=made.hash(), clients=made.claims)


def claims_moved(content: DraftStateItem) -> DraftStateItem:
    (account, device), *_ = content.clients.values()
    return replace(content, clients={**content.clients, 5: (account, device)})


@pytest.mark.parametrize("change", [without_words, claims_moved, lambda one: replace(one, hash=bytes(32))])
def test_a_false_snapshot_raises_an_alarm_and_is_not_confirmed(
    table: Table, chair: Negotiator, bob: Negotiator, change: Any
) -> None:
    false_snapshot(table, bob, change)
    draft = table.here(chair)
    assert draft.problem is not None
    assert (draft.problem.kind, draft.problem.account) == ("snapshot", bob.account)
    assert table.words(chair, 2) == "The Parties shall meet."
    assert not confirms(table, chair)
    with pytest.raises(MemberError, match=r"draft\.blocked"):
        table.writes(chair, 2, "Never mind.")


def test_who_comes_without_the_past_reads_the_snapshot_and_nothing_of_before(
    chair: Negotiator, bob: Negotiator, ada: Inhabitant, app: flask.Flask, tmp_path: Path
) -> None:
    table = opened(chair, [(bob, "pen")], history="none")
    table.acts(bob, {"t": "authentic", "langs": ["en"]})  # not his to say, and sealed to those who come later
    table.writes(bob, 2, "A secret that was struck out.")
    table.writes(bob, 2, "The Parties shall meet.")
    carl = negotiator(ada, app, tmp_path, "carl", "CH")
    ada.run(let_in(ada.member, table.room, [carl.account]))
    carl.person.run(until_joined(carl.person.member, table.room, 5))
    assert table.here(carl).document(TEXT).document is None  # until somebody keeps its state in the new epoch
    assert not table.here(carl).acts.is_whole
    while confirms(table, chair):  # whoever is there looks after newcomers
        pass
    assert table.here(carl).acts.is_unconfirmed
    assert table.here(carl).acts.state() == table.here(bob).acts.state()
    follower = table.here(carl).document(TEXT)
    assert follower.is_unconfirmed
    assert table.words(carl, 2) == "The Parties shall meet."
    while confirms(table, bob):
        pass
    assert table.here(carl).problem is table.here(bob).problem is None
    assert not table.here(carl).acts.is_unconfirmed
    assert not table.here(carl).document(TEXT).is_unconfirmed
    state = follower.newest
    assert state is not None
    kept = [state.content.state, *(line.plaintext or b"" for line in follower.log.lines)]
    assert not any(b"struck" in one for one in kept)


def test_a_text_that_is_shortened_while_a_newcomer_asks_for_it_counts_as_whole(
    table: Table,
    chair: Negotiator,
    bob: Negotiator,
    ada: Inhabitant,
    app: flask.Flask,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table.writes(bob, 2, "The Parties shall meet.")
    before = ada.run(fetch_drafts(table.room))
    number = snapshot(table, chair)
    assert confirms(table, bob)
    carl = negotiator(ada, app, tmp_path, "carl", "CH")
    ada.run(let_in(ada.member, table.room, [carl.account]))
    carl.person.run(until_joined(carl.person.member, table.room, 5))

    def answered_before(_room: RoomId) -> Work[list[ServedDraft]]:
        return before
        yield

    with monkeypatch.context() as late:
        late.setattr(drafts, "fetch_drafts", answered_before)
        text = table.here(carl).document(TEXT)
    assert table.here(carl).problem is None
    assert text.log.base.number == number - 1
    assert table.text(carl).hash() == table.text(chair).hash()


def test_a_state_survives_its_packing_and_nothing_else_does() -> None:
    document = DraftDocument(TEXT.kind)
    content = DraftStateItem(TEXT, 7, document.hash(), {}, document.state())
    assert parse_draft_state(content.to_bytes()) == content
    raw = content.to_bytes()
    for changed in (raw[:-1], raw + b"\0", b"", raw.replace(b"text", b"talk "), raw[:4] + b" " + raw[4:]):
        with pytest.raises(Exception, match=r"item\.malformed"):
            parse_draft_state(changed)
    bomb = DraftStateItem(TEXT, 7, bytes(32), {}, bytes(65 << 20)).to_bytes()
    with pytest.raises(Exception, match=r"item\.malformed"):
        parse_draft_state(bomb)
