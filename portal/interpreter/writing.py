"""Translated sentences as items of the record. Pure: sizes in bytes, places in Unicode characters."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from portal import __version__
from portal.interpreter.desk import Wanted
from portal.member.translation_content import (
    DETAIL_MAX_CHARS,
    MODELS_MAX,
    SPANS_MAX,
    WARNINGS_MAX,
    ModelUse,
    Problem,
    Sentence,
    SentenceWarning,
    Translation,
    sentence_fields,
    text_hash,
)
from portal.translation import results
from portal.translation.guards.finding import Finding, Span
from portal.translation.packages.store import Pair

SOFTWARE: Final = f"portal {__version__}"
OPEN_BYTES: Final = 48_000
"""Sentences of one item, as JSON; together with what stands around them far below the 64 KiB of an item."""
PRIVATE_BYTES: Final = 36_000
"""As above for what travels inside of a private item, where base64 and padding are added."""
SENTENCE_BYTES: Final = 16_000
"""A translation that is longer was not made by a sound model."""
SENTENCES_MAX: Final = 1000
"""A text with more is not translated: every sentence costs hundreds of bytes in the record, and the machine's time."""


@dataclass(frozen=True, slots=True)
class Heading:
    """What all items of one series have in common."""

    wanted: Wanted
    from_: str
    legs: tuple[Pair, ...]
    of: int
    glossary: str

    def translation(self, first: int, sentences: Sequence[Sentence], models: Sequence[ModelUse]) -> Translation:
        """Return the item with these sentences."""
        return Translation(
            target=self.wanted.item,
            source=self.wanted.source,
            from_=self.from_,
            to=self.wanted.to,
            via=self.legs[0][1] if len(self.legs) > 1 else None,
            first=first,
            of=self.of,
            sentences=tuple(sentences),
            models=tuple(models),
            glossary=self.glossary,
            software=SOFTWARE,
        )


def told(wanted: Wanted, from_: str, problem: Problem) -> Translation:
    """Return the item that says why there is no translation."""
    return Translation(
        target=wanted.item,
        source=wanted.source,
        from_=from_,
        to=wanted.to,
        software=SOFTWARE,
        problem=problem,
    )


def items(heading: Heading, sentences: Sequence[results.Sentence], most_bytes: int) -> Iterator[Translation]:
    """Return items with these sentences, each of at most ``most_bytes`` of sentences and few models."""
    batch: list[Sentence] = []
    models: dict[ModelUse, None] = {}
    first, size = 0, 0
    for done in sentences:
        sentence, legs = written(done), models_of(heading.legs, [done])
        length = _size(sentence)
        if length > SENTENCE_BYTES:
            sentence = written(_as_it_stands(done))
            length = _size(sentence)
        if batch and (size + length > most_bytes or len({**models, **dict.fromkeys(legs)}) > MODELS_MAX):
            yield heading.translation(first, batch, list(models))
            batch, models, size = [], {}, 0
        first = done.index if not batch else first
        batch.append(sentence)
        models |= dict.fromkeys(legs)
        size += length
    if batch:
        yield heading.translation(first, batch, list(models))


def models_of(legs: Sequence[Pair], sentences: Iterable[results.Sentence]) -> list[ModelUse]:
    """Return the packages that had a part in these sentences, each once."""
    used = [
        ModelUse(f"{pair[0]}-{pair[1]}", digest)
        for one in sentences
        for pair, digest in zip(legs, one.digests, strict=False)
    ]
    return list(dict.fromkeys(used))


def written(done: results.Sentence) -> Sentence:
    """Return a sentence as the record holds it."""
    length, after = len(done.source), len(done.text)
    return Sentence(
        at=done.at,
        hash=text_hash(done.source),
        lead=done.lead,
        text=done.text,
        origin=done.origin.value,
        warnings=tuple(_warning(one, length, after) for one in done.findings[:WARNINGS_MAX]),
        problem=None if done.cause is None else done.cause.value,
        tail=done.tail or None,
    )


def _as_it_stands(done: results.Sentence) -> results.Sentence:
    """The sentence without its translation."""
    cause = results.Cause.FAILED
    return replace(done, text=done.source, origin=results.Origin.ORIGINAL, findings=(), cause=cause)


def _warning(finding: Finding, source: int, target: int) -> SentenceWarning:
    return SentenceWarning(
        kind=finding.kind.value,
        detail=finding.detail[:DETAIL_MAX_CHARS],
        source=_within(finding.source, source),
        target=_within(finding.target, target),
    )


def _within(spans: Iterable[Span], end: int) -> tuple[Span, ...]:
    return tuple(span for span in spans if 0 <= span[0] < span[1] <= end)[:SPANS_MAX]


def _size(sentence: Sentence) -> int:
    return len(json.dumps(sentence_fields(sentence), ensure_ascii=False).encode())
