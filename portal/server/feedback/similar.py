"""Which topics somebody's text is like, while it is being written: a suggestion, which never holds anything up.

Shared groups of three letters, weighed by how rare they are among the topics: it needs no model and no word borders, so
it works alike in every script. What is meant alike in other words, or in another language, moderators find later.
"""

import math
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

ALIKE: Final = 0.34
"""The share of a title's weight that a text has to hold."""
SHOWN_MAX: Final = 3
_LETTERS: Final = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """A topic with the words that it goes by: its title as written, and in the reader's language."""

    topic: str
    words: tuple[str, ...]


def most_alike(text: str, candidates: Sequence[Candidate]) -> list[str]:
    """Return the topics of ``candidates`` that ``text`` is most like, best first; at most SHOWN_MAX."""
    titles = [(candidate.topic, _groups(words)) for candidate in candidates for words in candidate.words]
    spread = Counter(group for _, groups in titles for group in groups)
    own = _groups(text)
    scores: dict[str, float] = {}
    for topic, groups in titles:
        weights = {group: math.log(1 + len(titles) / spread[group]) for group in groups}
        whole = sum(weights.values())
        shared = sum(weight for group, weight in weights.items() if group in own)
        scores[topic] = max(scores.get(topic, 0.0), shared / whole if whole else 0.0)
    found = sorted((topic for topic, score in scores.items() if score >= ALIKE), key=lambda topic: -scores[topic])
    return found[:SHOWN_MAX]


def _groups(text: str) -> frozenset[str]:
    """Groups of letters within words; of scripts without spaces, pairs, since their words are short."""
    plain = "".join(c if c.isalnum() else " " for c in unicodedata.normalize("NFKC", text).casefold())
    groups: set[str] = set()
    for word in plain.split():
        size = 2 if any(ord(character) > 0x2E80 for character in word) else _LETTERS
        groups.update(word[start : start + size] for start in range(max(len(word) - size + 1, 1)))
    return frozenset(groups)
