"""Crockford's base 32: digits and capitals without I, L, O and U, forgiving when it is read (docs/protocol.md §3)."""

from typing import Final

BITS: Final = 5
"""What one character stands for."""
GROUP_CHARACTERS: Final = 4
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS: Final = str.maketrans("OIL", "011")
_IGNORED: Final = "-\u2010\u2011\u2012\u2013\u2014\u2015"


def printed(number: int, characters: int) -> str:
    """Return ``number`` as that many ``characters``, in groups of four with spaces between."""
    text = "".join(_ALPHABET[number >> BITS * place & 31] for place in reversed(range(characters)))
    return " ".join(text[at : at + GROUP_CHARACTERS] for at in range(0, characters, GROUP_CHARACTERS))


def characters_of(text: str) -> list[str]:
    """Return the characters of ``text`` that count: capitals, without spaces and hyphens of any kind."""
    return [one for one in text.upper() if not one.isspace() and one not in _IGNORED]


def value_of(character: str) -> int:
    """Return what a capital or digit stands for (O reads as 0, I and L as 1), or -1 if for nothing."""
    return -1 if len(character) != 1 else _ALPHABET.find(character.translate(_READ_AS))
