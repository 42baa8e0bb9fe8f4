"""A log's signed promise that it will hold a commitment: what a citizen has before the next batch is in the tree."""

import re
from dataclasses import dataclass
from typing import Final

from portal.wire.ledger.base64 import std_b64, std_unb64
from portal.wire.ledger.entries import COMMITMENT_BYTES
from portal.wire.ledger.note import NoteError

HEADER: Final = "portal receipt promise v1"
"""No checkpoint begins so: an origin has no spaces."""
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Promise:
    """An entry with this ``commitment`` (32 bytes) was received on ``day`` (UTC, as 2026-11-22)."""

    commitment: bytes
    day: str

    def to_text(self) -> str:
        """Return the text of the note that the log signs: three lines."""
        return f"{HEADER}\n{std_b64(self.commitment)}\n{self.day}\n"


def parse_promise(text: str) -> Promise:
    """Read a note's text as a promise; NoteError if it is none."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[0] != HEADER or lines[3] or not _DAY.fullmatch(lines[2]):
        msg = "a promise is its header, a commitment and a day"
        raise NoteError(msg)
    try:
        return Promise(std_unb64(lines[1], COMMITMENT_BYTES), lines[2])
    except ValueError as error:
        msg = "a promise's commitment is 32 bytes as base64"
        raise NoteError(msg) from error
