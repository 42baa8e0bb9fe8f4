"""Agreed terminology: which words stand for a thing in each language, which must not, which stay as they are.

A model can not be told which words to use. So what must survive is masked (``masking``), of several hypotheses the one
that keeps the agreement is taken, and where none does the reader is warned and offered the agreed word.
"""

import enum
import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from portal.translation.guards.finding import Finding, Kind, Span


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
        words = {term.text for c in self.concepts for term in c.terms if term.status is Status.KEEP and term.text}
        return sorted((word for word in words if _find(word, source, language)), key=lambda word: (-len(word), word))

    def concepts_in(self, source: str, language: str) -> list[Concept]:
        """Concepts that ``source`` speaks of, whether by the agreed word or by another."""
        every = (Status.PREFERRED, Status.ADMITTED, Status.FORBIDDEN)
        return [c for c in self.concepts if any(_find(word, source, language) for word in c.of(language, *every))]

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


def _find(word: str, text: str, language: str) -> re.Match[str] | None:
    return _form(word, language).search(text)


def _spans(words: Iterable[str], text: str, language: str) -> tuple[Span, ...]:
    return tuple(sorted(match.span() for word in words for match in _form(word, language).finditer(text)))


def _without(text: str, words: Iterable[str], language: str) -> str:
    for word in words:
        text = _form(word, language).sub(lambda match: "\0" * len(match[0]), text)
    return text


@lru_cache(maxsize=4096)
def _form(word: str, language: str) -> re.Pattern[str]:
    """Finds a word: whole, where blanks separate words (English with its plural), anywhere else."""
    body = re.escape(word)
    if not word.isascii() and not re.fullmatch(r"[\w\s\u00c0-\u024f'-]+", word):
        return re.compile(body, re.IGNORECASE)
    if any(character > "\u2e80" for character in word):  # Korean particles follow without a blank
        return re.compile(body, re.IGNORECASE)
    plural = "(?:e?s|['\u2019]s?)?" if language == "en" else ""
    return re.compile(rf"(?<!\w){body}{plural}(?!\w)", re.IGNORECASE)
