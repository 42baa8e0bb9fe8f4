"""From a moderator's order and the hall's state to the events that carry it out, or a refusal. Pure.

Each function below answers one order of orders.MODERATORS. UserError ``hall.refused`` carries the ``reason`` for which
the hall, as it stands, does not allow it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from portal.server.townhall import orders
from portal.server.townhall.hall_events import EventType, NewEvent, Words
from portal.server.townhall.hall_state import BLANK, HallState, Item, Question, Slide
from portal.server.townhall.speakers import Speaker, queue
from portal.wire.errors import UserError

UNDO_MS: Final = 10_000
"""How long a moderator may take back what was done last."""
# What everyone has seen, or what is gone, can not be taken back.
_FINAL: Final = frozenset({EventType.POLL_CLOSED, EventType.ERASED})


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a decision needs besides the state: hall and order by name, the time, and the votes of a poll.

    ``counted`` returns the votes by option and, where groups are large enough to be shown, by community.
    """

    hall: str
    now_ms: int
    counted: Callable[[int, int], tuple[list[int], dict[str, list[int]] | None]]

    def text_key(self, order: orders.Order, part: str = "") -> str:
        """Return the key of a text that ``order`` brings; the same order always gives the same."""
        return f"hall:{self.hall}:{order.key}{part}"


Decision = Callable[[HallState, Any, Circumstances], list[NewEvent]]


def decide(state: HallState, order: orders.ModeratorOrder, around: Circumstances) -> list[NewEvent]:
    """Return the events of ``order``.

    Raises:
        UserError: hall.refused with a ``reason``.
    """
    if state.standing == "closed" and order.command not in _AFTERWARDS:
        raise refusal("closed")
    return _DECISIONS[order.command](state, order, around)


def refusal(reason: str) -> UserError:
    """Return the refusal for a ``reason`` of the catalogue (``refused.<reason>``)."""
    return UserError("hall.refused", reason=reason)


def open_for_words(state: HallState) -> None:
    """Let pass what needs an open hall."""
    if state.standing != "open":
        raise refusal("not_open")


def item_of(state: HallState, name: str) -> Item:
    """Return the item ``name``; refuses what is not on the agenda."""
    item = state.items.get(name)
    if item is None:
        raise refusal("item")
    return item


def _open(state: HallState, _order: Any, _around: Circumstances) -> list[NewEvent]:
    if state.standing != "planned":
        raise refusal("open_already")
    return [NewEvent(EventType.OPENED)]


def _close(state: HallState, _order: Any, _around: Circumstances) -> list[NewEvent]:
    open_for_words(state)
    if state.poll is not None:
        raise refusal("poll_open")
    return [NewEvent(EventType.CLOSED)]


def _announce(_state: HallState, order: orders.Saying, around: Circumstances) -> list[NewEvent]:
    key = around.text_key(order)
    return [NewEvent(EventType.ANNOUNCED, {"text": key}, {key: Words(order.text, order.lang)})]


def _clear(_state: HallState, _order: Any, _around: Circumstances) -> list[NewEvent]:
    return [NewEvent(EventType.ANNOUNCED, {"text": None})]


def _hands(_state: HallState, order: orders.Hands, _around: Circumstances) -> list[NewEvent]:
    return [NewEvent(EventType.HANDS, {"open": order.open})]


def _next(state: HallState, _order: Any, _around: Circumstances) -> list[NewEvent]:
    open_for_words(state)
    upcoming = state.upcoming
    if upcoming is None:
        raise refusal("no_next")
    return _started(state, upcoming)


def _start(state: HallState, order: orders.OnItem, _around: Circumstances) -> list[NewEvent]:
    open_for_words(state)
    item = item_of(state, order.item)
    if item.standing in {"current", "withdrawn"}:
        raise refusal("item")
    return _started(state, item)


def _started(state: HallState, item: Item) -> list[NewEvent]:
    """Events that finish the current item, start ``item``, and put it on the projector unless it is internal."""
    slide = BLANK if item.kind == "internal" else Slide("item", item.id)
    finished = [NewEvent(EventType.ITEM_FINISHED, {"item": state.current})] if state.current else []
    shown = [] if slide == state.slide else [NewEvent(EventType.PROJECTED, slide._asdict())]
    return [*finished, NewEvent(EventType.ITEM_STARTED, {"item": item.id}), *shown]


def _finish(state: HallState, _order: Any, _around: Circumstances) -> list[NewEvent]:
    if state.current is None:
        raise refusal("no_item")
    return [NewEvent(EventType.ITEM_FINISHED, {"item": state.current})]


