"""Where translations are made: every text in a thread of its own, in front of the engine's queue.

Models compute outside the GIL and may take long, fail or hang. So nobody waits here: whoever gave a task looks now and
then what has come of it (``Task.take``), and gives up one that has not moved for too long.
"""

import threading
import time
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from portal.interpreter.desk import Wanted
from portal.interpreter.languages import base, declared_language, detectable, source_language
from portal.interpreter.writing import SENTENCES_MAX, Heading
from portal.member.translation_content import Problem
from portal.translation.detection import Detector
from portal.translation.engine import DEFAULT_TUNING, Engine, Tuning
from portal.translation.errors import TranslationError
from portal.translation.packages.store import Pair, Store
from portal.translation.results import Cause, Origin, Sentence
from portal.translation.router import find_route
from portal.translation.segment import has_words
from portal.translation.translator import Course, Options, Translator

_CLOSING_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Progress:
    """What came of a task since somebody looked last.

    ``heading`` is None until the translation has begun; ``problem`` says why there is none. ``ended``: nothing more
    comes. Without heading and problem at its end there is nothing to translate.
    """

    heading: Heading | None
    sentences: tuple[Sentence, ...]
    problem: Problem | None
    from_: str
    ended: bool


class Task:
    """One text on its way. Its own thread adds, others take."""

    def __init__(self, wanted: Wanted, options: Options, told: Callable[[], None]) -> None:
        self.wanted = wanted
        self.options = options
        self._told = told
        self._lock = threading.Lock()
        self._progress = Progress(None, (), None, "", ended=False)
        self._left: tuple[Sentence, ...] = ()
        self._moved_s = time.monotonic()
        self._waiting_since_s: float | None = None
        self._cancelled = False

    def begin(self, heading: Heading, originals: tuple[Sentence, ...]) -> None:
        """Say how many sentences there will be."""
        with self._lock:
            self._progress = replace(self._progress, heading=heading, from_=heading.from_)
            self._left = originals
        self._move()

    def add(self, sentence: Sentence) -> bool:
        """Hand over the next sentence; False if nobody wants any more of them."""
        with self._lock:
            if self._progress.ended:
                return False
            self._progress = replace(self._progress, sentences=(*self._progress.sentences, sentence))
            self._left = self._left[1:]
            if self._waiting_since_s is None:
                self._waiting_since_s = time.monotonic()
        self._move()
        return not self._cancelled

    def end(self, problem: Problem | None = None, from_: str = "") -> None:
        """Say that nothing more comes. What was said to be the end stays it."""
        with self._lock:
            if not self._progress.ended:
                known = self._progress.from_ or from_
                self._progress = replace(self._progress, problem=problem, from_=known, ended=True)
        self._move()

    def give_up(self) -> None:
        """End it from outside: what is missing stays in its original, with the reason."""
        with self._lock:
            progress, left = self._progress, self._left
            if progress.ended:
                return
            self._cancelled = True
            begun = progress.heading is not None
            rest = tuple(_failed(one) for one in left) if begun else ()
            problem: Problem | None = None if begun else "failed"
            self._progress = replace(progress, sentences=(*progress.sentences, *rest), problem=problem, ended=True)
        self._told()

    def cancel(self) -> None:
        """Let it end soon; what comes of it is not wanted any more."""
        self._cancelled = True

    def take(self, *, ripe: int, after_s: float) -> Progress | None:
        """Return what is new, if it is ``ripe`` sentences, or waits for ``after_s``, or the end; else None."""
        with self._lock:
            progress, since_s = self._progress, self._waiting_since_s
            waits = since_s is not None and time.monotonic() - since_s >= after_s
            if not (progress.ended or waits or len(progress.sentences) >= ripe):
                return None
            self._progress = replace(progress, sentences=())
            self._waiting_since_s = None
            return progress

    @property
    def is_ended(self) -> bool:
        """Whether nothing more comes."""
        with self._lock:
            return self._progress.ended

    def still_s(self) -> float:
        """Return for how long nothing has come."""
        with self._lock:
            return time.monotonic() - self._moved_s

    def _move(self) -> None:
        with self._lock:
            self._moved_s = time.monotonic()
        self._told()


