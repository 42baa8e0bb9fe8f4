"""What moderators see of a hall while they run it: everything, in their language, with what waits for them first."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.server.core.db import Unit
from portal.server.townhall import polls
from portal.server.townhall.commands import UNDO_MS
from portal.server.townhall.hall_models import TownHall
from portal.server.townhall.hall_projection import Projection
from portal.server.townhall.hall_state import HallState, Item, Note, Question
from portal.server.townhall.hall_view import Spoken
from portal.server.townhall.speakers import Speaker, queue
from portal.server.townhall.timers import Timer

Words = dict[str, Any] | None


@dataclass(frozen=True)
class Desk:
    """A hall at one event, as its moderators see it. ``turnout`` is how many voted in the open poll."""

    hall: TownHall
    state: HallState
    waiting: list[Speaker]
    questions: list[Question]
    """Those that nobody has decided about, the oldest first."""
    shown: list[Question]
    notes: list[Note]
    turnout: int
    words: Mapping[str, Words]
    undo_s: int
    """For how many seconds the last command can be taken back."""

    @property
    def timer(self) -> Timer | None:
        """The current item's timer."""
        return None if self.state.item is None else self.state.item.timer

    @property
    def upcoming(self) -> list[Item]:
        """The items that wait."""
        return [item for item in self.state.items.values() if item.standing == "waiting"]

    def said(self, key: str | None) -> Words:
        """Return the words of a text in the moderator's language; None if they are erased."""
        return None if key is None else self.words.get(key)


def desk(unit: Unit, hall: TownHall, projection: Projection, lang: str) -> Desk:
    """Return ``hall`` as it stands now."""
    with projection.lock:
        state = projection.catch_up(unit).copy()
        texts = projection.texts
    poll = state.poll
    questions = sorted(state.questions.values(), key=lambda question: question.number)
    shown = [question for question in questions if question.standing in {"shown", "taken"}]
    return Desk(
        hall=hall,
        state=state,
        waiting=queue(state.speakers.values(), state.current),
        questions=[question for question in questions if question.standing == "waiting"],
        shown=sorted(shown, key=lambda question: (question.standing != "taken", -question.votes, question.number)),
        notes=sorted(state.notes.values(), key=lambda note: -note.number),
        turnout=0 if poll is None else polls.turnout(unit, hall.id, poll.number),
        words={key: Spoken(by_lang, live=True).in_language(lang) for key, by_lang in texts.items()},
        undo_s=_undo_s(state, unit.now_ms),
    )


def _undo_s(state: HallState, now_ms: int) -> int:
    if state.last_command is None:
        return 0
    return max(0, (state.last_command.at_ms + UNDO_MS - now_ms) // 1000)
