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
from typing import Generic, TypeVar

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


T = TypeVar("T", bound=Out)


class Queue(Generic[T]):
    """What waits under one family of names in the store, in the order of sending. ``kind`` is what it is made of."""

    def __init__(self, family: str, kind: type[T]) -> None:
        self._family = family
        self._kind = kind
        self._outs: list[T] = []

    def load(self) -> Work[None]:
        """Take up what was kept here."""
        self._outs = list((yield from read_all(self._family, self._kind)).values())

    def __iter__(self) -> Iterator[T]:
        return iter(self._outs)

    def first_waiting(self) -> T | None:
        """Return what is to be sent next."""
        return next((out for out in self._outs if out.failure is None), None)

    def find(self, item: ItemId) -> T | None:
        """Return what waits under this id."""
        return next((out for out in self._outs if out.item == item), None)

    def change(self, out: T, *, raw: bytes | None = None, failure: str | None = None) -> Work[T]:
        """Give one another envelope and failure, and keep it so before anything else happens."""
        changed = replace(out, raw=raw, failure=failure)
        yield from write({self._name(out): changed})
        self._outs = [changed if other.item == out.item else other for other in self._outs]
        return changed

    def discard(self, out: T) -> Work[None]:
        """Give one up."""
        yield from write({self._name(out): None})
        self.arrived([out.item])

    def arrivals(self, items: Iterable[ItemId]) -> dict[str, None]:
        """Return what to change in the store because these items stand where they were sent."""
        arrived = set(items)
        return {self._name(out): None for out in self._outs if out.item in arrived}

    def arrived(self, items: Iterable[ItemId]) -> None:
        """Forget these items after the store did."""
        gone = set(items)
        self._outs = [out for out in self._outs if out.item not in gone]

    def _next_order(self) -> int:
        return self._outs[-1].order + 1 if self._outs else 1

    def _keep(self, out: T) -> Work[ItemId]:
        yield from write({self._name(out): out})
        self._outs.append(out)
        return out.item

    def _name(self, out: T) -> str:
        return f"{self._family}:{out.order:0{_DIGITS}}"


class Outgoing(Queue[Out]):
    """The queue of one room."""

    def __init__(self, room: RoomId) -> None:
        super().__init__(f"out:{room}", Out)

    def add(self, plaintext: bytes) -> Work[ItemId]:
        """Keep a content for sending; returns the id that its item will have."""
        return (yield from self._keep(Out(self._next_order(), ItemId(new_id()), plaintext)))
