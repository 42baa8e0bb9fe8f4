"""Clauses are counted as they stand, by signs alone."""

from portal.wire.drafts.numbering import number_clauses
from tests.wire.drafts.treaty import clause


def test_a_treaty_is_counted_as_treaties_are() -> None:
    nodes = [
        clause("title", "title"),
        clause("recital", "preamble"),
        clause("part1", "part"),
        clause("art1", "article", "part1"),
        clause("only", "paragraph", "art1"),
        clause("part2", "part"),
        clause("chapter", "part", "part2"),
        clause("art2", "article", "chapter"),
        clause("par1", "paragraph", "art2"),
        clause("a", "point", "par1"),
        clause("b", "point", "par1"),
        clause("i", "point", "b"),
        clause("ii", "point", "b"),
        clause("A", "point", "ii"),
        clause("1", "point", "A"),
        clause("par2", "paragraph", "art2"),
        clause("first", "note", "par2"),
        clause("second", "note", "par2"),
        clause("final", "final"),
        clause("annex1", "annex"),
        clause("annexed", "article", "annex1"),
        clause("annex2", "annex"),
    ]
    numbers = number_clauses(nodes, notes=["second", "first"])
    assert {node: number for node, (number, _, _) in numbers.items() if number} == {
        "part1": "I", "art1": "1", "part2": "II", "chapter": "A", "art2": "2", "par1": "1", "a": "a", "b": "b",
        "i": "i", "ii": "ii", "A": "A", "1": "1", "par2": "2", "first": "2", "second": "1", "annex1": "I",
        "annexed": "1", "annex2": "II",
    }  # fmt: skip
    assert numbers["ii"] == ("ii", 2, 5)
    assert numbers["only"] == ("", 0, 2)


def test_what_decisions_emptied_is_not_counted() -> None:
    nodes = [clause(name, "article") for name in "abc"]
    assert [number for number, _, _ in number_clauses(nodes, {"b"}).values()] == ["1", "", "2"]
    paragraphs = [clause("art", "article"), clause("x", "paragraph", "art"), clause("y", "paragraph", "art")]
    assert number_clauses(paragraphs, {"y"})["x"].number == ""


def test_paragraphs_of_a_statement_count_through_its_parts() -> None:
    nodes = [clause("p", "part"), clause("x", "paragraph", "p"), clause("q", "part"), clause("y", "paragraph", "q")]
    assert number_clauses(nodes)["y"].number == "2"


def test_letters_and_roman_numbers_go_on() -> None:
    points = [clause(f"point{i}", "point") for i in range(28)]
    assert [number_clauses(points)[f"point{i}"].number for i in (25, 26, 27)] == ["z", "aa", "ab"]
    parts = [clause(f"part{i}", "part") for i in range(1, 100)]
    numbers = number_clauses(parts)
    assert [numbers[f"part{i}"].number for i in (4, 9, 14, 40, 49, 90, 99)] == [
        "IV", "IX", "XIV", "XL", "XLIX", "XC", "XCIX",
    ]  # fmt: skip
