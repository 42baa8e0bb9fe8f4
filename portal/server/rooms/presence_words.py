"""What processes tell one another about who is there, as bytes.

Every message: kind (1 byte), the sender (8), how many changes it has told of so far (8, big-endian); then

| kind | follows | says |
|---|---|---|
| 1 change | (account 16, state 1)… | these accounts are so from now on; the count includes this message |
| 2 whole | total (4), begins (1), (account 16, state 1)… | all that it has, in as many messages as it takes |
| 3 beat | nothing | it is there, and has told of so many changes |
| 4 ask | process (8) | that one, or each where all is zero, shall send the whole |

A state is 0 gone, 1 off, 2 away, 3 active. Who finds by the count that it missed a change asks for the whole.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from portal.server.rooms.presence import Presence
from portal.wire.ids import ID_BYTES, b64, unb64

PROCESS_BYTES: Final = 8
EVERYONE: Final = bytes(PROCESS_BYTES)
ENTRIES_MAX: Final = 5000
"""Accounts in one message: 85 KB."""
_HEAD: Final = struct.Struct(f">B{PROCESS_BYTES}sQ")
_WHOLE: Final = struct.Struct(">I?")
_ENTRY_BYTES: Final = ID_BYTES + 1
_STATES: Final[tuple[Presence | None, ...]] = (None, "off", "away", "active")


class Kind(IntEnum):
    """What a message is."""

    CHANGE = 1
    WHOLE = 2
    BEAT = 3
    ASK = 4


@dataclass(frozen=True, slots=True)
class Word:
    """One message. ``states`` of a change or a whole; ``total`` and ``begins`` of a whole; ``asked`` of an ask."""

    kind: Kind
    process: bytes
    changes: int
    states: Mapping[str, Presence | None] = field(default_factory=dict)
    total: int = 0
    begins: bool = False
    asked: bytes = EVERYONE

    def to_bytes(self) -> bytes:
        """Return the message."""
        head = _HEAD.pack(self.kind, self.process, self.changes)
        if self.kind == Kind.ASK:
            return head + self.asked
        entries = b"".join(unb64(account) + bytes([_STATES.index(state)]) for account, state in self.states.items())
        return head + (_WHOLE.pack(self.total, self.begins) if self.kind == Kind.WHOLE else b"") + entries


def whole(process: bytes, changes: int, table: Mapping[str, Presence]) -> Iterator[Word]:
    """Yield the messages that say all of ``table``."""
    entries = list(table.items())
    for begin in range(0, max(len(entries), 1), ENTRIES_MAX):
        part: dict[str, Presence | None] = dict(entries[begin : begin + ENTRIES_MAX])
        yield Word(Kind.WHOLE, process, changes, part, total=len(entries), begins=begin == 0)


def read_word(raw: bytes) -> Word:
    """Return the message ``raw``; ValueError for what is none."""
    try:
        number, process, changes = _HEAD.unpack_from(raw)
        kind, rest = Kind(number), raw[_HEAD.size :]
        if kind == Kind.ASK:
            return Word(kind, process, changes, asked=rest)
        total, begins = 0, False
        if kind == Kind.WHOLE:
            total, begins = _WHOLE.unpack_from(rest)
            rest = rest[_WHOLE.size :]
        return Word(kind, process, changes, _states(rest), total, begins)
    except (struct.error, IndexError) as error:
        raise ValueError(str(error)) from error


def _states(raw: bytes) -> dict[str, Presence | None]:
    if len(raw) % _ENTRY_BYTES:
        msg = "entries are cut off"
        raise ValueError(msg)
    entries = (raw[begin : begin + _ENTRY_BYTES] for begin in range(0, len(raw), _ENTRY_BYTES))
    return {b64(entry[:ID_BYTES]): _STATES[entry[ID_BYTES]] for entry in entries}
