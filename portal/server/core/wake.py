"""Wake-ups between the processes that serve one database: quick, lossy, and never the only way anything travels.

What must arrive is a row (core/deliveries.py) and is found there without any wake-up, only later; what may be lost,
such as who is typing, travels as a payload. A payload is sealed with a key out of the data folder, so whoever carries
it, or listens in, learns that something happened and how large it was.
"""

import hashlib
import secrets
import threading
from collections import defaultdict, deque
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple, Protocol, TypeAlias

import structlog
from nacl.exceptions import CryptoError
from nacl.secret import Aead  # noqa: TID251 - what processes tell one another is no content of rooms

from portal.config import Settings
from portal.server.core.carriers import Carrier, CarrierError, NotifyCarrier
from portal.server.core.db import Database
from portal.server.core.secret_files import open_secret

Listener: TypeAlias = Callable[[bytes], None]
PAYLOAD_MAX_BYTES: Final = 96 * 1024
WAITING_MAX: Final = 4096
"""Wake-ups that wait to be sent; of more the oldest are dropped."""
PROCESS_BYTES: Final = 8
KEY_BYTES: Final = 32
_PAUSE_FIRST_S: Final = 0.2
_PAUSE_LONGEST_S: Final = 5.0
_RECEIVE_S: Final = 0.5
_HEAD_BYTES: Final = PROCESS_BYTES + 4 + 2 + 2
_log = structlog.get_logger(__name__)


class Wake(Protocol):
    """How the processes of one installation call on one another."""

    def wake(self, topic: str, payload: bytes = b"") -> None:
        """Call the listeners of ``topic`` in all other processes, soon, or never; not those of this one.

        From any thread; never waits and never raises. ``topic`` has at most 255 bytes; a payload above
        PAYLOAD_MAX_BYTES is dropped, and told in the log. What one process sends arrives in that order; wake-ups
        without payload that wait are sent once.
        """
        ...

    def listen(self, topic: str, call: Listener) -> None:
        """Call ``call`` with the payload of each wake-up for ``topic``, in a thread of its own; it must be quick.

        Register before ``start``.
        """
        ...

    def start(self) -> None:
        """Begin to send and to listen."""
        ...

    def close(self) -> None:
        """Stop both; what waits to be sent is dropped."""
        ...


