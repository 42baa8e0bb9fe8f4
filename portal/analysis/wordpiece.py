"""WordPiece: a text as numbers of pieces of words, as uncased BERT models were taught to read it.

Devlin et al. 2018. Words are parted at blanks, punctuation and Chinese characters, put in small letters without
accents; then each is cut from the left into the longest pieces that the vocabulary has.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

LONGEST_WORD: Final = 100
"""Characters; a longer word is unknown."""
_BEGIN, _END, _UNKNOWN = "[CLS]", "[SEP]", "[UNK]"
_IDEOGRAPHS: Final = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B820, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)
_KEPT: Final = 50_000
"""Words whose pieces are remembered; commonest words come first in any text, so forgetting all at once does no harm."""


class WordPiece:
    """Reads texts with the pieces of ``vocabulary``, whose places are their numbers; ValueError if it lacks marks."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self._numbers = {piece: number for number, piece in enumerate(vocabulary)}
        missing = {_BEGIN, _END, _UNKNOWN} - self._numbers.keys()
        if missing:
            msg = f"the vocabulary lacks {', '.join(sorted(missing))}"
            raise ValueError(msg)
        self._known_words: dict[str, list[int]] = {}

    def numbers(self, text: str, most: int) -> list[int]:
        """Return the numbers of the pieces of ``text`` between the marks of begin and end: ``most`` at most."""
        found = [self._numbers[_BEGIN]]
        for word in _words(text):
            found += self._of_word(word)
            if len(found) >= most:
                break
        return [*found[: most - 1], self._numbers[_END]]

    def _of_word(self, word: str) -> list[int]:
        known = self._known_words.get(word)
        if known is None:
            if len(self._known_words) >= _KEPT:
                self._known_words.clear()
            known = self._known_words[word] = self._cut(word)
        return known

    def _cut(self, word: str) -> list[int]:
        pieces: list[int] = []
        start = 0
        while start < len(word) <= LONGEST_WORD:
            for end in range(len(word), start, -1):
                number = self._numbers.get(("##" if start else "") + word[start:end])
                if number is not None:
                    pieces.append(number)
                    start = end
                    break
            else:
                return [self._numbers[_UNKNOWN]]
        return pieces or [self._numbers[_UNKNOWN]]


def _words(text: str) -> Iterator[str]:
    parted = "".join(map(_cleaned, text))
    plain = "".join(character for character in unicodedata.normalize("NFD", parted) if not _is_accent(character))
    for run in plain.lower().split():
        word = ""
        for character in run:
            if _is_punctuation(character):
                if word:
                    yield word
                yield character
                word = ""
            else:
                word += character
        if word:
            yield word


@cache
def _cleaned(character: str) -> str:
    """Return what ``character`` is before words are parted: nothing, a blank, itself, or itself between blanks."""
    if character in "\t\n\r" or unicodedata.category(character) == "Zs":
        return " "
    if character in "\0\ufffd" or unicodedata.category(character) in ("Cc", "Cf", "Co"):
        return ""
    code = ord(character)
    return f" {character} " if any(first <= code <= last for first, last in _IDEOGRAPHS) else character


@cache
def _is_accent(character: str) -> bool:
    return unicodedata.category(character) == "Mn"


@cache
def _is_punctuation(character: str) -> bool:
    is_sign = character.isascii() and character.isprintable() and not character.isalnum() and character != " "
    return is_sign or unicodedata.category(character)[0] == "P"
