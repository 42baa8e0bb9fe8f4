"""What each sealed content carries of the public ledger: the newest checkpoint that its sender has verified.

docs/protocol.md §9; twin of static/src/member/ledger/word.ts.
"""

import json
from dataclasses import dataclass
from typing import Any, Final, Literal

from portal.member.content import fields_of
from portal.member.content_fields import count, octets, require
from portal.wire.ids import b64
from portal.wire.padding import PLAINTEXT_MAX_BYTES

HASH_BYTES: Final = 32
KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
GARBLED: Final = "garbled"
"""A word that no program of the portal writes."""


@dataclass(frozen=True, slots=True)
class LogWord:
    """A size and root (32 bytes) that the log with this Ed25519 ``key`` (32 bytes) signed (64 bytes)."""

    size: int
    root: bytes
    signature: bytes
    key: bytes


def with_word(plaintext: bytes, word: LogWord | None) -> bytes:
    """Return a content with the word; without it where it would not fit into one item."""
    if word is None:
        return plaintext
    fields = {"size": word.size, "root": b64(word.root), "signature": b64(word.signature), "key": b64(word.key)}
    whole = plaintext[:-1] + b',"log":' + json.dumps(fields, separators=(",", ":")).encode() + b"}"
    return plaintext if len(whole) > PLAINTEXT_MAX_BYTES else whole


def word_in(plaintext: bytes) -> LogWord | Literal["garbled"] | None:
    """Return the word in a content: None if there is none, GARBLED for what is none."""
    fields = fields_of(plaintext)
    if fields is None or "log" not in fields:
        return None
    try:
        return _word(fields["log"])
    except (ValueError, TypeError, KeyError):
        return GARBLED


def _word(fields: Any) -> LogWord:
    require(isinstance(fields, dict), "no word")
    size = count(fields["size"])
    require(size > 0, "nothing to say")
    root, signature = octets(fields["root"], HASH_BYTES), octets(fields["signature"], SIGNATURE_BYTES)
    return LogWord(size, root, signature, octets(fields["key"], KEY_BYTES))
