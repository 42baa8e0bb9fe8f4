"""A member that stays: follows its rooms by the socket, catches up after breaks, does what others ask of it."""

import queue
import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from portal.member.driver import Driver
from portal.member.member import Member
from portal.member.room import Room
from portal.member.rows import Row
from portal.member.transport import CONNECTED, DISCONNECTED, FAILED, Http, Line
from portal.member.work import Ask, MemberError, is_passing
from portal.wire.events import ROOM_CHANGED, ROOM_OPEN, ROOMS_CHANGED
from portal.wire.ids import RoomId

_LOOK_S: Final = 0.2
PATIENCE_S: Final = 2.0
"""The longest wait before doing what other members may be about to do as well."""


class Follower:
    """Runs a member until it is stopped. ``on_rows`` is called with what is new in a room, once it is kept."""

    def __init__(
        self, driver: Driver, http: Http, member: Member, on_rows: Callable[[Room, Sequence[Row]], None]
    ) -> None:
        self._driver = driver
        self._member = member
        self._on_rows = on_rows
        self._line = Line(http.origin, lambda: str(http.ask(Ask("POST", "/api/socket-ticket", {}))["ticket"]))
        self._opened: set[RoomId] = set()

    def run(self, stop: threading.Event) -> None:
        """Follow until ``stop`` is set.

        Raises:
            MemberError: session.required or session.device_required, when this device is signed out or revoked.
        """
        self._line.start()
        try:
            while not stop.is_set():
                try:
                    event, payload = self._line.events.get(timeout=_LOOK_S)
                except queue.Empty:
                    continue
                self._handle(event, payload)
                self._tell()
        finally:
            self._line.stop()

    def _handle(self, event: str, payload: Sequence[Any]) -> None:
        try:
            if event == CONNECTED:
                self._opened.clear()
                self._driver.run(self._member.catch_up())
                self._driver.run(self._member.send_waiting())
            elif event == FAILED:
                raise payload[0]
            elif event != DISCONNECTED:
                self._driver.run(self._member.hear(event, payload))
            if event in {CONNECTED, ROOM_CHANGED, ROOMS_CHANGED}:
                self._open_rooms()
                self._tend()
        except MemberError as error:
            if not is_passing(error) and error.code != "room.not_found":
                raise

    def _open_rooms(self) -> None:
        """Have the items of all rooms pushed from here on."""
        for room in self._member.rooms():
            data = room.data
            if data.room not in self._opened and data.standing == "member" and data.base is not None:
                self._line.call(ROOM_OPEN, data.room, data.number)
                self._opened.add(data.room)

    def _tend(self) -> None:
        """Let devices in and take revoked ones out, unless somebody else has done it after a moment of patience."""
        wanting = self._member.wanting()
        if wanting:
            time.sleep(random.uniform(0, PATIENCE_S))  # noqa: S311 - no secret
        for room in wanting:
            answer = self._driver.run(self._member.refresh_room(room))
            if answer is not None:
                self._driver.run(self._member.tend(answer))

    def _tell(self) -> None:
        for room in self._member.rooms():
            rows, room.fresh = room.fresh, []
            if rows:
                self._on_rows(room, rows)
