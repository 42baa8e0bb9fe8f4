"""Which submissions are about one subject: a suggestion for people, who name, split, join and decide.

Each language is looked at on its own, so that its subjects are found however few its texts are. Topics that people have
confirmed stay as they are: new texts join the nearest of them if they are near enough, the others are gathered anew.
Every text ends in exactly one topic or in the inbox; a text without any word, too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from portal.analysis.linkage import average_linkage
from portal.analysis.space import Space, Vectors, counted_terms, space_of
from portal.analysis.writing import sentences

FARTHEST: Final = 0.8
"""Mean cosine distance between the members of two topics from which on they are not one."""
LONGEST_LABEL: Final = 200
"""Characters of a label."""
_LEXICAL: Final = 0.7
"""Weight of the terms where meanings are joined to them; that of the meanings makes the length one."""


@dataclass(frozen=True, slots=True)
class Text:
    """One text to be sorted. ``meaning``: a vector of what it means, if a model for that is installed."""

    id: str
    language: str
    text: str
    meaning: npt.NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class Topic:
    """Texts that seem to be about one subject."""

    language: str
    members: tuple[str, ...]
    """Ids, the most central first."""
    scores: tuple[float, ...]
    """How near each member is to the middle of the topic: cosine, at most 1."""
    label: str
    """The most central sentence of the most central member, as it stands there."""
    known: str | None = None
    """The confirmed topic that these texts are, or should be, in."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """All the texts: in topics, or in the inbox for a person to look at."""

    topics: tuple[Topic, ...]
    """Confirmed ones first, then by number of members."""
    inbox: tuple[str, ...]


def suggest(texts: Sequence[Text], known: Mapping[str, Sequence[str]] | None = None) -> Suggestion:
    """Return topics for ``texts``; ``known`` maps confirmed topics to the ids of texts that people put into them.

    A known topic is never joined with another, nor loses a text that a person put there. The same input gives the same
    suggestion. ValueError if two texts have one id.
    """
    if len({text.id for text in texts}) != len(texts):
        msg = "two texts have one id"
        raise ValueError(msg)
    placed = {member: topic for topic, members in (known or {}).items() for member in members}
    topics: list[Topic] = []
    inbox: list[str] = []
    # Many small products: a second thread waits, spinning, for the first more than it helps, thirty times on a busy
    # machine; and with one the result is the same on every machine.
    with threadpool_limits(1, "blas"):
        for language in sorted({text.language for text in texts}):
            found, left = _of_language(language, [text for text in texts if text.language == language], placed)
            topics += found
            inbox += left
    topics.sort(key=lambda topic: (topic.known is None, -len(topic.members), topic.members))
    return Suggestion(tuple(topics), tuple(sorted(inbox)))


def _of_language(language: str, texts: Sequence[Text], placed: Mapping[str, str]) -> tuple[list[Topic], list[str]]:
    space, vectors = _vectors(texts)
    names: list[str | None] = [placed.get(text.id) for text in texts]
    _join_known(vectors, names)
    free = [row for row, name in enumerate(names) if name is None and vectors[row].any()]
    gathered = _gathered(vectors, names, free)
    topics = [_topic(language, texts, vectors, rows, space, name) for name, rows in gathered]
    seated = {member for topic in topics for member in topic.members}
    return topics, [text.id for text in texts if text.id not in seated]


def _gathered(vectors: Vectors, names: Sequence[str | None], free: list[int]) -> list[tuple[str | None, list[int]]]:
    """Return the rows of each known topic, then those of new ones: of two texts or more."""
    known: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        if name is not None:
            known.setdefault(name, []).append(row)
    fresh: dict[int, list[int]] = {}
    if free:
        labels = average_linkage(vectors[free], np.ones(len(free), dtype=np.int64), FARTHEST)
        for row, label in zip(free, labels.tolist(), strict=True):
            fresh.setdefault(label, []).append(row)
    return [*known.items(), *((None, rows) for rows in fresh.values() if len(rows) > 1)]


def _vectors(texts: Sequence[Text]) -> tuple[Space, Vectors]:
    counted = counted_terms([text.text for text in texts])
    space = space_of(counted)
    lexical = space.vectors(counted)
    meanings = [text.meaning for text in texts]
    if any(meaning is None for meaning in meanings) or not texts:
        return space, lexical
    return space, _joined(lexical, np.stack([meaning for meaning in meanings if meaning is not None]))


def _joined(lexical: Vectors, meanings: Vectors) -> Vectors:
    """Return both vectors side by side; meanings are centred first, since a model gives all texts a common part."""
    centred = meanings - meanings.mean(axis=0)
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    centred = np.where(lengths > 1e-6, centred / np.maximum(lengths, 1e-6), 0)
    both = np.concatenate([_LEXICAL * lexical, (1 - _LEXICAL**2) ** 0.5 * centred], axis=1).astype(np.float32)
    lengths = np.linalg.norm(both, axis=1, keepdims=True)
    return np.where(lengths > 1e-6, both / np.maximum(lengths, 1e-6), 0).astype(np.float32)


def _join_known(vectors: Vectors, names: list[str | None]) -> None:
    """Put each text without a topic into the known one whose texts it is most like, if it is like enough."""
    rows_of: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        if name is not None:
            rows_of.setdefault(name, []).append(row)
    if not rows_of:
        return
    known = sorted(rows_of)
    means = np.stack([vectors[rows_of[name]].mean(axis=0) for name in known])
    likeness = vectors @ means.T
    best = likeness.argmax(axis=1)
    for row, name in enumerate(names):
        if name is None and float(likeness[row, best[row]]) > 1 - FARTHEST:
            names[row] = known[int(best[row])]


def _topic(
    language: str, texts: Sequence[Text], vectors: Vectors, rows: list[int], space: Space, name: str | None
) -> Topic:
    middle = vectors[rows].mean(axis=0)
    middle /= max(float(np.linalg.norm(middle)), 1e-6)
    scores = vectors[rows] @ middle
    order = sorted(range(len(rows)), key=lambda i: (-round(float(scores[i]), 5), texts[rows[i]].id))
    members = tuple(texts[rows[i]].id for i in order)
    label = _central_sentence(texts[rows[order[0]]].text, [texts[rows[i]].text for i in order[:50]], space)
    return Topic(language, members, tuple(round(float(scores[i]), 4) for i in order), label, name)


def _central_sentence(text: str, company: Sequence[str], space: Space) -> str:
    """Return the sentence of ``text`` that is nearest to the ``company`` of its topic, cut where it is too long."""
    choices = sentences(text) or [text.strip()]
    if len(choices) > 1:
        middle = space.vectors(counted_terms(company)).mean(axis=0)
        likeness = space.vectors(counted_terms(choices)) @ middle
        choices = [choices[int(likeness.argmax())]]
    sentence = choices[0]
    return sentence if len(sentence) <= LONGEST_LABEL else sentence[: LONGEST_LABEL - 1].rstrip() + "…"
