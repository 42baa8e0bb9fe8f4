"""One hall as this process knows it: its events, the state and the public view that follow from them, what changed.

Whatever process wrote an event, ``catch_up`` finds it in the database. It applies the new ones and keeps the difference
between the views as a frame; followers (hall_live.py) send frames that they have not sent yet. Old frames are dropped:
whoever is so far behind gets the whole view.
"""

import json
import threading
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

import sqlalchemy as sa

from portal.server.core.db import Unit
from portal.server.townhall.hall_events import Event, EventType, NewEvent
from portal.server.townhall.hall_models import HallEvent, HallStanding
from portal.server.townhall.hall_state import HallState, apply, fold
from portal.server.townhall.hall_view import Texts, View, Wording, differences, document, localized, public_view
from portal.server.translation.models import PublicText

FRAMES_MAX: Final = 1024
_KEYS_AT_ONCE: Final = 500
_STANDINGS: Final[Mapping[str, HallStanding]] = {EventType.OPENED: "open", EventType.CLOSED: "closed"}


@dataclass(frozen=True)
class Frame:
    """What changed in the public view after event ``base`` until event ``seq``, for readers of any language.

    Both are the same where only words changed, such as when a translation arrived. ``number`` counts this process's
    frames of the hall.
    """

    number: int
    base: int
    seq: int
    changes: View
    _wire: dict[str, bytes] = field(default_factory=dict)

    def wire(self, lang: str) -> bytes:
        """Return the frame as a server-sent event for readers of ``lang``; made once for each language."""
        if lang not in self._wire:
            self._wire[lang] = server_sent("patch", self.seq, localized(self.changes, lang))
        return self._wire[lang]


@dataclass(frozen=True)
class Published:
    """The public view after event ``seq``."""

    seq: int
    view: View
    _documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    _json: dict[str, bytes] = field(default_factory=dict)

    def document(self, lang: str) -> dict[str, Any]:
        """Return the view for readers of ``lang``; made once for each language, not to be changed."""
        if lang not in self._documents:
            self._documents[lang] = {"seq": self.seq, "lang": lang, **document(self.view, lang)}
        return self._documents[lang]

    def json(self, lang: str) -> bytes:
        """Return that as JSON."""
        if lang not in self._json:
            self._json[lang] = _json_bytes(self.document(lang))
        return self._json[lang]

    def wire(self, lang: str) -> bytes:
        """Return that as a server-sent event."""
        return server_sent("snapshot", self.seq, self.document(lang))


class Projection:
    """All that follows from the log of one hall. ``catch_up`` is for native threads, the rest for any."""

    def __init__(self, hall: str) -> None:
        self.hall = hall
        self.lock = threading.RLock()
        self.state = HallState()
        self.texts: Texts = {}
        self.published = Published(0, {})
        self._events: list[Event] = []
        self._keys: list[str] = []
        self._words: tuple[int, ...] = ()
        self._frames: list[Frame] = []

    def catch_up(self, unit: Unit) -> HallState:
        """Read what is new and return the state, which is the caller's to read while it holds ``lock``.

        ``unit`` must not have appended to this hall itself: what is read here is taken for committed.
        """
        with self.lock:
            new = self._new_events(unit)
            if any(event.type == EventType.UNDONE for event in new):
                self.state = fold(self._events)
            else:
                for event in new:
                    apply(self.state, event)
            if self._new_words(unit) or new:
                self._publish()
            return self.state

    def standing_after(self, events: Sequence[NewEvent]) -> HallStanding:
        """Return how the hall will stand after ``events``."""
        standing = self.state.standing
        for number, event in enumerate(events, len(self._events) + 1):
            standing = _STANDINGS.get(event.type, standing)
            if event.type == EventType.UNDONE:
                undone = Event(number, event.type, event.payload, 0, "moderator")
                standing = fold([*self._events, undone]).standing
        return standing

    def frames_since(self, seq: int) -> list[Frame] | None:
        """Return the frames that bring what a browser saw at event ``seq`` to the present; None: the whole view does.

        The frame that ended there comes once more, with words that changed after it.
        """
        frames = self._frames
        if not frames or not frames[0].base < seq <= frames[-1].seq:
            return None
        found = frames[bisect_left(frames, seq, key=lambda frame: frame.seq) :]
        # Another process may have ended a frame where this one did not: what lies between is not in any of ours.
        return found if found[0].seq == seq else None

    def frames_after(self, number: int) -> list[Frame] | None:
        """Return the frames after the one of this ``number``; None if some of them are gone."""
        frames = self._frames
        if not frames or number >= frames[-1].number:
            return []
        first = number + 1 - frames[0].number
        return frames[first:] if first >= 0 else None

    @property
    def newest_frame(self) -> int:
        """The number of the newest frame; 0 if there is none."""
        frames = self._frames
        return frames[-1].number if frames else 0

    def _new_events(self, unit: Unit) -> list[Event]:
        rows = unit.session.scalars(
            sa.select(HallEvent)
            .where(HallEvent.hall_id == self.hall, HallEvent.seq > len(self._events))
            .order_by(HallEvent.seq)
        )
        new = [Event(row.seq, row.type, row.payload, row.at_ms, row.actor, row.command) for row in rows]
        self._events.extend(new)
        self._keys.extend(key for event in new for key in _keys(event))
        return new

    def _new_words(self, unit: Unit) -> bool:
        """Read the hall's texts if any of them is new or was changed; they come from elsewhere than the log."""
        asked = [self._keys[start : start + _KEYS_AT_ONCE] for start in range(0, len(self._keys), _KEYS_AT_ONCE)]
        count = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(PublicText.revision), 0))
        found = [unit.session.execute(count.where(PublicText.key.in_(keys))).one() for keys in asked]
        words = (len(self._keys), *(number for row in found for number in row))
        if words == self._words:
            return False
        self._words = words
        rows = (unit.session.scalars(sa.select(PublicText).where(PublicText.key.in_(keys))) for keys in asked)
        self.texts = _texts(chain.from_iterable(rows))
        return True

    def _publish(self) -> None:
        before, view = self.published, public_view(self.state, self.texts)
        changes = differences(before.view, view)
        if changes and before.view:
            frame = Frame(self.newest_frame + 1, before.seq, self.state.seq, changes)
            self._frames = [*self._frames[-FRAMES_MAX + 1 :], frame]
        self.published = Published(self.state.seq, view)


def server_sent(name: str, seq: int, value: Any) -> bytes:
    """Return one server-sent event (HTML Living Standard, 9.2.5); JSON has no line break of its own."""
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (seq, name.encode(), _json_bytes(value))


def _json_bytes(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _keys(event: Event) -> Iterable[str]:
    """The texts that an event names for the first time."""
    if event.type == EventType.ERASED:
        return ()
    named = (event.payload.get("text"), event.payload.get("reason"), *event.payload.get("options", ()))
    return [key for key in named if isinstance(key, str) and ":" in key]


def _texts(rows: Iterable[PublicText]) -> Texts:
    texts: dict[str, dict[str, Wording]] = {}
    for row in rows:
        if row.text:
            checked = row.origin == "original" or row.checked_ms is not None
            texts.setdefault(row.key, {})[row.language] = Wording(row.language, row.text, row.origin, checked)
    return texts
