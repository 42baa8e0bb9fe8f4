"""One form of each text, and no code point in it that people do not see."""

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.wire.drafts.clauses import clause_hash, pieces_of, text_of_runs
from portal.wire.drafts.code_points import UNICODE_VERSION
from portal.wire.drafts.text import (
    RefusedTextError,
    Run,
    canonical_text,
    clean_runs,
    code_point_name,
    refused_code_points,
)
from tests.wire.drafts.make_code_points import VERSION, is_allowed, sources
from tests.wire.drafts.make_text_vectors import PATH, normal_forms, vectors
from tests.wire.drafts.treaty import clause, note, run

BIDI = [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C]
INVISIBLE = [0x00AD, 0x180E, 0x200B, 0x2060, 0x2064, 0xFEFF, 0xFFF9, 0xE0001, 0xE0041, 0x1D173]
CONTROLS = [*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0x7F, 0xA0), 0x2028, 0x2029]
NO_CHARACTERS = [0x0378, 0xFDD0, 0xFFFE, 0x1FAE8, 0x10FFFF, 0xE000, 0xF8FF, 0xF0000, 0x100000, 0xFFFC]
SURROGATES = [0xD800, 0xDBFF, 0xDC00, 0xDFFF]


def test_the_vectors_of_the_browser_are_what_is_said_here() -> None:
    stored = json.loads(PATH.read_text("ascii"))
    del stored["normal_forms"]
    assert stored == json.loads(json.dumps(vectors()))


@pytest.mark.slow
def test_the_table_of_both_twins_is_that_of_its_unicode_version_and_all_in_it_normalises_alike() -> None:
    assert UNICODE_VERSION == VERSION
    if unicodedata.unidata_version == VERSION:
        assert {path: path.read_text("utf-8") for path in sources()} == sources()
    # Whatever the runtime's version: what the table allows has not become something else since.
    assert all(is_allowed(point) for point in range(0x110000) if not refused_code_points(chr(point)))
    assert normal_forms() == json.loads(PATH.read_text("ascii"))["normal_forms"]


@pytest.mark.parametrize("point", [*BIDI, *INVISIBLE, *CONTROLS, *NO_CHARACTERS, *SURROGATES], ids=code_point_name)
def test_what_is_not_seen_is_refused_by_name(point: int) -> None:
    with pytest.raises(RefusedTextError, match=code_point_name(point).replace("+", r"\+")) as refusal:
        canonical_text(f"ab{chr(point)}c{chr(point)}")
    assert refusal.value.code_points == [point]


def test_every_code_point_that_is_refused_is_named_once() -> None:
    with pytest.raises(RefusedTextError) as refusal:
        pieces_of([run("a\u202eb\u200b"), run("\u202e\ud800")])
    assert refusal.value.code_points == [0x200B, 0x202E, 0xD800]


def test_a_pair_of_surrogates_cut_in_two_is_no_character() -> None:
    with pytest.raises(RefusedTextError):
        pieces_of([run("\ud83d"), run("\ude00")])


@pytest.mark.parametrize(
    "text", ["می\u200cخواهم", "क\u094d\u200dष", "👩\u200d👧", "\u0600١", "葛\U000e0100", "\u180b᠊"]
)
def test_what_scripts_need_stays(text: str) -> None:
    assert canonical_text(text) == text


@pytest.mark.slow
@given(st.text())
def test_the_canonical_form_is_its_own(text: str) -> None:
    allowed = "".join(character for character in text if not refused_code_points(character))
    canonical = canonical_text(allowed)
    assert canonical_text(canonical) == canonical == unicodedata.normalize("NFC", canonical)
    assert canonical_text(f" \n{unicodedata.normalize('NFD', allowed)}\r\n\t") == canonical


@pytest.mark.parametrize(
    "runs",
    [
        [run("The Parties shall coop\u00e9rate.")],
        [run("The Parties"), run(" shall coope\u0301rate.")],
        [run(" The Parties\u00a0 shall"), run(" "), run("\tcoop\u00e9", marks=["em"]), run("rate.\n")],
        [run("The Parties shall coope"), run("\u0301rate.", marks=["strong"], cite={"id": "a", "source": "b"})],
        [run(""), run("The Parties shall coop\u00e9rate."), run(""), run("", atom="br")],
    ],
)  # fmt: skip
def test_how_words_are_cut_and_set_does_not_change_their_hash(runs: list[Run]) -> None:
    plain = [run("The Parties shall coop\u00e9rate.")]
    node = clause("one", "article")
    assert clause_hash(node, "fr", runs) == clause_hash(node, "fr", plain)
    assert text_of_runs(runs).text == "The Parties shall coop\u00e9rate."


OTHERS: dict[str, list[Run]] = {
    "a word": [run("The Parties should.")],
    "a bracket": [run("The Parties "), run("shall", "b/o"), run(".")],
    "an option": [run("The Parties "), run("shall", "b/p"), run(".")],
    "a footnote": [run("The Parties shall"), note("n"), run(".")],
    "a line": [run("The Parties"), run("", atom="br"), run("shall.")],
    "a space": [run("TheParties shall.")],
}


@pytest.mark.parametrize("runs", OTHERS.values(), ids=OTHERS)
def test_what_does_change_it(runs: list[Run]) -> None:
    node = clause("one", "article")
    assert clause_hash(node, "en", runs) != clause_hash(node, "en", [run("The Parties shall.")])


def test_each_clause_kind_and_language_has_its_own_hash() -> None:
    runs = [run("The same words.")]
    said: list[Any] = [
        ("one", "article", "en"),
        ("two", "article", "en"),
        ("one", "point", "en"),
        ("one", "article", "fr"),
    ]
    assert len({clause_hash(clause(node, kind), lang, runs) for node, kind, lang in said}) == len(said)


def test_decisions_leave_one_option_of_brackets_that_overlap() -> None:
    runs = [
        run("a", "x/1"),
        run("b", "x/1", "y/1"),
        run("c", "x/2", "y/1"),
        run("d", "y/2"),
        run("e", marks=["em"]),
        run("f"),
    ]
    assert clean_runs(runs, {}) == runs
    assert clean_runs(runs, {"x": "1"}) == [run("a"), run("b", "y/1"), run("d", "y/2"), *runs[4:]]
    assert clean_runs(runs, {"x": "1", "y": "1"}) == [run("ab"), *runs[4:]]
    assert clean_runs(runs, {"x": "2", "y": "2"}) == [run("d"), *runs[4:]]
    assert clean_runs(runs, {"x": "none", "y": "none"}) == runs[4:]