def _add(_state: HallState, order: orders.Add, around: Circumstances) -> list[NewEvent]:
    key = around.text_key(order)
    given = {"item": order.key, "kind": order.kind, "minutes": order.minutes, "text": key, "topic": None}
    return [NewEvent(EventType.ITEM_ADDED, given, {key: Words(order.text, order.lang)})]


def _withdraw(state: HallState, order: orders.Withdraw, around: Circumstances) -> list[NewEvent]:
    item = item_of(state, order.item)
    if item.standing in {"done", "withdrawn"}:
        raise refusal("item")
    key = around.text_key(order)
    reason = {key: Words(order.text, order.lang)}
    events = [NewEvent(EventType.ITEM_WITHDRAWN, {"item": item.id, "reason": key}, reason)]
    if state.slide == Slide("item", item.id):
        events.append(NewEvent(EventType.PROJECTED, BLANK._asdict()))
    return events


def _move(state: HallState, order: orders.Move, around: Circumstances) -> list[NewEvent]:
    item = item_of(state, order.item)
    if item.standing != "waiting" or (order.before and item_of(state, order.before).standing != "waiting"):
        raise refusal("item")
    key = around.text_key(order)
    given = {"item": item.id, "before": order.before or None, "reason": key}
    return [NewEvent(EventType.ITEM_MOVED, given, {key: Words(order.text, order.lang)})]


def _timer(kind: EventType) -> Decision:
    def decision(state: HallState, order: Any, _around: Circumstances) -> list[NewEvent]:
        if state.item is None or state.item.timer is None:
            raise refusal("no_item")
        paused = state.item.timer.paused_at_ms is not None
        if paused is (kind == EventType.TIMER_PAUSED) and kind != EventType.TIMER_EXTENDED:
            raise refusal("timer")
        return [NewEvent(kind, {"seconds": order.seconds} if kind == EventType.TIMER_EXTENDED else {})]

    return decision


def _call(state: HallState, order: orders.Call, _around: Circumstances) -> list[NewEvent]:
    open_for_words(state)
    waiting = queue(state.speakers.values(), state.current)
    if not waiting:
        raise refusal("no_speaker")
    first = waiting[0]
    number = order.speaker or first.number
    if all(speaker.number != number for speaker in waiting):
        raise refusal("speaker")
    called = {"speaker": number, "seconds": order.seconds, "out_of_turn": number != first.number}
    return [*_ended(state), NewEvent(EventType.SPEAKER_CALLED, called)]


def _end_turn(state: HallState, _order: Any, _around: Circumstances) -> list[NewEvent]:
    if state.speaker is None:
        raise refusal("no_speaker")
    return _ended(state)


def _ended(state: HallState) -> list[NewEvent]:
    speaker: Speaker | None = state.speaker
    return [] if speaker is None else [NewEvent(EventType.SPEAKER_ENDED, {"speaker": speaker.number})]


def _dismiss(state: HallState, order: orders.OnSpeaker, _around: Circumstances) -> list[NewEvent]:
    speaker = state.speakers.get(order.speaker)
    if speaker is None or speaker.standing != "waiting":
        raise refusal("speaker")
    return [NewEvent(EventType.HAND_LOWERED, {"speaker": speaker.number})]


def _question(kind: EventType, *allowed: str) -> Decision:
    def decision(state: HallState, order: orders.OnQuestion, _around: Circumstances) -> list[NewEvent]:
        question = _known_question(state, order.question)
        if question.standing not in allowed:
            raise refusal("question")
        given: dict[str, Any] = {"question": question.number}
        if isinstance(order, orders.Hide):
            given["reason"] = order.reason
        return [NewEvent(kind, given)]

    return decision


def _take(state: HallState, order: orders.OnQuestion, _around: Circumstances) -> list[NewEvent]:
    """A question is answered now: it becomes public if it was not, and stands on the projector."""
    question = _known_question(state, order.question)
    if question.standing == "hidden":
        raise refusal("question")
    taken = {"question": question.number}
    return [
        NewEvent(EventType.TAKEN, taken),
        NewEvent(EventType.PROJECTED, Slide("question", question.number)._asdict()),
    ]


def _erase(state: HallState, order: orders.OnQuestion, _around: Circumstances) -> list[NewEvent]:
    question = _known_question(state, order.question)
    return [
        NewEvent(EventType.HIDDEN, {"question": question.number, "reason": "personal_data"}),
        NewEvent(EventType.ERASED, {"text": question.text}),
    ]


def _known_question(state: HallState, number: int) -> Question:
    question = state.questions.get(number)
    if question is None or question.text in state.erased:
        raise refusal("question")
    return question


