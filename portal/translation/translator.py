"""From a text to its translation: segments, route, engine, guards, put together. Never an exception, never nothing.

Whatever fails, fails for its sentence: that one shows its original and says why, the others are translated.
"""

import re
import unicodedata
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from portal.translation.engine import Engine, Priority
from portal.translation.errors import TranslationError
from portal.translation.guards.check import check
from portal.translation.journey import Arrival, Journey
from portal.translation.model import Decoding
from portal.translation.packages.store import Pair, Store
from portal.translation.results import Origin, Sentence, Translation
from portal.translation.router import Route, find_route
from portal.translation.segment import Piece, join, segment

AHEAD: Final = 64
"""Sentences of one text that are given to the engine before the first is taken: a long text must not fill the queue."""
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u2060\ufeff\ufff9-\ufffb]")
_NO_LOOPS: Final = Decoding(no_repeat=4)


@dataclass(frozen=True, slots=True)
class _Plan:
    """A text cut up, and the way that its sentences go."""

    languages: Pair
    pieces: list[Piece]
    route: Route | None
    problem: str = ""
    """Why there is no route."""


class Translator:
    """Translates texts with the packages of ``store``."""

    def __init__(self, engine: Engine, store: Store) -> None:
        self._engine = engine
        self._store = store

    def translate(
        self, text: str, source: str, target: str, priority: Priority = Priority.LIVE, *, alternatives: int = 0
    ) -> Translation:
        """The translation of a whole text."""
        plan = self._plan(text, source, target)
        sentences = tuple(self._run(plan, priority, alternatives))
        return Translation(
            source,
            target,
            join(plan.pieces, [sentence.text for sentence in sentences], target),
            sentences,
            None if plan.route is None else plan.route.via,
            next((sentence.problem for sentence in sentences if sentence.problem), ""),
        )

    def stream(
        self, text: str, source: str, target: str, priority: Priority = Priority.LIVE, *, alternatives: int = 0
    ) -> Iterator[Sentence]:
        """The sentences of a text in their order, each as soon as it is there. To stop early, close the iterator."""
        return self._run(self._plan(text, source, target), priority, alternatives)

    def _plan(self, text: str, source: str, target: str) -> _Plan:
        try:
            route = find_route(self._store.active().keys(), source, target)
            if not route.legs:
                return _Plan((source, target), segment(text), route)
            return _Plan(
                (source, target), segment(text, lambda part: self._engine.fits(route.legs[0], _cleaned(part))), route
            )
        except TranslationError as error:
            return _Plan((source, target), segment(text), None, str(error))

    def _run(self, plan: _Plan, priority: Priority, alternatives: int) -> Iterator[Sentence]:
        decoding = Decoding(hypotheses=alternatives + 1)
        sources = [piece.text for piece in plan.pieces if piece.is_sentence]
        under_way: deque[Journey | str] = deque()
        begun = 0
        try:
            for index, source in enumerate(sources):
                while begun < len(sources) and len(under_way) < AHEAD:
                    under_way.append(self._begin(plan, sources[begun], priority, decoding))
                    begun += 1
                yield self._finish(plan, under_way.popleft(), index, source, priority)
        finally:
            for journey in under_way:
                if isinstance(journey, Journey):
                    journey.cancel()

    def _begin(self, plan: _Plan, source: str, priority: Priority, decoding: Decoding) -> Journey | str:
        """The sentence on its way, or why it can not go."""
        if plan.route is None or not plan.route.legs:
            return plan.problem
        try:
            return Journey(self._engine, plan.route, _cleaned(source), priority, decoding)
        except TranslationError as error:
            return str(error)

    def _finish(self, plan: _Plan, journey: Journey | str, index: int, source: str, priority: Priority) -> Sentence:
        if isinstance(journey, str) or plan.route is None:
            return Sentence(index, source, source, Origin.ORIGINAL, problem=str(journey))
        try:
            arrival = journey.result()
            if arrival.hypotheses[0].cut:
                arrival = Journey(self._engine, plan.route, _cleaned(source), priority, _NO_LOOPS).result()
        except TranslationError as error:
            return Sentence(index, source, source, Origin.ORIGINAL, problem=str(error))
        return _sentence(index, source, arrival, plan.languages)


def _sentence(index: int, source: str, arrival: Arrival, languages: Pair) -> Sentence:
    best, *others = arrival.hypotheses
    if not best.text:
        problem = "the model gave nothing"
        return Sentence(index, source, source, Origin.ORIGINAL, problem=problem, digests=arrival.digests)
    further = tuple(dict.fromkeys(one.text for one in others if one.text and one.text != best.text))
    found = check(source, best.text, languages, cut=best.cut)
    return Sentence(index, source, best.text, Origin.MODEL, found, further, arrival.digests)


def _cleaned(text: str) -> str:
    """The text as models know it: composed letters, no control characters."""
    return _CONTROL.sub(" ", unicodedata.normalize("NFC", text))
