"""The load of several processes: people of many rooms, each connected to one process or the other, in one thread."""

import hashlib
import json
import select
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Protocol, Self

import sqlalchemy as sa

from portal.bench.client_frames import masked_frame
from portal.bench.crowd import IN_FLIGHT, STALLED_S, StalledError, send_all
from portal.bench.dialects import Listener, open_socketio
from portal.bench.process import cpu_s
from portal.bench.seed import Installation, Items
from portal.server.rooms.models import RecordItem
from portal.wire.ids import b64

_READ_BYTES: Final = 1 << 18
_PATH: Final = "/socket.io/?EIO=4&transport=websocket"
_NO_MARK: Final = b"\0"
"""Nothing begins so: every frame is looked at."""
_ITEM: Final = b'42["item",'
_ANSWER: Final = b"431["
_TICKETS: Final = 512
CONNECTING: Final = 16
"""Connections that are opened at the same time."""


class Process(Protocol):
    """A process that serves the rooms."""

    @property
    def pid(self) -> int:
        """Its id."""
        ...

    @property
    def port(self) -> int:
        """Where it listens."""
        ...


@dataclass(frozen=True, slots=True)
class Spent:
    """What was written, in which time; processor seconds of all processes that served, and of the load itself."""

    items: int
    wall_s: float
    cpu_s: float
    load_s: float

    @property
    def per_s(self) -> float:
        """Items a second."""
        return self.items / self.wall_s

    @property
    def cpu_us(self) -> float:
        """Microseconds of processor an item."""
        return self.cpu_s / self.items * 1e6


class RefusedError(RuntimeError):
    """A process refused an item, or the opening of a room."""


@dataclass(slots=True, eq=False)
class _Person:
    """One socket. ``got``: what it was sent of its room, (number, hash); ``waiting``: items that it still sends."""

    line: Listener
    room: int
    listens: bool
    waiting: Iterator[str] = field(default_factory=lambda: iter(()))
    left: int = 0
    in_flight: int = 0
    got: list[tuple[int, bytes]] = field(default_factory=list)


