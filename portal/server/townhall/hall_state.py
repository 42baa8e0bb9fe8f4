"""From a hall's events to its state: a pure projection, the same whenever and wherever it is made.

It never refuses an event, since what is in the log has happened; whether a command may become an event is decided
before (commands.py). Ids that mean nothing, for example because what they named was undone, are passed over.
"""

import copy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

from portal.server.townhall.hall_events import Event, EventType
from portal.server.townhall.hall_models import HallStanding
from portal.server.townhall.speakers import TURN_S, Speaker
from portal.server.townhall.timers import Timer

HISTORY_MAX: Final = 20
"""Slides of the projector that are remembered."""
ItemKind = Literal["public", "internal", "fixed"]
ItemStanding = Literal["waiting", "current", "done", "withdrawn"]
QuestionStanding = Literal["waiting", "shown", "taken", "answered", "hidden"]
SlideKind = Literal["item", "agenda", "question", "questions", "poll", "speakers", "blank"]


@dataclass(slots=True)
class Item:
    """A point of the agenda. ``internal`` ones are the moderators' alone; ``fixed`` ones, such as a welcome, public."""

    id: str
    kind: ItemKind
    minutes: int
    text: str
    topic: str | None
    standing: ItemStanding = "waiting"
    timer: Timer | None = None
    reason: str | None = None


@dataclass(slots=True)
class Question:
    """A citizen's question; seen by moderators alone until one of them shows it."""

    number: int
    who: str
    item: str | None
    text: str
    votes: int = 0
    standing: QuestionStanding = "waiting"
    reason: str | None = None


@dataclass(slots=True)
class Poll:
    """A poll; it has no counts before it is closed."""

    number: int
    item: str | None
    text: str
    options: tuple[str, ...]
    counts: tuple[int, ...] | None = None
    groups: Mapping[str, list[int]] | None = None

    @property
    def open(self) -> bool:
        """Whether votes are taken."""
        return self.counts is None


@dataclass(slots=True)
class Note:
    """A sentence of what is said, written down by a moderator; public once shown."""

    number: int
    item: str | None
    text: str
    at_ms: int
    shown: bool = False


class Slide(NamedTuple):
    """What a projector shows: a kind, and which one."""

    what: SlideKind
    id: str | int | None = None


BLANK: Final = Slide("blank")


class Command(NamedTuple):
    """The events, ``first`` to ``last``, of one moderator's command, and when it was given."""

    first: int
    last: int
    at_ms: int
    types: tuple[str, ...]


@dataclass(slots=True)
class HallState:
    """A hall after its event ``seq``. ``control_seq`` is the newest event that a moderator's command wrote."""

    seq: int = 0
    control_seq: int = 0
    last_command: Command | None = None
    standing: HallStanding = "planned"
    opened_ms: int | None = None
    hands_open: bool = True
    announcement: str | None = None
    items: dict[str, Item] = field(default_factory=dict)
    current: str | None = None
    speakers: dict[int, Speaker] = field(default_factory=dict)
    questions: dict[int, Question] = field(default_factory=dict)
    polls: dict[int, Poll] = field(default_factory=dict)
    notes: dict[int, Note] = field(default_factory=dict)
    slide: Slide = BLANK
    preview: Slide | None = None
    history: list[Slide] = field(default_factory=list)
    erased: set[str] = field(default_factory=set)

    @property
    def item(self) -> Item | None:
        """The current item."""
        return None if self.current is None else self.items.get(self.current)

    @property
    def upcoming(self) -> Item | None:
        """The first item that still waits."""
        return next((item for item in self.items.values() if item.standing == "waiting"), None)

    @property
    def speaker(self) -> Speaker | None:
        """Whoever has the floor."""
        return next((speaker for speaker in self.speakers.values() if speaker.standing == "speaking"), None)

    @property
    def poll(self) -> Poll | None:
        """The open poll."""
        return next((poll for poll in self.polls.values() if poll.open), None)

    def copy(self) -> "HallState":
        """Return this state as it is now; what is applied to one is not applied to the other."""
        return copy.deepcopy(self)

    def is_internal(self, item: str | None) -> bool:
        """Return whether ``item`` is for moderators alone."""
        found = None if item is None else self.items.get(item)
        return found is not None and found.kind == "internal"


