"""Entries of the ledger: 49 bytes that tell nobody anything who lacks the statement and its nonce.

An entry is kind (1) ‖ tag (16) ‖ commitment (32).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from portal.wire.canonical import canonical_json
from portal.wire.ledger.note import NoteError

TAG_BYTES: Final = 16
NONCE_BYTES: Final = 32
COMMITMENT_BYTES: Final = 32
ENTRY_BYTES: Final = 1 + TAG_BYTES + COMMITMENT_BYTES
COMMITMENT_LABEL: Final = b"portal ledger entry v1\0"
DEVICE_LIST_LABEL: Final = b"portal ledger device list v1\0"

Statement = Mapping[str, object]
"""What an entry is about: printable ASCII and integers; texts enter by their hash (portal.wire.canonical)."""


class Kind(IntEnum):
    """What an entry is about. The numbers are for ever."""

    PADDING = 0
    ACCOUNT_KEY = 1
    DEVICE_LIST = 2
    VOUCHING = 3
    EQUIPMENT = 4
    RELEASE = 5
    ROOM_ROOT = 6
    DRAFT_VERSION = 7
    DRAFT_ACT = 8
    SUBMISSION = 9
    DECISION = 10
    BALLOTS = 11
    AGENDA = 12
    HALL = 13
    POLICY = 14


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: ``tag`` (16 bytes) is random but for device lists, ``commitment`` 32 bytes."""

    kind: Kind
    tag: bytes
    commitment: bytes

    def to_bytes(self) -> bytes:
        """Return the 49 bytes that the tree holds."""
        return bytes([self.kind]) + self.tag + self.commitment


def parse_entry(raw: bytes) -> Entry:
    """Read an entry; NoteError if it is not 49 bytes of a known kind."""
    if len(raw) != ENTRY_BYTES or raw[0] > max(Kind):
        msg = "an entry is 49 bytes of a known kind"
        raise NoteError(msg)
    return Entry(Kind(raw[0]), raw[1 : 1 + TAG_BYTES], raw[1 + TAG_BYTES :])


def commitment(kind: Kind, nonce: bytes, statement: Statement) -> bytes:
    """Return the hash that binds ``statement``: SHA-256 over label, kind, nonce (32 bytes) and canonical JSON.

    Raises:
        NotCanonicalError: the statement holds what can not be signed.
    """
    if len(nonce) != NONCE_BYTES:
        msg = f"a nonce is {NONCE_BYTES} bytes"
        raise ValueError(msg)
    return hashlib.sha256(COMMITMENT_LABEL + bytes([kind]) + nonce + canonical_json(dict(statement))).digest()


def device_list_tag(account: str) -> bytes:
    """Return the tag of every entry about the device list of ``account``, by which its owner finds them all."""
    return hashlib.sha256(DEVICE_LIST_LABEL + account.encode("ascii")).digest()[:TAG_BYTES]
