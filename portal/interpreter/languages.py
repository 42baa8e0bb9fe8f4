"""Which language a text is in, and which ones are read in a room. Pure."""

from collections.abc import Callable, Iterable
from typing import Final

from portal.translation.detection import Detected

SURE: Final = 0.8
"""Confidence from which what a text looks like outweighs what its author's program took it for."""


def base(tag: str) -> str:
    """Return the language of a BCP 47 tag, without region and script."""
    return tag.partition("-")[0].lower()


def source_language(declared: str, detected: Detected) -> str:
    """Return the language of a text, or "" if nobody knows.

    A region that was declared stays where the language is the same.
    """
    declared = "" if base(declared) in {"", "und", "mul", "zxx", "mis"} else declared
    found = detected.language
    if found is None or (declared and detected.confidence < SURE) or base(declared) == found:
        return declared or found or ""
    return found


def readers_languages(first_languages: Iterable[str]) -> list[str]:
    """Return the languages to translate into, each once, in a fixed order."""
    return sorted({language for language in first_languages if language})


def detectable(installed: Iterable[tuple[str, str]], read: Iterable[str], portal: Iterable[str]) -> frozenset[str]:
    """Return the languages that texts may be in: those with packages, those that are read, those of the portal."""
    return frozenset(map(base, [*(code for pair in installed for code in pair), *read, *portal]))


Detect = Callable[[str], Detected]
