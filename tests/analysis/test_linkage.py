"""Average linkage, against the definition worked out pair by pair."""

import numpy as np
import pytest

from portal.analysis import linkage
from portal.analysis.linkage import average_linkage


def unit_vectors(count: int, seed: int, width: int = 8) -> linkage.Vectors:
    vectors = np.random.default_rng(seed).standard_normal((count, width)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def by_definition(vectors: linkage.Vectors, farthest: float) -> set[frozenset[int]]:
    """Merge the closest pair of clusters, by the mean distance of all their members, until none is close enough."""
    clusters = [[i] for i in range(len(vectors))]
    while len(clusters) > 1:
        distance, one, other = min(
            (float(np.mean(1 - vectors[a] @ vectors[b].T)), i, j)
            for i, a in enumerate(clusters)
            for j, b in enumerate(clusters[:i])
        )
        if distance >= farthest:
            break
        clusters[other] += clusters.pop(one)
    return {frozenset(cluster) for cluster in clusters}


def as_sets(labels: linkage.Numbers) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in set(labels.tolist())}


@pytest.mark.parametrize("seed", range(3))
def test_it_is_average_linkage(seed: int) -> None:
    vectors = unit_vectors(25, seed)
    labels = average_linkage(vectors, np.ones(25, np.int64), 0.6)
    assert as_sets(labels) == by_definition(vectors, 0.6)


def test_neighbourhoods_come_to_nearly_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is far apart stays apart however many rounds of neighbourhoods there are."""
    source = np.random.default_rng(3)
    centres = unit_vectors(30, 5, width=64)
    rows = np.repeat(centres, 40, axis=0) + 0.06 * source.standard_normal((1200, 64)).astype(np.float32)
    vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    monkeypatch.setattr(linkage, "WHOLE", 100)
    monkeypatch.setattr(linkage, "BLOCK", 64)
    labels = average_linkage(vectors, np.ones(1200, np.int64), 0.5)
    assert as_sets(labels) == {frozenset(range(40 * i, 40 * i + 40)) for i in range(30)}


def test_a_cluster_weighs_what_it_holds() -> None:
    """Three copies given as one sum are linked as the three would be."""
    vectors = unit_vectors(12, 9)
    single = np.concatenate([np.repeat(vectors[:1], 3, axis=0), vectors[1:]])
    sums = np.concatenate([3 * vectors[:1], vectors[1:]])
    sizes = np.array([3] + [1] * 11)
    apart = average_linkage(single, np.ones(14, np.int64), 0.7)
    assert apart[2:].tolist() == average_linkage(sums, sizes, 0.7).tolist()
