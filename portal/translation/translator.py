"""From a text to its translation: segments, route, engine, guards, put together. Never an exception, never nothing.

Whatever fails, fails for its sentence: that one shows its original and says why, the others are translated. A
correction by a person comes before the machine; what must survive is masked; of several hypotheses the one that keeps
the glossary wins.
"""

import re
import unicodedata
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from portal.translation.engine import Engine, Priority
from portal.translation.errors import ModelFaultError, NoModelError, TranslationError
from portal.translation.glossary import Glossary
from portal.translation.guards.check import check
from portal.translation.guards.finding import Finding, Kind
from portal.translation.journey import Arrival, Journey
from portal.translation.masking import Masked, mask
from portal.translation.memory import Memory
from portal.translation.model import Decoding, Hypothesis
from portal.translation.packages.store import Pair, Store
from portal.translation.results import Cause, Origin, Preview, Sentence, Translation
from portal.translation.router import Route, find_route
from portal.translation.segment import Layout, Piece, covering, has_words, lay_out, segment

AHEAD: Final = 64
"""Sentences of one text that are given to the engine before the first is taken: a long text must not fill the queue."""
CHOICE: Final = 4
"""Hypotheses that are asked for where the glossary has a say."""
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u2060\ufeff\ufff9-\ufffb]")
_NO_LOOPS: Final = 4


@dataclass(frozen=True, slots=True)
class Options:
    """How to translate a text."""

    priority: Priority = Priority.LIVE
    alternatives: int = 0
    """Further translations of each sentence to give, if the model has any."""
    glossary: Glossary = Glossary()  # noqa: RUF009 - frozen
    memory: Memory | None = None


LIVE: Final = Options()


@dataclass(frozen=True, slots=True)
class _Plan:
    """A text cut up, and the way that its sentences go."""

    languages: Pair
    pieces: list[Piece]
    route: Route | None
    options: Options
    problem: TranslationError | None = None
    """Why there is no route."""

    @property
    def sources(self) -> list[str]:
        return [piece.text for piece in self.pieces if piece.is_sentence]

    @property
    def layout(self) -> Layout:
        return lay_out(self.pieces, self.languages[1])


@dataclass(frozen=True, slots=True)
class _Sent:
    """A sentence on its way."""

    masked: Masked
    route: Route
    journey: Journey


@dataclass(frozen=True, slots=True)
class Course:
    """A text whose translation has begun."""

    count: int
    """How many sentences it has; 0 where there is nothing to show at all."""
    legs: tuple[Pair, ...]
    """The way; empty where the languages are the same, and where there is none."""
    cause: Cause | None
    """Why there is no way; then ``sentences`` are originals, except where a person has translated one."""
    sentences: Iterator[Sentence]
    """In their order, each as soon as it is there. To stop early, close the iterator."""
    originals: tuple[Sentence, ...]
    """All sentences as they stand, for whoever can not wait any longer for the others."""

    @property
    def via(self) -> str | None:
        """The language between, which the reader is told."""
        return Route(self.legs).via


