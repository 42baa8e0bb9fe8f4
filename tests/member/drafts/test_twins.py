"""Drafts in Python against the browser's code in Node: what one makes, the other reads, to the last byte and letter."""

import json
import random
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from portal.member.drafts.document import DraftDocument
from portal.member.drafts.reading import root
from portal.member.drafts.writing import set_words
from portal.member.e2ee.draft import DraftPlace, is_draft_item_signed, open_draft_item, seal_draft_item, sign_draft_item
from portal.member.e2ee.draft_state import DraftStateItem, parse_draft_state
from portal.member.e2ee.record import derive_record_key
from portal.member.e2ee.refusal import Refusal
from portal.member.e2ee.signing import SigningKey
from portal.wire.drafts.envelope import decode_draft_item, is_sealed
from portal.wire.drafts.streams import ACTS, TEXT, DraftItemKind, Stream, StreamKind
from portal.wire.ids import AccountId, DeviceId, DraftId, Id, ItemId, RoomId, b64, new_id, unb64
from tests.member.drafts.test_updates import ADA, HOSTILE, begun
from tests.member.twin import Twin, TwinRefusedError

NOTHING = b64(b"\0\0")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def browser(client_packages: None) -> Iterator[Twin]:
    """The browser's code, to be asked."""
    with Twin("static/test/drafts_twin.ts") as running:
        yield running


@pytest.mark.parametrize("seed", range(6))
def test_both_read_the_same_text_from_each_other_s_edits(browser: Twin, seed: int) -> None:
    """Random edits by turns: brackets that overlap, notes, moves, three scripts."""
    chance, document = random.Random(seed), DraftDocument(StreamKind.TEXT)
    updates: list[str] = []
    state = NOTHING
    for step in range(3):
        made = browser.ask("edit", state=state, seed=1000 * seed + step)
        assert document.take(unb64(made["update"]), ADA) is None
        updates.append(made["update"])
        assert json.loads(json.dumps(document.text())) == made["document"]
        assert b64(document.hash()) == made["hash"]
        node = chance.choice(document.text()["nodes"])["id"]
        words = "".join(chance.choices(("당사자 ", "قرار ", "🕊️", "meet. "), k=4))
        ours = document.edited(partial(set_words, node=node, lang="en", words=words))
        assert document.take(ours, ADA) is None
        updates.append(b64(ours))
        there = browser.ask("read", updates=updates)
        assert there["refused"] == [None] * len(updates)
        assert (there["document"], there["hash"]) == (document.text(), b64(document.hash()))
        assert there["claims"] == sorted(document.claims)
        state = there["state"]
    # A state that one writes is the other's document, id by id.
    theirs = DraftDocument(StreamKind.TEXT, unb64(state), document.claims)
    assert document.holds_the_same_as(theirs)
    back = browser.ask("read", updates=[b64(document.state())])
    assert (back["refused"], back["hash"]) == ([None], b64(document.hash()))


def test_what_one_refuses_the_other_refuses(browser: Twin) -> None:
    document = begun()
    chance = random.Random(6)
    node = document.text()["nodes"][0]["id"]
    sound = document.edited(lambda doc: set_words(doc, node, "en", "Other words, 다른 말."))
    attempts = dict(HOSTILE)
    for count in range(150):
        changed = bytearray(sound)
        changed[chance.randrange(len(sound))] ^= 1 << chance.randrange(8)
        attempts[f"changed {count}"] = bytes(changed)
    state, differing = b64(document.state()), []
    for name, raw in attempts.items():
        copy = DraftDocument(StreamKind.TEXT, document.state())
        here = copy.take(raw, (AccountId(Id("")), DeviceId(Id("browser"))))
        there = browser.ask("read", updates=[state, b64(raw)])
        if (here is None) != (there["refused"][1] is None) or b64(copy.hash()) != there["hash"]:
            differing.append((name, here, there["refused"][1], raw.hex()))
    assert differing == []


def test_hostile_documents_are_read_alike(browser: Twin) -> None:
    """What a pen-holder may put where it does not belong."""
    document = begun()

    def spoil(doc: Any) -> None:
        nodes, brackets, meta = root(doc, "nodes"), root(doc, "brackets"), root(doc, "meta")
        [first, second, third] = list(nodes.keys())
        nodes["x"] = "a text"
        nodes[first]["parent"], nodes[second]["parent"] = second, first
        nodes[third]["kind"], nodes[third]["order"] = 7.0, True
        nodes[third]["text"]["ko"] = "no fragment"
        brackets["y"] = [1, 2]
        brackets["z"] = {"options": {"o": 1}}
        meta["title"]["ko"] = 5
        meta["langs"] = '["en", 5, null, "\U0001f54a"]'

    assert document.take(document.edited(spoil), ADA) is None
    there = browser.ask("read", updates=[b64(document.state())])
    assert (there["document"], there["hash"]) == (document.text(), b64(document.hash()))


