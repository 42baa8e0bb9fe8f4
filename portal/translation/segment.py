"""Cutting a text into sentences without losing a character, and putting the translations together again.

Own code, for the well-kept libraries lose characters or end the process on hostile text (sentencex 1.0.32 panics on
U+3000 after a period; pysbd 0.3.4 drops whitespace). A line break always ends a sentence. What holds nothing to
translate (blanks, list marks, numbers and emoji alone) is kept as it stands.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

MAX_CHARACTERS: Final = 800
"""No sentence given to a model is longer, whatever its pieces."""
MAX_LEAD_CHARACTERS: Final = 2000
"""More than so much without words in one place (tables of figures) is shown in sentences of its own."""
SPACELESS: Final = frozenset({"ja", "zh", "zt", "th", "km", "lo", "my"})
"""Languages that write sentences without blanks between them."""

_CLOSERS: Final = "\"'\u201d\u2019\u00bb)\\]}\u300d\u300f\u3011\uff09"
_END: Final = re.compile(
    rf"(?P<western>[.!?\u2026\u061f\u06d4]+)[{_CLOSERS}]*(?=\s|$)|[\u3002\uff01\uff1f\uff61\u0964]+[{_CLOSERS}]*"
)
_ABBREVIATIONS: Final = frozenset(
    "mr mrs ms dr prof st vs etc e.g i.e cf approx u.s u.n gen amb h.e a.m p.m dept gov hon jr sr inc ltd co est"  # noqa: SIM905 - it is a table
    " jan feb mar apr jun jul aug sep sept oct nov dec m mme mlle bzw z.b d.h usw ca".split()
)
_BEFORE_NUMBERS: Final = frozenset("art arts no nos para paras res rev vol pp fig sec ch ed nr abs p".split())  # noqa: SIM905 - as above
_LAST_WORD: Final = re.compile(r"[^\s(\[\u201c\"']+$")
_NEXT: Final = re.compile(r"\s*(\S?)")
_LINE: Final = re.compile(r"[^\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+|[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")
_LIST_MARK: Final = re.compile(
    r"\s*(?:[-*+\u2022\u2013\u2014\u00b7\u25cf\u25e6>#]+|\(?(?:\d{1,3}|[A-Za-z]|[ivx]{1,5})[.)]|[\u2460-\u2473])\s+"
)
_BREAKS: Final = (
    re.compile(r"[;\uff1b](?:\s+|(?=\S))"),
    re.compile(r"[:\uff1a](?:\s+)|[\uff1a]|\s[\u2013\u2014-]\s"),
    re.compile(r"[,\u060c](?:\s+)|[\uff0c\u3001]"),
    re.compile(r"\s+"),
)
"""Where an over-long sentence may be cut, the best kinds first."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the text: a sentence, or something that is kept as it is."""

    text: str
    is_sentence: bool


def segment(text: str, fits: Callable[[str], bool] | None = None) -> list[Piece]:
    """The pieces of ``text``; joined they are ``text`` again, to the character.

    A sentence that is longer than MAX_CHARACTERS, or does not ``fit`` a model, is cut at a clause, else at a blank,
    else between characters.
    """
    pieces: list[Piece] = []
    for line in _LINE.finditer(text):
        mark = _LIST_MARK.match(line[0])
        first = mark.end() if mark else 0
        if first:
            pieces.append(Piece(line[0][:first], is_sentence=False))
        for sentence in _sentences(line[0][first:]):
            for part in _parts(sentence, fits):
                pieces.extend(_trimmed(part))
    return pieces


