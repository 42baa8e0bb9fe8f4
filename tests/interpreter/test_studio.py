"""Texts in threads: real models, and such as never answer."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from portal.interpreter import asides
from portal.interpreter.desk import Wanted
from portal.interpreter.studio import Progress, Studio, Task
from portal.member.translation_content import text_hash
from portal.translation.engine import Tuning
from portal.translation.glossary import Concept, Glossary, Term
from portal.translation.memory import Correction, Memory
from portal.translation.packages.store import Pair, Store
from portal.translation.translator import Options
from portal.wire.ids import ItemId
from tests.interpreter.rows import name
from tests.translation.conftest import Install

NOW_MS = 1_800_000_000_000


@contextmanager
def studio(store: Store) -> Iterator[Studio]:
    made = Studio(store, ("en", "ko", "fr", "ja"), Tuning(lanes=2))
    try:
        yield made
    finally:
        made.close()


def wanted(text: str, to: str, declared: str = "en", given: int = 0, of: int = 0) -> Wanted:
    return Wanted(ItemId(name("item", 1)), text_hash(text), 1, text, declared, to, live=True, given=given, of=of)


def done(made: Studio, one: Wanted, options: Options = Options()) -> Progress:  # noqa: B008 - frozen
    ended = threading.Event()
    task = Task(one, options, lambda: ended.set() if task.is_ended else None)
    made.start(task)
    assert ended.wait(20)
    progress = task.take(ripe=1, after_s=0)
    assert progress is not None
    return progress


def test_a_text_is_translated_from_the_language_that_it_is_in(install: Install) -> None:
    with studio(install("en_ko", "ko_en")) as made:
        progress = done(made, wanted("우리는 동의합니다. 안녕하세요.", "en", declared="en"))
    assert progress.heading is not None
    assert (progress.heading.from_, progress.heading.of, progress.heading.legs) == ("ko", 2, (("ko", "en"),))
    assert [one.text for one in progress.sentences] == ["We agree.", "Hello."]


def test_what_is_there_is_not_made_again(install: Install) -> None:
    text = "Hello. We agree. Hello."
    with studio(install("en_ko")) as made:
        rest = done(made, wanted(text, "ko", given=1, of=3))
        assert [one.index for one in rest.sentences] == [1, 2]
        # Cut up otherwise than before: from the beginning.
        assert [one.index for one in done(made, wanted(text, "ko", given=1, of=2)).sentences] == [0, 1, 2]


@pytest.mark.parametrize(
    ("text", "to", "declared", "problem"),
    [
        ("안녕하세요.", "en", "ko", "no_model"),
        ("Hello.\n" * 1001, "ko", "en", "too_long"),
        ("ᚠᚢᚦᚨᚱᚲ", "ko", "", "unknown_language"),
        ("Muito obrigado.", "ko", "pt", "no_model"),
    ],
)
def test_why_there_is_none_is_told(install: Install, text: str, to: str, declared: str, problem: str) -> None:
    with studio(install("en_ko")) as made:
        progress = done(made, wanted(text, to, declared))
    assert (progress.problem, progress.sentences) == (problem, ())


@pytest.mark.parametrize(("text", "to"), [("Hello.", "en"), ("Hello.", "en-GB"), (" ", "ko"), ("👍", "en-GB")])
def test_what_is_read_as_it_stands_needs_nothing(install: Install, text: str, to: str) -> None:
    with studio(install("en_ko")) as made:
        progress = done(made, wanted(text, to))
    assert (progress.heading, progress.sentences, progress.problem) == (None, (), None)


@pytest.mark.parametrize("text", ["👍", "12 %", "🏳️‍🌈" * 700])
def test_what_has_no_words_is_shown_as_it_stands(install: Install, text: str) -> None:
    with studio(install("en_ko")) as made:
        progress = done(made, wanted(text, "ko"))
    assert "".join(one.text for one in progress.sentences) == text
    assert {one.origin for one in progress.sentences} == {"original"}


@pytest.mark.parametrize(
    "text",
    [
        "\x00\x01\x02 Hello \x7f\u202e.",
        "Hello 안녕하세요 こんにちは привет.",
        "a" * 900,
        "Hello. " * 99,
        "﷽" * 300,
        "\ud83d".encode("utf-16", "surrogatepass").decode("utf-16", "replace") + " Hello.",
    ],
)
def test_hostile_texts_come_to_an_end(install: Install, text: str) -> None:
    with studio(install("en_ko", "ko_en")) as made:
        progress = done(made, wanted(text, "ko"))
    assert progress.problem is not None or all(one.text for one in progress.sentences)


def test_agreed_words_and_people_s_translations_count(install: Install) -> None:
    glossary = Glossary((Concept((Term("en", "troops"), Term("ko", "부대"))),))
    memory = Memory([Correction("en", "ko", "Hello.", "반갑습니다.", "Ada")])
    with studio(install("en_ko")) as made:
        progress = done(made, wanted("Hello. The troops withdraw.", "ko"), Options(glossary=glossary, memory=memory))
        # A memory is there without any model.
        alone = done(made, wanted("Hello.", "ja"), Options(memory=Memory([Correction("en", "ja", "Hello.", "やあ。")])))
    assert progress.heading is not None
    assert progress.heading.glossary == glossary.version
    assert [one.origin for one in progress.sentences] == ["human", "model"]
    assert [one.kind for one in progress.sentences[1].findings] == ["term_missing"]
    assert [one.text for one in alone.sentences] == ["やあ。"]


class HangingStore(Store):
    """Packages on a disk of which one file never comes."""

    never = threading.Event()

    def verify(self, pair: Pair) -> list[str]:
        if pair == ("en", "ko"):
            self.never.wait()
        return super().verify(pair)


def test_a_model_that_hangs_is_given_up_and_others_go_on(install: Install) -> None:
    with studio(HangingStore(install("en_ko", "en_fr").folder)) as made:
        stuck = Task(wanted("Hello. We agree.", "ko"), Options(), lambda: None)
        made.start(stuck)
        assert done(made, wanted("Hello.", "fr")).sentences[0].text == "Bonjour."
        assert stuck.take(ripe=1, after_s=0) is None
        assert stuck.still_s() > 0
        stuck.give_up()
        progress = stuck.take(ripe=1, after_s=0)
        assert progress is not None
        assert (progress.problem, progress.ended) == ("failed", True)
        made.renew()
        assert done(made, wanted("Hello.", "fr")).sentences[0].text == "Bonjour."
        HangingStore.never.set()


def test_what_is_given_up_in_the_middle_keeps_its_beginning(install: Install) -> None:
    with studio(install("en_ko")) as made:
        whole = done(made, wanted("Hello. We agree.", "ko"))
        assert whole.heading is not None
        task = Task(wanted("Hello. We agree.", "ko"), Options(), lambda: None)
        course = made.translator.course("Hello. We agree.", "en", "ko")
        task.begin(whole.heading, course.originals)
        task.add(next(course.sentences))
        task.give_up()
        progress = task.take(ripe=9, after_s=9)
    assert progress is not None
    assert [(one.text, one.cause) for one in progress.sentences] == [("안녕하세요.", None), ("We agree.", "failed")]


def test_the_first_sentence_does_not_wait_for_the_last(install: Install) -> None:
    with studio(install("en_ko")) as made:
        whole = done(made, wanted("Hello. We agree.", "ko"))
    assert whole.heading is not None
    task = Task(wanted("Hello. We agree.", "ko"), Options(), lambda: None)
    task.begin(whole.heading, whole.sentences)
    task.add(whole.sentences[0])
    assert task.take(ripe=8, after_s=60) is None
    time.sleep(0.02)
    first = task.take(ripe=8, after_s=0.01)
    assert first is not None
    assert ([one.index for one in first.sentences], first.ended) == ([0], False)


def ask(text: str, to: str, *, back: bool = False, alternatives: int = 0, from_: str = "") -> asides.Ask:
    return asides.Ask(name("ask", 1), text, from_, to, back, alternatives)


def test_a_question_is_answered_with_the_way_back(install: Install) -> None:
    with studio(install("en_ko", "ko_en")) as made:
        answer = asides.answered(ask("We agree.\nwithdraw", "ko", back=True, alternatives=2), made, Options())
    assert answer.there is not None
    assert answer.back is not None
    assert (answer.there.text, answer.back.text) == ("우리는 동의합니다.\n철수", "We agree.\nwithdraw")
    fields = read_answer(asides.encode_answer(answer, NOW_MS))
    assert fields["there"]["sentences"][1]["alternatives"] == ["물러나다"]
    assert fields["there"]["models"][0]["pair"] == "en-ko"
    assert (fields["t"], fields["ask"]) == ("answer", name("ask", 1))


@pytest.mark.parametrize(
    ("text", "to", "problem"),
    [("안녕하세요.", "en", "no_model"), ("ᚠᚢᚦ", "ko", "unknown_language"), ("a" * 8001, "ko", "too_long")],
)
def test_a_question_without_an_answer_is_told_why(install: Install, text: str, to: str, problem: str) -> None:
    with studio(install("en_ko")) as made:
        answer = asides.answered(ask(text, to), made, Options())
    assert read_answer(asides.encode_answer(answer, NOW_MS)) == {
        "v": 1, "at": NOW_MS, "ask": name("ask", 1), "t": "answer", "problem": problem
    }  # fmt: skip


def test_an_answer_that_is_too_long_goes_without_what_matters_less(install: Install) -> None:
    with studio(install("en_ko", "ko_en")) as made:
        short = asides.answered(ask("withdraw", "ko", back=True, alternatives=4), made, Options())
    assert short.there is not None
    assert short.back is not None

    def times(count: int) -> dict[str, Any]:
        there, back = (replace(one, sentences=one.sentences * count) for one in (short.there, short.back) if one)
        encoded = asides.encode_answer(replace(short, there=there, back=back), NOW_MS)
        assert len(encoded) <= asides.ANSWER_MAX_BYTES
        return read_answer(encoded)

    answers = [times(count) for count in range(100, 520, 20)]
    shapes = [
        ("there" in one, "back" in one, "alternatives" in one.get("there", {"sentences": [()]})["sentences"][0])
        for one in answers
    ]
    assert list(dict.fromkeys(shapes)) == [
        (True, True, True),
        (True, True, False),
        (True, False, False),
        (False, False, False),
    ]
    assert answers[-1]["problem"] == "too_long"


def test_nobody_keeps_the_machine_busy_by_a_question(install: Install) -> None:
    with studio(install("en_ko", "ko_en")) as made:
        many = asides.answered(ask("Hello.\n" * 101, "ko"), made, Options())
        moves = iter((True, True, False))
        left = asides.answered(ask("Hello.\n" * 50, "ko", back=True), made, Options(), lambda: next(moves))
    assert (many.problem, left.problem, list(moves)) == ("too_long", "failed", [])


def test_questions_are_read_with_suspicion() -> None:
    sound = {"v": 1, "at": NOW_MS, "ask": name("ask", 1), "t": "ask", "text": "Hi", "from": "", "to": "ko"}
    sound |= {"back": True, "alternatives": 9}
    assert parsed(sound) == ask("Hi", "ko", back=True, alternatives=4)
    for change in (
        {"at": NOW_MS - asides.FRESH_MS - 1},
        {"at": NOW_MS + asides.FRESH_MS + 1},
        {"t": "answer"},
        {"v": 2},
        {"to": "../etc"},
        {"text": 7},
        {"ask": "short"},
        {"back": 1},
        {"alternatives": -1},
    ):
        assert parsed(sound | change) is None
    for raw in (b"", b"[]", b"\xff", b"[" * 100_000, b'{"v":1,"t":"ask"}'):
        assert asides.parse_ask(raw, NOW_MS) is None


def test_a_question_is_answered_once() -> None:
    asked = asides.Asked()
    assert [asked.is_new(name("ask", 1)) for _ in range(3)] == [True, False, False]


def parsed(fields: dict[str, Any]) -> asides.Ask | None:
    return asides.parse_ask(json.dumps(fields).encode(), NOW_MS)


def read_answer(content: bytes) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(content)
    return fields
