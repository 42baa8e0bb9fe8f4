"""Halls while they run, in the process that serves them: who follows, when to look, when to count.

A follower is a greenlet with a place in the hall's frames: no thread, and no queue of its own, so a slow one costs no
memory and is sent the whole view once it fell too far behind. The database is asked once for all followers of a hall:
at once after a write of this process or of another one that serves, and each POLL_S for what wakes nobody (the worker,
translations).
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import gevent
import gevent.event
import gevent.lock
import structlog
from sqlalchemy.exc import SQLAlchemyError

from portal.config import Settings
from portal.server.core.db import Database, Unit
from portal.server.core.wake import LocalWake, Wake
from portal.server.core.work import Hub, current_hub, run_in_thread
from portal.server.townhall.citizens import count_questions
from portal.server.townhall.hall_log import hall_named
from portal.server.townhall.hall_projection import Projection, Published
from portal.server.townhall.tickets import Tickets
from portal.wire.errors import PortalError

POLL_S: Final = 0.5
HEARTBEAT_S: Final = 15.0
COUNT_S: Final = 1.0
"""Least time between two events that say how many votes questions have."""
COUNT_FOR_OTHERS_S: Final = 4.0
"""After a vote that another process took: it finds them counted, unless that process ended."""
WRITTEN: Final = "hall.written"
"""Wake-ups, with the hall's name."""
VOTED: Final = "hall.voted"
RETRY_MS: Final = 2000
"""After which a browser that lost the stream asks again."""
HEARTBEAT: Final = b": still here\n\n"
_log = structlog.get_logger(__name__)


class LiveHall:
    """One hall that somebody has asked for. Methods are for the hub's thread unless they say otherwise."""

    def __init__(self, name: str, database: Database) -> None:
        self.projection = Projection(name)
        self.followers = 0
        self.ended = False
        self._database = database
        self._changed = gevent.event.Event()
        self._looking = gevent.lock.BoundedSemaphore()
        self._looked_s = float("-inf")
        self._hurrying = False
        self._poller: gevent.Greenlet | None = None

    def look(self) -> None:
        """Read what is new; for native threads."""
        self._database.read(self.projection.catch_up)

    def fresh(self) -> Published:
        """Return the view, at most POLL_S old; those who ask together are answered by one look."""
        if current_hub() is None:
            self.look()
            return self.projection.published
        with self._looking:
            now_s = time.monotonic()
            if now_s - self._looked_s >= POLL_S:
                self._looked_s = now_s  # before it: whoever hurries meanwhile has it looked at once more
                run_in_thread(self.look)
        return self.projection.published

    def hurry(self) -> None:
        """Look at once, for another process wrote: for the followers if there are some, else with the next reader."""
        self._looked_s = float("-inf")
        if self.followers and not self._hurrying:
            self._hurrying = True
            gevent.spawn(self._hurry_on)

    def wake(self) -> None:
        """Have the followers look for new frames."""
        changed, self._changed = self._changed, gevent.event.Event()
        changed.set()

    def pulse(self) -> Iterator[bytes]:
        """Yield a server-sent event without content for every change, also of what the public does not see."""
        with self._followed():
            yield b"retry: %d\n\n" % RETRY_MS
            known = None
            while not self.ended:
                changed, published = self._changed, self.projection.published
                if published is not known:
                    known = published
                    yield b"event: seq\ndata: %d\n\n" % published.seq
                elif not changed.wait(HEARTBEAT_S):
                    yield HEARTBEAT

    def follow(self, lang: str, after: int | None) -> Iterator[bytes]:
        """Yield server-sent events for readers of ``lang`` until the reader is gone.

        ``after`` is the last event that the reader saw, None if it has seen nothing.
        """
        with self._followed():
            yield b"retry: %d\n\n" % RETRY_MS
            frame, first = self._beginning(lang, after)
            yield first
            while not self.ended:
                changed = self._changed
                frames = self.projection.frames_after(frame)
                if frames is None:
                    frame, whole = self._whole(lang)
                    yield whole
                elif frames:
                    yield b"".join(found.wire(lang) for found in frames)
                    frame = frames[-1].number
                elif not changed.wait(HEARTBEAT_S):
                    yield HEARTBEAT

    @contextmanager
    def _followed(self) -> Iterator[None]:
        """Count one follower, and look for news as long as there is one."""
        self.followers += 1
        if self._poller is None and current_hub() is not None:
            self._poller = gevent.spawn(self._poll)
        try:
            yield
        finally:
            self.followers -= 1

    def _beginning(self, lang: str, after: int | None) -> tuple[int, bytes]:
        """Where a follower stands, and what it gets first."""
        frames = None if after is None else self.projection.frames_since(after)
        if frames is None:
            return self._whole(lang)
        return frames[-1].number, b"".join(frame.wire(lang) for frame in frames)

    def _whole(self, lang: str) -> tuple[int, bytes]:
        # The number first: a frame that comes in between is sent once more, which changes nothing.
        frame = self.projection.newest_frame
        return frame, self.projection.published.wire(lang)

    def _poll(self) -> None:
        """Look each POLL_S while there are followers."""
        while self.followers:
            self._look_anew()
            gevent.sleep(POLL_S)
        self._poller = None

    def _hurry_on(self) -> None:
        while self._looked_s == float("-inf"):
            self._look_anew()
        self._hurrying = False

    def _look_anew(self) -> None:
        before = self.projection.published
        try:
            self.fresh()
        except (SQLAlchemyError, PortalError) as error:
            _log.error("hall.look_failed", kind=type(error).__name__)
        if self.projection.published is not before:
            self.wake()


