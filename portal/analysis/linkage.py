"""Average linkage of unit vectors under the cosine distance, of any number of them, in bounded memory.

The mean distance between the members of two clusters A and B is 1 - (ΣA/|A|)·(ΣB/|B|), so a cluster is its sum and its
size, and merging adds them. Average linkage is reducible, hence chains of nearest neighbours find the same tree as
merging the closest pair each time (Murtagh 1983), with a few passes over one row of likenesses a step.

More vectors than ``WHOLE`` are first merged within neighbourhoods, only what is closer than ``NEAR``; the small
clusters that remain, with their sizes, are then linked as a whole.
"""

from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

Vectors: TypeAlias = npt.NDArray[np.float32]
Numbers: TypeAlias = npt.NDArray[np.int64]
WHOLE: Final = 6000
"""Clusters that are linked as a whole: 144 MB of likenesses."""
BLOCK: Final = 1500
"""Clusters of one neighbourhood."""
NEAR: Final = 0.4
"""Cosine distance up to which the first rounds merge; each further one goes a tenth further."""
_GONE: Final = -2.0  # instead of a likeness that no longer counts: none is as low
_LEFT: Final = -3.0  # on the diagonal of a cluster that takes part no more


def average_linkage(sums: Vectors, sizes: Numbers, farthest: float) -> Numbers:
    """Return for each cluster given by its sum of unit vectors and its size the number of the one it belongs to.

    No two clusters of the result have a mean cosine distance below ``farthest``, but for what neighbourhoods decided.
    Numbers are 0, 1, … in the order of first members. All ``sizes`` must be positive.
    """
    labels = np.arange(len(sums), dtype=np.int64)
    reach = NEAR
    while len(sums) > WHOLE and reach < farthest:
        merged = _by_neighbourhoods(sums, sizes, reach, seed=len(sums))
        sums, sizes, labels = _added(sums, merged), _counted(sizes, merged), merged[labels]
        reach += 0.1
    return _renumbered(_chained(sums, sizes, farthest)[labels])


def _by_neighbourhoods(sums: Vectors, sizes: Numbers, reach: float, *, seed: int) -> Numbers:
    found = np.zeros(len(sums), dtype=np.int64)
    first = 0
    source = np.random.default_rng(seed)
    for block in _neighbourhoods(sums, np.arange(len(sums)), source):
        local = _renumbered(_chained(sums[block], sizes[block], reach))
        found[block] = local + first
        first += int(local.max()) + 1
    return _renumbered(found)


def _neighbourhoods(sums: Vectors, members: Numbers, source: np.random.Generator) -> list[Numbers]:
    """Return ``members`` in blocks of at most ``BLOCK``: halved again and again along a direction of much variance."""
    if len(members) <= BLOCK:
        return [members]
    sample = sums[members[source.permutation(len(members))[:BLOCK]]]
    direction = _long_direction(sample, source)
    order = np.argsort(sums[members] @ direction, kind="stable")
    half = len(members) // 2
    lower, upper = members[order[:half]], members[order[half:]]
    return _neighbourhoods(sums, lower, source) + _neighbourhoods(sums, upper, source)


def _long_direction(sample: Vectors, source: np.random.Generator) -> Vectors:
    """Return a direction along which ``sample`` is spread far, by three steps of the power method."""
    centred = sample - sample.mean(axis=0)
    direction = np.asarray(source.standard_normal(sample.shape[1]), np.float32)
    for _ in range(3):
        direction = centred.T @ (centred @ direction)
        direction /= max(float(np.linalg.norm(direction)), 1e-12)
    return direction


def _chained(sums: Vectors, sizes: Numbers, farthest: float) -> Numbers:
    """Return labels by chains of mutual nearest neighbours, merging while the mean distance is below ``farthest``."""
    means = (sums / sizes[:, None]).astype(np.float32)
    likeness = means @ means.T
    np.fill_diagonal(likeness, _GONE)
    counts = sizes.astype(np.float32)
    into = np.arange(len(sums), dtype=np.int64)
    least = 1 - farthest
    chain: list[int] = []
    start = 0
    while True:
        if not chain:
            while start < len(sums) and likeness[start, start] == _LEFT:
                start += 1
            if start == len(sums):
                return _roots(into)
            chain.append(start)
        top = chain[-1]
        nearest = _nearest(likeness, top, chain[-2] if len(chain) > 1 else top)
        if likeness[top, nearest] <= least:
            # Too far from its nearest it stays as it is: no merging of others brings them nearer (reducibility).
            _leave(likeness, chain.pop())
        elif len(chain) > 1 and nearest == chain[-2]:
            del chain[-2:]
            _merge(likeness, counts, into, top, nearest)
        else:
            chain.append(nearest)


def _nearest(likeness: Vectors, one: int, before: int) -> int:
    """Return the cluster most like ``one``; of equals ``before``, so that chains end."""
    row = likeness[one]
    nearest = int(row.argmax())
    return before if row[before] >= row[nearest] else nearest


def _merge(likeness: Vectors, counts: Vectors, into: Numbers, one: int, other: int) -> None:
    kept, gone = min(one, other), max(one, other)
    both = counts[kept] + counts[gone]
    row = (likeness[kept] * counts[kept] + likeness[gone] * counts[gone]) / both
    row[likeness[kept] <= _GONE] = _GONE
    row[[kept, gone]] = _GONE
    likeness[kept], likeness[:, kept] = row, row
    counts[kept] = both
    into[gone] = kept
    _leave(likeness, gone)


def _leave(likeness: Vectors, one: int) -> None:
    """Take a cluster out of all comparisons."""
    likeness[one], likeness[:, one] = _GONE, _GONE
    likeness[one, one] = _LEFT


def _roots(into: Numbers) -> Numbers:
    while True:
        further = into[into]
        if np.array_equal(further, into):
            return into
        into = further


def _renumbered(labels: Numbers) -> Numbers:
    """Return ``labels`` as 0, 1, … by first occurrence."""
    _, first, numbers = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[numbers]


def _added(sums: Vectors, labels: Numbers) -> Vectors:
    total = np.zeros((int(labels.max()) + 1, sums.shape[1]), dtype=np.float32)
    np.add.at(total, labels, sums)
    return total


def _counted(sizes: Numbers, labels: Numbers) -> Numbers:
    return np.bincount(labels, weights=sizes).astype(np.int64)
