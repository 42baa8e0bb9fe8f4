"""Which language a text is in, and which ones are read in a room. Pure."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from portal.member.content_fields import language
from portal.translation.detection import Detected

SURE: Final = 0.8
"""Confidence from which what a text looks like outweighs what its author's program took it for."""


READ_MAX: Final = 8
"""Languages that a room's texts are translated into."""
_NOTHING: Final = frozenset({"", "und", "mul", "zxx", "mis"})
"""Codes of ISO 639 for no language, several, or one that nobody knows."""


def base(tag: str) -> str:
    """Return the language of a BCP 47 tag, without region and script."""
    return tag.partition("-")[0].lower()


def is_language(tag: str) -> bool:
    """Tell whether ``tag`` is of the form of BCP 47."""
    try:
        return language(tag) == tag
    except (ValueError, TypeError):
        return False


def declared_language(tag: str) -> str:
    """Return what a text was declared to be in, or "" where that says nothing."""
    return "" if base(tag) in _NOTHING else tag


def source_language(declared: str, detected: Detected) -> str:
    """Return the language of a text, or "" if nobody knows.

    A region that was declared stays where the language is the same.
    """
    declared, found = declared_language(declared), detected.language
    if found is None or (declared and detected.confidence < SURE) or base(declared) == found:
        return declared or found or ""
    return found


def readers_languages(first_languages: Iterable[str]) -> list[str]:
    """Return the languages to translate into, each once: those that most read, in a fixed order.

    They are only the server's word: what is no language is left out, and of many the most read count.
    """
    read = Counter(filter(is_language, first_languages))
    return sorted(sorted(read, key=lambda tag: (-read[tag], tag))[:READ_MAX])


def detectable(installed: Iterable[tuple[str, str]], read: Iterable[str], portal: Iterable[str]) -> frozenset[str]:
    """Return the languages that texts may be in: those with packages, those that are read, those of the portal."""
    return frozenset(map(base, [*(code for pair in installed for code in pair), *read, *portal]))
