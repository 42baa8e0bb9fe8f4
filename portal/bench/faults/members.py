"""Light members: one socket each, writing signed items into some places and following others.

They behave as the real ones do: what is not acknowledged is sent again, the same bytes in the same order; what was
missed is fetched; what can not be is noted as a finding.
"""

import http.client
import json
import struct
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from typing import Any, Final, NamedTuple

from portal.bench.client_frames import masked_frame
from portal.bench.dialects import HOST, Listener, open_socketio
from portal.bench.faults.following import Following
from portal.bench.faults.journal import Findings, Journal
from portal.bench.faults.places import Place, read_push, stamp_of
from portal.bench.seed import SeededDevice
from portal.server.accounts.sessions import COOKIE
from portal.wire.ids import b64

SOCKET_PATH: Final = "/socket.io/?EIO=4&transport=websocket"
READ_BYTES: Final = 1 << 18
PATIENCE_S: Final = 5.0
"""For any one answer while a connection is made."""
RETRY_S: Final = 0.05
PASSING: Final = frozenset({"server.busy", "server.fault", "storage.full"})
_NO_MARK: Final = b"no mark"
_FRAME: Final = struct.Struct(">QQI")  # number, at_ms, length: before each envelope that is fetched


class LostError(ConnectionError):
    """The server, or the way to it, is gone."""


class Way(NamedTuple):
    """How a member reaches the server: a TCP port of this machine, and the origin that the server goes by."""

    port: int
    origin: str

    @classmethod
    def to(cls, port: int) -> "Way":
        """Straight to the server on ``port``."""
        return cls(port, f"http://{HOST}:{port}")


class Item(NamedTuple):
    """An envelope as text, and what it is known by."""

    text: str
    stamp: bytes


class Author:
    """Writes into one place: keeps ``in_flight`` items under way, in sequence."""

    def __init__(self, place: Place, device: SeededDevice, in_flight: int) -> None:
        self.place = place
        self.in_flight = in_flight
        self.acknowledged = 0
        self.refused: dict[str, int] = {}
        """How often the server said each refusal."""
        self._items = place.items(device)
        self._ready: deque[Item] = deque()
        self._waiting: dict[bytes, Item] = {}
        self._unsent: deque[Item] = deque()
        self._flying = 0
        self._again_at: float | None = None

    @property
    def waiting(self) -> int:
        """Items that were sent and are not acknowledged."""
        return len(self._waiting)

    def prepare(self, items: int) -> None:
        """Have ``items`` signed and ready: outside of the time in which the server is loaded."""
        while len(self._ready) < items:
            self._ready.append(self._made())

    def connected(self) -> None:
        """Begin anew on a fresh connection: all that waits is sent again."""
        self._unsent = deque(self._waiting.values())
        self._flying = 0
        self._again_at = None

    def next(self, *, fresh: bool) -> Item | None:
        """Return what is to be sent now, if anything; ``fresh``: also what was never sent before."""
        if self._again_at is not None:
            if self._flying or time.monotonic() < self._again_at:
                return None
            self.connected()
        if self._flying >= self.in_flight or not (self._unsent or fresh):
            return None
        if self._unsent:
            item = self._unsent.popleft()
        else:
            item = self._ready.popleft() if self._ready else self._made()
            self._waiting[item.stamp] = item
        self._flying += 1
        return item

    def answered(self, item: Item, answer: dict[str, Any], journal: Journal, findings: Findings) -> None:
        """Take what the server acknowledged: a place for good, or a refusal for now."""
        self._flying -= 1
        if "ok" in answer:
            told = answer["ok"]
            journal.record(self.place.name, told["number"], told["head"], item.stamp)
            self.acknowledged += 1
            if self._waiting.pop(item.stamp, None) is None:
                findings.note("doubled", f"an item of {self.place.name} was acknowledged twice")
            return
        code = answer["error"]["code"]
        self.refused[code] = self.refused.get(code, 0) + 1
        after_another = code == "item.sequence" and self._again_at is not None
        if code not in PASSING and not after_another:
            findings.note("other", f"{self.place.name} refused a good item: {answer['error']}")
        # The items behind it are refused as well: all are sent again, in order, once the last answer is here.
        self._again_at = time.monotonic() + RETRY_S

    def _made(self) -> Item:
        text = next(self._items)
        return Item(text, stamp_of(text.encode()))


