"""What is left to translate: read from the record and from what waits, from nothing else."""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from portal.interpreter.desk import WORDS_MAX, Bounds, Desk, Wanted
from portal.member.content import Content, Correction, Message, Withdrawal, encode_content, is_by, parse_content
from portal.member.rows import Row
from portal.member.translation_content import (
    Problem,
    Rendering,
    Sentence,
    Term,
    TermWord,
    Translation,
    TranslationsSwitch,
    text_hash,
)
from portal.translation.glossary import Status
from portal.wire.device_list import DeviceKind
from portal.wire.ids import ItemId
from tests.interpreter.rows import ADA, BORIS, HERE, MINUTE_MS, OTHER, Record, name

EVERYTHING = Bounds(live_from_ms=0)
Made = Callable[..., Desk]


def read(row: Row) -> Content | None:
    content = parse_content(row.plaintext or b"")
    kind: DeviceKind = "interpreter" if row.account in {HERE, OTHER} else "browser"
    return content if content is not None and is_by(content, kind) else None


def desk_of(record: Record, *waiting: Content) -> Desk:
    made = Desk(HERE, read, parse_content)
    made.begin(record.rows, [encode_content(one, 0) for one in waiting])
    return made


def translated(row: Row, text: str, to: str, first: int = 0, given: int = 1, of: int = 1) -> Translation:
    sentence = Sentence((0, len(text)), text_hash(text), "", "…", "model")
    places = [replace(sentence, at=(number, number + 1)) for number in range(given)]
    return Translation(row.item, text_hash(text), "en", to, first=first, of=of, sentences=tuple(places))


def problem(row: Row, text: str, to: str, kind: Problem) -> Translation:
    return Translation(row.item, text_hash(text), "ko", to, problem=kind)


def names(wanted: list[Wanted]) -> list[tuple[str, str]]:
    return [(one.text, one.to) for one in wanted]


def test_each_text_is_wanted_in_each_language_the_newest_first() -> None:
    record = Record()
    for text in ("one", "two"):
        record.add(ADA, Message(text, "en"))
    assert names(desk_of(record).wanted(["fr", "ko"], EVERYTHING)) == [
        ("two", "fr"),
        ("two", "ko"),
        ("one", "fr"),
        ("one", "ko"),
    ]


def test_what_is_said_now_comes_before_the_past_and_the_past_has_an_end() -> None:
    record = Record()
    for text in ("one", "two", "three", "four"):
        record.add(ADA, Message(text, "en"))
    bounds = Bounds(live_from_ms=4 * MINUTE_MS, backfill=2)
    wanted = desk_of(record).wanted(["ko"], bounds)
    assert [(one.text, one.live) for one in wanted] == [("four", True), ("three", False), ("two", False)]


def test_a_correction_makes_what_was_made_stale_and_is_live() -> None:
    record = Record()
    said = record.add(ADA, Message("12", "en"))
    record.add(HERE, translated(said, "12", "ko"))
    record.add(ADA, Correction(said.item, "13", "en"))
    record.add(BORIS, Correction(said.item, "99", "en"))  # not his words
    [left] = desk_of(record).wanted(["ko"], Bounds(live_from_ms=2 * MINUTE_MS))
    assert (left.text, left.live, left.source) == ("13", True, text_hash("13"))


def test_what_was_withdrawn_is_not_translated() -> None:
    record = Record()
    said = record.add(ADA, Message("no", "en"))
    desk = desk_of(record)
    assert desk.is_standing((said.item, text_hash("no"), "ko"))
    desk.take(record.add(BORIS, Withdrawal(said.item)))
    assert names(desk.wanted(["ko"], EVERYTHING)) == [("no", "ko")]
    desk.take(record.add(ADA, Withdrawal(said.item)))
    assert desk.wanted(["ko"], EVERYTHING) == []
    assert not desk.is_standing((said.item, text_hash("no"), "ko"))


def test_what_stands_in_the_record_or_waits_is_done() -> None:
    record = Record()
    one, two = (record.add(ADA, Message(text, "en")) for text in ("one", "two"))
    record.add(HERE, translated(one, "one", "ko"))
    assert names(desk_of(record).wanted(["ko"], EVERYTHING)) == [("two", "ko")]
    assert desk_of(record, translated(two, "two", "ko")).wanted(["ko"], EVERYTHING) == []


