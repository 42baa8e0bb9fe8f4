"""Near-duplicates: all of one text reworded are found, and nothing else is called a copy."""

from collections import Counter
from collections.abc import Iterable

import pytest

from portal.analysis import synthetic
from portal.analysis.duplicates import Group, near_duplicates, similarity


def pairs(sizes: Iterable[int]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes)


def measured(week: list[synthetic.Submission], groups: list[Group]) -> tuple[float, float]:
    """Return which share of the true pairs was found, and which share of the found pairs is wrong."""
    true = pairs(Counter(one.copied_from for one in week).values())
    found = pairs(len(group.members) for group in groups)
    right = sum(pairs(Counter(week[i].copied_from for i in group.members).values()) for group in groups)
    return right / true, (found - right) / found


def test_dedup_recall_and_wrong_pairs() -> None:
    """The figures at 100,000 are measured by ``portal bench agenda``."""
    week = synthetic.week(2000, seed=11)
    recall, wrong = measured(week, near_duplicates([one.text for one in week]))
    assert recall >= 0.93
    assert wrong <= 0.001


def test_the_same_text_ten_thousand_times_is_one_group_at_once() -> None:
    texts = ["The bridge on Mill Street is closed again.", *["Please keep the night bus running!"] * 10_000]
    assert near_duplicates(texts) == [Group(1, tuple(range(1, 10_001)), distinct=1)]


def test_copies_differ_in_case_spacing_and_signs_only() -> None:
    texts = ["밤 버스를 계속 운행해 주세요", "밤  버스를   계속 운행해 주세요!!", "\u202e밤 버스를 계속 운행해 주세요"]
    (group,) = near_duplicates(texts)
    assert group.members == (0, 1, 2)


@pytest.mark.parametrize("nothing", ["", "   ", "🙂🙂🙂", "?!…", "\u200f\u202e"])
def test_what_has_no_letter_is_nobody_s_copy(nothing: str) -> None:
    assert near_duplicates([nothing, nothing, "A word."]) == []


def test_likeness_is_not_passed_on_along_a_chain() -> None:
    words = [f"{letter}word{letter}" for letter in "abcdefghijklmnopqrstuvwx"]
    chain = [" ".join(words[i : i + 12]) for i in range(0, 13, 2)]
    assert similarity(chain[0], chain[1]) > 0.6
    assert similarity(chain[0], chain[-1]) < 0.1
    assert all(chain[0] != chain[max(g.members)] or len(g.members) < len(chain) for g in near_duplicates(chain))
    assert max(len(group.members) for group in near_duplicates(chain)) <= 3


def test_no_text_no_group() -> None:
    assert near_duplicates([]) == []
    assert near_duplicates(["One text alone."]) == []
    assert similarity("", "anything") == 0
