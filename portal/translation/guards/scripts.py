"""Whether a translation is written in the letters of its language, and leaves no words of the original behind."""

import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache
from typing import Final

from portal.translation.guards.finding import Finding, Kind, Span

_HAN: Final = "CJK"
SCRIPTS: Final = {
    "ko": frozenset({"HANGUL"}),
    "ja": frozenset({"HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", _HAN, "IDEOGRAPHIC"}),
    "zh": frozenset({_HAN, "BOPOMOFO", "IDEOGRAPHIC"}),
    "zt": frozenset({_HAN, "BOPOMOFO"}),
    "ru": frozenset({"CYRILLIC"}),
    "uk": frozenset({"CYRILLIC"}),
    "bg": frozenset({"CYRILLIC"}),
    "ar": frozenset({"ARABIC"}),
    "fa": frozenset({"ARABIC"}),
    "ur": frozenset({"ARABIC"}),
    "he": frozenset({"HEBREW"}),
    "el": frozenset({"GREEK"}),
    "hi": frozenset({"DEVANAGARI"}),
    "th": frozenset({"THAI"}),
}
"""Scripts of languages that are not written in Latin letters, by the first word of their letters' Unicode names."""
_LATIN: Final = frozenset({"LATIN"})
_ANYWHERE: Final = frozenset(
    {"LATIN", "GREEK", "MICRO", "MODIFIER", "MASCULINE", "FEMININE", "DOUBLE-STRUCK", "FULLWIDTH"}
)
"""Letters of names, units and formulas, in every language."""
_LOWER_WORD: Final = re.compile(r"(?<![\w.@/-])[a-z]{4,}(?![\w@/:-]|\.\w)")
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_TAIL: Final = re.compile(r"(?<=[^\W\d_A-Za-z])[a-z]+(?![A-Za-z\d])")
"""Small Latin letters right behind a letter that is none; not of a name such as iPod."""
_BRACKETS: Final = re.compile(r"[(\uff08\[][^)\uff09\]]*[)\uff09\]]")


def check_scripts(source: str, target: str, languages: tuple[str, str], kept: Collection[str] = ()) -> list[Finding]:
    """Letters of a script that neither the language nor the original has; words that were not translated.

    Words that were to be ``kept`` as they are count as translated.
    """
    translated = target
    for word in filter(None, kept):
        translated = translated.replace(word, " " * len(word))
    return [*_foreign(source, target, languages), *_residue(source, translated, languages)]


def _foreign(source: str, target: str, languages: tuple[str, str]) -> list[Finding]:
    own = SCRIPTS.get(languages[1], _LATIN)
    # Names may stand in brackets in the letters of their language.
    bare = _BRACKETS.sub(lambda match: " " * len(match[0]), target)
    spans = [
        match.span() for match in _WORD.finditer(bare) if _alien(match[0], own) and match[0] not in source
    ] or _single_foreign(bare, source, own)
    if not spans:
        return []
    return [Finding(Kind.WRONG_SCRIPT, target[slice(*spans[0])], target=tuple(spans))]


def _single_foreign(text: str, source: str, own: frozenset[str]) -> list[Span]:
    return [
        (at, at + 1)
        for at, character in enumerate(text)
        if character.isalpha() and _alien(character, own) and character not in source
    ]


def _alien(word: str, own: frozenset[str]) -> bool:
    return any(script_of(character) not in own | _ANYWHERE for character in word if character.isalpha())


def _residue(source: str, target: str, languages: tuple[str, str]) -> list[Finding]:
    here, there = (SCRIPTS.get(language, _LATIN) for language in languages)
    if here == there or (_HAN in here and _HAN in there):
        return _unchanged(source, target)
    if here == _LATIN:
        known = {word.lower() for word in _LOWER_WORD.findall(source)}
        # Words in brackets are names and glosses, which translators add.
        bare = _BRACKETS.sub(lambda match: " " * len(match[0]), target)
        spans = [match.span() for match in _LOWER_WORD.finditer(bare) if match[0] in known]
        spans += _tails(source, bare, there)
    else:
        spans = [
            match.span()
            for match in _WORD.finditer(target)
            if match[0] in source and any(script_of(character) in here - there for character in match[0])
        ]
    if not spans:
        return []
    return [Finding(Kind.UNTRANSLATED, target[slice(*spans[0])], target=tuple(spans))]


def _tails(source: str, target: str, own: frozenset[str]) -> list[Span]:
    """Ends of words that were left behind a translated beginning; a Latin word that stands there whole is a name's."""
    words = {word.lower() for word in _WORD.findall(source)}
    return [
        match.span()
        for match in _TAIL.finditer(target)
        if script_of(target[match.start() - 1]) in own
        and match[0] not in words
        and any(word.endswith(match[0]) for word in words)
    ]


def _unchanged(source: str, target: str) -> list[Finding]:
    """For languages of one script: most of the words came through as they were."""
    theirs = set(_WORD.findall(source.lower()))
    ours = [word for word in _WORD.findall(target.lower()) if len(word) > 3]
    kept = [word for word in ours if word in theirs]
    if len(ours) >= 4 and len(kept) > 0.7 * len(ours):
        return [Finding(Kind.UNTRANSLATED, " ".join(kept[:3]))]
    return []


@lru_cache(maxsize=4096)
def script_of(character: str) -> str:
    """The first word of a letter's Unicode name: LATIN, HANGUL, CJK; empty for what has no name."""
    return unicodedata.name(character, "").split(" ")[0]
