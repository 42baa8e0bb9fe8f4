"""A member in a process of its own that ends itself, as kill -9 would, at a chosen effect: a write or a request.

The server is on the other end of a pipe, in the process that looks on.
"""

import os
import signal
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from portal.member.content import Message, encode_content
from portal.member.driver import Driver
from portal.member.member import Member, reopen
from portal.member.store import KeyFile, Store
from portal.member.timeline import Said, timeline
from portal.member.work import Ask, MemberError, Read, ReadAll, Request
from portal.wire.ids import RoomId

TEXTS: Final = ("one", "two", "three")


class Distant:
    """The server, through a pipe."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def ask(self, asked: Ask) -> Any:
        """Have it answered at the other end."""
        self._connection.send(asked)
        answer = self._connection.recv()
        if isinstance(answer, MemberError):
            raise answer
        return answer


class Doomed(Driver):
    """A driver that ends its process before or after the effect with this number, counted from 1."""

    def __init__(self, store: Store, server: Distant, fatal: int, *, after: bool) -> None:
        super().__init__(store, server)
        self._fatal = fatal
        self._after = after
        self._effects = 0

    def _carry_out(self, request: Request) -> Any:
        asks = isinstance(request, Ask) and (request.method == "GET" or request.path == "/api/device-lists")
        harmless = asks or isinstance(request, Read | ReadAll)
        self._effects += not harmless
        fatal = not harmless and self._effects == self._fatal
        if fatal and not self._after:
            os.kill(os.getpid(), signal.SIGKILL)
        answer = super()._carry_out(request)
        if fatal:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer


def say_three(connection: Connection, folder: Path, room: RoomId, now_s: float, fatal: int, after: bool) -> None:  # noqa: FBT001
    """Catch up and say what was not said yet; then end well."""
    with Store.open(folder, KeyFile(folder.with_name("key"))) as store:
        driver = Doomed(store, Distant(connection), fatal, after=after)
        member = driver.run(reopen(lambda: now_s))
        assert member is not None
        driver.run(member.catch_up())
        for text in TEXTS:
            if text not in _said(member, room):
                plaintext = encode_content(Message(text, "en"), int(time.time() * 1000))
                driver.run(member.entry(room).sender.add(plaintext))
            driver.run(member.send_waiting())


def _said(member: Member, room: RoomId) -> set[str]:
    entry = member.entry(room)
    said = {one.text for one in timeline(entry.room.log, entry.room.people) if isinstance(one, Said)}
    return said | {text for text in TEXTS for out in entry.room.outgoing if text.encode() in out.plaintext}