class Member:
    """One device's connection. Not connected at first; LostError says that it is lost again."""

    def __init__(
        self,
        device: SeededDevice,
        authors: Sequence[Author],
        follows: Iterable[Place],
        journal: Journal,
        findings: Findings,
    ) -> None:
        self.device = device
        self.authors = authors
        self.following = {place.name: Following(place, findings) for place in follows}
        self.listener: Listener | None = None
        self._journal = journal
        self._findings = findings
        self._asked: dict[int, tuple[Author, Item]] = {}
        self._answers: dict[int, Any] = {}
        self._numbers = count(1)
        self._out = bytearray()

    def __hash__(self) -> int:
        return id(self)

    @property
    def settled(self) -> bool:
        """Whether nothing of this member's waits for the server."""
        return not any(author.waiting for author in self.authors)

    @property
    def sending(self) -> bool:
        """Whether bytes wait for room in the socket."""
        return bool(self._out)

    def connect(self, way: Way) -> None:
        """Get a ticket, sign in, open all places and catch up, as every client does. LostError if that fails."""
        self.drop()
        try:
            self.listener = open_socketio(
                way.port, SOCKET_PATH, self._ticket(way), mark=_NO_MARK, origin=way.origin, timeout_s=PATIENCE_S
            )
            for following in self.following.values():
                following.connecting()
            for following in self.following.values():
                self._open(following, way)
            self.listener.connection.setblocking(False)  # noqa: FBT003 - the socket's own name for it
        except (OSError, http.client.HTTPException) as error:
            self.drop()
            raise LostError(str(error)) from error
        for author in self.authors:
            author.connected()

    def drop(self) -> None:
        """Let go of the connection."""
        if self.listener is not None:
            self.listener.connection.close()
        self.listener = None
        self._asked.clear()
        self._answers.clear()
        self._out.clear()

    def go_on(self, *, fresh: bool) -> None:
        """Send what may be sent."""
        for author in self.authors:
            while (item := author.next(fresh=fresh)) is not None:
                number = next(self._numbers)
                self._asked[number] = (author, item)
                self._out += masked_frame(f"42{number}{author.place.submission(item.text)}".encode())
        self.write()

    def write(self) -> None:
        """Write what waits, as far as the socket takes it."""
        listener = self._connected()
        try:
            while self._out:
                del self._out[: listener.connection.send(self._out)]
        except BlockingIOError:
            return
        except OSError as error:
            raise LostError(str(error)) from error

    def read(self) -> None:
        """Take what came."""
        listener = self._connected()
        try:
            data = listener.connection.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            raise LostError(str(error)) from error
        if not data:
            msg = "the server closed the connection"
            raise LostError(msg)
        listener.frames.feed(data)
        self._take_all(listener)

    def fetch(self, way: Way) -> None:
        """Fetch by HTTP what is missing of all places. LostError if that fails."""
        try:
            for following in self.following.values():
                self._fetch(following, way, following.number)
        except (OSError, http.client.HTTPException) as error:
            raise LostError(str(error)) from error

    def _connected(self) -> Listener:
        if self.listener is None:
            msg = "not connected"
            raise LostError(msg)
        return self.listener

    def _take_all(self, listener: Listener) -> None:
        others, listener.frames.others = listener.frames.others, []
        for payload in others:
            self._take(payload)

    def _take(self, payload: bytes) -> None:
        if payload.startswith(b"43"):
            number, rest = payload[2:].split(b"[", 1)
            answer = json.loads(b"[" + rest)[0]
            asked = self._asked.pop(int(number), None)
            if asked is None:
                self._answers[int(number)] = answer
            else:
                asked[0].answered(asked[1], answer, self._journal, self._findings)
        elif payload == b"2":
            self._out += masked_frame(b"3")
        elif (pushed := read_push(payload)) is not None:
            following = self.following.get(pushed.place)
            if following is not None:
                following.pushed(pushed.number, stamp_of(pushed.text))

    def _open(self, following: Following, way: Way) -> None:
        listener = self._connected()
        number = next(self._numbers)
        listener.say(f"42{number}{following.place.opening(following.number)}")
        while number not in self._answers:
            self.read()
        answer = self._answers.pop(number)
        if "ok" not in answer:
            raise LostError(answer["error"]["code"])
        newest, replayed = following.place.told(answer["ok"])
        if newest < self._journal.newest(following.place.name):
            self._findings.note("lost", f"{following.place.name} ends at {newest}, before what was acknowledged")
        following.opened(newest)
        if not replayed:
            self._fetch(following, way, newest)

    def _fetch(self, following: Following, way: Way, least: int) -> None:
        while True:
            before = following.number
            raw = self._asked_for(way, "GET", following.place.path(before))
            for number, envelope in _frames(raw):
                following.take(number, stamp_of(b64(envelope).encode()))
            if following.number == before:
                if before < least:
                    self._findings.note("lost", f"{following.place.name} has nothing after {before} of {least}")
                return

    def _ticket(self, way: Way) -> str:
        ticket: str = json.loads(self._asked_for(way, "POST", "/api/socket-ticket", b"{}"))["ticket"]
        return ticket

    def _asked_for(self, way: Way, method: str, path: str, body: bytes | None = None) -> bytes:
        connection = http.client.HTTPConnection(HOST, way.port, timeout=PATIENCE_S)
        headers = {"Origin": way.origin, "Host": way.origin.removeprefix("http://")}
        headers["Cookie"] = f"{COOKIE}={self.device.token}"
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            raw = answer.read()
        finally:
            connection.close()
        if answer.status >= 300:
            msg = f"{path}: {answer.status} {raw[:200]!r}"
            raise LostError(msg)
        return raw


def _frames(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Cut an answer of the record into (number, envelope)."""
    place = 0
    while place < len(raw):
        number, _, length = _FRAME.unpack_from(raw, place)
        place += _FRAME.size
        yield number, raw[place : place + length]
        place += length
