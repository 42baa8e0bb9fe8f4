"""Updates as they are read before they are applied: those of real editing, and those that somebody made up."""

import random
from collections.abc import Callable
from copy import deepcopy
from typing import Any, Final

import pytest
from pycrdt import Doc, Map

from portal.member.drafts.document import FOREIGN_CLIENT, MALFORMED, DraftDocument
from portal.member.drafts.lib0 import NoUpdateError
from portal.member.drafts.reading import root
from portal.member.drafts.update import read_update
from portal.member.drafts.writing import NewClause, begin_text, set_words
from portal.wire.drafts.streams import StreamKind
from portal.wire.ids import AccountId, DeviceId, new_id
from tests.growth import grows_as_its_size

ADA: Final = AccountId(new_id()), DeviceId(new_id())
BOB: Final = AccountId(new_id()), DeviceId(new_id())
_WORDS: Final = ("shall ", "제12조 ", "يلتزم ", "🕊️", "e\u0301", "may ", "\n")


def number(value: int) -> bytes:
    """A varUint."""
    out = b""
    while value >= 0x80:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def text(value: str) -> bytes:
    raw = value.encode()
    return number(len(raw)) + raw


def update(structs: list[tuple[int, int, list[bytes]]], deletions: bytes = b"\0") -> bytes:
    """An update of (client, clock, structs)."""
    parts = [number(len(one)) + number(client) + number(clock) + b"".join(one) for client, clock, one in structs]
    return number(len(structs)) + b"".join(parts) + deletions


def begun() -> DraftDocument:
    document = DraftDocument(StreamKind.TEXT)
    clauses = [NewClause("paragraph", {"en": "The Parties meet.", "ko": "회동한다."}) for _ in range(3)]
    first = document.edited(lambda doc: begin_text(doc, {"en": "T"}, ["en", "ko"], clauses))
    assert document.take(first, ADA) is None
    return document


TEXT: Final = b"\x27" + number(1) + text("t") + text("k") + number(2)
"""A text under a key of a root: the first struct of client 9, in which the others stand."""


def letters(words: str, client: int = 9) -> bytes:
    """Letters at the beginning of that text."""
    return b"\x04" + number(0) + number(client) + number(0) + text(words)


def behind(clock: int, words: str, client: int = 9) -> bytes:
    return b"\x84" + number(client) + number(clock) + text(words)


def before(clock: int, words: str) -> bytes:
    return b"\x44" + number(9) + number(clock) + text(words)


def gone(start: int, length: int) -> bytes:
    """A set of deletions."""
    return number(1) + number(9) + number(1) + number(start) + number(length)


def keyed(content: bytes) -> bytes:
    """Something under a key of a root; ``content`` begins with the kind's byte."""
    return bytes([content[0] | 0x20]) + number(1) + text("t") + text("k") + content[1:]


def of_nine(*structs: bytes, deletions: bytes = b"\0") -> bytes:
    return update([(9, 0, list(structs))], deletions)


