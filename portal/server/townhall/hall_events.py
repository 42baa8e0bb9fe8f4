"""What can happen in a hall, and what a caller writes to make it happen. Rows are in hall_models.py.

Payloads are small JSON objects whose keys stand beside each name below. ``text`` is the key of a public text
(portal.server.translation). Questions, speakers, polls and notes are named by the ``seq`` of the event that brought
them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from portal.server.townhall.hall_models import ActorRole


class EventType(StrEnum):
    """The closed list of events."""

    OPENED = "hall.opened"
    CLOSED = "hall.closed"
    ANNOUNCED = "hall.announced"  # text, or null to take it down
    HANDS = "hall.hands"  # open: whether hands may be raised

    ITEM_ADDED = "item.added"  # item, kind, minutes, text, topic
    ITEM_MOVED = "item.moved"  # item, before (an item, or null: to the end), reason (text)
    ITEM_STARTED = "item.started"  # item
    ITEM_FINISHED = "item.finished"  # item
    ITEM_WITHDRAWN = "item.withdrawn"  # item, reason (text)
    TIMER_PAUSED = "timer.paused"
    TIMER_RESUMED = "timer.resumed"
    TIMER_EXTENDED = "timer.extended"  # seconds

    HAND_RAISED = "hand.raised"  # who, community, order
    HAND_LOWERED = "hand.lowered"  # speaker
    SPEAKER_CALLED = "speaker.called"  # speaker, seconds, out_of_turn
    SPEAKER_ENDED = "speaker.ended"  # speaker

    ASKED = "question.asked"  # who, text, item
    SHOWN = "question.shown"  # question
    HIDDEN = "question.hidden"  # question, reason (a code)
    TAKEN = "question.taken"  # question
    ANSWERED = "question.answered"  # question
    VOTES_COUNTED = "votes.counted"  # votes: {question: all its votes}

    POLL_OPENED = "poll.opened"  # text, options (texts), item
    POLL_CLOSED = "poll.closed"  # poll, counts (by option), groups ({community: counts}) or null

    NOTE_TAKEN = "note.taken"  # text, item
    NOTE_SHOWN = "note.shown"  # note
    NOTE_HIDDEN = "note.hidden"  # note

    PREVIEWED = "projector.previewed"  # what, id
    PROJECTED = "projector.shown"  # what, id

    ERASED = "text.erased"  # text
    UNDONE = "undone"  # first, last: the events that count no more


class Words(NamedTuple):
    """What somebody wrote, and in which language."""

    text: str
    lang: str


@dataclass(frozen=True, slots=True)
class Event:
    """One committed event; ``command`` as in hall_models.HallEvent."""

    seq: int
    type: str
    payload: Mapping[str, Any]
    at_ms: int
    actor: ActorRole
    command: str | None = None


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to be written, with the texts that it brings, by their keys."""

    type: EventType
    payload: Mapping[str, Any] = field(default_factory=dict)
    texts: Mapping[str, Words] = field(default_factory=dict)