def fold(events: Iterable[Event]) -> HallState:
    """Return the state after ``events`` (all of a hall, in order), leaving out what was undone."""
    known = list(events)
    undone = {
        seq
        for event in known
        if event.type == EventType.UNDONE
        for seq in range(event.payload["first"], event.payload["last"] + 1)
    }
    state = HallState()
    for event in known:
        if event.seq in undone:
            state.seq = event.seq
        else:
            apply(state, event)
    return state


def apply(state: HallState, event: Event) -> None:
    """Bring ``state`` from the event before ``event`` to it; an ``undone`` event needs ``fold`` instead."""
    state.seq = event.seq
    if event.actor == "moderator":
        _note_command(state, event)
    change = _CHANGES.get(event.type)
    if change is not None:
        change(state, event)


def _note_command(state: HallState, event: Event) -> None:
    """Remember the newest command: its first event carries its key, the others follow without a gap."""
    state.control_seq = event.seq
    if event.type == EventType.UNDONE:
        return
    if event.command is not None or state.last_command is None:
        state.last_command = Command(event.seq, event.seq, event.at_ms, (event.type,))
    else:
        last = state.last_command
        state.last_command = last._replace(last=event.seq, types=(*last.types, event.type))


def _opened(state: HallState, event: Event) -> None:
    state.standing = "open"
    state.opened_ms = event.at_ms


def _closed(state: HallState, event: Event) -> None:
    _finish(state, event.at_ms)
    state.standing = "closed"


def _announced(state: HallState, event: Event) -> None:
    state.announcement = event.payload["text"]


def _hands(state: HallState, event: Event) -> None:
    state.hands_open = event.payload["open"]


def _item_added(state: HallState, event: Event) -> None:
    given = event.payload
    item = Item(given["item"], given["kind"], given["minutes"], given["text"], given.get("topic"))
    state.items.setdefault(item.id, item)


def _item_moved(state: HallState, event: Event) -> None:
    moved, before = event.payload["item"], event.payload["before"]
    if moved not in state.items or moved == before:
        return
    order = [item for item in state.items if item != moved]
    order.insert(order.index(before) if before in order else len(order), moved)
    state.items = {item: state.items[item] for item in order}


def _item_started(state: HallState, event: Event) -> None:
    _finish(state, event.at_ms)
    item = state.items.get(event.payload["item"])
    if item is not None:
        state.current = item.id
        item.standing = "current"
        if item.timer is None:
            item.timer = Timer(event.at_ms, item.minutes * 60)
        else:
            item.timer.reopen(event.at_ms)


def _item_finished(state: HallState, event: Event) -> None:
    _finish(state, event.at_ms)


def _finish(state: HallState, at_ms: int) -> None:
    """End the current item, with whoever speaks to it."""
    if state.speaker is not None:
        _end_turn(state.speaker, at_ms)
    item = state.item
    if item is not None and item.standing == "current":
        item.standing = "done"
        if item.timer is not None:
            item.timer.end(at_ms)
    state.current = None


def _item_withdrawn(state: HallState, event: Event) -> None:
    item = state.items.get(event.payload["item"])
    if item is None:
        return
    if item.id == state.current:
        _finish(state, event.at_ms)
    item.standing = "withdrawn"
    item.reason = event.payload["reason"]


def _timers(state: HallState) -> list[Timer]:
    """The timers that pause together: the item's, and that of whoever speaks."""
    timed = (state.item, state.speaker)
    return [subject.timer for subject in timed if subject is not None and subject.timer is not None]


def _paused(state: HallState, event: Event) -> None:
    for timer in _timers(state):
        timer.pause(event.at_ms)


def _resumed(state: HallState, event: Event) -> None:
    for timer in _timers(state):
        timer.resume(event.at_ms)


def _extended(state: HallState, event: Event) -> None:
    if state.item is not None and state.item.timer is not None:
        state.item.timer.budget_s = max(0, state.item.timer.budget_s + event.payload["seconds"])


def _hand_raised(state: HallState, event: Event) -> None:
    given = event.payload
    state.speakers[event.seq] = Speaker(event.seq, given["who"], given["community"], state.current, given["order"])


def _hand_lowered(state: HallState, event: Event) -> None:
    speaker = state.speakers.get(event.payload["speaker"])
    if speaker is not None and speaker.standing == "waiting":
        speaker.standing = "gone"


def _called(state: HallState, event: Event) -> None:
    speaker = state.speakers.get(event.payload["speaker"])
    if state.speaker is not None:
        _end_turn(state.speaker, event.at_ms)
    if speaker is not None:
        speaker.standing = "speaking"
        speaker.out_of_turn = event.payload["out_of_turn"]
        speaker.timer = Timer(event.at_ms, event.payload.get("seconds", TURN_S))


