"""What people may be called: handles to sign in with, names to show, languages."""

import unicodedata
from typing import Final

from portal.wire.errors import UserError

LANGUAGES: Final = ("en", "ko", "zh", "ja", "ru", "fr", "es", "ar")
"""BCP 47 tags of the languages that the portal speaks or is prepared for."""
HANDLE_MIN_CHARS: Final = 2
HANDLE_MAX_CHARS: Final = 40
NAME_MAX_CHARS: Final = 120
# UAX #9 §2: marks, embeddings, overrides and isolates. They could make one name look like another.
_BIDI_CONTROLS: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Controls, surrogates, unassigned, line and paragraph separators.
_UNSHOWABLE: Final = frozenset({"Cc", "Cs", "Cn", "Zl", "Zp"})


def folded_handle(text: str) -> str:
    """Return the one form of a handle in which it is kept and compared: NFKC, case folded, NFKC again."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def checked_handle(text: str) -> str:
    """Return the folded form of a new handle.

    Raises:
        UserError: handle.malformed, unless it has 2-40 letters, digits, dots, hyphens or underscores.
    """
    handle = folded_handle(text)
    if not HANDLE_MIN_CHARS <= len(handle) <= HANDLE_MAX_CHARS or not all(map(_is_handle_character, handle)):
        raise UserError("handle.malformed", min=HANDLE_MIN_CHARS, max=HANDLE_MAX_CHARS)
    return handle


def checked_name(text: str) -> str:
    """Return a name to show: NFC, inner and outer white space single.

    Raises:
        ValueError: empty, longer than 120 characters, nothing visible, or with control or bidi-control characters.
    """
    if any(character in _BIDI_CONTROLS or unicodedata.category(character) in _UNSHOWABLE for character in text):
        msg = "a name has no control characters"
        raise ValueError(msg)
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not 1 <= len(name) <= NAME_MAX_CHARS:
        msg = f"a name has 1 to {NAME_MAX_CHARS} characters"
        raise ValueError(msg)
    if all(unicodedata.category(character) in {"Cf", "Zs", "Mn"} for character in name):
        msg = "a name is visible"
        raise ValueError(msg)
    return name


def _is_handle_character(character: str) -> bool:
    category = unicodedata.category(character)
    return category.startswith("L") or category == "Nd" or character in "._-"