class Studio:
    """The engine with its threads. ``languages`` are those that texts may be in beside what packages translate."""

    def __init__(self, packages: Store, languages: Collection[str], tuning: Tuning = DEFAULT_TUNING) -> None:
        self._packages = packages
        self._languages = frozenset(languages)
        self._tuning = tuning
        self._engine = Engine(packages, tuning)
        self._detector = Detector(frozenset())
        self._expected: frozenset[str] = frozenset()
        self._lock = threading.Lock()

    def start(self, task: Task) -> None:
        """Translate in a thread; that may never end, so nothing waits for it."""
        self.run(lambda: self._translate(task), task.give_up)

    def run(self, work: Callable[[], None], failed: Callable[[], None]) -> None:
        """Do ``work`` in a thread; ``failed`` is called if it ends by a fault."""

        def guarded() -> None:
            done = False
            try:
                work()
                done = True
            finally:  # the fault itself is reported by threading.excepthook
                if not done:
                    failed()

        threading.Thread(target=guarded, name="interpreter task", daemon=True).start()

    def can(self, source: str, target: str) -> bool:
        """Tell whether there are packages for this way by now."""
        with suppress(TranslationError):
            find_route(self._packages.active().keys(), source, target)
            return True
        return False

    @property
    def pairs(self) -> Collection[Pair]:
        """The directions for which there are packages."""
        return self._packages.active().keys()

    @property
    def translator(self) -> Translator:
        """The translator of now; see ``renew``."""
        return Translator(self._engine, self._packages)

    def language_of(self, text: str, declared: str, read: Iterable[str] = ()) -> str:
        """Return the language of a text, or "" if nobody knows."""
        expected = detectable(self._packages.active(), read, self._languages)
        stated = declared_language(declared)
        if stated and base(stated) not in expected:
            return stated  # it can not be told from the others, and there is no package for it
        with self._lock:
            if expected != self._expected:
                self._detector, self._expected = Detector(expected), expected
            detector = self._detector
        return source_language(declared, detector.detect(text))

    def renew(self) -> None:
        """Go on with fresh models after some that hang. Their threads are lost: nothing can end them."""
        self._engine = Engine(self._packages, self._tuning)

    def close(self) -> None:
        """End the engine, or leave it to the end of the process if a model does not let it."""
        closing = threading.Thread(target=self._engine.close, daemon=True)
        closing.start()
        closing.join(_CLOSING_S)

    def _translate(self, task: Task) -> None:
        wanted = task.wanted
        words = has_words(wanted.text)
        from_ = declared_language(wanted.declared)
        if words:
            from_ = self.language_of(wanted.text, wanted.declared, [wanted.to])
        if words and not from_:
            task.end("unknown_language")
        elif base(from_) == base(wanted.to):
            task.end()  # it is read as it stands
        else:
            # What has no words needs no model: it is the same in every language.
            self._follow(task, from_, from_ if words else wanted.to)

    def _follow(self, task: Task, from_: str, spoken: str) -> None:
        wanted = task.wanted
        course, first = self._course(task, spoken, wanted.given), wanted.given
        if course.count != wanted.of and first:  # cut up otherwise than before: the series begins anew
            course, first = self._course(task, spoken, 0), 0
        if course.count > SENTENCES_MAX:
            task.end("too_long", from_)
            return
        version = task.options.glossary.version if task.options.glossary.concepts else ""
        heading = Heading(wanted, from_, course.legs, course.count, version)
        if course.cause is not None:
            self._without_models(task, heading, course)
            return
        if course.count:
            task.begin(heading, course.originals[first:])
        for sentence in course.sentences:
            if not task.add(sentence):
                break
        task.end(None, from_)

    def _course(self, task: Task, spoken: str, first: int) -> Course:
        wanted = task.wanted
        return self.translator.course(wanted.text, spoken, wanted.to, task.options, first=first)

    def _without_models(self, task: Task, heading: Heading, course: Course) -> None:
        """What people have translated, else the reason why there is nothing."""
        sentences = list(course.sentences)
        if course.cause is not None and not any(one.origin is Origin.HUMAN for one in sentences):
            task.end(course.cause.value, heading.from_)
            return
        task.begin(heading, course.originals)
        for sentence in sentences:
            task.add(sentence)
        task.end(None, heading.from_)


def _failed(sentence: Sentence) -> Sentence:

    return replace(sentence, cause=Cause.FAILED)
