"""What a translation is, for those who show or store it."""

import enum
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from portal.translation.guards.finding import Finding, Span


class Origin(enum.StrEnum):
    """Where the words of a translated sentence come from."""

    MODEL = "model"
    HUMAN = "human"
    """A correction by a person, from the memory."""
    ORIGINAL = "original"
    """The original itself: nothing could be made, or the languages are the same."""


class Cause(enum.StrEnum):
    """Why a sentence is not translated, for programs; the words for people are in ``problem``."""

    NO_MODEL = "no_model"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence and its translation."""

    index: int
    """Its place among the sentences of the text, from 0."""
    source: str
    text: str
    """What to show; never empty."""
    origin: Origin
    findings: tuple[Finding, ...] = ()
    alternatives: tuple[str, ...] = ()
    """Other translations, best first."""
    digests: tuple[str, ...] = ()
    """The package of each leg of the way."""
    problem: str = ""
    """Why there is no translation, in words; empty if there is one."""
    by: str = ""
    """Who made the correction, if a person did."""
    cause: Cause | None = None
    """The kind of ``problem``."""
    at: Span = (0, 0)
    """Where it stands in the text."""
    lead: str = ""
    """What stands before ``text`` in the translation's layout."""
    tail: str = ""
    """What stands behind it; empty except in the last sentence."""

    @property
    def source_hash(self) -> str:
        """SHA-256 in hexadecimal of the original sentence's UTF-8."""
        return hashlib.sha256(self.source.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Translation:
    """A translated text."""

    source_language: str
    target_language: str
    text: str
    """The whole, with the layout of the original."""
    sentences: tuple[Sentence, ...]
    via: str | None = None
    """The language between, if there was no direct package."""
    problem: str = ""
    """The first reason why something is not translated; empty if all is."""

    def notes(self) -> Iterator[str]:
        """What a reader in a terminal should know."""
        if self.via is not None:
            yield f"via {self.via}"
        if self.problem:
            yield self.problem
        for sentence in self.sentences:
            for finding in sentence.findings:
                yield f"sentence {sentence.index + 1}: {finding.kind} {finding.detail}".rstrip()


@dataclass(frozen=True, slots=True)
class Preview:
    """What the writer of a message sees before it is sent."""

    there: Translation
    """How it will read to the others."""
    back: Translation
    """That, translated back."""
