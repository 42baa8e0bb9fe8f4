"""Whether a translation has the shape of one: its length, loops, and an end."""

import re
from collections import Counter
from typing import Final

from portal.translation.guards.finding import Finding, Kind

_LENGTHS: Final = {
    "en": 1.0,
    "ko": 0.50,
    "ja": 0.42,
    "zh": 0.31,
    "zt": 0.29,
    "fr": 1.22,
    "es": 1.21,
    "ru": 1.09,
    "ar": 0.92,
}
"""Characters of a translation for each of the English original, on average; measured on FLORES-200 (devtest)."""
_SHORT: Final = 0.45
_LONG: Final = 2.2
"""Beyond these ratios of the expected length lies less than one human translation in a hundred."""
_LEAST: Final = 24
"""Characters of an English original below which lengths say nothing."""
_LOOP: Final = re.compile(r"(\S.{0,40}?)(?:[\s,]*\1){3,}", re.DOTALL)
_END: Final = re.compile(r"[.!?\u3002\uff01\uff1f\u2026\u061f\u0964][\"'\u201d\u2019\u00bb)\]\u300d\u300f]*$")
_BRACKETS: Final = re.compile(r"\s?[(\uff08][^)\uff09]*[)\uff09]")
_WORD: Final = re.compile(r"\w+")


def check_shape(source: str, target: str, languages: tuple[str, str], *, cut: bool = False) -> list[Finding]:
    """Too short, too long, repeated, or ended by our limit."""
    found = [*_length(source, target, languages), *_loops(source, target)]
    if cut:
        found.append(Finding(Kind.CUT, target=((max(0, len(target) - 20), len(target)),)))
    return found


def _length(source: str, target: str, languages: tuple[str, str]) -> list[Finding]:
    here, there = (_LENGTHS.get(language, 1.0) for language in languages)
    # Names in their own letters, in brackets, are often added.
    source, target = (_BRACKETS.sub("", side) for side in (source, target))
    in_english = len(source) / here
    if in_english < _LEAST:
        return []
    ratio = len(target) / there / in_english
    if ratio < _SHORT:
        return [Finding(Kind.TOO_SHORT, f"{ratio:.2f}")]
    if ratio > _LONG:
        return [Finding(Kind.TOO_LONG, f"{ratio:.2f}")]
    return []


def _loops(source: str, target: str) -> list[Finding]:
    """The same again and again, where the original does no such thing."""
    for match in _LOOP.finditer(target[:4000]):
        unit = match[1].strip()
        if any(character.isalpha() for character in unit) and not _LOOP.search(source[:4000]):
            return [Finding(Kind.REPETITION, unit, target=(match.span(),))]
    words = _WORD.findall(target.lower())
    triples = Counter(zip(words, words[1:], words[2:], strict=False))
    if not triples:
        return []
    triple, times = triples.most_common(1)[0]
    theirs = _WORD.findall(source.lower())
    ours = Counter(zip(theirs, theirs[1:], theirs[2:], strict=False)).most_common(1)
    if times >= 3 and (not ours or ours[0][1] < times):
        return [Finding(Kind.REPETITION, " ".join(triple))]
    return []