class LocalWake:
    """For one process by itself: there is nobody to wake."""

    def wake(self, topic: str, payload: bytes = b"") -> None:
        """Do nothing."""

    def listen(self, topic: str, call: Listener) -> None:
        """Do nothing."""

    def start(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class _Message(NamedTuple):
    topic: str
    payload: bytes


class CarriedWake:
    """Wake-ups by way of a carrier: PostgreSQL or Redis. One thread sends, one listens, each connects anew for ever."""

    def __init__(self, carrier: Carrier, key: bytes) -> None:
        self.process: Final = secrets.token_bytes(PROCESS_BYTES)
        self._carrier = carrier
        self._cipher = Aead(key)
        self._listeners = defaultdict[str, list[Listener]](list)
        self._waiting: deque[_Message] = deque(maxlen=WAITING_MAX)
        self._something = threading.Event()
        self._closing = threading.Event()
        self._sent = 0
        self._parts = _Parts()
        self._threads: dict[str, threading.Thread] = {}

    def wake(self, topic: str, payload: bytes = b"") -> None:
        """See Wake."""
        if len(payload) > PAYLOAD_MAX_BYTES:
            _log.warning("wake.too_large", topic=topic, bytes=len(payload))
            return
        self._waiting.append(_Message(topic, payload))
        self._something.set()

    def listen(self, topic: str, call: Listener) -> None:
        """See Wake."""
        self._listeners[topic].append(call)

    def start(self) -> None:
        """See Wake."""
        for name, run in (("portal-wake-send", self._send), ("portal-wake-listen", self._receive)):
            self._begin(name, run)

    def close(self) -> None:
        """See Wake."""
        self._closing.set()
        self._something.set()
        for thread in tuple(self._threads.values()):
            thread.join()
        self._carrier.close()

    def _begin(self, name: str, run: Callable[[], None]) -> None:
        thread = threading.Thread(target=self._again_and_again, args=(name, run), name=name, daemon=True)
        self._threads[name] = thread
        thread.start()

    def _again_and_again(self, name: str, run: Callable[[], None]) -> None:
        finished = False
        try:
            self._carry(run)
            finished = True
        finally:
            if not finished:  # a listener's defect, which threading's hook reports
                self._begin(name, run)

    def _carry(self, run: Callable[[], None]) -> None:
        pause_s = _PAUSE_FIRST_S
        while not self._closing.is_set():
            try:
                run()
                pause_s = _PAUSE_FIRST_S
            except CarrierError as error:
                if not self._closing.is_set():
                    _log.warning("wake.carrier_away", kind=str(error), pause_s=pause_s)
                self._closing.wait(pause_s)
                pause_s = min(2 * pause_s, _PAUSE_LONGEST_S)

    def _send(self) -> None:
        """Send what waits, once; wait for it before. What is under way when the carrier fails is lost."""
        self._something.wait()
        self._something.clear()
        # A wake-up without payload says only "look": one is as good as many.
        messages = list(dict.fromkeys(self._waiting.popleft() for _ in range(len(self._waiting))))
        pieces = [piece for message in messages for piece in self._pieces(message)]
        if pieces and not self._closing.is_set():
            self._carrier.send(pieces)

    def _receive(self) -> None:
        for piece in self._carrier.receive(_RECEIVE_S):
            sealed = self._parts.add(piece, own=self.process)
            if sealed is not None:
                self._hear(sealed)

    def _hear(self, sealed: bytes) -> None:
        try:
            opened = self._cipher.decrypt(sealed)
        except (CryptoError, ValueError):
            return  # not from one of us
        topic = opened[1 : 1 + opened[0]].decode()
        for call in tuple(self._listeners.get(topic, ())):
            call(opened[1 + opened[0] :])

    def _pieces(self, message: _Message) -> list[bytes]:
        topic = message.topic.encode()
        sealed = self._cipher.encrypt(bytes([len(topic)]) + topic + message.payload)
        size = self._carrier.piece_max_bytes - _HEAD_BYTES
        parts = [sealed[start : start + size] for start in range(0, len(sealed), size)]
        self._sent = (self._sent + 1) % (1 << 32)
        head = self.process + self._sent.to_bytes(4, "big")
        count = len(parts).to_bytes(2, "big")
        return [head + place.to_bytes(2, "big") + count + part for place, part in enumerate(parts)]


class _Parts:
    """Puts messages together that a carrier takes in pieces only; each sender's pieces come in order, or not at all."""

    def __init__(self) -> None:
        self._begun: dict[bytes, tuple[bytes, list[bytes]]] = {}

    def add(self, piece: bytes, *, own: bytes) -> bytes | None:
        """Return the message that ``piece`` completes; None for one that does not, and for those of process ``own``."""
        process, number = piece[:PROCESS_BYTES], piece[PROCESS_BYTES : PROCESS_BYTES + 4]
        place, count = (int.from_bytes(piece[start : start + 2], "big") for start in (_HEAD_BYTES - 4, _HEAD_BYTES - 2))
        if len(piece) <= _HEAD_BYTES or process == own:
            return None
        if count == 1:
            return piece[_HEAD_BYTES:]
        begun, parts = self._begun.pop(process, (number, []))
        if place == 0:
            begun, parts = number, []
        if begun != number or len(parts) != place:
            return None  # a piece is missing
        parts.append(piece[_HEAD_BYTES:])
        if len(parts) == count:
            return b"".join(parts)
        self._begun[process] = (number, parts)
        return None


def open_key(keys_dir: Path) -> bytes:
    """Return the key (32 bytes) with which the processes of one installation seal what they tell one another."""
    return open_secret(keys_dir / "wake", lambda: secrets.token_bytes(KEY_BYTES))


def channel_of(key: bytes) -> str:
    """Return the name under which the processes of one installation find one another at a shared carrier."""
    return "portal_" + hashlib.sha256(b"portal wake channel v1\0" + key).hexdigest()[:32]


def open_wake(settings: Settings, database: Database) -> Wake:
    """Return how the processes of this installation wake one another: over Redis if there is one, else PostgreSQL."""
    if not settings.several:
        return LocalWake()
    key = open_key(settings.keys_dir)
    if settings.redis_url:
        from portal.server.core.redis_carrier import RedisCarrier  # noqa: PLC0415 - a quarter of a second, 6 MiB

        return CarriedWake(RedisCarrier(settings.redis_url, channel_of(key)), key)
    return CarriedWake(NotifyCarrier(database.own_connection, channel_of(key)), key)
