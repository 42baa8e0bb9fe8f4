"""A member that stays: follows its rooms by the socket, catches up after breaks, does what others ask of it.

Whatever the server or a member sends, it goes on: what can not be used is reported to ``on_fault`` and passed over. It
ends when it is stopped, or when the server says that this device is signed out or revoked.
"""

import queue
import random
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from portal.member.answers import PUSHED, has_shape
from portal.member.asides import AsideEar, say_aside
from portal.member.driver import Driver
from portal.member.e2ee.refusal import Refusal
from portal.member.ledger.rounds import HOUR_S, PAUSE_S, SOON_S
from portal.member.member import Member
from portal.member.room import Room
from portal.member.rows import Row
from portal.member.transport import CONNECTED, DISCONNECTED, FAILED, Http, Line, ticket_of
from portal.member.work import MemberError, is_passing
from portal.wire.events import (
    ASIDE,
    DEVICE_LIST_CHANGED,
    DRAFT_ITEM,
    DRAFT_OPEN,
    DRAFTS_CHANGED,
    PRESENCE,
    ROOM_CHANGED,
    ROOM_OPEN,
    ROOMS_CHANGED,
)
from portal.wire.ids import AccountId, DraftId, RoomId, b64

_LOOK_S: Final = 0.2
PATIENCE_S: Final = 2.0
"""The longest wait before doing what other members may be about to do as well."""
_AGAIN_S: Final = 10.0
"""After how long what could not be done when the connection came is tried again."""
_TASK: Final = "task"
_PASSED_ON: Final = frozenset({ASIDE, PRESENCE, DRAFT_ITEM, DRAFTS_CHANGED})
_ENDING: Final = frozenset({"session.required", "session.device_required"})


def _ignore(*_: Any) -> None:
    """Nobody listens."""


