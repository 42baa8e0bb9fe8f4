"""Agreed terminology: which words stand for a thing in each language, which must not, which stay as they are.

A model can not be told which words to use. So what must survive is masked (``masking``), of several hypotheses the one
that keeps the agreement is taken, and where none does the reader is warned and offered the agreed word.
"""

import enum
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from portal.translation.guards.finding import Finding, Kind, Span

MOST_CONCEPTS: Final = 200
"""No sentence of people speaks of more agreed things."""
_LATIN: Final = re.compile(r"[\w\s\u00c0-\u024f'-]+")
_BORDER: Final = re.compile(r"(?!\w)")
_PLURAL: Final = re.compile(r"(?:e?s|['\u2019]s?)?(?!\w)")


class Status(enum.StrEnum):
    """What was agreed about a word."""

    PREFERRED = "preferred"
    ADMITTED = "admitted"
    FORBIDDEN = "forbidden"
    KEEP = "keep"
    """Stays in every language as it is: a name, a code."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase of one language."""

    language: str
    text: str
    status: Status = Status.PREFERRED


@dataclass(frozen=True, slots=True)
class Concept:
    """One thing, and its words in all languages."""

    terms: tuple[Term, ...]
    note: str = ""

    def of(self, language: str, *statuses: Status) -> list[str]:
        """The words of a language that have one of the statuses, in the order of agreement."""
        return [term.text for term in self.terms if term.language == language and term.status in statuses]


@dataclass(frozen=True)
class Glossary:
    """The agreed concepts; a value, so that whoever translates can say which version was used."""

    concepts: tuple[Concept, ...] = ()

    @cached_property
    def version(self) -> str:
        """SHA-256 in hexadecimal of the whole content."""
        content = [[[t.language, t.text, t.status] for t in concept.terms] for concept in self.concepts]
        return hashlib.sha256(json.dumps(content, ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()

    def kept(self, source: str, language: str) -> list[str]:
        """Words of ``source`` that must survive as they are, the longest first."""
        text = _folded(source)
        words = {word.text for word in self._words_to_keep if word.is_in(text, language)}
        return sorted(words, key=lambda word: (-len(word), word))

    def concepts_in(self, source: str, language: str) -> list[Concept]:
        """Concepts that ``source`` speaks of, whether by the agreed word or by another; at most MOST_CONCEPTS."""
        text = _folded(source)
        found: dict[int, Concept] = {}
        for number, word in self._words_of.get(language, ()):
            if number not in found and word.is_in(text, language):
                found[number] = self.concepts[number]
                if len(found) == MOST_CONCEPTS:
                    break
        return list(found.values())

    @cached_property
    def _words_of(self) -> dict[str, list[tuple[int, "_Word"]]]:
        """The words of each language with the numbers of their concepts."""
        words: dict[str, list[tuple[int, _Word]]] = {}
        for number, concept in enumerate(self.concepts):
            for term in concept.terms:
                if term.status is not Status.KEEP:
                    words.setdefault(term.language, []).append((number, _Word(term.text)))
        return words

    @cached_property
    def _words_to_keep(self) -> list["_Word"]:
        return [_Word(t.text) for concept in self.concepts for t in concept.terms if t.status is Status.KEEP]

    def check(self, source: str, target: str, languages: tuple[str, str]) -> list[Finding]:
        """Agreed words that are missing in ``target``, and forbidden ones that are in it.

        A finding's ``detail`` is the word to use.
        """
        found = []
        for concept in self.concepts_in(source, languages[0]):
            agreed = concept.of(languages[1], Status.PREFERRED, Status.ADMITTED)
            here = _spans(concept.of(languages[0], *Status), source, languages[0])
            # Each forbidden word is looked for outside the agreed ones: "truce line" may hold a forbidden "truce".
            bare = _without(target, agreed, languages[1])
            wrong = _spans(concept.of(languages[1], Status.FORBIDDEN), bare, languages[1])
            if wrong:
                found.append(Finding(Kind.TERM_FORBIDDEN, agreed[0] if agreed else "", here, wrong))
            elif agreed and not _spans(agreed, target, languages[1]):
                found.append(Finding(Kind.TERM_MISSING, agreed[0], here))
        return found

    def choose(self, source: str, hypotheses: Sequence[str], languages: tuple[str, str]) -> int:
        """Index of the best hypothesis that breaks the fewest agreements."""
        return min(range(len(hypotheses)), key=lambda n: (len(self.check(source, hypotheses[n], languages)), n))


def fix(target: str, finding: Finding) -> str | None:
    """``target`` with the agreed word in the place of a forbidden one; None where there is nothing to exchange."""
    if finding.kind is not Kind.TERM_FORBIDDEN or not finding.detail:
        return None
    for first, last in sorted(finding.target, reverse=True):
        target = target[:first] + finding.detail + target[last:]
    return target


class _Word:
    """A word to look for: whole, where blanks separate words (English with its plural), anywhere else.

    Without a regular expression for each: any member may agree on thousands of words, and compiling them would stop
    everybody.
    """

    __slots__ = ("_anywhere", "_needle", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._needle = _folded(text)
        # Korean particles follow without a blank; what is no plain Latin word has borders of its own.
        latin = text.isascii() or _LATIN.fullmatch(text) is not None
        self._anywhere = not latin or any(character > "\u2e80" for character in text)

    def is_in(self, folded: str, language: str) -> bool:
        """Whether it is in a folded text."""
        return next(self.spans(folded, language), None) is not None

    def spans(self, folded: str, language: str) -> Iterator[Span]:
        """Where it is in a folded text."""
        at = folded.find(self._needle) if self._needle else -1
        while at >= 0:
            end = self._end(folded, at, language)
            if end is not None:
                yield at, end
            at = folded.find(self._needle, at + 1 if end is None else end)

    def _end(self, folded: str, at: int, language: str) -> int | None:
        """The end of the word that begins here; None where this is a part of another word."""
        end = at + len(self._needle)
        if self._anywhere:
            return end
        if at and _is_of_word(folded[at - 1]):
            return None
        after = (_PLURAL if language == "en" else _BORDER).match(folded, end)
        return None if after is None else after.end()


def _is_of_word(character: str) -> bool:
    return character == "_" or character.isalnum()


def _folded(text: str) -> str:
    """Without capitals, character by character, so that places stay what they are."""
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = "".join(low if len(low := character.lower()) == 1 else character for character in text)
    return lowered.replace("\u03c2", "\u03c3")  # a sigma at the end of a word


def _spans(words: Iterable[str], text: str, language: str) -> tuple[Span, ...]:
    folded = _folded(text)
    return tuple(sorted(span for word in words for span in _Word(word).spans(folded, language)))


def _without(text: str, words: Iterable[str], language: str) -> str:
    for word in words:
        for first, last in list(_Word(word).spans(_folded(text), language)):
            text = text[:first] + "\0" * (last - first) + text[last:]
    return text
