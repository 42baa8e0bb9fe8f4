"""The numbers that clauses show: computed from the order of the document, never stored.

Signs of counting only ("4", "II", "b"): the words beside them, other digits and the direction of writing are the
page's. The browser's twin is static/src/wire/drafts/numbering.ts.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final, NamedTuple

from portal.wire.drafts.text import TextNode


class ClauseNumber(NamedTuple):
    """``number`` as it is written, ``ordinal`` as it counts: empty and 0 where nothing is. ``depth``: 0 at the top."""

    number: str
    ordinal: int
    depth: int


class _Place(NamedTuple):
    kind: str
    parent: str
    depth: int
    level: int
    """How many of its kind stand above it."""
    annex: str
    """The annex in which it stands, or empty."""


def number_clauses(
    nodes: Sequence[TextNode], gone: AbstractSet[str] = frozenset(), notes: Sequence[str] = ()
) -> dict[str, ClauseNumber]:
    """Count ``nodes``, which stand in the order of the document; those in ``gone`` are not counted.

    Footnotes count in the order of ``notes``: that of their references. Parts and articles count through the body, and
    anew through each annex; parts and points within their like count anew in each. Paragraphs count anew in each
    article and in each paragraph, and elsewhere through the body or the annex. A paragraph or an annex that is alone
    has no number.
    """
    references = {note: i + 1 for i, note in enumerate(note for note in notes if note not in gone)}
    places: dict[str, _Place] = {}
    counts: Counter[str] = Counter()
    ordinals: dict[str, tuple[str, int]] = {}
    for node in nodes:
        place = places[node["id"]] = _place_of(node, places)
        scope = None if node["id"] in gone else _scope_of(place, places)
        if scope is None:
            continue
        counts[scope] += 1
        ordinals[node["id"]] = (scope, references.get(node["id"], 0) if place.kind == "note" else counts[scope])
    numbers = {}
    for node_id, place in places.items():
        scope, ordinal = ordinals.get(node_id, ("", 0))
        if counts[scope] == 1 and place.kind in {"paragraph", "annex"}:
            ordinal = 0
        numbers[node_id] = ClauseNumber(_sign(place, ordinal) if ordinal else "", ordinal, place.depth)
    return numbers


def _place_of(node: TextNode, places: Mapping[str, _Place]) -> _Place:
    kind, parent = node["kind"], node["parent"]
    above = places.get(parent)
    own_annex = node["id"] if kind == "annex" else ""
    if above is None:
        return _Place(kind, parent, 0, 0, own_annex)
    level = above.level + 1 if above.kind == kind else 0
    return _Place(kind, parent, above.depth + 1, level, own_annex or above.annex)


def _scope_of(place: _Place, places: Mapping[str, _Place]) -> str | None:
    """Return among what a node is counted; None if it is not."""
    kind = place.kind
    if kind in {"annex", "note"}:
        return kind
    if kind == "point" or (kind == "part" and place.level):
        return f"{kind} {place.parent}"
    if kind == "paragraph":
        above = places.get(place.parent)
        inside = place.level > 0 or (above is not None and above.kind == "article")
        return f"{kind} {place.parent}" if inside else f"{kind} in {place.annex}"
    return f"{kind} in {place.annex}" if kind in {"part", "article"} else None


def _sign(place: _Place, ordinal: int) -> str:
    kind, level = place.kind, place.level
    if kind == "annex" or (kind == "part" and level == 0):
        return _roman(ordinal)
    if kind == "part" and level == 1:
        return _letters(ordinal).upper()
    if kind == "point" and level == 0:
        return _letters(ordinal)
    if kind == "point" and level == 1:
        return _roman(ordinal).lower()
    if kind == "point" and level == 2:
        return _letters(ordinal).upper()
    return str(ordinal)


def _letters(ordinal: int) -> str:
    """Return 1, 2 … 26, 27 as a, b … z, aa."""
    text = ""
    while ordinal > 0:
        ordinal, digit = divmod(ordinal - 1, 26)
        text = chr(97 + digit) + text
    return text


def _roman(ordinal: int) -> str:
    text = ""
    for value, digits in _ROMAN:
        count, ordinal = divmod(ordinal, value)
        text += digits * count
    return text


_ROMAN: Final = (
    (1000, "M"),
    (900, "CM"),
    (500, "D"),
    (400, "CD"),
    (100, "C"),
    (90, "XC"),
    (50, "L"),
    (40, "XL"),
    (10, "X"),
    (9, "IX"),
    (5, "V"),
    (4, "IV"),
    (1, "I"),
)
