"""All members of one run, in one thread, by epoll: the load goes on until something ends it."""

import select
import time
from collections.abc import Callable, Sequence
from typing import Final

from portal.bench.faults.members import LostError, Member, Way

_WAIT_S: Final = 0.02
_AGAIN_S: Final = 0.02
SETTLE_S: Final = 30.0


class NotBackError(RuntimeError):
    """Members could not connect, or did not get their answers, within the time that they were given."""


class Fleet:
    """Members, and the way that each takes to a server: ``route`` is asked at every attempt to connect."""

    def __init__(self, members: Sequence[Member], route: Callable[[Member], Way]) -> None:
        self.members = members
        self.route = route
        self.all_back_at: float | None = None
        """When the last who was lost was back, by the monotonic clock."""
        self._poll = select.epoll()
        self._by_fd: dict[int, Member] = {}
        self._events: dict[int, int] = {}

    @property
    def lost(self) -> list[Member]:
        """Members without a connection."""
        return [member for member in self.members if member.listener is None]

    def close(self) -> None:
        """Let go of everything."""
        for member in self.members:
            self.drop(member)
        self._poll.close()

    def drop(self, member: Member) -> None:
        """End a member's connection, if it has one."""
        if member.listener is not None:
            self._forget(member)
        member.drop()

    def connect(self, within_s: float) -> float:
        """Connect all who are lost, again and again; return the seconds until the last was back and caught up.

        Raises NotBackError.
        """
        begun_s = time.monotonic()
        while lost := self.lost:
            error = self._bring_back(lost[0])
            if error is None:
                continue
            if time.monotonic() > begun_s + within_s:
                msg = f"not back within {within_s:g} s: {error}"
                raise NotBackError(msg) from error
            time.sleep(_AGAIN_S)
        return time.monotonic() - begun_s

    def run(self, until: Callable[[], bool], *, back: bool = True, fresh: bool = True) -> None:
        """Let the connected members write and read until ``until`` holds or, if nobody comes ``back``, all are lost.

        ``back``: the lost are connected meanwhile, one after the other. ``fresh``: new items, too.
        """
        again_s = 0.0
        while (self._by_fd or back) and not until():
            if back and (lost := self.lost) and time.monotonic() >= again_s:
                again_s = time.monotonic() + (0.0 if self._bring_back(lost[0]) is None else _AGAIN_S)
            for member in tuple(self._by_fd.values()):
                self._guarded(member, lambda member=member: member.go_on(fresh=fresh))  # type: ignore[misc]
            self._await()

    def settle(self, within_s: float = SETTLE_S) -> None:
        """Send nothing new, reconnect the lost, until all is acknowledged and every reader has what anybody has.

        Raises NotBackError.
        """
        deadline_s = time.monotonic() + within_s
        self.run(lambda: (self._settled and not self.lost) or time.monotonic() > deadline_s, fresh=False)
        if not self._settled or self.lost:
            msg = f"not all was acknowledged within {within_s:g} s"
            raise NotBackError(msg)
        for member in self.members:
            member.fetch(self.route(member))

    @property
    def _settled(self) -> bool:
        return all(member.settled for member in self.members)

    def _await(self) -> None:
        for number, event in self._poll.poll(_WAIT_S):
            member = self._by_fd.get(number)
            if member is None:
                continue
            if event & select.EPOLLOUT:
                self._guarded(member, member.write)
            if event & ~select.EPOLLOUT and member.listener is not None:
                self._guarded(member, member.read)

    def _guarded(self, member: Member, work: Callable[[], None]) -> None:
        try:
            work()
        except LostError:
            self.drop(member)
            return
        if member.listener is not None:
            self._adjust(member)

    def _bring_back(self, member: Member) -> LostError | None:
        try:
            member.connect(self.route(member))
        except LostError as error:
            return error
        self._watch(member)
        if not self.lost:
            self.all_back_at = time.monotonic()
        return None

    def _watch(self, member: Member) -> None:
        if member.listener is None:
            return
        number = member.listener.connection.fileno()
        self._by_fd[number] = member
        self._events[number] = select.EPOLLIN
        self._poll.register(number, select.EPOLLIN)

    def _adjust(self, member: Member) -> None:
        """Hear of room in the socket only while something waits for it."""
        if member.listener is None:
            return
        number = member.listener.connection.fileno()
        wanted = select.EPOLLIN | (select.EPOLLOUT if member.sending else 0)
        if self._events[number] != wanted:
            self._events[number] = wanted
            self._poll.modify(number, wanted)

    def _forget(self, member: Member) -> None:
        if member.listener is None:
            return
        number = member.listener.connection.fileno()
        if self._by_fd.pop(number, None) is not None:
            del self._events[number]
            self._poll.unregister(number)
