"""Drafts that are followed live: opened at each connection, taken in as they are pushed, looked after in between."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from portal.member.drafts.drafts import DraftEntry, Drafts
from portal.member.drafts.stream import Line, SentItem
from portal.member.follower import Follower
from portal.member.transport import CONNECTED
from portal.member.work import MemberError, is_passing
from portal.wire.drafts.streams import parse_stream_name
from portal.wire.events import DRAFT_ITEM
from portal.wire.ids import DraftId, RoomId, unb64

PATIENCE_S: Final = 3.0
"""The longest wait before confirming or making a snapshot: others may be about to do the same."""
_AGAIN_S: Final = 10.0


@dataclass
class DraftFollowing:
    """Keeps drafts up with the server, on the thread of a follower: hand it ``hear`` as ``on_draft``, and ``tick``.

    ``rooms``: those whose drafts are followed, at each connection and after each change · ``on_lines``: what is new in
    a draft, once it is kept.
    """

    drafts: Drafts
    rooms: Callable[[], Sequence[RoomId]]
    on_lines: Callable[[DraftEntry, Sequence[Line]], None]
    follower: Follower | None = None
    _opened: set[tuple[RoomId, DraftId]] = field(default_factory=set)
    _tend_at: float | None = None

    def hear(self, event: str, payload: Sequence[Any]) -> None:
        """Act on what is said of drafts; MemberError where the server could not be asked."""
        if event == CONNECTED:
            self._opened.clear()
            for room in self.rooms():
                self.look(room)
        elif payload[0] not in self.rooms():
            return
        elif event == DRAFT_ITEM:
            self._take(payload)
        else:
            self.look(payload[0])

    def look(self, room: RoomId) -> None:
        """Bring the drafts of a room up to the server, and have what follows pushed."""
        for entry in self._run(self.drafts.sync(room)):
            name = room, entry.draft.draft
            if name not in self._opened and self.follower is not None:
                self.follower.open_draft(*name)
                self._opened.add(name)
            self._send(entry)
        self._tell()

    def tick(self) -> None:
        """Confirm or make a snapshot, if there is one to be, after a moment of patience."""
        if self._tend_at is None or time.monotonic() < self._tend_at:
            return
        self._tend_at = None
        for room in self.rooms():
            for entry in self.drafts.of(room):
                if self._run(entry.sender.tend()):
                    self._again(PATIENCE_S)
        self._tell()

    def _take(self, payload: Sequence[Any]) -> None:
        room, draft, name, number, at_ms, text, receipt = payload
        stream = parse_stream_name(name)
        try:
            entry = self.drafts.entry(room, draft)
        except MemberError:
            return
        if stream is None:
            return
        item = SentItem(number, at_ms, unb64(text), receipt)
        # An item that is too long to be pushed is only announced.
        if not text or self._run(entry.draft.receive(stream, item)):
            self._run(self.drafts.sync_one(room, draft))
        self._tell()

    def _send(self, entry: DraftEntry) -> None:
        try:
            self._run(entry.sender.send_all())
        except MemberError as error:
            if not is_passing(error) and not error.code.startswith("room."):
                raise

    def _tell(self) -> None:
        for room in self.rooms():
            for entry in self.drafts.of(room):
                lines, entry.draft.fresh = entry.draft.fresh, []
                if lines:
                    self.on_lines(entry, lines)
                    self._again(PATIENCE_S)

    def _again(self, longest_s: float) -> None:
        if self._tend_at is None:
            self._tend_at = time.monotonic() + random.uniform(0, longest_s)  # noqa: S311 - no secret

    def _run(self, work: Any) -> Any:
        if self.follower is None:
            msg = "nobody follows"
            raise RuntimeError(msg)
        return self.follower.driver.run(work)
