"""Texts as vectors: TF-IDF of their terms, reduced to the directions that carry most (latent semantic analysis).

A space is made for texts of ONE language: over all together, the directions of the largest language would be the only
ones kept, and texts of a small one would have no vector at all.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import sparse

from portal.analysis.writing import terms

Vectors: TypeAlias = npt.NDArray[np.float32]
DIMENSIONS: Final = 200
COMMONEST: Final = 0.15
"""A term in more than this share of the texts joins nothing; only where there are ``ENOUGH`` texts to say so."""
ENOUGH: Final = 40
RAREST: Final = 2
"""A term must be in so many texts: what one person alone writes likens them to nobody."""
MOST_TERMS: Final = 60_000
_OVERSAMPLED: Final = 20
_POWER_STEPS: Final = 3
_CHUNK: Final = 8192


@dataclass(frozen=True)
class Space:
    """The terms of one language's texts with their weights, and the directions that texts are projected on."""

    numbers: dict[str, int]
    weights: npt.NDArray[np.float32]
    directions: Vectors | None
    """Shape (terms, dimensions); None where there are no more terms than dimensions."""

    def vectors(self, counted: Sequence[Counter[str]]) -> Vectors:
        """Return a unit vector for each text's terms; zeros for a text without any term that this space knows."""
        parts = [self._projected(counted[start : start + _CHUNK]) for start in range(0, len(counted), _CHUNK)]
        width = len(self.numbers) if self.directions is None else self.directions.shape[1]
        return np.concatenate([np.zeros((0, width), np.float32), *parts])

    def _projected(self, counted: Sequence[Counter[str]]) -> Vectors:
        matrix = _matrix(counted, self.numbers, self.weights)
        projected = matrix.toarray() if self.directions is None else matrix @ self.directions
        return _unit(np.asarray(projected, dtype=np.float32))


def counted_terms(texts: Sequence[str]) -> list[Counter[str]]:
    """Return how often each term stands in each text."""
    return [Counter(terms(text)) for text in texts]


def space_of(counted: Sequence[Counter[str]], *, dimensions: int = DIMENSIONS, seed: int = 1) -> Space:
    """Return the space that ``counted`` texts of one language span; the same for the same texts and ``seed``."""
    present = Counter(term for one in counted for term in one)
    most = COMMONEST * len(counted) if len(counted) >= ENOUGH else len(counted)
    kept = [(-number, term) for term, number in present.items() if RAREST <= number <= most]
    chosen = [term for _, term in sorted(kept)[:MOST_TERMS]]
    numbers = {term: number for number, term in enumerate(chosen)}
    weights = np.array([np.log((1 + len(counted)) / (1 + present[term])) + 1 for term in chosen], dtype=np.float32)
    if len(chosen) <= dimensions:
        return Space(numbers, weights, None)
    matrix = _matrix(counted, numbers, weights)
    return Space(numbers, weights, _main_directions(matrix, dimensions, seed))


def _main_directions(matrix: sparse.csr_array, dimensions: int, seed: int) -> Vectors:
    """Return the right singular vectors of the largest singular values, by a randomised range finder.

    Halko, Martinsson, Tropp 2011, algorithms 4.4 and 5.1: orthonormal bases between power steps, then a small SVD.
    """
    wide = min(dimensions + _OVERSAMPLED, *matrix.shape)
    source = np.random.default_rng(seed)
    basis = matrix.T @ (matrix @ source.standard_normal((matrix.shape[1], wide), dtype=np.float32))
    for _ in range(_POWER_STEPS - 1):
        basis, _ = np.linalg.qr(basis)
        basis = matrix.T @ (matrix @ basis)
    basis, _ = np.linalg.qr(basis)
    _, _, rows = np.linalg.svd(np.asarray(matrix @ basis), full_matrices=False)
    return np.ascontiguousarray((basis @ rows.T)[:, :dimensions], dtype=np.float32)


def _matrix(
    counted: Sequence[Counter[str]], numbers: dict[str, int], weights: npt.NDArray[np.float32]
) -> sparse.csr_array:
    """Return one row of unit length for each text: (1 + ln count) · weight."""
    columns: list[int] = []
    counts: list[int] = []
    ends = [0]
    for one in counted:
        for term, count in one.items():
            number = numbers.get(term)
            if number is not None:
                columns.append(number)
                counts.append(count)
        ends.append(len(columns))
    values = (1 + np.log(np.array(counts, dtype=np.float32))) * weights[np.array(columns, dtype=np.int64)]
    matrix = sparse.csr_array((values.astype(np.float32), columns, ends), shape=(len(counted), len(numbers)))
    lengths = np.sqrt(matrix.multiply(matrix).sum(axis=1))
    matrix.data /= np.repeat(np.maximum(lengths, 1e-12), np.diff(ends)).astype(np.float32)
    return matrix


def _unit(vectors: Vectors) -> Vectors:
    """Return ``vectors`` with unit length; one that is (nearly) nothing becomes zeros and stays so."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.where(lengths > 1e-6, vectors / np.maximum(lengths, 1e-6), np.float32(0)).astype(np.float32)