class Gathering:
    """People of ``rooms``; a context manager that hangs up for them.

    ``first_device``: those who speak are the devices from this one on; nobody speaks twice in a room.
    """

    def __init__(self, rooms: Sequence[Installation], *, first_device: int = 1) -> None:
        self._rooms = rooms
        self._poll = select.epoll()
        self._people: dict[int, _Person] = {}
        self._speaker = first_device
        self._tickets: Iterator[str] = iter(())
        self._begins: dict[int, int] = {}
        self._written = [0] * len(rooms)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._poll.close()
        for person in self._people.values():
            person.line.connection.close()
        for room in self._rooms:
            room.database.close()

    def listen(self, process: Process, room: int) -> None:
        """Connect somebody who gets what is written in ``room`` from now on."""
        self._add(self._opened(process, room, self._ticket()))

    def listen_all(self, processes: Sequence[Process], room: int, count: int) -> Iterator[int]:
        """Connect so many who listen to ``room``, by turns to each process; yield how many there are by now."""
        self._newest(room)
        tickets = [self._ticket() for _ in range(count)]
        with ThreadPoolExecutor(CONNECTING) as threads:

            def opened(place: int) -> _Person:
                return self._opened(processes[place % len(processes)], room, tickets[place])

            for place, person in enumerate(threads.map(opened, range(count)), start=1):
                self._add(person)
                if place % 50 == 0:
                    self._serve(0)  # pings are answered meanwhile
                yield place

    def _opened(self, process: Process, room: int, ticket: str) -> _Person:
        line = open_socketio(process.port, _PATH, ticket, mark=_NO_MARK)
        with line.closed_on_failure():
            after = self._newest(room)
            line.say("420" + json.dumps(["room.open", self._rooms[room].room, after]))
            answer = line.next_other()
            while not answer.startswith(b"430["):
                answer = line.next_other()
            if not answer.startswith(b'430[{"ok":{"number":%d,' % after):
                raise RefusedError(answer.decode())
        return _Person(line, room, listens=True)

    def speak(self, process: Process, room: int, count: int) -> None:
        """Connect somebody who has ``count`` items for ``room``, signed already."""
        installation = self._rooms[room]
        device = installation.devices[self._speaker]
        self._speaker = self._speaker % (len(installation.devices) - 1) + 1
        line = open_socketio(process.port, _PATH, next(installation.tickets(1, device)), mark=_NO_MARK)
        items = Items(installation, device)
        items.prepare(count)
        self._add(_Person(line, room, listens=False, waiting=iter(items), left=count))

    def run(self, processes: Sequence[Process]) -> Spent:
        """Have everything said, and wait until everybody who listens has all of it."""
        due = [0] * len(self._rooms)
        for person in self._people.values():
            due[person.room] += person.left
        self._written = [before + more for before, more in zip(self._written, due, strict=True)]
        speakers = [person for person in self._people.values() if person.left]
        spent_s, load_s, begun_s = self._cpu_s(processes), time.process_time(), time.perf_counter()
        while any(speaker.left or speaker.in_flight for speaker in speakers) or not self._have_all():
            for speaker in speakers:
                self._send(speaker)
            if not self._serve(STALLED_S):
                raise StalledError
        wall_s = time.perf_counter() - begun_s
        return Spent(sum(due), wall_s, self._cpu_s(processes) - spent_s, time.process_time() - load_s)

    def hold(self, lasting_s: float) -> None:
        """Keep everybody connected."""
        until_s = time.monotonic() + lasting_s
        while (left_s := until_s - time.monotonic()) > 0:
            self._serve(left_s)

    def reached(self, room: int) -> int:
        """Return how many of those who listen to ``room`` have all that was written."""
        return sum(len(person.got) == self._written[room] for person in self._listeners(room))

    def agreed(self, room: int) -> int:
        """Return at how many places all who listen to ``room`` were sent the same item, which the record has there."""
        begin = self._newest(room)
        rows = sa.select(RecordItem.number, RecordItem.envelope).where(
            RecordItem.room_id == self._rooms[room].room, RecordItem.number > begin
        )
        stored = self._rooms[room].database.read(lambda unit: unit.connection.execute(rows.order_by("number")).all())
        record = [(number, _digest(b64(envelope).encode())) for number, envelope in stored]
        everyone = [person.got for person in self._listeners(room)]
        places = zip(record, *everyone, strict=False)
        return sum(len(set(place)) == 1 for place in places)

    def _have_all(self) -> bool:
        return all(len(person.got) >= self._written[person.room] for person in self._people.values() if person.listens)

    def _listeners(self, room: int) -> list[_Person]:
        return [person for person in self._people.values() if person.listens and person.room == room]

    def _newest(self, room: int) -> int:
        """Return the number of the room's newest item before anything was written here."""
        if room not in self._begins:
            newest = sa.select(sa.func.max(RecordItem.number)).where(RecordItem.room_id == self._rooms[room].room)
            found = self._rooms[room].database.read(lambda unit: unit.connection.scalar(newest))
            self._begins[room] = int(found or 0)
        return self._begins[room]

    def _ticket(self) -> str:
        found = next(self._tickets, None)
        if found is None:
            self._tickets = self._rooms[0].tickets(_TICKETS)
            found = next(self._tickets)
        return found

    def _add(self, person: _Person) -> None:
        connection = person.line.connection
        connection.setblocking(False)  # noqa: FBT003 - the socket's own name for it
        self._people[connection.fileno()] = person
        self._poll.register(connection.fileno(), select.EPOLLIN)
        self._take(person)  # what came with the answers

    def _send(self, speaker: _Person) -> None:
        room = self._rooms[speaker.room].room
        while speaker.left and speaker.in_flight < IN_FLIGHT:
            text = f'421["item.submit","{room}","{next(speaker.waiting)}"]'
            send_all(speaker.line, masked_frame(text.encode()))
            speaker.left -= 1
            speaker.in_flight += 1

    def _serve(self, wait_s: float) -> bool:
        """Read what is there; tell whether anything was."""
        events = self._poll.poll(wait_s)
        for number, _ in events:
            person = self._people[number]
            data = person.line.connection.recv(_READ_BYTES)
            if not data:
                msg = "a process hung up"
                raise ConnectionError(msg)
            person.line.frames.feed(data)
            self._take(person)
        return bool(events)

    def _take(self, person: _Person) -> None:
        for payload in person.line.frames.others:
            if payload.startswith(_ITEM):
                _, _, number, _, rest = payload.split(b",", 4)
                if person.listens:
                    person.got.append((int(number), _digest(rest[1:-2])))
            elif payload.startswith(_ANSWER):
                if b'"ok"' not in payload:
                    raise RefusedError(payload.decode())
                person.in_flight -= 1
            elif payload == b"2":
                send_all(person.line, masked_frame(b"3"))
        person.line.frames.others.clear()

    def _cpu_s(self, processes: Sequence[Process]) -> float:
        return sum(cpu_s(process.pid) for process in processes)


def _digest(text: bytes) -> bytes:
    return hashlib.blake2b(text, digest_size=16).digest()