def _open_poll(state: HallState, order: orders.OpenPoll, around: Circumstances) -> list[NewEvent]:
    open_for_words(state)
    if state.poll is not None:
        raise refusal("poll_open")
    if state.is_internal(state.current):
        raise refusal("internal")
    options = order.options.split("\n")
    keys = [around.text_key(order, f":{number}") for number in range(len(options))]
    texts = {key: Words(option, order.lang) for key, option in zip(keys, options, strict=True)}
    texts[around.text_key(order)] = Words(order.text, order.lang)
    given = {"item": state.current, "text": around.text_key(order), "options": keys}
    return [NewEvent(EventType.POLL_OPENED, given, texts)]


def _close_poll(state: HallState, order: orders.OnPoll, around: Circumstances) -> list[NewEvent]:
    poll = state.polls.get(order.poll)
    if poll is None or not poll.open:
        raise refusal("poll")
    counts, groups = around.counted(poll.number, len(poll.options))
    return [NewEvent(EventType.POLL_CLOSED, {"poll": poll.number, "counts": counts, "groups": groups})]


def _note(state: HallState, order: orders.Saying, around: Circumstances) -> list[NewEvent]:
    key = around.text_key(order)
    return [NewEvent(EventType.NOTE_TAKEN, {"text": key, "item": state.current}, {key: Words(order.text, order.lang)})]


def _noted(kind: EventType) -> Decision:
    def decision(state: HallState, order: orders.OnNote, _around: Circumstances) -> list[NewEvent]:
        note = state.notes.get(order.note)
        if note is None or note.shown is (kind == EventType.NOTE_SHOWN):
            raise refusal("note")
        if kind == EventType.NOTE_SHOWN and state.is_internal(note.item):
            raise refusal("internal")
        return [NewEvent(kind, {"note": note.number})]

    return decision


def _project(kind: EventType) -> Decision:
    def decision(state: HallState, order: orders.Project, _around: Circumstances) -> list[NewEvent]:
        return [NewEvent(kind, _slide(state, order)._asdict())]

    return decision


def _slide(state: HallState, order: orders.Project) -> Slide:
    """The slide that ``order`` names; refuses what is not there, and what the public may not see."""
    if order.what == "item":
        if item_of(state, order.id).kind == "internal":
            raise refusal("internal")
        return Slide("item", order.id)
    if order.what not in {"question", "poll"}:
        return Slide(order.what)
    number = int(order.id) if order.id.isascii() and order.id.isdecimal() and len(order.id) <= 15 else 0
    if order.what == "question" and _known_question(state, number).standing in {"waiting", "hidden"}:
        raise refusal("question")
    if order.what == "poll" and (number not in state.polls or state.is_internal(state.polls[number].item)):
        raise refusal("poll")
    return Slide(order.what, number)


def _back(state: HallState, _order: Any, _around: Circumstances) -> list[NewEvent]:
    if not state.history:
        raise refusal("slide")
    return [NewEvent(EventType.PROJECTED, state.history[0]._asdict())]


def _undo(state: HallState, _order: Any, around: Circumstances) -> list[NewEvent]:
    last = state.last_command
    if last is None or around.now_ms - last.at_ms > UNDO_MS:
        raise refusal("nothing_to_undo")
    if _FINAL.intersection(last.types):
        raise refusal("final")
    return [NewEvent(EventType.UNDONE, {"first": last.first, "last": last.last})]


_AFTERWARDS: Final = frozenset({"undo", "show_note", "hide_note", "hide", "erase", "project"})
"""What is still possible once a hall is closed."""
_DECISIONS: Final[Mapping[str, Decision]] = MappingProxyType(
    {
        "open": _open,
        "close": _close,
        "announce": _announce,
        "clear": _clear,
        "hands": _hands,
        "next": _next,
        "start": _start,
        "finish": _finish,
        "add": _add,
        "withdraw": _withdraw,
        "move": _move,
        "pause": _timer(EventType.TIMER_PAUSED),
        "resume": _timer(EventType.TIMER_RESUMED),
        "extend": _timer(EventType.TIMER_EXTENDED),
        "call": _call,
        "end_turn": _end_turn,
        "dismiss": _dismiss,
        "show": _question(EventType.SHOWN, "waiting", "hidden"),
        "hide": _question(EventType.HIDDEN, "waiting", "shown", "taken", "answered"),
        "take": _take,
        "answered": _question(EventType.ANSWERED, "shown", "taken"),
        "erase": _erase,
        "poll": _open_poll,
        "close_poll": _close_poll,
        "note": _note,
        "show_note": _noted(EventType.NOTE_SHOWN),
        "hide_note": _noted(EventType.NOTE_HIDDEN),
        "project": _project(EventType.PROJECTED),
        "preview": _project(EventType.PREVIEWED),
        "back": _back,
        "undo": _undo,
    }
)
