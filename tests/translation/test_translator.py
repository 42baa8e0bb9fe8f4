"""Whole texts: layout, ways over a pivot, and every failure turned into words beside the original."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from portal.translation.engine import Tuning
from portal.translation.packages.store import Store
from portal.translation.results import Cause, Origin
from portal.translation.translator import Translator
from tests.translation.conftest import Install

Translating = Callable[..., Translator]


def test_a_text_keeps_its_layout(install: Install, translating: Translating) -> None:
    done = translating(install("en_ko")).translate("\n1. We agree.\n\n  - The troops withdraw.  🎉\n", "en", "ko")
    assert done.text == "\n1. 우리는 동의합니다.\n\n  - 그 병력 철수.  🎉\n"
    assert [sentence.origin for sentence in done.sentences] == [Origin.MODEL, Origin.MODEL]
    assert done.via is None
    assert done.problem == ""


def test_each_sentence_names_its_package_and_its_source(install: Install, translating: Translating) -> None:
    store = install("en_ko")
    sentence = translating(store).translate("We agree.", "en", "ko").sentences[0]
    assert sentence.digests == (store.find(("en", "ko")).digest,)
    assert sentence.source_hash == hashlib.sha256(b"We agree.").hexdigest()


def test_a_way_over_english_is_taken_and_said(install: Install, translating: Translating) -> None:
    store = install("ko_en", "en_fr")
    done = translating(store).translate("안녕하세요. 병력 정전을", "ko", "fr")
    assert done.text == "Bonjour. troupes trêve"
    assert done.via == "en"
    assert len(done.sentences[0].digests) == 2
    assert list(done.notes()) == ["via en"]


def test_without_a_model_the_original_stays_and_the_command_is_named(
    install: Install, translating: Translating
) -> None:
    done = translating(install("en_ko")).translate("안녕하세요. 네?", "ko", "en")
    assert done.text == "안녕하세요. 네?"
    assert done.problem == "no model for ko->en. Install one: portal languages install ko en"
    assert {sentence.origin for sentence in done.sentences} == {Origin.ORIGINAL}


def test_without_any_package_nothing_fails(tmp_path: Path, translating: Translating) -> None:
    assert translating(Store(tmp_path / "none")).translate("Hi.", "en", "ko").text == "Hi."


def test_a_language_is_left_as_it_is_for_its_readers(install: Install, translating: Translating) -> None:
    done = translating(install("en_ko")).translate("Hello there.", "en", "en-GB")
    assert (done.text, done.problem) == ("Hello there.", "")


@pytest.mark.parametrize(
    "text", ["", " \n\t", "🎉🎉", "17 %", "\x00", "\ud800", "\u202eabc", "a\x00b\x1b[31m", "가" * 200]
)
def test_odd_texts_come_back_whole(text: str, install: Install, translating: Translating) -> None:
    done = translating(install("en_ko")).translate(text, "en", "ko")
    assert bool(done.text) == bool(text)
    assert done.problem == ""


def test_sentences_come_as_they_are_done(install: Install, translating: Translating) -> None:
    stream = translating(install("en_ko")).stream("We agree. " * 300, "en", "ko")
    first = next(stream)
    assert (first.index, first.text) == (0, "우리는 동의합니다.")
    stream.close()  # type: ignore[attr-defined] # a generator


def test_a_long_sentence_is_translated_to_its_end(install: Install, translating: Translating) -> None:
    text = "The troops withdraw, " * 150 + "troops."
    done = translating(install("en_ko")).translate(text, "en", "ko")
    assert done.text.count("병력") == 151


def test_a_damaged_package_costs_only_its_direction(install: Install, translating: Translating) -> None:
    store = install("en_ko", "ko_en")
    (store.find(("en", "ko")).folder / "model/config.json").unlink()
    translator = translating(store)
    assert "Install it again" in translator.translate("We agree.", "en", "ko").problem
    assert translator.translate("안녕하세요", "ko", "en").text == "Hello"


def test_a_busy_engine_shows_the_original(install: Install, translating: Translating) -> None:
    translator = translating(install("en_ko"), Tuning(lanes=2, most_waiting=0, patience_s=0.01))
    done = translator.translate("We agree.", "en", "ko")
    assert done.text == "We agree."
    assert "send them later" in done.problem


@pytest.mark.parametrize("target", ["ko", "ja"])
def test_a_course_says_where_each_sentence_stands_and_what_stands_around(
    install: Install, translating: Translating, target: str
) -> None:
    text = "\n1. We agree. Hello.\n\n  - The troops withdraw.  🎉\n"
    translator = translating(install("en_ko"))
    course = translator.course(text, "en", target)
    sentences = list(course.sentences)
    assert [text[slice(*one.at)] for one in sentences] == ["We agree.", "Hello.", "The troops withdraw."]
    assert (course.count, course.legs) == (3, ((("en", "ko"),) if target == "ko" else ()))
    joined = "".join(one.lead + one.text + one.tail for one in sentences)
    assert joined == translator.translate(text, "en", target).text
    assert [one.source for one in course.originals] == [one.source for one in sentences]


def test_a_course_goes_on_where_another_was_broken_off(install: Install, translating: Translating) -> None:
    translator = translating(install("en_ko"))
    text = "Hello. We agree. The troops withdraw."
    whole = list(translator.course(text, "en", "ko").sentences)
    assert list(translator.course(text, "en", "ko", first=2).sentences) == whole[2:]


@pytest.mark.parametrize("text", ["👍", "12 %\n13 %", "—" * 5000])
def test_a_text_without_words_is_shown_as_it_stands(install: Install, translating: Translating, text: str) -> None:
    sentences = list(translating(install("en_ko")).course(text, "en", "ko").sentences)
    assert "".join(one.lead + one.text + one.tail for one in sentences) == text
    assert {(one.origin, one.cause) for one in sentences} == {(Origin.ORIGINAL, None)}


def test_a_long_table_of_figures_is_no_lead(install: Install, translating: Translating) -> None:
    text = "Hello.\n" + "12 %\n" * 2000 + "We agree." + "\n" * 5000
    course = translating(install("en_ko")).course(text, "en", "ko")
    sentences = list(course.sentences)
    assert "".join(one.lead + one.text + one.tail for one in sentences) == text.replace("Hello", "안녕하세요").replace(
        "We agree", "우리는 동의합니다"
    )
    assert max(len(one.lead) + len(one.tail) for one in sentences) <= 2000


def test_why_there_is_no_way_can_be_told_by_programs(install: Install, translating: Translating) -> None:
    course = translating(install("en_ko")).course("안녕하세요.", "ko", "en")
    assert course.cause is Cause.NO_MODEL
    assert [one.cause for one in course.sentences] == [Cause.NO_MODEL]


def test_nothing_to_show_has_no_sentence(install: Install, translating: Translating) -> None:
    assert translating(install("en_ko")).course(" \n", "en", "ko").count == 0
