"""Taking parts out of a text, and nothing else: nobody can put a word into a citizen's mouth. Pure.

A moderator sets marks around what is to go. Without its marks the text must be what the citizen wrote, to the
character; what stood between them becomes ``GAP``, whatever its length, so that its length says nothing.
"""

from dataclasses import dataclass
from typing import Final

GAP: Final = "\u2588\u2588\u2588\u2588"
PAIRS: Final = (("[[", "]]"), ("{{", "}}"), ("<<", ">>"), ("\u27e6", "\u27e7"), ("\u2983", "\u2984"))
"""Marks to choose from: the first whose halves the text does not hold."""


class MarksError(ValueError):
    """The marks can not be read; ``kind`` says why.

    none: nothing is marked. unpaired. changed: another text than the citizen's. everything: no word would be left.
    """

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Marks:
    """What is written before and behind a part that is to go."""

    opening: str
    closing: str


def marks_for(text: str) -> Marks:
    """Return marks that can not be mistaken for the text itself; MarksError if it holds all of them."""
    for opening, closing in PAIRS:
        if opening not in text and closing not in text:
            return Marks(opening, closing)
    raise MarksError("none")


def redacted(original: str, marked: str) -> str:
    """Return ``original`` with gaps where ``marked`` has marks.

    Raises MarksError: nothing is marked, a mark has no other half, the text itself was changed, or no word is left.
    """
    marks = marks_for(original)
    kept: list[str] = []
    rest, whole = marked, []
    while marks.opening in rest:
        before, _, behind = rest.partition(marks.opening)
        inside, closing, rest = behind.partition(marks.closing)
        if not closing or marks.opening in inside or marks.closing in before:
            raise MarksError("unpaired")
        whole += [before, inside]
        kept += [before, GAP] if inside else [before]
    if marks.closing in rest:
        raise MarksError("unpaired")
    if "".join([*whole, rest]) != original:
        raise MarksError("changed")
    if GAP not in kept:
        raise MarksError("none")
    if not any(character.isalnum() for part in (*kept, rest) for character in part):
        raise MarksError("everything")
    return "".join([*kept, rest])


def marked(original: str, spans: list[tuple[int, int]]) -> str:
    """Return ``original`` with marks around ``spans`` (first character, the one behind the last), to begin with."""
    marks, out, at = marks_for(original), [], 0
    for start, end in sorted(spans):
        if start < at or end <= start:
            continue  # it overlaps with the one before
        out += [original[at:start], marks.opening, original[start:end], marks.closing]
        at = end
    return "".join([*out, original[at:]])
