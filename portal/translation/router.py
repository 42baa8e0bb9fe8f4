"""Which packages lead from one language to another: one directly, or two over a third language."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from portal.translation.errors import NoModelError
from portal.translation.packages.store import Pair

PIVOTS: Final = ("en",)
"""Languages that are tried first as the one between; English has the best models on both sides."""


@dataclass(frozen=True, slots=True)
class Route:
    """The way of a translation."""

    legs: tuple[Pair, ...]
    """No leg: the languages are the same; one: directly; two: over a pivot."""

    @property
    def via(self) -> str | None:
        """The language between, which the reader is told."""
        return self.legs[0][1] if len(self.legs) > 1 else None


def find_route(pairs: Collection[Pair], source: str, target: str) -> Route:
    """The best way from ``source`` to ``target`` by the installed ``pairs``; NoModelError if there is none.

    A regional code such as ``en-GB`` takes the packages of its language where there is none of its own.
    """
    if source == target or _base(source) == _base(target):
        return Route(())
    for first, last in dict.fromkeys([(source, target), (_base(source), _base(target))]):
        if (first, last) in pairs:
            return Route(((first, last),))
        between = [to for from_, to in pairs if from_ == first and (to, last) in pairs]
        if between:
            pivot = min(between, key=lambda code: (code not in PIVOTS, code))
            return Route(((first, pivot), (pivot, last)))
    raise NoModelError(source, target)


def _base(code: str) -> str:
    return code.partition("-")[0]