def _turn_ended(state: HallState, event: Event) -> None:
    speaker = state.speakers.get(event.payload["speaker"])
    if speaker is not None:
        _end_turn(speaker, event.at_ms)


def _end_turn(speaker: Speaker, at_ms: int) -> None:
    speaker.standing = "done"
    if speaker.timer is not None:
        speaker.timer.end(at_ms)


def _asked(state: HallState, event: Event) -> None:
    given = event.payload
    state.questions[event.seq] = Question(event.seq, given["who"], given["item"], given["text"])


def _votes_counted(state: HallState, event: Event) -> None:
    for number, votes in event.payload["votes"].items():
        question = state.questions.get(int(number))
        if question is not None:
            question.votes = votes


def _question_becomes(standing: QuestionStanding) -> Callable[[HallState, Event], None]:
    def change(state: HallState, event: Event) -> None:
        question = state.questions.get(event.payload["question"])
        if question is None:
            return
        if standing == "taken":
            for other in state.questions.values():
                other.standing = "answered" if other.standing == "taken" else other.standing
        question.standing = standing
        question.reason = event.payload.get("reason")

    return change


def _poll_opened(state: HallState, event: Event) -> None:
    given = event.payload
    state.polls[event.seq] = Poll(event.seq, given["item"], given["text"], tuple(given["options"]))


def _poll_closed(state: HallState, event: Event) -> None:
    poll = state.polls.get(event.payload["poll"])
    if poll is not None:
        poll.counts = tuple(event.payload["counts"])
        poll.groups = event.payload["groups"]


def _note_taken(state: HallState, event: Event) -> None:
    given = event.payload
    state.notes[event.seq] = Note(event.seq, given["item"], given["text"], event.at_ms)


def _note_visible(*, shown: bool) -> Callable[[HallState, Event], None]:
    def change(state: HallState, event: Event) -> None:
        note = state.notes.get(event.payload["note"])
        if note is not None:
            note.shown = shown

    return change


def _previewed(state: HallState, event: Event) -> None:
    state.preview = _slide(event.payload)


def _projected(state: HallState, event: Event) -> None:
    if state.slide != BLANK:
        state.history = [state.slide, *state.history][:HISTORY_MAX]
    state.slide = _slide(event.payload)
    if state.preview == state.slide:
        state.preview = None


def _slide(payload: Mapping[str, Any]) -> Slide:
    return Slide(payload["what"], payload["id"])


def _erased(state: HallState, event: Event) -> None:
    state.erased.add(event.payload["text"])


_CHANGES: Final[Mapping[str, Callable[[HallState, Event], None]]] = {
    EventType.OPENED: _opened,
    EventType.CLOSED: _closed,
    EventType.ANNOUNCED: _announced,
    EventType.HANDS: _hands,
    EventType.ITEM_ADDED: _item_added,
    EventType.ITEM_MOVED: _item_moved,
    EventType.ITEM_STARTED: _item_started,
    EventType.ITEM_FINISHED: _item_finished,
    EventType.ITEM_WITHDRAWN: _item_withdrawn,
    EventType.TIMER_PAUSED: _paused,
    EventType.TIMER_RESUMED: _resumed,
    EventType.TIMER_EXTENDED: _extended,
    EventType.HAND_RAISED: _hand_raised,
    EventType.HAND_LOWERED: _hand_lowered,
    EventType.SPEAKER_CALLED: _called,
    EventType.SPEAKER_ENDED: _turn_ended,
    EventType.ASKED: _asked,
    EventType.SHOWN: _question_becomes("shown"),
    EventType.HIDDEN: _question_becomes("hidden"),
    EventType.TAKEN: _question_becomes("taken"),
    EventType.ANSWERED: _question_becomes("answered"),
    EventType.VOTES_COUNTED: _votes_counted,
    EventType.POLL_OPENED: _poll_opened,
    EventType.POLL_CLOSED: _poll_closed,
    EventType.NOTE_TAKEN: _note_taken,
    EventType.NOTE_SHOWN: _note_visible(shown=True),
    EventType.NOTE_HIDDEN: _note_visible(shown=False),
    EventType.PREVIEWED: _previewed,
    EventType.PROJECTED: _projected,
    EventType.ERASED: _erased,
}
