"""What becomes of a text between the form and the record: one form for the same words, nothing that plays tricks."""

import hashlib
import unicodedata
from typing import Final

from portal.wire.ids import b64

TEXT_MAX_CHARS: Final = 5000
# Embeddings, overrides and isolates: they turn the order of what is read after them. The plain marks for left and right
# stay; writers of Arabic and Hebrew need them.
_TURNING: Final = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
_KEPT_CONTROLS: Final = frozenset("\n\t\u200c\u200d\u200e\u200f\u061c\ufeff")


def normalised(text: str) -> str:
    """Return ``text`` in the form in which it is kept and committed to.

    Unicode NFC, line breaks as U+000A, no blank ends, none of the invisible characters that turn the order of others.
    """
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(character for character in composed if not _is_dropped(character)).strip()


def has_tricks(text: str) -> bool:
    """Whether ``text`` has characters that turn the order of what is read after them."""
    return any(character in _TURNING for character in text)


def text_hash(text: str) -> str:
    """Return the base64url SHA-256 of the UTF-8 bytes of a normalised text: what the ledger's statement holds."""
    return b64(hashlib.sha256(text.encode()).digest())


def _is_dropped(character: str) -> bool:
    if character in _TURNING:
        return True
    return unicodedata.category(character) in {"Cc", "Cs", "Co", "Cn"} and character not in _KEPT_CONTROLS
