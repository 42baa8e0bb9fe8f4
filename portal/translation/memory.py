"""Translation memory: what people corrected supersedes the machine, and is suggested for similar sentences."""

import difflib
import re
import threading
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Final

from portal.translation.packages.store import Pair

SIMILAR: Final = 0.7
"""Least likeness, 0 to 1, of a suggestion."""
_CANDIDATES: Final = 30
_GRAM: Final = 3


@dataclass(frozen=True, slots=True)
class Correction:
    """A sentence that a person translated or corrected."""

    source_language: str
    target_language: str
    source: str
    target: str
    by: str = ""
    """Whom to name to the reader."""

    @property
    def pair(self) -> Pair:
        """Its direction."""
        return self.source_language, self.target_language


@dataclass(frozen=True, slots=True)
class Match:
    """A correction of a similar sentence."""

    correction: Correction
    likeness: float
    """0 to 1; 1 only for the very sentence."""


class Memory:
    """Corrections by direction and sentence; a later one replaces an earlier. Safe to use from several threads."""

    def __init__(self, corrections: "tuple[Correction, ...] | list[Correction]" = ()) -> None:
        self._exact: dict[tuple[Pair, str], Correction] = {}
        self._grams: dict[Pair, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        self._lock = threading.Lock()
        for correction in corrections:
            self.add(correction)

    def __len__(self) -> int:
        return len(self._exact)

    def add(self, correction: Correction) -> None:
        """Remember; the newest correction of a sentence counts."""
        key = _key(correction.source)
        if not key or not correction.target.strip():
            return
        with self._lock:
            self._exact[correction.pair, key] = correction
            for gram in _grams(key):
                self._grams[correction.pair][gram].add(key)

    def forget(self, pair: Pair, source: str) -> None:
        """Take a correction back, if there is one."""
        key = _key(source)
        with self._lock:
            if self._exact.pop((pair, key), None) is not None:
                for gram in _grams(key):
                    self._grams[pair][gram].discard(key)

    def find(self, pair: Pair, source: str) -> Correction | None:
        """The correction of this very sentence; differences in blanks and composition of letters do not count."""
        with self._lock:
            return self._exact.get((pair, _key(source)))

    def similar(self, pair: Pair, source: str, most: int = 3) -> list[Match]:
        """Corrections of similar sentences, the most similar first."""
        key = _key(source)
        with self._lock:
            index = self._grams[pair]
            shared = Counter(other for gram in _grams(key) for other in index.get(gram, ()))
            candidates = [self._exact[pair, other] for other, _ in shared.most_common(_CANDIDATES)]
        matches = [Match(one, _likeness(key, _key(one.source))) for one in candidates]
        matches = [match for match in matches if match.likeness >= SIMILAR]
        return sorted(matches, key=lambda match: -match.likeness)[:most]

    def all(self) -> list[Correction]:
        """Every correction, in the order of remembering."""
        with self._lock:
            return list(self._exact.values())


def _key(source: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", source)).strip()


def _grams(key: str) -> set[str]:
    padded = f" {key.casefold()} "
    return {padded[at : at + _GRAM] for at in range(max(1, len(padded) - _GRAM + 1))}


def _likeness(one: str, other: str) -> float:
    return 1.0 if one == other else min(0.99, difflib.SequenceMatcher(None, one, other, autojunk=False).ratio())
