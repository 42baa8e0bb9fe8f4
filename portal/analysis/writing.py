"""What a text is made of, for counting: shingles to see copies, terms to see subjects, sentences to quote.

One rule for all languages, by script and not by name, since what a citizen's language is called may be wrong.
"""

import re
import unicodedata
from typing import Final

SHINGLE: Final = 4
"""Characters of one shingle: a word changed in a sentence of fifteen leaves nine tenths of them."""
STEM: Final = 6
"""Characters of a word that count as its stem; endings of the languages here are beyond it."""
LONGEST: Final = 20_000
"""Characters of a text that are read; what is beyond can not change a subject."""
# Scripts written without spaces, or whose words carry their particles: pairs of characters serve better than words.
_PAIRED: Final = re.compile(r"[぀-ヿ㐀-鿿豈-﫿가-힣ᄀ-ᇿ฀-๿]+")
_WORD: Final = re.compile(r"[^\W\d_]+")
_BETWEEN: Final = re.compile(r"[\W_]+")
_SENTENCE_END: Final = re.compile(r"(?<=[.!?؟])\s+|(?<=[\u3002\uff01\uff1f])|\n+")
_ARTICLE: Final = "ال"  # Arabic's article is written as one word with its noun


def normal(text: str) -> str:
    """Return ``text`` as two copies of it are equal: compatibility forms, case, marks and spacing set aside."""
    folded = unicodedata.normalize("NFKC", text[:LONGEST]).casefold()
    return _BETWEEN.sub(" ", folded).strip()


def shingles(normalised: str) -> set[str]:
    """Return the runs of ``SHINGLE`` characters of a normalised text; the text itself if it is no longer."""
    if len(normalised) <= SHINGLE:
        return {normalised} if normalised else set()
    return {normalised[start : start + SHINGLE] for start in range(len(normalised) - SHINGLE + 1)}


def terms(text: str) -> list[str]:
    """Return the terms of ``text`` in order, with repetitions: stems of words, pairs of characters where they serve.

    Empty for a text of signs, numbers or emoji alone.
    """
    found: list[str] = []
    for word in _WORD.findall(normal(text)):
        position = 0
        for run in _PAIRED.finditer(word):
            _add_stem(found, word[position : run.start()])
            characters = run.group()
            found.extend(characters[i : i + 2] for i in range(max(1, len(characters) - 1)))
            position = run.end()
        _add_stem(found, word[position:])
    return found


def sentences(text: str) -> list[str]:
    """Return the sentences of ``text`` as they stand, without the space around them."""
    parts = (part.strip() for part in _SENTENCE_END.split(text[:LONGEST]))
    return [part for part in parts if part]


def _add_stem(found: list[str], word: str) -> None:
    if word.startswith(_ARTICLE) and len(word) > len(_ARTICLE) + 2:
        word = word.removeprefix(_ARTICLE)
    if len(word) > 1:
        found.append(word[:STEM])
