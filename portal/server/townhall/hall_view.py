"""What the public sees of a hall: parts by their paths, in every language until someone's language is chosen.

A part's path has one or two names ("now", "questions.17"); its value is JSON with ``Spoken`` where people's words
stand. Two views differ in some parts, and those are all that followers are sent. Nothing of internal items, hidden
questions, unshown notes, running counts or persons is ever put into a view.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from portal.server.townhall import speakers
from portal.server.townhall.hall_state import BLANK, HallState, Item, Note, Poll, Question, Slide
from portal.server.townhall.speakers import Speaker
from portal.server.townhall.timers import Timer

NOTES_MAX: Final = 200
"""Notes that a view holds, the newest; all of them go into the minutes."""
View = dict[str, Any]


class Wording(NamedTuple):
    """A text in one language. ``origin`` is original, machine or human; ``checked``: a person read it over."""

    lang: str
    text: str
    origin: str
    checked: bool


Texts = Mapping[str, Mapping[str, Wording]]
"""Public texts by key and language."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """Someone's words: the original, and translations by language. ``live``: a machine's are shown unchecked."""

    by_lang: Mapping[str, Wording]
    live: bool = False

    def in_language(self, lang: str) -> dict[str, Any] | None:
        """Return the words for readers of ``lang``, the original beside a translation; None if they were erased."""
        original = next((wording for wording in self.by_lang.values() if wording.origin == "original"), None)
        if original is None:
            return None
        shown = self.by_lang.get(lang, original)
        if not (shown.checked or self.live):
            shown = original
        spoken: dict[str, Any] = {"text": shown.text, "lang": shown.lang}
        if shown is not original:
            by = "checked" if shown.checked else "machine"
            spoken |= {"by": by, "original": original.text, "original_lang": original.lang}
        return spoken


@dataclass(frozen=True, slots=True)
class _Public:
    """What one view is made of."""

    state: HallState
    texts: Texts

    def said(self, key: str | None, *, live: bool = False) -> Spoken | None:
        if key is None or key in self.state.erased:
            return None
        return Spoken(self.texts.get(key, {}), live)


def public_view(state: HallState, texts: Texts) -> View:
    """Return everything that the public may see of ``state``, by path."""
    made = _Public(state, texts)
    questions = [question for question in state.questions.values() if question.standing not in {"waiting", "hidden"}]
    polls = [poll for poll in state.polls.values() if not state.is_internal(poll.item)]
    notes = [note for note in state.notes.values() if note.shown and not state.is_internal(note.item)]
    return {
        "standing": state.standing,
        "announcement": made.said(state.announcement),
        "items": [_item(made, item) for item in state.items.values() if item.kind != "internal"],
        "now": _now(made),
        "next": _next(made),
        "recess": state.is_internal(state.current),
        "hands_open": state.hands_open,
        "speaker": None if state.speaker is None or state.is_internal(state.current) else _speaker(state.speaker),
        "queue": [_speaker(speaker) for speaker in waiting(state)],
        "slide": slide_of(state, state.slide),
        **{f"questions.{question.number}": _question(made, question) for question in questions},
        **{f"polls.{poll.number}": _poll(made, poll) for poll in polls},
        **{f"notes.{note.number}": _note(made, note) for note in notes[-NOTES_MAX:]},
    }


def waiting(state: HallState) -> list[Speaker]:
    """Return who waits to speak to the current item, in order; nobody sees who waits behind closed doors."""
    if state.is_internal(state.current):
        return []
    return speakers.queue(state.speakers.values(), state.current)


def differences(before: View, after: View) -> View:
    """Return the parts of ``after`` that are not so in ``before``; those that are gone are None."""
    changed = {path: value for path, value in after.items() if path not in before or before[path] != value}
    return changed | {path: None for path in before if path not in after}


def localized(value: Any, lang: str) -> Any:
    """Return ``value`` as JSON with all words for readers of ``lang``."""
    if isinstance(value, Spoken):
        return value.in_language(lang)
    if isinstance(value, dict):
        return {key: localized(inner, lang) for key, inner in value.items()}
    if isinstance(value, list):
        return [localized(inner, lang) for inner in value]
    return value


def document(view: View, lang: str) -> dict[str, Any]:
    """Return ``view`` in one language as one object: collections by number, as pages and /state hold it."""
    whole: dict[str, Any] = {"questions": {}, "polls": {}, "notes": {}}
    for path, value in view.items():
        collection, _, number = path.partition(".")
        if number:
            whole[collection][number] = localized(value, lang)
        else:
            whole[path] = localized(value, lang)
    return whole


def slide_of(state: HallState, slide: Slide) -> dict[str, Any]:
    """Return what a projector needs of ``slide``; blank for what is gone, and always for internal items."""
    what, found = slide.what, slide.id
    named = {"item": state.items, "question": state.questions, "poll": state.polls}.get(what)
    subject = None if named is None else named.get(found)  # type: ignore[attr-defined]
    if named is not None and (subject is None or _is_closed_to_public(state, subject)):
        what, found = BLANK
    return {"what": what, "id": found}


def _is_closed_to_public(state: HallState, subject: Item | Question | Poll) -> bool:
    if isinstance(subject, Item):
        return subject.kind == "internal"
    if isinstance(subject, Question):
        return subject.standing in {"waiting", "hidden"}
    return state.is_internal(subject.item)


def _item(made: _Public, item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "kind": item.kind,
        "title": made.said(item.text),
        "minutes": item.minutes,
        "standing": item.standing,
        "timer": _timer(item.timer),
        "reason": made.said(item.reason),
        "topic": item.topic,
    }


def _now(made: _Public) -> dict[str, Any] | None:
    item = made.state.item
    return None if item is None or item.kind == "internal" else _item(made, item)


def _next(made: _Public) -> dict[str, Any] | None:
    found = (item for item in made.state.items.values() if item.standing == "waiting" and item.kind != "internal")
    item = next(found, None)
    return None if item is None else _item(made, item)


def _speaker(speaker: Speaker) -> dict[str, Any]:
    return {
        "number": speaker.number,
        "community": speaker.community,
        "order": speaker.order,
        "out_of_turn": speaker.out_of_turn,
        "timer": _timer(speaker.timer),
    }


def _question(made: _Public, question: Question) -> dict[str, Any]:
    return {
        "number": question.number,
        "text": made.said(question.text, live=True),
        "votes": question.votes,
        "standing": question.standing,
        "item": None if made.state.is_internal(question.item) else question.item,
    }


def _poll(made: _Public, poll: Poll) -> dict[str, Any]:
    return {
        "number": poll.number,
        "text": made.said(poll.text),
        "options": [made.said(option) for option in poll.options],
        "open": poll.open,
        "counts": None if poll.counts is None else list(poll.counts),
        "groups": None if poll.groups is None else {community: list(row) for community, row in poll.groups.items()},
    }


def _note(made: _Public, note: Note) -> dict[str, Any]:
    return {"number": note.number, "text": made.said(note.text), "item": note.item, "at_ms": note.at_ms}


def _timer(timer: Timer | None) -> dict[str, Any] | None:
    if timer is None:
        return None
    return {
        "started_at_ms": timer.started_at_ms,
        "budget_s": timer.budget_s,
        "paused_total_ms": timer.paused_total_ms,
        "paused_at_ms": timer.paused_at_ms,
        "ended_at_ms": timer.ended_at_ms,
    }


def lists(view: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return what a ``document`` holds in the order in which pages show it; hall.ts has the same."""
    questions = sorted(view["questions"].values(), key=lambda question: (-question["votes"], question["number"]))
    polls = sorted(view["polls"].values(), key=lambda poll: -poll["number"])
    return {
        "taken": [question for question in questions if question["standing"] == "taken"],
        "asked": [question for question in questions if question["standing"] == "shown"],
        "answered": [question for question in questions if question["standing"] == "answered"],
        "open_polls": [poll for poll in polls if poll["open"]],
        "closed_polls": [poll for poll in polls if not poll["open"]],
        "notes": sorted(view["notes"].values(), key=lambda note: -note["number"]),
    }
