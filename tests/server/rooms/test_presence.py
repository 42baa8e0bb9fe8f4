"""Who is there, told between processes: what is lost on the way is noticed, and asked for."""

import itertools
import secrets

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.server.rooms.presence import Presence, Presences
from portal.server.rooms.presence_words import ENTRIES_MAX, EVERYONE, PROCESS_BYTES, Kind, Word, read_word, whole
from portal.wire.ids import new_id

PROCESS, OTHER = b"\x01" * PROCESS_BYTES, b"\x02" * PROCESS_BYTES
STATES: tuple[Presence | None, ...] = (None, "off", "away", "active")


def test_an_account_is_as_present_as_its_most_active_socket_anywhere() -> None:
    presences = Presences()
    presences.note("kim", "s1", "away")
    presences.note_elsewhere(PROCESS, {"kim": "active", "lee": "off"})
    assert [presences.state(name) for name in ("kim", "lee", "nobody")] == ["active", "off", "off"]
    assert presences.is_elsewhere("lee"), "it shows nothing, but it is there"
    presences.note_elsewhere(PROCESS, {"kim": None})
    assert presences.state("kim") == "away"
    presences.note_elsewhere(OTHER, {"kim": "active"})
    presences.leave("kim", "s1")
    assert (presences.state_here("kim"), presences.state("kim")) == (None, "active")
    presences.replace_elsewhere(OTHER, {})
    assert presences.state("kim") == "off"
    assert list(presences.accounts_of(PROCESS)) == ["lee"]


@pytest.mark.parametrize(
    "word",
    [
        Word(Kind.BEAT, PROCESS, 2**40),
        Word(Kind.ASK, PROCESS, 0, asked=OTHER),
        Word(Kind.CHANGE, PROCESS, 7, {new_id(): state for state in STATES}),
        Word(Kind.WHOLE, PROCESS, 7, {}, total=0, begins=True),
    ],
)
def test_words_come_back_as_they_were_said(word: Word) -> None:
    assert read_word(word.to_bytes()) == word


def test_a_table_of_any_size_is_said_in_parts_that_add_up() -> None:
    table: dict[str, Presence] = {new_id(): "away" for _ in range(ENTRIES_MAX + 1)}
    words = list(whole(PROCESS, 3, table))
    assert [word.begins for word in words] == [True, False]
    assert {word.total for word in words} == {len(table)}
    assert dict(itertools.chain.from_iterable(word.states.items() for word in words)) == table
    assert [(word.begins, word.total) for word in whole(PROCESS, 3, {})] == [(True, 0)]


@given(st.binary(max_size=80))
@settings(max_examples=60)
def test_what_is_no_word_is_refused_and_nothing_else_happens(raw: bytes) -> None:
    for candidate in (raw, Word(Kind.CHANGE, EVERYONE, 1).to_bytes() + raw, secrets.token_bytes(1) + raw):
        try:
            read_word(candidate)
        except ValueError:
            continue
