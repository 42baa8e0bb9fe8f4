"""The questions of readers, as they come in: who may ask, how many at once, and the threads that answer."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog

from portal.interpreter import asides
from portal.interpreter.circle import FirstSeen
from portal.interpreter.place import Place
from portal.interpreter.studio import Studio
from portal.member.e2ee.refusal import Refusal
from portal.member.follower import Follower
from portal.member.work import MemberError
from portal.translation.translator import Options
from portal.wire.ids import AccountId, Id

AT_ONCE: Final = 2
WAITING_MAX: Final = 16
WAITING_EACH: Final = 4
"""Of one account: nobody keeps the others from asking."""
PATIENCE_S: Final = 20.0
"""Nobody waits longer for an answer."""
STILL_S: Final = 60.0
"""A thread that has not moved for so long may never end."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Asked:
    ask: asides.Ask
    place: Place
    account: AccountId
    options: Options


class _Watch:
    """Looks whether an answer moves, and ends it where nobody waits any more. Touched by two threads, by one write."""

    def __init__(self) -> None:
        self._since_s = self.moved_s = time.monotonic()

    def going_on(self) -> bool:
        self.moved_s = time.monotonic()
        return self.moved_s - self._since_s < PATIENCE_S


class Questions:
    """Questions that wait, and those that are being answered. Everything here runs on the follower's thread."""

    def __init__(self, studio: Studio, follower: Follower) -> None:
        self._studio = studio
        self._follower = follower
        self._known = asides.Asked()
        self._waiting: deque[_Asked] = deque()
        self._asking: dict[Id, _Watch] = {}
        self.answered = 0

    def hear(self, place: Place, first: FirstSeen, account: AccountId, content: bytes) -> None:
        """Take in what a member of the room said aside."""
        ask = asides.parse_ask(content, int(time.time() * 1000))
        if ask is None or not self._known.is_new(ask.ask):
            return
        options = Options(glossary=place.desk.glossary(), memory=place.memory(first))
        asked = _Asked(ask, place, account, options)
        problem = self._refusal(asked, first)
        if problem is None:
            self._waiting.append(asked)
            self.go_on()
        else:
            self._answer(asked, asides.Answer(ask.ask, problem=problem))

    def go_on(self) -> bool:
        """Begin with as many as may be answered at once; True if one has hung, so that its model is to be replaced."""
        now_s = time.monotonic()
        hanging = [ask for ask, watch in self._asking.items() if now_s - watch.moved_s > STILL_S]
        for ask in hanging:
            del self._asking[ask]
        while self._waiting and len(self._asking) < AT_ONCE:
            asked = self._waiting.popleft()
            watch = self._asking[asked.ask.ask] = _Watch()
            self._studio.run(self._answering(asked, watch), self._failing(asked))
        return bool(hanging)

    def _refusal(self, asked: _Asked, first: FirstSeen) -> asides.Refusal | None:
        if asked.place.is_off():
            return "off"
        if all(reader.account != asked.account for reader in asked.place.readers(first)):
            return "refused"
        theirs = sum(other.account == asked.account for other in self._waiting)
        return "busy" if len(self._waiting) >= WAITING_MAX or theirs >= WAITING_EACH else None

    def _answering(self, asked: _Asked, watch: _Watch) -> Callable[[], None]:
        def answer() -> None:
            made = asides.answered(asked.ask, self._studio, asked.options, watch.going_on)
            self._follower.soon(lambda: self._answer(asked, made))

        return answer

    def _failing(self, asked: _Asked) -> Callable[[], None]:
        made = asides.Answer(asked.ask.ask, problem="failed")
        return lambda: self._follower.soon(lambda: self._answer(asked, made))

    def _answer(self, asked: _Asked, answer: asides.Answer) -> None:
        self._asking.pop(asked.ask.ask, None)
        encoded = asides.encode_answer(answer, int(time.time() * 1000))
        try:
            self._follower.aside(asked.place.room.data.room, asked.account, encoded)
            self.answered += 1
        except (MemberError, Refusal) as error:
            _log.info("an answer did not arrive", code=error.code)
        self.go_on()
