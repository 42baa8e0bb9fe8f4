"""What people corrected comes before the machine, in this room and in the next one; texts in unknown languages."""

from collections.abc import Callable

import pytest

from portal.translation.detection import Detector
from portal.translation.errors import ExchangeError
from portal.translation.exchange import read_tmx, write_tmx
from portal.translation.memory import Correction, Memory
from portal.translation.results import Origin
from portal.translation.translator import Options, Translator
from tests.translation.conftest import Install

Translating = Callable[..., Translator]
PAIR = ("en", "ko")
AGREE = Correction(*PAIR, "We agree.", "우리는 찬성합니다.", "Min-ji")


def test_a_correction_comes_before_the_machine(install: Install, translating: Translating) -> None:
    memory = Memory([AGREE])
    done = translating(install("en_ko")).translate("We agree. We do not agree.", *PAIR, Options(memory=memory))
    first, second = done.sentences
    assert (first.text, first.origin, first.by) == ("우리는 찬성합니다.", Origin.HUMAN, "Min-ji")
    assert second.origin is Origin.MODEL


def test_corrections_serve_where_there_is_no_model(install: Install, translating: Translating) -> None:
    done = translating(install("ko_en")).translate("We agree.", *PAIR, Options(memory=Memory([AGREE])))
    assert (done.text, done.problem) == ("우리는 찬성합니다.", "")


def test_the_newest_correction_counts_and_can_be_taken_back() -> None:
    memory = Memory([AGREE])
    memory.add(Correction(*PAIR, "We  agree. ", "우리는 동의합니다."))
    found = memory.find(PAIR, "We agree.")
    assert found is not None
    assert found.target == "우리는 동의합니다."
    assert len(memory) == 1
    memory.forget(PAIR, "We agree.")
    assert memory.find(PAIR, "We agree.") is None
    assert memory.similar(PAIR, "We agree.") == []


def test_directions_are_kept_apart() -> None:
    assert Memory([AGREE]).find(("ko", "en"), "We agree.") is None


def test_an_empty_correction_is_not_remembered() -> None:
    assert len(Memory([Correction(*PAIR, " ", "x"), Correction(*PAIR, "x", "\n")])) == 0


def test_similar_sentences_are_suggested_the_most_similar_first() -> None:
    said = [f"Article {n} enters into force on {n} July." for n in range(40)]
    memory = Memory([Correction(*PAIR, text, text) for text in [*said, "Something else entirely."]])
    matches = memory.similar(PAIR, "Article 7 enters into force on 7 August.")
    assert matches[0].correction.source == "Article 7 enters into force on 7 July."
    assert [match.likeness for match in matches] == sorted((match.likeness for match in matches), reverse=True)
    assert all(0.7 <= match.likeness < 1 for match in matches)
    assert memory.similar(PAIR, "Quite different") == []


def test_memories_survive_tmx() -> None:
    corrections = [AGREE, Correction(*PAIR, 'a < b & "c"\x01', "가 <b>나</b>", "O'Neill")]
    read = read_tmx(write_tmx(corrections))
    assert AGREE in read
    assert Correction(*PAIR, 'a < b & "c"', "가 <b>나</b>", "O'Neill") in read
    assert Correction("ko", "en", AGREE.target, AGREE.source, "Min-ji") in read


def test_tmx_of_other_programs_is_read() -> None:
    tmx = b"""<?xml version="1.0"?><!DOCTYPE tmx SYSTEM "tmx14.dtd"><tmx version="1.4"><header/><body>
    <tu><tuv xml:lang="EN-US"><seg>We <bpt i="1">&lt;b&gt;</bpt>agree</seg></tuv><tuv lang="KO"><seg>A</seg></tuv></tu>
    <tu><tuv xml:lang="en"><seg/></tuv></tu></body></tmx>"""
    assert [(one.source_language, one.target_language) for one in read_tmx(tmx)] == [PAIR, PAIR[::-1]]


@pytest.mark.parametrize("data", [b"", b"<tmx/>", b'<!DOCTYPE t [<!ENTITY a "x">]><tmx>&a;</tmx>'])
def test_hostile_memories_are_refused(data: bytes) -> None:
    with pytest.raises(ExchangeError):
        read_tmx(data)


def test_a_preview_shows_both_ways(install: Install, translating: Translating) -> None:
    translator = translating(install("drops_negation", "ko_en"))
    preview = translator.preview("We do not agree.", *PAIR)
    assert preview.there.text == "우리는 동의합니다."
    assert preview.back.text == "We agree."


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector({"en", "fr", "es", "ko", "ja", "zh"})


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("안녕하세요", "ko"),
        ("NATO 회의", "ko"),
        ("ありがとう", "ja"),
        ("同意します", "ja"),
        ("我们同意", "zh"),
        ("good morning", "en"),
        ("merci beaucoup", "fr"),
        ("muchas gracias", "es"),
    ],
)
def test_two_words_are_enough_to_know_the_language(text: str, language: str, detector: Detector) -> None:
    assert detector.detect(text).language == language


@pytest.mark.parametrize("text", ["", "🎉", "17 %", "---"])
def test_what_has_no_words_has_no_language(text: str, detector: Detector) -> None:
    assert detector.detect(text).language is None


@pytest.mark.parametrize("expected", [set(), {"en"}, {"xx", "en"}, {"xx"}])
def test_few_expected_languages_are_no_reason_to_fail(expected: set[str]) -> None:
    assert Detector(expected).detect("good morning").language in {*expected, None}