def test_private_notes_read_as_a_draft_s_text(browser: Twin) -> None:
    """They are about clauses of another document: the member takes them, and reads each of them."""
    notes = [["en", "We can live with may."], ["ko", "사찰관 없이는 안 됩니다."], ["en", "Two\nlines."]]
    made = browser.ask("annex", draft=new_id(), clause=new_id(), notes=notes)
    document = DraftDocument(StreamKind.TEXT)
    assert document.take(unb64(made["state"]), ADA) is None
    assert (json.loads(json.dumps(document.text())), b64(document.hash())) == (made["document"], made["hash"])
    assert [(node["kind"], list(node["text"])) for node in document.text()["nodes"]] == [
        ("paragraph", [lang]) for lang, _ in notes
    ]


def key_fields(chance: random.Random) -> dict[str, Any]:
    fields: dict[str, Any] = {"exporter": b64(chance.randbytes(32)), "share": b64(chance.randbytes(32))}
    return {**fields, "room": b64(chance.randbytes(16)), "epoch": chance.randrange(9), "bucket": 20_000}


@pytest.mark.parametrize("kind", list(DraftItemKind))
def test_items_are_sealed_and_opened_alike(browser: Twin, kind: DraftItemKind) -> None:
    chance = random.Random(int(kind))
    fields, signer = key_fields(chance), SigningKey(chance.randbytes(32))
    exported, share = unb64(fields["exporter"]), unb64(fields["share"])
    key = derive_record_key(exported, share, RoomId(Id(fields["room"])), fields["epoch"], fields["bucket"])
    stream = ACTS if kind in {DraftItemKind.FOUNDING, DraftItemKind.RIGHTS} else TEXT
    stream = Stream(StreamKind.MACHINE, new_id()) if kind is DraftItemKind.ENTRY else stream
    plaintext = b'{"t":"x"}' + bytes(chance.randrange(3000))
    place = DraftPlace(DraftId(new_id()), stream, DeviceId(new_id()), 3, ItemId(new_id()), 7, chance.randbytes(32))
    make = seal_draft_item if is_sealed(kind) else sign_draft_item
    here = make(key, kind, place, plaintext, signer).encode()
    assert browser.ask("open", key=fields, raw=b64(here), public=b64(signer.public)) == b64(plaintext)
    stands = {"kind": int(kind), "draft": place.draft, "stream": stream.name, "device": place.device, "sequence": 3}
    stands |= {"item": place.item, "seen_number": 7, "seen_head": b64(place.seen_head)}
    there = unb64(browser.ask("seal", key=fields, place=stands, plaintext=b64(plaintext), seed=b64(signer.seed)))
    envelope = decode_draft_item(there)
    assert is_draft_item_signed(envelope, signer.public)
    assert (open_draft_item(key, envelope) if is_sealed(kind) else envelope.body) == plaintext
    changed = bytearray(here)
    changed[-1] ^= 1
    with pytest.raises(TwinRefusedError, match="malformed"):
        browser.ask("open", key=fields, raw=b64(bytes(changed)), public=b64(signer.public))
    with pytest.raises(ValueError, match="hash"):
        decode_draft_item(bytes(changed))
    if is_sealed(kind):
        other = {**fields, "share": b64(bytes(32))}
        with pytest.raises(TwinRefusedError, match=r"item\.commitment"):
            browser.ask("open", key=other, raw=b64(here), public=b64(signer.public))
        with pytest.raises(Refusal, match=r"item\.commitment"):
            open_draft_item(derive_record_key(exported, bytes(32), key.room, key.epoch, key.bucket), envelope)


def test_snapshots_are_packed_alike(browser: Twin) -> None:
    document = begun()
    [client] = document.claims
    content = DraftStateItem(TEXT, 9, document.hash(), document.claims, document.state())
    there = browser.ask("unpack", raw=b64(content.to_bytes()))
    claims = [[client, *ADA]]
    fields = {"stream": "text", "through": 9, "hash": b64(document.hash()), "claims": claims}
    assert there == {**fields, "state": b64(document.state())}
    packed = browser.ask("pack", **fields, state=b64(document.state()))
    assert parse_draft_state(unb64(packed)) == content