def test_a_series_goes_on_behind_what_is_there() -> None:
    record = Record()
    said = record.add(ADA, Message("abcde", "en"))
    record.add(HERE, translated(said, "abcde", "ko", 0, 2, of=5))
    desk = desk_of(record, translated(said, "abcde", "ko", 2, 1, of=5))
    [left] = desk.wanted(["ko"], EVERYTHING)
    assert (left.given, left.of) == (3, 5)
    # The same once more, as it arrives in the record; and one that does not follow.
    desk.take(record.add(HERE, translated(said, "abcde", "ko", 2, 1, of=5)))
    desk.take(record.add(HERE, translated(said, "abcde", "ko", 4, 1, of=5)))
    assert desk.wanted(["ko"], EVERYTHING) == [left]
    desk.take(record.add(HERE, translated(said, "abcde", "ko", 3, 2, of=5)))
    assert desk.wanted(["ko"], EVERYTHING) == []


def test_a_series_that_begins_anew_replaces_the_one_before() -> None:
    record = Record()
    said = record.add(ADA, Message("abcde", "en"))
    record.add(HERE, translated(said, "abcde", "ko", 0, 2, of=5))
    record.add(HERE, translated(said, "abcde", "ko", 0, 1, of=4))
    [left] = desk_of(record).wanted(["ko"], EVERYTHING)
    assert (left.given, left.of) == (1, 4)


@pytest.mark.parametrize("kind", ["failed", "too_long", "unknown_language"])
def test_a_problem_is_told_once(kind: Problem) -> None:
    record = Record()
    record.add(HERE, problem(record.add(ADA, Message("흠", "ko")), "흠", "en", kind))
    assert desk_of(record).wanted(["en"], EVERYTHING, lambda *_: True) == []


def test_what_had_no_model_is_wanted_once_there_is_one() -> None:
    record = Record()
    record.add(HERE, problem(record.add(ADA, Message("흠", "ko")), "흠", "en", "no_model"))
    desk = desk_of(record)
    assert desk.wanted(["en"], EVERYTHING) == []
    assert names(desk.wanted(["en"], EVERYTHING, lambda *pair: pair == ("ko", "en"))) == [("흠", "en")]


def test_other_interpreters_work_is_theirs_and_what_they_say_is_nobodys() -> None:
    record = Record()
    said = record.add(ADA, Message("one", "en"))
    record.add(OTHER, translated(said, "one", "ko"))
    record.add(OTHER, Message("believe me", "en"))
    assert names(desk_of(record).wanted(["ko"], EVERYTHING)) == [("one", "ko")]


@pytest.mark.parametrize("text", ["", " \n"])
def test_a_message_without_text_needs_nothing(text: str) -> None:
    record = Record()
    record.add(ADA, Message(text, "en"))
    assert desk_of(record).wanted(["ko"], EVERYTHING) == []


def test_the_newest_word_of_who_may_counts() -> None:
    record = Record()
    record.add(ADA, TranslationsSwitch(on=False))
    record.add(BORIS, TranslationsSwitch(on=True))
    desk = desk_of(record)
    assert desk.is_on(lambda account: account in {ADA, BORIS})
    assert not desk.is_on(lambda account: account == ADA)
    assert desk.is_on(lambda _: False)


def test_the_glossary_is_what_people_last_agreed() -> None:
    record = Record()
    truce = Term(
        name("term", 1), (TermWord("en", "truce", "forbidden"), TermWord("en", "ceasefire", "preferred")), "", on=True
    )
    kept = Term(name("term", 2), (TermWord("en", "Panmunjom", "keep"),), "", on=True)
    record.add(ADA, truce)
    record.add(BORIS, kept)
    desk = desk_of(record)
    both = desk.glossary()
    assert len(both.concepts) == 2
    assert {one.text for concept in both.concepts for one in concept.terms if one.status is Status.KEEP} == {
        "Panmunjom"
    }
    desk.take(record.add(BORIS, replace(truce, on=False)))
    assert [one.text for concept in desk.glossary().concepts for one in concept.terms] == ["Panmunjom"]
    # The version does not depend on who said what first.
    other = Record()
    other.add(BORIS, kept)
    other.add(ADA, truce)
    assert desk_of(other).glossary().version == both.version