@dataclass
class Halls:
    """The halls of one running portal; ``frames`` are the origins whose meetings a hall's page may embed."""

    database: Database
    tickets: Tickets
    frames: tuple[str, ...] = ()
    wake: Wake = field(default_factory=LocalWake)
    _live: dict[str, LiveHall] = field(default_factory=dict)
    _counting: set[tuple[str, float]] = field(default_factory=set)
    _hub: Hub | None = None

    @classmethod
    def open(cls, settings: Settings, database: Database, wake: Wake) -> "Halls":
        """Return the halls of an installation; makes the key of its tickets the first time."""
        halls = cls(database, Tickets.open(settings.keys_dir / "hall-tickets"), settings.meeting_origins, wake)
        wake.listen(WRITTEN, halls.heard_written)
        wake.listen(VOTED, halls.heard_voted)
        return halls

    def start(self, hub: Hub) -> None:
        """Begin to serve on ``hub``."""
        self._hub = hub

    def part(self) -> None:
        """End every stream: browsers come again when a server is there."""
        for hall in self._live.values():
            hall.ended = True
            hall.wake()

    def find(self, name: str) -> LiveHall:
        """Return the hall ``name``.

        Raises:
            UserError: hall.not_found.
        """
        found = self._live.get(name)
        if found is None:
            standing = run_in_thread(lambda: self.database.read(lambda unit: hall_named(unit, name).standing))
            found = self._live.setdefault(name, LiveHall(name, self.database))
            if standing == "open" and self._hub is not None:
                self._count_soon(found)  # what was not counted when a server ended
        return found

    def tell(self, unit: Unit, hall: LiveHall) -> None:
        """Have the followers of ``hall`` hear of what ``unit`` writes, once it is committed."""
        unit.outbox.after_commit(lambda: self._committed(hall))

    def count_later(self, unit: Unit, hall: LiveHall) -> None:
        """Have the votes of questions counted, COUNT_S after ``unit`` is committed, with all that come until then.

        Where no hub runs, such as in a command, they are counted at once.
        """
        hub = self._hub
        if hub is None:
            unit.outbox.after_commit(lambda: self._count(hall))
        else:
            unit.outbox.after_commit(lambda: self._voted(hub, hall))

    def heard_written(self, name: bytes) -> None:
        """Hear that another process wrote to a hall; from any thread."""
        self._on_hub(name, LiveHall.hurry)

    def heard_voted(self, name: bytes) -> None:
        """Hear that another process took a vote and will count it; should it end before, this one does."""
        self._on_hub(name, lambda hall: self._count_soon(hall, COUNT_FOR_OTHERS_S))

    def _on_hub(self, name: bytes, do: Callable[[LiveHall], None]) -> None:
        hub, hall = self._hub, self._live.get(name.decode(errors="replace"))
        if hub is not None and hall is not None:
            hub.post(lambda: do(hall))

    def _voted(self, hub: Hub, hall: LiveHall) -> None:
        """In the thread that committed."""
        hub.post(lambda: self._count_soon(hall))
        self.wake.wake(VOTED, hall.projection.hall.encode())

    def _committed(self, hall: LiveHall) -> None:
        """In the thread that committed."""
        try:
            hall.look()
        except SQLAlchemyError as error:
            # The write stands; the followers hear of it when the hall is looked at next.
            _log.error("hall.look_failed", kind=type(error).__name__)
        if self._hub is not None:
            self._hub.post(hall.wake)
        self.wake.wake(WRITTEN, hall.projection.hall.encode())

    def _count_soon(self, hall: LiveHall, pause_s: float = COUNT_S) -> None:
        planned = (hall.projection.hall, pause_s)
        if planned not in self._counting:
            self._counting.add(planned)
            gevent.spawn_later(pause_s, self._count_now, hall, pause_s)

    def _count_now(self, hall: LiveHall, pause_s: float) -> None:
        self._counting.discard((hall.projection.hall, pause_s))
        run_in_thread(lambda: self._count(hall))

    def _count(self, hall: LiveHall) -> None:
        def work(unit: Unit) -> None:
            if count_questions(unit, hall.projection):
                self.tell(unit, hall)

        self.database.write(work)
