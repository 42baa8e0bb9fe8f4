"""What waits to be sent in one room, kept before anything is sent.

| state   | envelope | meaning                                             | next                                  |
|---------|----------|-----------------------------------------------------|---------------------------------------|
| waiting | none     | nothing went out                                    | sealed, kept, sent                    |
| waiting | kept     | sent, no answer yet: it may stand in the record     | the same bytes again; found in record |
| waiting | none     | the server refused the envelope for good            | sealed anew, same item id             |
| failed  | any      | refused for a reason that waiting does not cure     | given up by whoever sent it           |
| (gone)  |          | it stands in the record                             |                                       |
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from portal.member.work import Work, read_all, write
from portal.wire.ids import ItemId, RoomId, new_id

_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Out:
    """One content that waits; kept under "out:<room>:<order>". Sealed once, so that what is sent again is the same."""

    order: int
    item: ItemId
    plaintext: bytes
    failure: str | None = None
    raw: bytes | None = None


class Outgoing:
    """The queue of one room, in the order of sending."""

    def __init__(self, room: RoomId) -> None:
        self._room = room
        self._outs: list[Out] = []

    def load(self) -> Work[None]:
        """Take up what was kept here."""
        self._outs = list((yield from read_all(f"out:{self._room}", Out)).values())

    def __iter__(self) -> Iterator[Out]:
        return iter(self._outs)

    def first_waiting(self) -> Out | None:
        """Return what is to be sent next."""
        return next((out for out in self._outs if out.failure is None), None)

    def find(self, item: ItemId) -> Out | None:
        """Return what waits under this id."""
        return next((out for out in self._outs if out.item == item), None)

    def add(self, plaintext: bytes) -> Work[ItemId]:
        """Keep a content for sending; returns the id that its item will have."""
        order = self._outs[-1].order + 1 if self._outs else 1
        out = Out(order, ItemId(new_id()), plaintext)
        yield from write({self._name(out): out})
        self._outs.append(out)
        return out.item

    def change(self, out: Out, *, raw: bytes | None = None, failure: str | None = None) -> Work[Out]:
        """Give one another envelope and failure, and keep it so before anything else happens."""
        changed = replace(out, raw=raw, failure=failure)
        yield from write({self._name(out): changed})
        self._outs = [changed if other.item == out.item else other for other in self._outs]
        return changed

    def discard(self, out: Out) -> Work[None]:
        """Give one up."""
        yield from write({self._name(out): None})
        self.arrived([out.item])

    def arrivals(self, items: Iterable[ItemId]) -> dict[str, None]:
        """Return what to change in the store because these items stand in the record."""
        arrived = set(items)
        return {self._name(out): None for out in self._outs if out.item in arrived}

    def arrived(self, items: Iterable[ItemId]) -> None:
        """Forget these items after the store did."""
        gone = set(items)
        self._outs = [out for out in self._outs if out.item not in gone]

    def _name(self, out: Out) -> str:
        return f"out:{self._room}:{out.order:0{_DIGITS}}"
