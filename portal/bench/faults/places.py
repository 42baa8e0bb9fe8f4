"""Where the load writes: records of rooms, and the text of drafts. Each is one chain of numbers and heads."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from portal.bench.seed import SEALED_EXTRA_BYTES, Installation, Items, SeededDevice
from portal.bench.seed_drafts import Updates
from portal.server.core.db import Unit
from portal.server.drafts.models import DraftItem, DraftStream
from portal.server.rooms.models import RecordItem
from portal.wire.drafts.envelope import decode_draft_item, first_draft_head, next_draft_head
from portal.wire.drafts.streams import TEXT, StreamKind
from portal.wire.envelope import decode_envelope, first_head, next_head
from portal.wire.ids import DraftId

STAMP_BYTES: Final = 16
SMALL_BYTES: Final = 256
"""The smallest padding class of a plaintext."""
_PAGE: Final = 5_000


class Stored(NamedTuple):
    """A row as the database has it."""

    number: int
    item_id: str
    device: str
    sequence: int
    head: bytes
    at_ms: int
    envelope: bytes


class Pushed(NamedTuple):
    """An item that the server pushed: its place's name, its number, and its envelope as text."""

    place: str
    number: int
    text: bytes


def stamp_of(text: bytes) -> bytes:
    """Return what an item is known by here: the first 16 bytes of SHA-256 over its envelope as text."""
    return hashlib.sha256(text).digest()[:STAMP_BYTES]


def read_push(payload: bytes) -> Pushed | None:
    """Read a Socket.IO event; None for one that brings no item. Ids and base64url hold no comma."""
    if payload.startswith(b'42["item",'):
        _, room, number, _, text = payload.split(b",")
        return Pushed(room[1:-1].decode(), int(number), text[1:-2])
    if payload.startswith(b'42["draft.item",'):
        _, _, draft, stream, number, _, text, _ = payload.split(b",")
        return Pushed(draft[1:-1].decode(), int(number), text[1:-1]) if stream == b'"text"' else None
    return None


class Place(ABC):
    """One chain. ``first`` is its number before the load began; ``name`` is an id, the same in every part of a run."""

    name: str
    first: int

    @abstractmethod
    def items(self, device: SeededDevice) -> Iterator[str]:
        """Give the envelopes of one device, in sequence, as text."""

    @abstractmethod
    def submission(self, text: str) -> str:
        """Return the event that sends an envelope."""

    @abstractmethod
    def opening(self, after: int) -> str:
        """Return the event after which what is new is pushed; the server may replay what follows ``after``."""

    @abstractmethod
    def told(self, answer: dict[str, Any]) -> tuple[int, bool]:
        """Return the newest number that an opening's answer tells, and whether the server replays up to there."""

    @abstractmethod
    def path(self, after: int) -> str:
        """Return where what follows a number is fetched."""

    @abstractmethod
    def stored(self, unit: Unit) -> Iterator[Stored]:
        """Read all rows in the order of their numbers."""

    @abstractmethod
    def first_head(self) -> bytes:
        """Return head_0."""

    @abstractmethod
    def next_head(self, head: bytes, row: Stored) -> bytes:
        """Return the head that ``row`` must have after ``head``, from the bytes of its envelope."""


class RecordPlace(Place):
    """The record of a room; ``padded_bytes`` is a padding class, of the plaintexts that are written."""

    first = 1

    def __init__(self, installation: Installation, padded_bytes: int) -> None:
        self._installation = installation
        self._body_bytes = SEALED_EXTRA_BYTES + padded_bytes
        self.name = installation.room

    def items(self, device: SeededDevice) -> Iterator[str]:
        """Content, sealed as far as anybody without keys can see."""
        return Items(self._installation, device, body_bytes=self._body_bytes)

    def submission(self, text: str) -> str:
        """``item.submit``."""
        return f'["item.submit","{self.name}","{text}"]'

    def opening(self, after: int) -> str:
        """``room.open``."""
        return f'["room.open","{self.name}",{after}]'

    def told(self, answer: dict[str, Any]) -> tuple[int, bool]:
        """Number and replay, as answered."""
        return answer["number"], answer["replay"]

    def path(self, after: int) -> str:
        """The record."""
        return f"/api/rooms/{self.name}/record?after={after}&limit=10000"

    def stored(self, unit: Unit) -> Iterator[Stored]:
        """All items of the record."""
        query = sa.select(
            RecordItem.number,
            RecordItem.item_id,
            RecordItem.device_id,
            RecordItem.sequence,
            RecordItem.head,
            RecordItem.at_ms,
            RecordItem.envelope,
        ).where(RecordItem.room_id == self.name)
        return _in_pages(unit, query, RecordItem.number)

    def first_head(self) -> bytes:
        """Of the room."""
        return first_head(self._installation.room)

    def next_head(self, head: bytes, row: Stored) -> bytes:
        """By number and item."""
        return next_head(head, row.number, decode_envelope(row.envelope).item_hash)


class DraftPlace(Place):
    """The text of a draft, likewise."""

    first = 0

    def __init__(self, installation: Installation, draft: DraftId, padded_bytes: int) -> None:
        self._installation = installation
        self._body_bytes = SEALED_EXTRA_BYTES + padded_bytes
        self._draft = draft
        self.name = draft

    def items(self, device: SeededDevice) -> Iterator[str]:
        """Updates, likewise."""
        return Updates(self._installation, device, self._draft, body_bytes=self._body_bytes)

    def submission(self, text: str) -> str:
        """``draft.submit``."""
        return f'["draft.submit","{self._installation.room}","{self.name}","{text}"]'

    def opening(self, after: int) -> str:  # noqa: ARG002 - a draft replays nothing
        """``draft.open``."""
        return f'["draft.open","{self._installation.room}","{self.name}"]'

    def told(self, answer: dict[str, Any]) -> tuple[int, bool]:
        """Where the text stands; never replayed."""
        return next((one["number"] for one in answer["streams"] if one["stream"] == "text"), 0), False

    def path(self, after: int) -> str:
        """Items of the text."""
        return f"/api/rooms/{self._installation.room}/drafts/{self.name}/streams/text/items?after={after}&limit=10000"

    def stored(self, unit: Unit) -> Iterator[Stored]:
        """All items of the text."""
        stream = unit.connection.scalar(
            sa.select(DraftStream.id).where(DraftStream.draft_id == self.name, DraftStream.kind == int(StreamKind.TEXT))
        )
        query = sa.select(
            DraftItem.number,
            DraftItem.item_id,
            DraftItem.device_id,
            DraftItem.sequence,
            DraftItem.head,
            DraftItem.at_ms,
            DraftItem.envelope,
        ).where(DraftItem.stream_id == stream)
        return _in_pages(unit, query, DraftItem.number)

    def first_head(self) -> bytes:
        """Of the text."""
        return first_draft_head(self._draft, TEXT)

    def next_head(self, head: bytes, row: Stored) -> bytes:
        """By number, time and item."""
        return next_draft_head(head, row.number, row.at_ms, decode_draft_item(row.envelope).item_hash)


def _in_pages(unit: Unit, query: "sa.Select[*tuple[Any, ...]]", number: Any) -> Iterator[Stored]:
    last = 0
    while rows := unit.connection.execute(query.where(number > last).order_by(number).limit(_PAGE)).all():
        yield from (Stored(*row) for row in rows)
        last = rows[-1][0]
