"""A sentence's way through the engine: one leg, or two over a pivot, as one future."""

from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, replace

from portal.translation.engine import Answer, Engine, Priority
from portal.translation.errors import ModelFaultError, TranslationError
from portal.translation.model import Decoding, Hypothesis
from portal.translation.router import Route


@dataclass(frozen=True, slots=True)
class Arrival:
    """What came out at the end of the way."""

    hypotheses: tuple[Hypothesis, ...]
    """Best first; of a way over a pivot, those of its last leg."""
    digests: tuple[str, ...]
    """The package of each leg."""


class Journey:
    """Starts a sentence on ``route``; ``result`` waits for it, ``cancel`` gives it up."""

    def __init__(self, engine: Engine, route: Route, text: str, priority: Priority, decoding: Decoding) -> None:
        self._engine = engine
        self._route = route
        self._priority = priority
        self._decoding = decoding
        self._digests: tuple[str, ...] = ()
        self._arrived: Future[Arrival] = Future()
        self._leg = self._submit(0, text)

    def result(self) -> Arrival:
        """Wait for the end of the way.

        Raises TranslationError, also where the engine was closed meanwhile.
        """
        try:
            return self._arrived.result()
        except CancelledError as error:
            msg = "the translation was given up"
            raise ModelFaultError(msg) from error

    def cancel(self) -> None:
        """Do not begin what has not begun; what is being computed is thrown away."""
        self._arrived.cancel()
        self._leg.cancel()

    def _submit(self, leg: int, text: str) -> "Future[Answer]":
        first = leg == 0
        last = leg == len(self._route.legs) - 1
        # Only the end of the way needs a choice; a leg that follows has had its place in the queue already.
        decoding = self._decoding if last else replace(self._decoding, hypotheses=1)
        future = self._engine.submit(self._route.legs[leg], text, self._priority, decoding, unbounded=not first)
        future.add_done_callback(lambda done: self._arrive(leg, done))
        return future

    def _arrive(self, leg: int, done: "Future[Answer]") -> None:
        if done.cancelled() or self._arrived.cancelled():
            self._arrived.cancel()
            return
        error = done.exception()
        if error is not None:
            self._settle(error)
            return
        answer = done.result()
        self._digests = (*self._digests, answer.digest)
        if leg == len(self._route.legs) - 1:
            self._settle(Arrival(answer.hypotheses, self._digests))
            return
        try:
            self._leg = self._submit(leg + 1, answer.hypotheses[0].text)
        except TranslationError as failure:
            self._settle(failure)

    def _settle(self, outcome: Arrival | BaseException) -> None:
        if not self._arrived.set_running_or_notify_cancel():
            return  # given up meanwhile
        if isinstance(outcome, Arrival):
            self._arrived.set_result(outcome)
        else:
            self._arrived.set_exception(outcome)
