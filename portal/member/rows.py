"""The rows of one room's record: what this device knows of each item. Envelopes are in the store alone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from portal.member.work import Work, read, read_all
from portal.wire.envelope import ItemKind
from portal.wire.ids import AccountId, DeviceId, ItemId, RoomId

State: TypeAlias = Literal["open", "sealed", "refused", "earlier", "replayed"]
_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Row:
    """One item of the record; kept under "row:<room>:<number>".

    ``state``: open, read · sealed, its epoch's key is missing yet · refused, ``code`` says why · earlier, of an epoch
    before this account was let in, never to be read here · replayed, an item that the record held before.
    ``account`` is None if nobody could be made out; ``at_ms`` the server's clock; ``head`` the 32 bytes after the item;
    ``added`` and ``removed`` are the accounts that a commit let in and put out. ``doubtful``: whose commit or founding
    it is stands only in a list under a key that was not accepted when it came.
    """

    number: int
    at_ms: int
    kind: ItemKind
    device: DeviceId
    account: AccountId | None
    item: ItemId
    epoch: int
    head: bytes
    state: State
    code: str | None = None
    plaintext: bytes | None = None
    added: tuple[AccountId, ...] = ()
    removed: tuple[AccountId, ...] = ()
    doubtful: bool = False


class RowLog:
    """The rows in memory, by number."""

    def __init__(self, room: RoomId) -> None:
        self._room = room
        self._rows: dict[int, Row] = {}
        self._numbers: dict[ItemId, int] = {}
        self._opened_epochs: set[int] = set()

    def load(self) -> Work[None]:
        """Take up what was kept here."""
        self.take((yield from read_all(f"row:{self._room}", Row)).values())

    def __iter__(self) -> Iterator[Row]:
        """All rows, in the record's order."""
        return iter([self._rows[number] for number in sorted(self._rows)])

    def row(self, number: int) -> Row | None:
        """Return the row of an item."""
        return self._rows.get(number)

    def number_of(self, item: ItemId) -> int | None:
        """Return where an item stands."""
        return self._numbers.get(item)

    def has_opened(self, epoch: int) -> bool:
        """Tell whether content of this epoch was opened, so that its key is known to be the right one."""
        return epoch in self._opened_epochs

    def sealed(self) -> list[Row]:
        """Return rows whose key is missing."""
        return [row for row in self if row.state == "sealed"]

    def raw(self, number: int) -> Work[bytes | None]:
        """Return the envelope of a row, as it travelled."""
        return (yield from read(f"raw:{self._room}:{number:0{_DIGITS}}", bytes))

    def changes(self, rows: Iterable[Row], raws: Iterable[tuple[int, bytes]]) -> dict[str, Any]:
        """Return what to write so that these rows, and the envelopes of new ones, are kept."""
        kept: dict[str, Any] = {f"row:{self._room}:{row.number:0{_DIGITS}}": row for row in rows}
        return kept | {f"raw:{self._room}:{number:0{_DIGITS}}": raw for number, raw in raws}

    def take(self, rows: Iterable[Row]) -> None:
        """Take in rows that are kept."""
        for row in rows:
            self._rows[row.number] = row
            if row.state != "replayed":  # a replayed item keeps its first place
                self._numbers[row.item] = row.number
            if row.kind is ItemKind.CONTENT and row.state == "open":
                self._opened_epochs.add(row.epoch)
