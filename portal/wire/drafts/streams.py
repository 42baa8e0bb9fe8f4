"""The streams of a draft: what each is for, and which kinds of items it takes (docs/protocol.md §10)."""

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from portal.wire.ids import ID_BYTES, Id, b64, id_bytes

NO_OWNER: Final = Id(b64(bytes(ID_BYTES)))
"""The owner of a stream that belongs to the draft as a whole."""


class StreamKind(IntEnum):
    """What a stream holds; the byte in the envelope."""

    ACTS = 1
    TEXT = 2
    TALK = 3
    PROPOSALS = 4
    MACHINE = 5


class DraftItemKind(IntEnum):
    """What the body of an item is; the byte in the envelope."""

    FOUNDING = 1
    RIGHTS = 2
    ENTRY = 3
    UPDATE = 4
    SNAPSHOT = 5
    REVISION = 6
    COUNTERSIGN = 7


_COMPACTED: Final = frozenset({DraftItemKind.UPDATE, DraftItemKind.SNAPSHOT, DraftItemKind.COUNTERSIGN})
KINDS: Final[Mapping[StreamKind, frozenset[DraftItemKind]]] = MappingProxyType(
    {
        StreamKind.ACTS: frozenset(
            {
                DraftItemKind.FOUNDING,
                DraftItemKind.RIGHTS,
                DraftItemKind.ENTRY,
                DraftItemKind.SNAPSHOT,
                DraftItemKind.COUNTERSIGN,
            }
        ),
        StreamKind.TEXT: _COMPACTED | {DraftItemKind.REVISION},
        StreamKind.TALK: frozenset({DraftItemKind.ENTRY}),
        StreamKind.PROPOSALS: _COMPACTED,
        StreamKind.MACHINE: frozenset({DraftItemKind.ENTRY}),
    }
)
PURGED: Final = frozenset({StreamKind.TEXT, StreamKind.PROPOSALS})
"""Streams whose items go once a countersigned snapshot holds them."""
_NAMES: Final = {
    StreamKind.ACTS: "acts",
    StreamKind.TEXT: "text",
    StreamKind.TALK: "talk",
    StreamKind.PROPOSALS: "proposals",
    StreamKind.MACHINE: "machine",
}
_KINDS_BY_NAME: Final = {name: kind for kind, name in _NAMES.items()}
_OWNED: Final = frozenset({StreamKind.PROPOSALS, StreamKind.MACHINE})


class Stream(NamedTuple):
    """One stream of a draft. ``owner`` is a delegation (proposals), an interpreter's account (machine), or NO_OWNER."""

    kind: StreamKind
    owner: Id

    @property
    def name(self) -> str:
        """Its name in URLs and events: ``acts``, ``text``, ``talk``, ``proposals/<id>``, ``machine/<id>``."""
        return f"{_NAMES[self.kind]}/{self.owner}" if self.kind in _OWNED else _NAMES[self.kind]


ACTS: Final = Stream(StreamKind.ACTS, NO_OWNER)
TEXT: Final = Stream(StreamKind.TEXT, NO_OWNER)
TALK: Final = Stream(StreamKind.TALK, NO_OWNER)


def stream_of(kind: int, owner: bytes) -> Stream | None:
    """Return the stream of a header's kind byte and owner (16 bytes); None if there is no such stream."""
    if kind not in _NAMES:
        return None
    known = StreamKind(kind)
    return Stream(known, Id(b64(owner))) if (known in _OWNED) == any(owner) else None


def parse_stream_name(name: str) -> Stream | None:
    """Return the stream of that name; None if no stream can have it."""
    word, slash, owner = name.partition("/")
    kind = _KINDS_BY_NAME.get(word)
    if kind is None or bool(slash) != (kind in _OWNED):
        return None
    try:
        return stream_of(kind, id_bytes(owner) if slash else bytes(ID_BYTES))
    except ValueError:
        return None
