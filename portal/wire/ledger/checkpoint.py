"""Checkpoints (c2sp.org/tlog-checkpoint): what a log signs about itself: origin, size and root."""

import re
from dataclasses import dataclass
from typing import Final

from portal.wire.ledger.base64 import std_b64, std_unb64
from portal.wire.ledger.merkle import EMPTY_ROOT, HASH_BYTES, SIZE_MAX
from portal.wire.ledger.note import NoteError, check_name

_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,15}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log ``origin`` has ``size`` entries, and ``root`` (32 bytes) is the root over them."""

    origin: str
    size: int
    root: bytes

    def to_text(self) -> str:
        """Return the note's text: three lines."""
        return f"{self.origin}\n{self.size}\n{std_b64(self.root)}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """Read a note's text as a checkpoint without extension lines, which no log of ours writes.

    Raises:
        NoteError: it is none.
    """
    lines = text.split("\n")
    if len(lines) != 4 or lines[3]:
        msg = "a checkpoint has three lines"
        raise NoteError(msg)
    check_name(lines[0])
    size = parse_decimal(lines[1])
    try:
        root = std_unb64(lines[2], HASH_BYTES)
    except ValueError as error:
        msg = "a checkpoint's root is 32 bytes as base64"
        raise NoteError(msg) from error
    if size == 0 and root != EMPTY_ROOT:
        msg = "the empty tree has another root"
        raise NoteError(msg)
    return Checkpoint(lines[0], size, root)


def parse_decimal(text: str) -> int:
    """Read a size or an index: decimal without leading zeroes, at most 2^53-1; NoteError otherwise."""
    if not _DECIMAL.fullmatch(text) or int(text) > SIZE_MAX:
        msg = "a number is decimal, without leading zeroes"
        raise NoteError(msg)
    return int(text)
