"""Sentences as items: sizes, places, and what is left out of what nobody could use."""

import json
from dataclasses import replace

import pytest

from portal.interpreter.desk import Wanted
from portal.interpreter.languages import detectable, readers_languages, source_language
from portal.interpreter.writing import OPEN_BYTES, PRIVATE_BYTES, Heading, items, told, written
from portal.member.content import encode_content, parse_content
from portal.member.e2ee.private import PLAINTEXT_MAX_BYTES as PRIVATE_MAX_BYTES
from portal.member.translation_content import Translation, text_hash
from portal.translation.detection import Detected
from portal.translation.guards.finding import Finding, Kind
from portal.translation.results import Cause, Origin, Sentence
from portal.wire.ids import ItemId
from portal.wire.padding import PLAINTEXT_MAX_BYTES
from tests.interpreter.rows import name

WANTED = Wanted(ItemId(name("item", 1)), text_hash("…"), 1, "…", "en", "ko", live=True)


def heading(of: int, legs: tuple[tuple[str, str], ...] = (("en", "ko"),)) -> Heading:
    return Heading(WANTED, "en", legs, of, "")


def sentences(count: int, text: str) -> list[Sentence]:
    digest = "ab" * 32
    return [
        Sentence(number, "We agree.", text, Origin.MODEL, at=(number * 10, number * 10 + 9), digests=(digest,))
        for number in range(count)
    ]


def survives(content: Translation) -> bool:
    return parse_content(encode_content(content, 0)) == content


@pytest.mark.parametrize(("most", "limit"), [(OPEN_BYTES, PLAINTEXT_MAX_BYTES), (PRIVATE_BYTES, PRIVATE_MAX_BYTES)])
@pytest.mark.parametrize("text", ["우리는 동의합니다.", "\x01" * 800, "🕊️" * 400])
def test_a_long_text_comes_in_items_that_fit(most: int, limit: int, text: str) -> None:
    made = list(items(heading(300), sentences(300, text), most))
    assert [one.first for one in made] == [sum(len(two.sentences) for two in made[:n]) for n in range(len(made))]
    assert sum(len(one.sentences) for one in made) == 300
    assert all(survives(one) for one in made)
    assert max(len(encode_content(one, 0)) for one in made) <= limit


def test_the_largest_sentence_with_all_around_it_fits() -> None:
    worst = replace(sentences(1, "\x01" * 2600)[0], lead="\x01" * 2000, tail="\x01" * 2000)
    finding = Finding(Kind.NUMBER_MISSING, "\x01" * 500, ((0, 2),) * 64, ((0, 2),) * 64)
    worst = replace(worst, findings=(finding,) * 32)
    [made] = items(heading(1), [worst], PRIVATE_BYTES)
    assert len(encode_content(made, 0)) <= PRIVATE_MAX_BYTES
    assert survives(made)


def test_what_no_sound_model_says_is_left_out() -> None:
    [made] = items(heading(1), sentences(1, "word " * 5000), OPEN_BYTES)
    [sentence] = made.sentences
    assert (sentence.text, sentence.origin, sentence.problem) == ("We agree.", "original", "failed")


def test_a_sentence_says_what_it_is_of_and_what_to_look_at_twice() -> None:
    findings = (Finding(Kind.NEGATION, "", ((0, 2), (5, 99)), ((0, 3),)), *(Finding(Kind.UNIT),) * 40)
    made = written(replace(sentences(1, "동의")[0], findings=findings, tail="\n"))
    assert made.hash == text_hash("We agree.")
    assert (made.at, made.tail, len(made.warnings)) == ((0, 9), "\n", 32)
    assert (made.warnings[0].source, made.warnings[0].target) == (((0, 2),), ())  # places that do not exist are none


def test_models_of_each_leg_are_named_and_of_no_more_than_an_item_takes() -> None:
    legs = (("ko", "en"), ("en", "fr"))
    made = [replace(one, digests=(f"{number:064x}", "f" * 64)) for number, one in enumerate(sentences(9, "oui"))]
    done = list(items(heading(9, legs), made, OPEN_BYTES))
    assert {one.via for one in done} == {"en"}
    assert all(len(one.models) <= 4 and survives(one) for one in done)
    assert [(use.pair, use.sha256[-1]) for use in done[0].models][:2] == [("ko-en", "0"), ("en-fr", "f")]


def test_why_there_is_nothing_is_an_item_too() -> None:
    made = told(WANTED, "", "unknown_language")
    assert survives(made)
    assert (made.of, made.problem, made.software.split()[0]) == (0, "unknown_language", "portal")
    assert json.loads(encode_content(made, 0))["sentences"] == []


def test_a_failed_sentence_keeps_its_original() -> None:
    made = written(Sentence(0, "12 %", "12 %", Origin.ORIGINAL, cause=Cause.FAILED, at=(0, 4)))
    assert (made.text, made.problem) == ("12 %", "failed")


@pytest.mark.parametrize(
    ("declared", "found", "confidence", "language"),
    [
        ("en", "ko", 1.0, "ko"),
        ("en", "fr", 0.7, "en"),
        ("en", None, 0.0, "en"),
        ("", "fr", 0.7, "fr"),
        ("und", None, 0.0, ""),
        ("en-GB", "en", 1.0, "en-GB"),
        ("", None, 0.3, ""),
    ],
)
def test_what_a_text_looks_like_outweighs_what_was_declared_if_it_is_clear(
    declared: str, found: str | None, confidence: float, language: str
) -> None:
    assert source_language(declared, Detected(found, confidence)) == language


def test_languages_that_are_read_and_told_apart() -> None:
    assert readers_languages(["ko", "en", "ko", ""]) == ["en", "ko"]
    # They are only the server's word.
    assert readers_languages(["../x", "en\n", "ko", "x" * 99, *(f"a{one}" for one in "bcdefghijk"), "ko"]) == [
        *(f"a{one}" for one in "bcdefgh"),
        "ko",
    ]
    assert detectable([("ko", "en")], ["pt-BR"], ["ja"]) == {"ko", "en", "pt", "ja"}
