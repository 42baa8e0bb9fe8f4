"""Where the parts of a Yjs document stand, and what may stand there: so that every library reads them alike.

| in                                     | may stand                              |
|----------------------------------------|----------------------------------------|
| a text (YText, XmlText)                | letters, formats, what is embedded     |
| an element or fragment                 | elements, fragments and texts          |
| under a key: of a map, of an element   | one value, or one shared type          |
| anything                               | what is deleted                        |

No type stands in more than ``DEPTH_MAX`` others. A parent is a type, or is deleted: then what is put there is gone.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from portal.member.drafts.update import ANY, DELETED, EMBED, FORMAT, GC, STRING, TYPE, Place, Struct

DEPTH_MAX: Final = 16
_ROOT: Final = -1
_TEXTS: Final = frozenset({2, 6})
_ELEMENTS: Final = frozenset({3, 4})
_XML_FIRST: Final = 3
_IN_TEXT: Final = frozenset({STRING, EMBED, FORMAT})


class MisplacedError(ValueError):
    """A part that may not stand where it would."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a part stands: in a type of kind ``within`` (-1 for a root), so many types deep, under a key or in a row.

    ``holder`` is that type's place; None for a root.
    """

    holder: Place | None
    within: int
    depth: int
    keyed: bool


@dataclass
class Standings:
    """How everything in a document stands; None for what stands in what is gone."""

    _starts: dict[int, list[int]] = field(default_factory=dict)
    _standings: dict[int, list[Standing | None]] = field(default_factory=dict)
    _types: dict[Place, tuple[int, Standing | None]] = field(default_factory=dict)

    def admit(self, placed: Sequence[Struct], is_gone: Callable[[Place], bool]) -> None:
        """Take in new structs, in an order of placing; MisplacedError, and nothing is changed.

        ``is_gone`` tells whether a place of the document is deleted.
        """
        for count, one in enumerate(placed):
            try:
                standing = self._standing_of(one, is_gone)
            except MisplacedError:
                for done in reversed(placed[:count]):
                    self._take_back(done)
                raise
            self._starts.setdefault(one.client, []).append(one.clock)
            self._standings.setdefault(one.client, []).append(standing)
            if one.ref == TYPE:
                self._types[one.client, one.clock] = one.units[0][0], standing

    def _take_back(self, one: Struct) -> None:
        self._starts[one.client].pop()
        self._standings[one.client].pop()
        self._types.pop((one.client, one.clock), None)

    def _standing_of(self, one: Struct, is_gone: Callable[[Place], bool]) -> Standing | None:
        if one.ref == GC:
            return None
        if isinstance(one.parent, str):
            standing: Standing | None = Standing(None, _ROOT, 0, one.key is not None)
        elif one.parent is not None:
            standing = self._within(one, one.parent, is_gone)
        else:
            beside = one.origin or one.right
            standing = None if beside is None else self._at(beside)
        if standing is None or (standing.depth <= DEPTH_MAX and _may_stand(one, standing)):
            return standing
        # What the document says now counts, not what stood there once: others may have begun with its present state.
        if standing.holder is None or not is_gone(standing.holder):
            raise MisplacedError
        return None

    def _within(self, one: Struct, parent: Place, is_gone: Callable[[Place], bool]) -> Standing | None:
        if parent in self._types:
            kind, holder = self._types[parent]
            return None if holder is None else Standing(parent, kind, holder.depth + 1, one.key is not None)
        if not is_gone(parent):
            raise MisplacedError
        return None

    def _at(self, place: Place) -> Standing | None:
        index = bisect_right(self._starts.get(place[0], []), place[1]) - 1
        return self._standings[place[0]][index] if index >= 0 else None


def _may_stand(one: Struct, standing: Standing) -> bool:
    if one.ref == DELETED:
        return True
    if standing.keyed:
        return one.ref in {ANY, TYPE} and one.length == 1
    if standing.within in _TEXTS or one.ref in _IN_TEXT:
        return standing.within in _TEXTS and one.ref in _IN_TEXT
    is_xml = one.ref == TYPE and one.units[0][0] >= _XML_FIRST
    return is_xml == (standing.within in _ELEMENTS)
