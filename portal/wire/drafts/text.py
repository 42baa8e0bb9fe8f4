"""The text on the table as plain data, and its canonical form.

The browser's twin is static/src/wire/drafts/text.ts; docs/protocol.md §10 "The text and its hashes".
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal, NotRequired, TypeAlias, TypedDict, cast

from portal.wire.drafts.code_points import RUNS

NodeKind: TypeAlias = Literal["title", "preamble", "part", "article", "paragraph", "point", "annex", "final", "note"]

BracketMark: TypeAlias = list[str]
"""Two strings: a bracket's id and that of the option for which the words stand."""


class Citation(TypedDict):
    """Words taken from an agreed text."""

    id: str
    source: str


class NoteReference(TypedDict):
    """The reference to a footnote, which is a node of kind "note"."""

    note: str


Atom: TypeAlias = Literal["br"] | NoteReference


class Run(TypedDict):
    """Words that carry the same marks. With an atom, ``text`` is empty."""

    text: str
    marks: list[str]
    """"em" and "strong", sorted."""
    brackets: list[BracketMark]
    """Sorted by bracket, then option."""
    cite: NotRequired[Citation]
    atom: NotRequired[Atom]


class TextNode(TypedDict):
    """A clause: a node of the tree, with its own words (of a part, an article or an annex: the heading)."""

    id: str
    kind: NodeKind
    parent: str
    """The node under which it stands; empty at the top."""
    order: str
    """Its place among its siblings: a fractional index."""
    text: dict[str, list[Run]]
    """By language (BCP 47)."""


class OptionSource(TypedDict):
    """The proposal of a delegation from which an option was taken over."""

    delegation: str
    proposal: str


BracketOption = TypedDict(
    "BracketOption", {"id": str, "by": str, "kind": Literal["text", "delete"], "from": list[OptionSource]}
)
"""One way to decide a bracket; kind "delete": none of the bracket's words remain. ``by``: a delegation, or empty."""


class Bracket(TypedDict):
    """What is not agreed yet: options of which one will stand."""

    id: str
    by: str
    at: int
    """Milliseconds since 1970, by the clock of whoever put it."""
    reason: str
    whole: bool
    """Around the whole text: marks no words, and holds back the whole text until it is decided."""
    options: list[BracketOption]


class TextMeta(TypedDict):
    """A draft's name, columns and template."""

    title: dict[str, str]
    langs: list[str]
    """The columns (BCP 47); the first is the drafting language."""
    template: str


class TextDocument(TypedDict):
    """Everything that the stream ``text`` says. Nodes in the order of the document (depth first), brackets by id."""

    meta: TextMeta
    nodes: list[TextNode]
    brackets: list[Bracket]


NOTE_SIGN: Final = "\ufffc"
"""What stands in canonical text for the reference to a footnote; nobody else may write it."""


class RefusedTextError(ValueError):
    """Words that have no canonical form, by the code points in them that are refused."""

    def __init__(self, code_points: Iterable[int]) -> None:
        self.code_points = sorted(set(code_points))
        """Distinct, ascending."""
        names = ", ".join(map(code_point_name, self.code_points))
        super().__init__(f"a draft's text can not hold {names}")


def code_point_name(code_point: int) -> str:
    """Return how a code point is called where people read of it: "U+202E"."""
    return f"U+{code_point:04X}"


def refused_code_points(text: str) -> list[int]:
    """Return the code points of ``text`` that no draft may hold, ascending: controls, private use, unassigned."""
    if _ALLOWED.fullmatch(text):
        return []
    return sorted({ord(character) for character in text if not _ALLOWED.fullmatch(character)})


def canonical_text(text: str) -> str:
    """Return the one form of ``text``: NFC, line ends as LF, white space as single spaces, none at the ends.

    Raises:
        RefusedTextError: it holds a code point that no draft may.
    """
    refused = refused_code_points(text)
    if refused:
        raise RefusedTextError(refused)
    return trim(canonical_words(text))


def canonical_words(text: str) -> str:
    """Return the same for a part of a text: white space at its ends is kept, as one space. Nothing is refused here."""
    if _PLAIN.fullmatch(text):
        return text
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return _LINE_END.sub("\n", _SPACES.sub(" ", lines))


def trim(text: str) -> str:
    """Leave out spaces and line ends at both ends; other white space is words to us, and runtimes differ over it."""
    return text.strip(WHITE)


def clean_runs(runs: Sequence[Run], decided: Mapping[str, str]) -> list[Run]:
    """Return what remains of ``runs`` where ``decided`` names the option of a bracket.

    The words of its other options go, the bracket vanishes. Adjacent runs that then carry the same marks are merged.
    """
    clean: list[Run] = []
    for run in runs:
        if any(decided.get(bracket, option) != option for bracket, option in run["brackets"]):
            continue
        brackets = [mark for mark in run["brackets"] if mark[0] not in decided]
        kept = run if len(brackets) == len(run["brackets"]) else cast("Run", {**run, "brackets": brackets})
        if clean and _carry_same(clean[-1], kept):
            clean[-1] = cast("Run", {**clean[-1], "text": clean[-1]["text"] + kept["text"]})
        else:
            clean.append(kept)
    return clean


def _carry_same(a: Run, b: Run) -> bool:
    return (
        "atom" not in a
        and "atom" not in b
        and a.get("cite") == b.get("cite")
        and a["marks"] == b["marks"]
        and a["brackets"] == b["brackets"]
    )


def _allowed_characters() -> re.Pattern[str]:
    ranges, begin = [], 0
    for i, length in enumerate(RUNS.split(" ")):
        end = begin + int(length, 36)
        if i % 2 == 1:
            ranges.append(f"\\U{begin:08x}-\\U{end - 1:08x}")
        begin = end
    return re.compile(f"[{''.join(ranges)}]*")


WHITE: Final = " \n"
"""What counts as white space in words that have no others left."""
_PLAIN: Final = re.compile(r"[!-~]*(?: [!-~]+)*")
_SPACES: Final = re.compile("[ \t\u00a0]+")
_LINE_END: Final = re.compile(" *\n *")
_ALLOWED: Final = _allowed_characters()