def covering(pieces: Sequence[Piece]) -> list[Piece]:
    """Make sentences of what has no words where there is much of it, and where there is nothing else.

    So what stands before or behind a sentence is never long, and a text of figures or emoji alone is shown too.
    """
    if not any(piece.is_sentence for piece in pieces):
        whole = "".join(piece.text for piece in pieces)
        return list(_cut_up(whole)) if whole.strip() else [*pieces]
    out: list[Piece] = []
    for is_sentence, run in groupby(pieces, key=lambda piece: piece.is_sentence):
        stretch = list(run)
        text = "".join(piece.text for piece in stretch)
        out.extend(_cut_up(text) if not is_sentence and len(text) > MAX_LEAD_CHARACTERS else stretch)
    return out


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the sentences of a text stand, and what stands around their translations."""

    places: tuple[tuple[int, int], ...]
    """First character of each sentence, and the one behind its last."""
    leads: tuple[str, ...]
    """What stands before each translation: line breaks, list marks, blanks."""
    tail: str
    """What stands behind the last; all of a text without sentences."""


def lay_out(pieces: Sequence[Piece], target: str) -> Layout:
    """Return the layout of a text whose sentences are translated into ``target``.

    Blanks between sentences are added or left out as ``target`` writes.
    """
    places: list[tuple[int, int]] = []
    leads: list[str] = []
    lead, at = "", 0
    before: Piece | None = None
    for number, piece in enumerate(pieces):
        if piece.is_sentence:
            beside = before is not None and before.is_sentence and target not in SPACELESS
            if beside and before is not None and has_words(before.text) and has_words(piece.text):
                lead += " "
            places.append((at, at + len(piece.text)))
            leads.append(lead)
            lead = ""
        else:
            follows = before is not None and before.is_sentence
            inner = follows and number + 1 < len(pieces) and pieces[number + 1].is_sentence
            lead += "" if inner and piece.text == " " and target in SPACELESS else piece.text
        at += len(piece.text)
        before = piece
    return Layout(tuple(places), tuple(leads), lead)


def join(pieces: Sequence[Piece], translations: Sequence[str], target: str) -> str:
    """Put ``translations``, one for each sentence among ``pieces``, where the sentences were."""
    layout = lay_out(pieces, target)
    return "".join(part for pair in zip(layout.leads, translations, strict=True) for part in pair) + layout.tail


def has_words(text: str) -> bool:
    """Whether there is anything to translate: at least one letter of any script."""
    return any(unicodedata.category(character)[0] == "L" for character in text)


def _sentences(line: str) -> Iterator[str]:
    start = 0
    for end in _END.finditer(line):
        if end["western"] and _goes_on(line, start, end):
            continue
        following = end.end()
        while following < len(line) and line[following].isspace():
            following += 1
        yield line[start:following]
        start = following
    if start < len(line):
        yield line[start:]


def _goes_on(line: str, start: int, end: re.Match[str]) -> bool:
    """Whether this period ends an abbreviation, or the next word shows that the sentence goes on."""
    following = _NEXT.match(line, end.end())
    if following is not None and following[1].islower():
        return True
    if not end["western"].startswith("."):
        return False
    # Only as far back as an abbreviation may reach: a long line must not be read again at every period.
    word = _LAST_WORD.search(line[max(start, end.start() - 12) : end.start()])
    if word is None or len(end["western"]) > 1:
        return False
    if following is not None and following[1].isdigit() and word[0].lower() in _BEFORE_NUMBERS:
        return True
    return word[0].lower() in _ABBREVIATIONS or (end[0] == "." and len(word[0]) == 1 and word[0].isupper())


def _parts(sentence: str, fits: Callable[[str], bool] | None) -> Iterator[str]:
    """``sentence`` whole if it fits, else cut near its middle, and the halves again."""
    waiting = [sentence]
    while waiting:
        part = waiting.pop()
        if len(part) <= 1 or (len(part) <= MAX_CHARACTERS and (fits is None or fits(part))):
            yield part
            continue
        middle = _cut(part)
        waiting.extend((part[middle:], part[:middle]))


def _cut(part: str) -> int:
    """Index at which to cut ``part``: near the middle, at the best break in its middle half."""
    low, middle, high = len(part) // 4, len(part) // 2, len(part) - len(part) // 4
    if len(part) > 8 * MAX_CHARACTERS:  # near the middle is near enough
        low, high = middle - MAX_CHARACTERS, middle + MAX_CHARACTERS
    for kind in _BREAKS:
        ends = [found.end() for found in kind.finditer(part, low, high) if 0 < found.end() < len(part)]
        if ends:
            return min(ends, key=lambda end: abs(end - middle))
    cut = middle
    while cut > 1 and _clings(part[cut]):
        cut -= 1
    return cut if cut > 1 else max(1, middle)


def _clings(character: str) -> bool:
    """Whether a character belongs to the one before it: accents, joiners, skin tones, digits of a number."""
    clinging = unicodedata.category(character) in {"Mn", "Mc", "Me", "Cf", "Sk", "Nd"}
    return clinging or 0x1F3FB <= ord(character) <= 0x1F3FF


def _cut_up(text: str) -> Iterator[Piece]:
    """What has no words, as sentences that are not too long."""
    for start in range(0, len(text), MAX_CHARACTERS):
        yield Piece(text[start : start + MAX_CHARACTERS], is_sentence=True)


def _trimmed(part: str) -> Iterator[Piece]:
    """The sentence without the blanks around it, and these as pieces of their own."""
    body = part.strip()
    if not has_words(body):
        yield Piece(part, is_sentence=False)
        return
    start = part.index(body)
    if start:
        yield Piece(part[:start], is_sentence=False)
    yield Piece(body, is_sentence=True)
    if start + len(body) < len(part):
        yield Piece(part[start + len(body) :], is_sentence=False)
