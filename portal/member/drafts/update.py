"""What a Yjs update (version 1) does, read to its last byte before a document is touched.

Of an update it must be known whose client numbers its insertions carry, and that nothing of it would be left waiting
for what is not there: two members who differ in that would see different texts. What is no update never reaches the
library that applies them. Format: yjs/src/utils/encoding.js and structs/, of yjs 13.6.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Any, Final, TypeAlias

from portal.member.drafts.lib0 import NoUpdateError, Reader

GC: Final = 0
DELETED: Final = 1
STRING: Final = 4
EMBED: Final = 5
FORMAT: Final = 6
TYPE: Final = 7
ANY: Final = 8
_HIGH_FIRST: Final = 0xD8
_HIGH_LAST: Final = 0xDB
"""The upper byte of the first unit of a letter that takes two."""
_NAMED_TYPES: Final = frozenset({3, 5})
"""Elements and hooks have a name."""
_TYPES: Final = 7
_UINT32_MAX: Final = 2**32 - 1
"""Client numbers and clocks are no larger: the library for Python holds clocks in 32 bits."""
Place: TypeAlias = tuple[int, int]
"""A client number and a clock."""


@dataclass(frozen=True, slots=True)
class Struct:
    """One struct: ``length`` clock ticks from ``clock`` on.

    ``origin`` and ``right`` are what it was put between; without both it has a ``parent``: the name of a root, or the
    place of a type, and perhaps a key there. ``units`` are what it holds, one a tick; empty for what is gone.
    """

    client: int
    clock: int
    length: int
    ref: int
    origin: Place | None = None
    right: Place | None = None
    parent: str | Place | None = None
    key: str | None = None
    units: tuple[Any, ...] = ()

    @property
    def end(self) -> int:
        """The clock behind it."""
        return self.clock + self.length

    @property
    def needs(self) -> list[Place]:
        """What must be there before it."""
        parent = self.parent if isinstance(self.parent, tuple) else None
        return [place for place in (self.origin, self.right, parent) if place is not None]


@dataclass(slots=True)
class Update:
    """An update: structs by client, each without gaps, and what it deletes: client, first and end clock."""

    structs: dict[int, list[Struct]] = field(default_factory=dict)
    deletions: list[tuple[int, int, int]] = field(default_factory=list)

    def fresh_clients(self, clocks: Mapping[int, int]) -> set[int]:
        """Return the client numbers under which something is inserted that a document with these clocks lacks."""
        return {client for client, structs in self.structs.items() if structs[-1].end > clocks.get(client, 0)}

    def placed(self, clocks: Mapping[int, int]) -> list[Struct] | None:
        """Return what is new to a document with these clocks, in an order in which each comes after all it needs.

        None if there is none such, so that something would be left waiting.
        """
        if any(structs[0].clock > clocks.get(client, 0) for client, structs in self.structs.items()):
            return None
        known = dict(clocks)
        placed = _placed(self.structs, known)
        whole = placed is not None and all(end <= known.get(client, 0) for client, _, end in self.deletions)
        return placed if whole else None

    def high_halves(self) -> set[Place]:
        """Return the places of the first halves of letters that take two UTF-16 units."""
        return {
            (one.client, one.clock + tick)
            for structs in self.structs.values()
            for one in structs
            if one.ref == STRING
            for tick, unit in enumerate(one.units)
            if _HIGH_FIRST <= unit[1] <= _HIGH_LAST
        }

    def cuts(self, halves: AbstractSet[Place], clocks: Mapping[int, int]) -> set[Place]:
        """Return the letters that it would cut in two, of those whose first ``halves`` stand at these places.

        The browser's library puts two signs of damage there, the one for Python moves the cut: texts would part.
        """
        found: set[Place | None] = set()
        for client, structs in self.structs.items():
            for one in structs:
                if one.end > clocks.get(client, 0):
                    found |= {one.origin, None if one.right is None else (one.right[0], one.right[1] - 1)}
        found |= {(client, edge - 1) for client, start, end in self.deletions for edge in (start, end)}
        return {place for place in found if place in halves and place is not None}

    def deleted(self) -> dict[int, list[tuple[int, int]]]:
        """Return what is gone of each client, as ranges that do not touch."""
        gone = [
            (one.client, one.clock, one.end)
            for structs in self.structs.values()
            for one in structs
            if one.ref in {GC, DELETED}
        ]
        ranges: dict[int, list[tuple[int, int]]] = {}
        for client, start, end in sorted([*self.deletions, *gone]):
            known = ranges.setdefault(client, [])
            if known and start <= known[-1][1]:
                known[-1] = known[-1][0], max(end, known[-1][1])
            else:
                known.append((start, end))
        return ranges

    def after(self, clocks: Mapping[int, int]) -> dict[int, int]:
        """Return the clocks of a document that had ``clocks`` and has taken it."""
        ends = {client: max(structs[-1].end, clocks.get(client, 0)) for client, structs in self.structs.items()}
        return {**clocks, **ends}

    def units(self) -> dict[Place, Any]:
        """Return what stands under each id that is not gone, so that it does not matter how structs were joined.

        Two documents with equal clocks, units and deletions take every later update alike.
        """
        found: dict[Place, Any] = {}
        gone = self.deleted()
        for client, structs in self.structs.items():
            for one in structs:
                first = one.origin, one.right, one.parent, one.key
                for tick, unit in enumerate(one.units):
                    before = first if tick == 0 else ((client, one.clock + tick - 1), one.right, None, None)
                    if not is_within(gone.get(client, ()), one.clock + tick):
                        found[client, one.clock + tick] = (one.ref, *before, unit)
        return found


def is_within(ranges: Sequence[tuple[int, int]], clock: int) -> bool:
    """Tell whether a clock lies in one of these ranges, which ascend."""
    place = bisect_right(ranges, clock, key=lambda one: one[0])
    return place > 0 and clock < ranges[place - 1][1]


def read_update(raw: bytes) -> Update:
    """Return what an update holds; NoUpdateError for anything else, also for one that goes on behind its end."""
    reader = Reader(raw)
    update = Update()
    for _ in range(reader.number()):
        count, client, clock = reader.number(), reader.number(), reader.number()
        if client in update.structs or client > _UINT32_MAX:
            msg = f"client {client} comes twice, or is none"
            raise NoUpdateError(msg)
        structs = []
        for _ in range(count):
            structs.append(_struct(reader, client, clock))
            clock = structs[-1].end
        if clock > _UINT32_MAX:
            msg = "a clock of 2^32 or more"
            raise NoUpdateError(msg)
        if structs:
            update.structs[client] = structs
    for _ in range(reader.number()):
        client = reader.number()
        for _ in range(reader.number()):
            start = reader.number()
            update.deletions.append((client, start, start + _positive(reader.number())))
    if not reader.is_at_end:
        msg = "bytes behind its end"
        raise NoUpdateError(msg)
    return update


def _placed(structs: Mapping[int, list[Struct]], known: dict[int, int]) -> list[Struct] | None:
    """Place every struct after all that it needs, from the clocks ``known`` on, which are brought up; None if not all.

    Who waits for a place is looked at again when that place is reached, and not before.
    """
    placed: list[Struct] = []
    at = dict.fromkeys(structs, 0)
    waiting: dict[int, list[Place]] = {}
    ready = list(structs)
    while ready:
        client = ready.pop()
        queue = structs[client]
        while at[client] < len(queue):
            one = queue[at[client]]
            if one.end > known.get(client, 0):
                missing = next((place for place in one.needs if place[1] >= known.get(place[0], 0)), None)
                if missing is not None:
                    heappush(waiting.setdefault(missing[0], []), (missing[1], client))
                    break
                known[client] = one.end
                placed.append(one)
            at[client] += 1
        heap = waiting.get(client, [])
        while heap and heap[0][0] < known.get(client, 0):
            ready.append(heappop(heap)[1])
    return placed if all(at[client] == len(queue) for client, queue in structs.items()) else None


def _struct(reader: Reader, client: int, clock: int) -> Struct:
    info = reader.byte()
    ref = info & 0x1F
    if ref == GC:
        return Struct(client, clock, _positive(reader.number()), GC)
    origin = reader.id() if info & 0x80 else None
    right = reader.id() if info & 0x40 else None
    parent: str | Place | None = None
    key = None
    if not info & 0xC0:
        parent = reader.text() if reader.number() == 1 else reader.id()
        key = reader.text() if info & 0x20 else None
    if ref == DELETED:
        return Struct(client, clock, _positive(reader.number()), ref, origin, right, parent, key)
    units = tuple(_content(reader, ref))
    return Struct(client, clock, _positive(len(units)), ref, origin, right, parent, key, units)


def _content(reader: Reader, ref: int) -> list[Any]:
    """Read the content of a struct; returns its units: of a text the UTF-16 units."""
    if ref == STRING:
        raw = reader.text().encode("utf-16-le")
        return [raw[at : at + 2] for at in range(0, len(raw), 2)]
    if ref == ANY:
        return list(map(frozen, reader.repeated(reader.any)))
    if ref == TYPE:
        return [_type(reader)]
    if ref in {EMBED, FORMAT}:
        return [(reader.text() if ref == FORMAT else "", frozen(reader.json()))]
    msg = f"a struct of kind {ref}"
    raise NoUpdateError(msg)


def _type(reader: Reader) -> tuple[int, str]:
    kind = reader.number()
    if kind >= _TYPES:
        msg = f"a shared type of kind {kind}"
        raise NoUpdateError(msg)
    return kind, reader.text() if kind in _NAMED_TYPES else ""


def frozen(value: Any) -> Any:
    """Return what compares equal for equal values, however they were written: numbers by value, keys in any order."""
    if isinstance(value, dict):
        return "object", tuple(sorted((key, frozen(inner)) for key, inner in value.items()))
    if isinstance(value, list):
        return "array", tuple(map(frozen, value))
    if isinstance(value, bool) or not isinstance(value, int | float):
        return type(value).__name__, value
    return "number", repr(float(value))


def _positive(length: int) -> int:
    if length == 0:
        msg = "nothing where there should be something"
        raise NoUpdateError(msg)
    return length
