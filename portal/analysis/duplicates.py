"""Texts that are copies of one another but for a few words: MinHash proposes, the exact Jaccard similarity decides.

A group has a leader, the earliest of its texts, and every member was compared with it: likeness is not passed on from
member to member, so that a chain of small changes does not join what is different. Signatures alone would be wrong for
most pairs of short texts (a sentence has few shingles), which is why no candidate is believed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
from rensa import RMinHash

from portal.analysis.writing import normal, shingles

ALIKE: Final = 0.6
"""Jaccard similarity of the sets of shingles from which on two texts are near-duplicates."""
PERMUTATIONS: Final = 125
BANDS: Final = 25
"""Of five hashes each: two texts of similarity 0.6 become candidates with a probability of .87, of 0.7 of .99."""
CANDIDATES: Final = 64
"""Leaders that are remembered for one band's value: a value that so many share says little."""
ESTIMATE_SLACK: Final = 0.15
"""How much less than ``ALIKE`` the signatures' estimate may be for the sets to be compared: 3.4 standard errors."""
SEED: Final = 2_166_136_261
_CHUNK: Final = 4096  # signatures pass through Python lists; so many at once stay small
Signatures: TypeAlias = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Group:
    """Positions of texts that say the same in nearly the same words; ``leader`` is the first of ``members``."""

    leader: int
    members: tuple[int, ...]
    distinct: int
    """How many of the members' texts differ from one another; 1: all were copied letter by letter."""


def near_duplicates(texts: Sequence[str], *, alike: float = ALIKE) -> list[Group]:
    """Return the groups of two or more near-duplicates among ``texts``, by their leaders.

    Texts without any letter or digit belong to no group: two of them are equal in nothing that can be read. Time grows
    with the number of texts, not of pairs: however often one text was sent, it is compared once.
    """
    normalised = [normal(text) for text in texts]
    copies: dict[str, list[int]] = {}
    for position, text in enumerate(normalised):
        if text:
            copies.setdefault(text, []).append(position)
    distinct = list(copies)
    leaders = _leaders(distinct, alike)
    gathered: dict[int, list[int]] = {}
    for one, leader in enumerate(leaders):
        gathered.setdefault(leader, []).append(one)
    groups = (_group([copies[distinct[one]] for one in ones]) for ones in gathered.values())
    return sorted((group for group in groups if len(group.members) > 1), key=lambda group: group.leader)


def similarity(one: str, other: str) -> float:
    """Return the Jaccard similarity of two texts' shingles, between 0 and 1; 0 where one of them has none."""
    return _jaccard(shingles(normal(one)), shingles(normal(other)))


def _group(copied: list[list[int]]) -> Group:
    members = tuple(sorted(position for positions in copied for position in positions))
    return Group(members[0], members, len(copied))


def _leaders(distinct: Sequence[str], alike: float) -> list[int]:
    """Return for each text the position of the text that leads its group, which may be itself."""
    signatures = np.concatenate([np.zeros((0, PERMUTATIONS), np.uint32), *_signatures(distinct)])
    buckets = _shared_buckets(signatures)
    led: dict[int, list[int]] = {}  # bucket → leaders in it
    leaders: list[int] = []
    for position in range(len(distinct)):
        candidates = sorted({leader for bucket in buckets[position] for leader in led.get(bucket, ())})
        likely = _likely(signatures, position, candidates, alike - ESTIMATE_SLACK)
        leader = _best(distinct, position, likely, alike)
        leaders.append(position if leader is None else leader)
        if leader is None:
            for bucket in buckets[position]:
                known = led.setdefault(bucket, [])
                if len(known) < CANDIDATES:
                    known.append(position)
    return leaders


def _likely(signatures: Signatures, position: int, candidates: list[int], least: float) -> list[int]:
    """Return the candidates whose signatures say that they may be alike enough."""
    if not candidates:
        return []
    equal = (signatures[candidates] == signatures[position]).mean(axis=1)
    return [candidates[i] for i in np.flatnonzero(equal >= least)]


def _best(distinct: Sequence[str], position: int, likely: Sequence[int], alike: float) -> int | None:
    """Return the most similar of the ``likely`` leaders, the earliest of equals; None if none is similar enough."""
    if not likely:
        return None
    mine = shingles(distinct[position])
    score, negative = max((_jaccard(mine, shingles(distinct[one])), -one) for one in likely)
    return -negative if score >= alike else None


def _jaccard(one: set[str], other: set[str]) -> float:
    common = len(one & other)
    return common / (len(one) + len(other) - common) if common else 0.0


def _shared_buckets(signatures: Signatures) -> list[list[int]]:
    """Return for each signature the buckets that it shares with others: equal bands, numbered over all bands."""
    shared: list[list[int]] = [[] for _ in signatures]
    first = 0
    for band in np.split(signatures, BANDS, axis=1):
        rows = np.ascontiguousarray(band).view(np.dtype((np.void, band.shape[1] * band.itemsize))).ravel()
        _, numbers, counts = np.unique(rows, return_inverse=True, return_counts=True)
        for position in np.flatnonzero(counts[numbers] > 1).tolist():
            shared[position].append(first + int(numbers[position]))
        first += len(counts)
    return shared


def _signatures(distinct: Sequence[str]) -> Iterator[Signatures]:
    for start in range(0, len(distinct), _CHUNK):
        # Sorted: a set's order changes from process to process, and nothing may depend on it.
        sets = [sorted(shingles(text)) for text in distinct[start : start + _CHUNK]]
        matrix = RMinHash.digest_matrix_from_token_sets(sets, PERMUTATIONS, SEED)
        yield np.array(matrix.to_rows(), np.uint32).reshape(len(sets), PERMUTATIONS)