HOSTILE: Final[dict[str, bytes]] = {
    "nothing": b"",
    "cut": of_nine(TEXT[:-1]),
    "longer": of_nine(TEXT) + b"\0",
    "a gap": update([(9, 5, [TEXT])]),
    "a skip": of_nine(b"\x0a" + number(3)),
    "a document inside": of_nine(keyed(b"\x09" + text("g") + b"\x7f")),
    "a type of the future": of_nine(keyed(b"\x07" + number(9))),
    "old JSON": of_nine(keyed(b"\x02" + number(1) + text("1"))),
    "bytes": of_nine(keyed(b"\x03" + text("b"))),
    "an empty text": of_nine(TEXT, letters("")),
    "itself as origin": of_nine(behind(0, "a")),
    "what comes later": of_nine(TEXT, behind(2, "a"), letters("b")),
    "a circle of two": update([(9, 0, [behind(0, "a", 8)]), (8, 0, [behind(0, "b", 9)])]),
    "half a bird": of_nine(TEXT, letters("🕊"), behind(1, "a")),
    "before half a bird": of_nine(TEXT, letters("🕊"), before(2, "a")),
    "half a bird gone": of_nine(TEXT, letters("🕊"), deletions=gone(1, 1)),
    "in a letter": of_nine(TEXT, letters("a"), b"\x04" + number(0) + number(9) + number(1) + text("b")),
    "letters in a root": of_nine(b"\x04" + number(1) + text("t") + text("a")),
    "letters under a key": of_nine(keyed(b"\x04" + text("pq"))),
    "letters behind a key": of_nine(keyed(b"\x08" + number(1) + b"\x78"), behind(0, "pq")),
    "a text in a text": of_nine(TEXT, b"\x07" + number(0) + number(9) + number(0) + number(2)),
    "seventeen deep": of_nine(
        keyed(b"\x07" + number(1)),
        *(b"\x27" + number(0) + number(9) + number(one) + text("k") + number(1) for one in range(17)),
    ),
    "the same client twice": update([(9, 0, [TEXT]), (9, 1, [letters("b")])]),
    "a client that is none": update([(2**32, 0, [TEXT])]),
    "a clock without end": of_nine(b"\0" + number(2**33)),
    "an empty deletion": of_nine(TEXT, deletions=gone(0, 0)),
    "a deletion of nothing": update([], gone(0, 4)),
    "half a letter": of_nine(TEXT, b"\x05" + number(0) + number(9) + number(0) + text('"\\ud800"')),
    "no JSON": of_nine(TEXT, b"\x06" + number(0) + number(9) + number(0) + text("em") + text("{")),
    "no number": of_nine(TEXT, b"\x05" + number(0) + number(9) + number(0) + text("NaN")),
    "a number too large": of_nine(TEXT, b"\x05" + number(0) + number(9) + number(0) + text("1e400")),
    "a value too deep": of_nine(TEXT, b"\x05" + number(0) + number(9) + number(0) + text("[" * 2000 + "]" * 2000)),
    "no UTF-8": of_nine(TEXT, b"\x04" + number(0) + number(9) + number(0) + b"\x01\xff"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_sound_update_changes_nothing(name: str) -> None:
    document = begun()
    before, clocks = document.text(), dict(document.clocks)
    assert document.take(HOSTILE[name], BOB) == MALFORMED
    assert (document.text(), document.clocks, document.broken) == (before, clocks, False)


def test_nobody_writes_under_another_s_number() -> None:
    document = begun()
    [client] = document.claims
    more = update([(client, document.clocks[client], [TEXT])])
    assert document.take(more, BOB) == FOREIGN_CLIENT
    assert document.take(more, ADA) is None
    # Deletions carry no number: who deleted is who signed.
    last = number(1) + number(client) + number(1) + number(document.clocks[client] - 1) + number(1)
    assert document.take(update([], last), BOB) is None
    assert document.claims == {client: ADA}


def test_what_is_gone_counts_as_gone_for_those_who_saw_it_and_those_who_did_not() -> None:
    """Who was there knows more of what was deleted than who began with the state: both must say the same."""
    document = begun()
    assert document.take(of_nine(TEXT, letters("🕊a"), deletions=gone(0, 4)), BOB) is None
    later = DraftDocument(StreamKind.TEXT, document.state(), document.claims)
    for attempt in (
        update([(9, 4, [behind(1, "x")])]),  # within a letter that is gone
        update([(9, 4, [b"\x28" + number(0) + number(9) + number(0) + number(1) + b"\x78"])]),  # no letter, in a text
        update([(9, 4, [b"\x04" + number(0) + number(9) + number(3) + text("x")])]),  # in a letter
    ):
        copies = [DraftDocument(StreamKind.TEXT, later.state(), later.claims), begun_again(document)]
        assert len({one.take(attempt, BOB) for one in copies}) == 1
        assert copies[0].hash() == copies[1].hash()


def begun_again(document: DraftDocument) -> DraftDocument:
    """The same document as somebody has it who saw each of its edits."""
    made = DraftDocument(StreamKind.TEXT, document.state(), document.claims)
    # What was deleted is known to it as it was put there: by its own standings.
    made._standings, made._halves = deepcopy(document._standings), set(document._halves)  # noqa: SLF001
    return made


def test_random_bytes_are_never_applied() -> None:
    chance, document = random.Random(6), begun()
    raw = document.edited(lambda doc: set_words(doc, document.text()["nodes"][0]["id"], "en", "Other words."))
    before = document.hash()
    for _ in range(150):
        changed = bytearray(raw)
        changed[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
        copy = document.copy()
        copy.take(bytes(changed), BOB)  # sound or not, it neither fails nor leaves anything waiting
        assert not copy.broken
        assert read_update(copy.state()).after({}) == copy.clocks
    assert document.hash() == before


def test_a_chain_through_many_clients_is_read_in_a_moment() -> None:
    def reading(count: int) -> Callable[[], None]:
        chain: list[tuple[int, int, list[bytes]]] = [(1, 0, [TEXT, letters("a", 1)])]
        chain += [(one, 0, [behind(1 if one == 2 else 0, "a", one - 1)]) for one in range(2, count)]
        raw = update(chain[::-1])

        def read() -> None:
            placed = read_update(raw).placed({})
            assert placed is not None
            assert len(placed) == count

        return read

    assert grows_as_its_size(reading, 1_250)


def edits(chance: random.Random, doc: Doc[Any]) -> None:
    """Some edits as people make them."""
    nodes = sorted(root(doc, "nodes").keys())
    for _ in range(chance.randrange(1, 4)):
        node, lang = chance.choice(nodes), chance.choice(("en", "ko"))
        set_words(doc, node, lang, "".join(chance.choices(_WORDS, k=chance.randrange(6))))
    if chance.random() < 0.3:
        root(doc, "brackets")[f"b{chance.randrange(5)}"] = Map({"by": "", "at": 1.0, "whole": chance.random() < 0.5})


@pytest.mark.parametrize("seed", range(4))
def test_people_who_edit_at_once_come_to_the_same(seed: int) -> None:
    chance = random.Random(seed)
    first = begun()
    second = first.copy()
    for _ in range(12):
        ours, theirs = first.edited(lambda doc: edits(chance, doc)), second.edited(lambda doc: edits(chance, doc))
        for document in (first, second):
            assert document.take(ours, ADA) is None
            assert document.take(theirs, BOB) is None
    again = DraftDocument(StreamKind.TEXT, second.state(), second.claims)
    assert first.holds_the_same_as(second)
    assert first.holds_the_same_as(again)
    assert first.text() == again.text()


def test_the_same_words_under_other_ids_are_not_the_same() -> None:
    one, other = of_nine(TEXT, letters("not"), before(1, "ton")), of_nine(TEXT, letters("ton"), behind(3, "not"))
    honest, forged = DraftDocument(StreamKind.TEXT), DraftDocument(StreamKind.TEXT)
    assert honest.take(one, ADA) is forged.take(other, ADA) is None
    assert (honest.hash(), honest.clocks, honest.claims) == (forged.hash(), forged.clocks, forged.claims)
    assert not honest.holds_the_same_as(forged)


def test_a_state_that_is_none_is_refused() -> None:
    for raw in HOSTILE.values():
        with pytest.raises(NoUpdateError):
            DraftDocument(StreamKind.TEXT, raw)