@dataclass
class Follower:
    """Runs a member until it is stopped; everything below is called on the thread that runs it.

    ``on_rows``: what is new in a room, once it is kept · ``on_aside``: room, sender and what was said to this account
    alone · ``on_presence``: an account and "active", "away" or "off", as the server says · ``on_draft``: what is said
    of drafts (wire/events.py), and CONNECTED at each connection, once rooms are caught up · ``on_tick``: at least every
    0.2 s, unless something takes longer · ``on_fault``: what went wrong and was passed over; faults of the network are
    not told. With ``present``, others see that the account is there.
    """

    driver: Driver
    http: Http
    member: Member
    on_rows: Callable[[Room, Sequence[Row]], None]
    on_aside: Callable[[RoomId, AccountId, bytes], None] = _ignore
    on_presence: Callable[[AccountId, str], None] = _ignore
    on_draft: Callable[[str, Sequence[Any]], None] = _ignore
    on_tick: Callable[[], None] = _ignore
    on_fault: Callable[[MemberError | Refusal], None] = _ignore
    present: bool = False

    def __post_init__(self) -> None:
        self._ear = AsideEar(self.member)
        self._line = Line(self.http.origin, lambda: ticket_of(self.http), self._admits)
        self._opened: set[RoomId] = set()
        self._again_at: float | None = None
        self._look_at = 0.0
        self._compare_at = 0.0

    @property
    def connected(self) -> bool:
        """Whether there is a connection to the server at this moment."""
        return self._line.connected

    def run(self, stop: threading.Event) -> None:
        """Follow until ``stop`` is set.

        Raises:
            MemberError: why no connection can be made any more: session.required or session.device_required, when this
                device is signed out or revoked.
        """
        self._line.start()
        try:
            while not stop.is_set():
                try:
                    event, payload = self._line.events.get(timeout=_LOOK_S)
                except queue.Empty:
                    event, payload = "", ()
                self._handle(event, payload)
                self._heed()
                self._tell()
                self.on_tick()
        finally:
            self._line.stop()

    def soon(self, task: Callable[[], None]) -> None:
        """Have the follower's thread run ``task`` next; to be called from any thread.

        What it raises of MemberError and Refusal goes to ``on_fault``.
        """
        self._line.events.put((_TASK, (task,)))

    def aside(self, room: RoomId, account: AccountId, content: bytes) -> None:
        """Say something to one member of a room, of whom one must be an interpreter. Only on the follower's thread.

        Raises:
            MemberError: aside.absent if the account is not connected; network.*, room.*, person.*.
            Refusal: item.too_large.
        """
        sealed = self.driver.run(say_aside(self.member, room, account, content))
        self._line.call(ASIDE, room, account, b64(sealed))

    def open_draft(self, room: RoomId, draft: DraftId) -> None:
        """Have the items of a draft pushed from here on, in this connection. Only on the follower's thread.

        Raises:
            MemberError: network.*, draft.not_found.
        """
        self._line.call(DRAFT_OPEN, room, draft)

    def _handle(self, event: str, payload: Sequence[Any]) -> None:
        if event == CONNECTED:
            self._opened.clear()
            self._take_up()
            self._try(lambda: self.on_draft(CONNECTED, ()))
        elif event == FAILED:
            raise payload[0]
        elif event == DISCONNECTED:
            self._again_at = None
            self._look_at = 0.0
        elif event == _TASK:
            self._try(payload[0])
        elif event in _PASSED_ON:
            self._pass_on(event, payload)
        elif event:
            self._hear(event, payload)
        elif self._again_at is not None and time.monotonic() >= self._again_at:
            self._take_up()

    def _pass_on(self, event: str, payload: Sequence[Any]) -> None:
        """What others act on."""
        if event == ASIDE:
            self._try(lambda: self._hear_aside(payload))
        elif not has_shape(payload, PUSHED[event]):
            return
        elif event == PRESENCE:
            self.on_presence(AccountId(payload[0]), payload[1])
        else:
            self._try(lambda: self.on_draft(event, payload))

    def _heed(self) -> None:
        """Look after the public ledger: hourly, sooner while something waits; and hear what members say of it."""
        now = time.monotonic()
        rounds = self.member.rounds
        if not self.connected:
            return
        if now >= self._look_at:
            looked = self._try(lambda: self.driver.run(self.member.look_at_ledger()))
            self._look_at = time.monotonic() + (HOUR_S if looked and not rounds.is_waiting else SOON_S)
            return
        self._try(lambda: self.driver.run(self.member.hear_words()))
        if self.member.ledger.state.pending and now >= self._compare_at:
            self._compare_at = now + PAUSE_S
            self._try(lambda: self.driver.run(rounds.compare()))

    def _hear(self, event: str, payload: Sequence[Any]) -> None:
        if not self._try(lambda: self.driver.run(self.member.hear(event, payload))):
            self._again_at = self._again_at or time.monotonic() + _AGAIN_S
        elif event == DEVICE_LIST_CHANGED:
            self._look_at = min(self._look_at, time.monotonic() + SOON_S)
        elif event in {ROOM_CHANGED, ROOMS_CHANGED}:
            self._open_rooms()
            self._tend(self.member.wanting())

    def _admits(self, event: str, payload: Sequence[Any]) -> bool:
        """Whether what is pushed gets into the queue; on the socket's thread."""
        return event != ASIDE or self._ear.admits(payload)

    def _hear_aside(self, payload: Sequence[Any]) -> None:
        heard = self.driver.run(self._ear.hear(payload))
        self.on_aside(heard.room, heard.sender, heard.content)

    def _take_up(self) -> None:
        """Do what has to be done at the begin of a connection; what fails is tried again after a while."""
        caught_up = self._try(lambda: self.driver.run(self.member.catch_up()))
        sent = self._try(lambda: self.driver.run(self.member.send_waiting()))
        if self.present:
            self._try(lambda: self._line.call(PRESENCE, "active"))
        opened = self._open_rooms()
        self._tend(self.member.wanting())
        self._again_at = None if caught_up and sent and opened else time.monotonic() + _AGAIN_S

    def _open_rooms(self) -> bool:
        """Have the items of all rooms pushed from here on; False if one of them could not be opened."""
        return not [room for room in self.member.rooms() if not self._open(room)]

    def _open(self, room: Room) -> bool:
        data = room.data
        if data.room in self._opened or data.standing != "member" or data.base is None:
            return True
        if not self._try(lambda: self._line.call(ROOM_OPEN, data.room, data.number)):
            return False
        self._opened.add(data.room)
        return True

    def _tend(self, wanting: Iterable[RoomId]) -> None:
        """Let devices in and take revoked ones out, unless somebody else has done it after a moment of patience."""
        rooms = list(wanting)
        if rooms:
            time.sleep(random.uniform(0, PATIENCE_S))  # noqa: S311 - no secret
        for room in rooms:
            self._try(lambda room=room: self._tend_to(room))  # type: ignore[misc]

    def _tend_to(self, room: RoomId) -> None:
        answer = self.driver.run(self.member.refresh_room(room))
        if answer is not None:
            self.driver.run(self.member.tend(answer))

    def _tell(self) -> None:
        for room in self.member.rooms():
            rows, room.fresh = room.fresh, []
            if rows:
                self.on_rows(room, rows)

    def _try(self, work: Callable[[], Any]) -> bool:
        """Do a piece of work; whether it could be done. Only the end of the session ends everything."""
        try:
            work()
        except (MemberError, Refusal) as error:
            if error.code in _ENDING:
                raise
            if not is_passing(error) and error.code != "room.not_found":
                self.on_fault(error)
            return False
        return True