def test_people_s_translations_are_remembered_of_those_who_are_trusted() -> None:
    record = Record()
    said = record.add(ADA, Message("Noted.", "en"))
    record.add(ADA, Rendering(said.item, text_hash("Noted."), "ko", "확인했습니다."))
    record.add(BORIS, Rendering(said.item, text_hash("Noted."), "ko", "거부합니다."))
    record.add(ADA, Rendering(said.item, text_hash("Other"), "ko", "of a text that does not stand"))
    [one] = desk_of(record).remembered({ADA})
    assert (one.pair, one.source, one.target, one.by) == (("en", "ko"), "Noted.", "확인했습니다.", ADA)


def test_a_row_that_can_be_read_later_asks_for_a_new_beginning() -> None:
    record = Record()
    sealed = record.add(ADA, Message("one", "en"), "sealed")
    record.add(ADA, Correction(sealed.item, "two", "en"))
    desk = desk_of(record)
    assert desk.wanted(["ko"], EVERYTHING) == []
    opened = replace(sealed, state="open", plaintext=encode_content(Message("one", "en"), 0))
    assert not desk.take(opened)
    desk.begin([opened, record.rows[1]], [])
    assert names(desk.wanted(["ko"], EVERYTHING)) == [("two", "ko")]


def test_killed_anywhere_it_says_everything_once() -> None:
    """Whatever was kept for sending before a kill, in whatever sizes: the rest is said, and nothing twice."""
    random.seed(7)
    record = Record()
    texts = {record.add(ADA, Message("x" * length, "en")).item: "x" * length for length in (1, 3, 8)}
    said: dict[tuple[ItemId, str], list[int]] = {}
    for _ in range(200):
        waiting: list[Content] = []
        desk = desk_of(record)
        left = desk.wanted(["fr", "ko"], EVERYTHING)
        if not left:
            break
        for one in random.sample(left, min(2, len(left))):
            row = next(row for row in record.rows if row.item == one.item)
            given = random.randint(1, len(one.text) - one.given)
            made = translated(row, one.text, one.to, one.given, given, of=len(one.text))
            said.setdefault((one.item, one.to), []).extend(range(one.given, one.given + given))
            (waiting.append if random.random() < 0.5 else lambda content: record.add(HERE, content))(made)
        # Killed here: what waits is sent by the next one.
        assert {(w.item, w.to): w.given for w in desk_of(record, *waiting).wanted(["fr", "ko"], EVERYTHING)} == {
            key: len(said.get(key, []))
            for key in ((item, to) for item in texts for to in ("fr", "ko"))
            if len(said.get(key, [])) < len(texts[key[0]])
        }
        for content in waiting:
            record.add(HERE, content)
    assert said == {(item, to): list(range(len(text))) for item, text in texts.items() for to in ("fr", "ko")}


def test_what_any_member_may_write_without_end_is_bounded() -> None:
    record = Record()
    said = record.add(ADA, Message("Noted.", "en"))
    for number in range(1010):
        words = (TermWord("en", f"word {number}", "preferred"),) * 2
        record.add(BORIS, Term(name("term", number), words, "", on=number != 3))
    for number in range(20):
        record.add(BORIS, TranslationsSwitch(on=False))
        record.add(BORIS, Rendering(said.item, text_hash("Noted."), "ko", f"{number}"))
    record.add(ADA, Term(name("term", 5), (TermWord("en", "changed", "preferred"),) * 64, "", on=True))
    desk = desk_of(record)
    texts = {term.text for concept in desk.glossary().concepts for term in concept.terms}
    assert len(texts) == 1000
    assert {
        "word 0",
        "changed",
        "word 1000",
    } < texts  # by first mention; what was taken away gives its place to another
    assert not {"word 3", "word 5", "word 1001"} & texts
    asked = iter([BORIS])
    assert desk.is_on(lambda account: account != next(asked))  # nobody is asked twice
    assert [one.target for one in desk.remembered({BORIS})] == ["19"]
    for number in range(70):
        many = tuple(TermWord("en", f"{number} {n}", "preferred") for n in range(64))
        desk.take(record.add(BORIS, Term(name("term", number), many, "", on=True)))
    assert sum(len(concept.terms) for concept in desk.glossary().concepts) <= WORDS_MAX