class Translator:
    """Translates texts with the packages of ``store``."""

    def __init__(self, engine: Engine, store: Store) -> None:
        self._engine = engine
        self._store = store

    def translate(self, text: str, source: str, target: str, options: Options = LIVE) -> Translation:
        """The translation of a whole text."""
        plan = self._plan(text, source, target, options)
        sentences = tuple(self._run(plan))
        around = [part for sentence in sentences for part in (sentence.lead, sentence.text, sentence.tail)]
        return Translation(
            source,
            target,
            "".join(around) if sentences else text,
            sentences,
            None if plan.route is None else plan.route.via,
            next((sentence.problem for sentence in sentences if sentence.problem), ""),
        )

    def stream(self, text: str, source: str, target: str, options: Options = LIVE) -> Iterator[Sentence]:
        """The sentences of a text in their order, each as soon as it is there. To stop early, close the iterator."""
        return self._run(self._plan(text, source, target, options))

    def course(self, text: str, source: str, target: str, options: Options = LIVE, *, first: int = 0) -> Course:
        """Begin with a text; ``first`` is the number of the sentence to begin with."""
        plan = self._plan(text, source, target, options)
        layout = plan.layout
        originals = tuple(_placed(_original(index, one, None), layout) for index, one in enumerate(plan.sources))
        return Course(
            len(originals),
            () if plan.route is None else plan.route.legs,
            None if plan.problem is None else _cause(plan.problem),
            self._run(plan, first),
            originals,
        )

    def preview(self, text: str, source: str, target: str, options: Options = LIVE) -> Preview:
        """How a message will read to the others, and how that reads when it is translated back."""
        there = self.translate(text, source, target, options)
        # A correction of the way there must not hide on the way back what the machine makes of it.
        back = self.translate(there.text, target, source, replace(options, memory=None))
        return Preview(there, back)

    def _plan(self, text: str, source: str, target: str, options: Options) -> _Plan:
        languages = (source, target)
        try:
            route = find_route(self._store.active().keys(), source, target)
            if not route.legs:
                return _Plan(languages, covering(segment(text)), route, options)
            pieces = segment(text, lambda part: self._engine.fits(route.legs[0], _cleaned(part)))
            return _Plan(languages, covering(pieces), route, options)
        except TranslationError as error:
            return _Plan(languages, covering(segment(text)), None, options, error)

    def _run(self, plan: _Plan, first: int = 0) -> Iterator[Sentence]:
        sources, layout = plan.sources, plan.layout
        under_way: deque[_Sent | Sentence] = deque()
        begun = first
        try:
            for index in range(first, len(sources)):
                while begun < len(sources) and len(under_way) < AHEAD:
                    under_way.append(self._begin(plan, begun, sources[begun]))
                    begun += 1
                sent = under_way.popleft()
                done = sent if isinstance(sent, Sentence) else self._finish(plan, sent, index, sources[index])
                yield _placed(done, layout)
        finally:
            for sent in under_way:
                if isinstance(sent, _Sent):
                    sent.journey.cancel()

    def _begin(self, plan: _Plan, index: int, source: str) -> _Sent | Sentence:
        """The sentence on its way, or what can be said of it at once."""
        if not has_words(source):
            return _original(index, source, None)
        memory = plan.options.memory
        corrected = None if memory is None else memory.find(plan.languages, source)
        if corrected is not None:
            return Sentence(index, source, corrected.target, Origin.HUMAN, by=corrected.by)
        if plan.route is None or not plan.route.legs:
            return _original(index, source, plan.problem)
        kept = plan.options.glossary.kept(source, plan.languages[0])
        try:
            return self._send(plan, plan.route, source, mask(_cleaned(source), kept))
        except TranslationError as error:
            return _original(index, source, error)

    def _send(self, plan: _Plan, route: Route, source: str, masked: Masked, no_repeat: int = 0) -> _Sent:
        concerned = plan.options.glossary.concepts_in(source, plan.languages[0])
        wanted = max(plan.options.alternatives + 1, CHOICE if concerned else 1)
        decoding = Decoding(hypotheses=wanted, no_repeat=no_repeat)
        journey = Journey(self._engine, route, masked.text, plan.options.priority, decoding)
        return _Sent(masked, route, journey)

    def _finish(self, plan: _Plan, sent: _Sent, index: int, source: str) -> Sentence:
        try:
            arrival = sent.journey.result()
            if arrival.hypotheses[0].cut:
                arrival = self._send(plan, sent.route, source, sent.masked, _NO_LOOPS).journey.result()
            restored = _restored(sent.masked, arrival)
            if not restored:  # the model lost a code: let it try with the words themselves
                arrival = self._send(plan, sent.route, source, _unmasked(source)).journey.result()
                restored = arrival.hypotheses
        except TranslationError as error:
            return _original(index, source, error)
        return _chosen(plan, index, source, sent.masked, replace(arrival, hypotheses=restored))


def _original(index: int, source: str, problem: TranslationError | None) -> Sentence:
    """The sentence as it stands, and why."""
    words, cause = ("", None) if problem is None else (str(problem), _cause(problem))
    return Sentence(index, source, source, Origin.ORIGINAL, problem=words, cause=cause)


def _cause(problem: TranslationError) -> Cause:
    return Cause.NO_MODEL if isinstance(problem, NoModelError) else Cause.FAILED


def _placed(sentence: Sentence, layout: Layout) -> Sentence:
    """The sentence with its place, and what stands around it."""
    number = sentence.index
    tail = layout.tail if number + 1 == len(layout.places) else ""
    return replace(sentence, at=layout.places[number], lead=layout.leads[number], tail=tail)


def _unmasked(source: str) -> Masked:
    """The sentence as models know it, with all its words."""
    return Masked(_cleaned(source), ())


def _restored(masked: Masked, arrival: Arrival) -> tuple[Hypothesis, ...]:
    """The hypotheses that kept every code, with the words put back."""
    whole = [(masked.restore(one.text), one) for one in arrival.hypotheses]
    return tuple(replace(one, text=text) for text, one in whole if text is not None)


def _chosen(plan: _Plan, index: int, source: str, masked: Masked, arrival: Arrival) -> Sentence:
    """The sentence with the best hypothesis, the others behind it, and what the guards say."""
    offered = [one for one in arrival.hypotheses if one.text]
    if not offered:
        return replace(_original(index, source, ModelFaultError("the model gave nothing")), digests=arrival.digests)
    glossary, languages = plan.options.glossary, plan.languages
    best = offered.pop(glossary.choose(source, [one.text for one in offered], languages))
    others = dict.fromkeys(one.text for one in offered if one.text != best.text)
    found = (
        *check(source, best.text, languages, cut=best.cut, kept=masked.kept),
        *glossary.check(source, best.text, languages),
        *(Finding(Kind.MARK_LOST, lost) for lost in masked.lost(best.text)),
    )
    further = tuple(others)[: plan.options.alternatives]
    return Sentence(index, source, best.text, Origin.MODEL, found, further, arrival.digests)


def _cleaned(text: str) -> str:
    """The text as models know it: composed letters, no control characters."""
    return _CONTROL.sub(" ", unicodedata.normalize("NFC", text))
