"""Reading a content's fields with suspicion: what is not of the due shape and size is a ValueError or TypeError."""

import re
from collections.abc import Callable, Collection
from typing import Any, Final, TypeVar

from portal.wire.canonical import MAX_SAFE_INTEGER
from portal.wire.ids import is_id, unb64

SHA256_BYTES: Final = 32
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}")
_PAIR: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_SHA256_HEX: Final = re.compile(r"[0-9a-f]{64}")
Read = TypeVar("Read")
Choice = TypeVar("Choice", bound=str)


def text(value: object, most_chars: int | None = None) -> str:
    """Return a text of at most ``most_chars``."""
    if not isinstance(value, str):
        msg = "no text"
        raise TypeError(msg)
    # JSON can escape half of a surrogate pair, which no output takes.
    whole = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    require(most_chars is None or len(whole) <= most_chars, "too long a text")
    return whole


def identifier(value: object) -> Any:
    """Return an id, for the caller to say of what."""
    require(is_id(value), "no id")
    return value


def count(value: object) -> int:
    """Return a number from 0 to 2^53-1."""
    if not is_count(value):
        msg = "no number"
        raise ValueError(msg)
    return value  # type: ignore[return-value]


def is_count(value: object) -> bool:
    """Tell whether a value is a number from 0 to 2^53-1."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_SAFE_INTEGER


def flag(value: object) -> bool:
    """Return a boolean."""
    if not isinstance(value, bool):
        msg = "no boolean"
        raise TypeError(msg)
    return value


def listed(value: object, most: int, read: Callable[[Any], Read]) -> tuple[Read, ...]:
    """Return what ``read`` makes of each element of a list of at most ``most``."""
    if not isinstance(value, list) or len(value) > most:
        msg = "no list, or one that is too long"
        raise ValueError(msg)
    return tuple(map(read, value))


def choice(value: object, choices: Collection[Choice]) -> Choice:
    """Return the one of ``choices`` that the value is."""
    found = next((one for one in choices if one == value), None)
    if found is None:
        msg = "none of the choices"
        raise ValueError(msg)
    return found


def octets(value: object, length_bytes: int | None = None) -> bytes:
    """Return bytes given as b64: so many, if ``length_bytes`` says how many are due."""
    return unb64(text(value), length_bytes)


def language(value: object) -> str:
    """Return a BCP 47 tag."""
    tag = text(value)
    require(_LANGUAGE.fullmatch(tag) is not None, "no language")
    return tag


def pair(value: object) -> str:
    """Return a pair of languages, such as "ko-en"."""
    languages = text(value)
    require(_PAIR.fullmatch(languages) is not None, "no pair of languages")
    return languages


def sha256_hex(value: object) -> str:
    """Return a SHA-256 in hexadecimal, as others name it."""
    digest = text(value)
    require(_SHA256_HEX.fullmatch(digest) is not None, "no hash")
    return digest


def span(value: object, end: int | None = None) -> tuple[int, int]:
    """Return the first place and the one after the last of a stretch, never empty, ending at ``end`` at the latest."""
    first, after = listed(value, 2, count)
    require(first < after and (end is None or after <= end), "no stretch of this text")
    return first, after


def require(holds: bool, otherwise: str) -> None:  # noqa: FBT001 - reads as an assertion
    """Raise ValueError(``otherwise``) unless ``holds``."""
    if not holds:
        raise ValueError(otherwise)
