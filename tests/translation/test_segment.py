"""The splitter: not a character is lost, sentences end where people end them."""

import hypothesis.strategies as st
import pytest
from hypothesis import example, given, settings

from portal.translation.segment import MAX_CHARACTERS, has_words, join, segment


def sentences(text: str) -> list[str]:
    return [piece.text for piece in segment(text) if piece.is_sentence]


@given(st.text(alphabet=st.characters(), max_size=300), st.integers(1, 20))
@example("a.\u3000(b", 3)
@example("1. \r\n\x00\u2028 - x", 2)
@settings(max_examples=100)
def test_pieces_join_to_the_text(text: str, limit: int) -> None:
    for fits in (None, lambda part: len(part) <= limit):
        assert "".join(piece.text for piece in segment(text, fits)) == text


@given(st.text(alphabet="aB. ,;!?\n\t\u3002\uff01\u201d\"'(1\u3000\x00\r\U0001f44d\U0001f3fd\u0301가", max_size=80))
@settings(max_examples=100)
def test_pieces_join_to_a_text_full_of_marks(text: str) -> None:
    pieces = segment(text, lambda part: len(part) <= 9)
    assert "".join(piece.text for piece in pieces) == text
    assert all(has_words(piece.text) and piece.text == piece.text.strip() for piece in pieces if piece.is_sentence)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello there. How are you?", ["Hello there.", "How are you?"]),
        ("Dr. Smith met Amb. Kim of the U.S. delegation.", ["Dr. Smith met Amb. Kim of the U.S. delegation."]),
        ("See Art. 5 para. 2. It holds.", ["See Art. 5 para. 2.", "It holds."]),
        ("We say no. 5 of them stay.", ["We say no. 5 of them stay."]),
        ("We say no. They stay.", ["We say no.", "They stay."]),
        ("It rose to 3.14 million. J. Kim agreed.", ["It rose to 3.14 million.", "J. Kim agreed."]),
        ("“We agree.” he said. “Good!” (Annex I.) So.", ["“We agree.” he said.", "“Good!”", "(Annex I.)", "So."]),
        ("안녕하세요. 반갑습니다! 네?", ["안녕하세요.", "반갑습니다!", "네?"]),
        ("我们同意。他说：“好。”然后走了。", ["我们同意。", "他说：“好。”", "然后走了。"]),
        ("会議は終わりました。次は？", ["会議は終わりました。", "次は？"]),
        ("مرحبا. كيف حالك؟ نعم.", ["مرحبا.", "كيف حالك؟", "نعم."]),
        ("1. First\n  2) Second\n- third\n• fourth\n(a) fifth", ["First", "Second", "third", "fourth", "fifth"]),
        ("one line\r\nanother line\u2028a third", ["one line", "another line", "a third"]),
        ("🎉🎉 !! 2026-11-22 — 17 %\n***", []),
        ("", []),
    ],
)
def test_sentences_end_where_people_end_them(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_an_over_long_sentence_is_cut_at_its_clauses() -> None:
    text = "; ".join(f"the {n}th point of the long agreement stands" for n in range(60))
    parts = sentences(text)
    assert all(len(part) <= MAX_CHARACTERS for part in parts)
    assert all(part.endswith(";") for part in parts[:-1])


def test_what_is_cut_without_a_break_keeps_its_characters_whole() -> None:
    parts = sentences("e\u0301" * 3 * MAX_CHARACTERS)
    assert all(part.startswith("e") for part in parts)


@pytest.mark.parametrize("unit", ["a", "가", "a. ", ". ", "((", "a;", "1", "\n", "\u0301"])
def test_a_long_text_of_anything_is_cut_up_at_once(unit: str) -> None:
    text = unit * (40_000 // len(unit)) + "x"
    assert "".join(piece.text for piece in segment(text)) == text


@pytest.mark.parametrize(
    ("text", "target", "translations", "expected"),
    [
        ("我们同意。他走了。", "en", ["We agree.", "He left."], "We agree. He left."),
        ("We agree. He left.\n\nEnd.", "zh", ["我们同意。", "他走了。", "完。"], "我们同意。他走了。\n\n完。"),
        ("\n 1. Yes.  No.\t🎉", "ko", ["네.", "아니요."], "\n 1. 네.  아니요.\t🎉"),
    ],
)
def test_layout_survives(text: str, target: str, translations: list[str], expected: str) -> None:
    assert join(segment(text), translations, target) == expected
