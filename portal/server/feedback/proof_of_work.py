"""What a submission costs who sends it: some seconds of computing, or, without scripts, some patience.

A pass is a signed word of the server, kept nowhere until it is used: for work, with its cost; for patience, with the
time from which it counts; or only saying when a form was opened. Each counts once (``models.PassSeen``).

The work: for each of PUZZLES numbers i, find a counter n so that the first four bytes of SHA-256("<pass>:<i>:<n>") are,
as a big-endian number, below 2^32 / cost. Several small puzzles take a steadier time than one big one. The cost rises
with what the whole server gets, never with who asks: behind one address may be a whole hall.
"""

import hashlib
import hmac
import itertools
import math
import secrets
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from portal.wire.ids import b64, unb64

Kind = Literal["work", "patience", "begun"]
PUZZLES: Final = 8
BASE_COST: Final = 32_768
"""Hashes that one puzzle takes on average: all together a second on a telephone of 2020, five on one of 2015."""
MAX_RISE: Final = 32
CALM_PER_MINUTE: Final = 120
"""Submissions a minute up to which the cost does not rise."""
LIFETIME_S: Final = 3 * 3600
"""How long a pass counts, for patience from the time it was waited for."""
PATIENCE_S: Final = 14
PATIENT_PER_S: Final = 1.0
"""How many may come by patience alone, in the long run; it costs nothing, so it is bounded for all together."""
PATIENT_AT_ONCE: Final = 60
"""How many may come at once when it was calm before: a hall full of people without scripts."""
SPREAD_S: Final = 10
"""Over how many seconds those are spread who are asked to come again."""
SOLUTION_MAX_CHARS: Final = 200
_KINDS: Final[tuple[Kind, ...]] = ("work", "patience", "begun")
_ID_BYTES: Final = 16
_MAC_BYTES: Final = 16
_BODY_BYTES: Final = 1 + _ID_BYTES + 6 + 4
_LARGEST_COUNTER: Final = 2**53


class PassError(ValueError):
    """A pass does not count; ``kind`` says why: not ours, too old, not yet (``wait_s``), or work not done."""

    def __init__(self, kind: Literal["unknown", "expired", "early", "unsolved"], wait_s: int = 0) -> None:
        super().__init__(kind)
        self.kind = kind
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class Pass:
    """A word of the server: ``identifier`` is 16 random bytes, ``value`` the cost, or the seconds to wait."""

    kind: Kind
    identifier: bytes
    issued_s: int
    value: int

    @property
    def counts_until_s(self) -> int:
        """Until when it can be used."""
        return self.issued_s + LIFETIME_S + (self.value if self.kind == "patience" else 0)


class Passes:
    """Issues and reads passes under one key (32 bytes)."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def issue(self, kind: Kind, now_s: int, value: int = 0) -> str:
        """Return a new pass as text of 58 characters."""
        raw = bytes([_KINDS.index(kind)]) + secrets.token_bytes(_ID_BYTES) + now_s.to_bytes(6) + value.to_bytes(4)
        return b64(raw + self._mac(raw))

    def read(self, text: str, kind: Kind) -> Pass:
        """Return the pass that ``text`` is; PassError ("unknown") if we never gave it."""
        try:
            raw = unb64(text, _BODY_BYTES + _MAC_BYTES)
        except ValueError:
            raise PassError("unknown") from None
        body, mac = raw[:_BODY_BYTES], raw[_BODY_BYTES:]
        if not hmac.compare_digest(mac, self._mac(body)) or body[0] != _KINDS.index(kind):
            raise PassError("unknown")
        return Pass(kind, body[1:17], int.from_bytes(body[17:23]), int.from_bytes(body[23:27]))

    def worked(self, text: str, solution: str, now_s: int) -> Pass:
        """Return the pass for work that ``solution`` (counters with commas) solves; PassError if it does not count."""
        found = self.read(text, "work")
        if now_s > found.counts_until_s:
            raise PassError("expired")
        if not is_solved(text, found.value, solution):
            raise PassError("unsolved")
        return found

    def waited(self, text: str, now_s: int) -> Pass:
        """Return the pass for patience that was waited for; PassError if it does not count, or not yet."""
        found = self.read(text, "patience")
        if now_s > found.counts_until_s:
            raise PassError("expired")
        if now_s < found.issued_s + found.value:
            raise PassError("early", found.issued_s + found.value - now_s)
        return found

    def digest(self, used: Pass) -> bytes:
        """Return what is stored of a used pass: 32 bytes from which nobody tells when it was given."""
        return hmac.digest(self._key, b"used\0" + used.identifier, hashlib.sha256)

    def _mac(self, body: bytes) -> bytes:
        return hmac.digest(self._key, b"pass\0" + body, hashlib.sha256)[:_MAC_BYTES]


def is_solved(text: str, cost: int, solution: str) -> bool:
    """Whether ``solution`` has a counter for every puzzle of the pass ``text`` at ``cost``."""
    counters = solution.split(",")
    if len(solution) > SOLUTION_MAX_CHARS or len(counters) != PUZZLES:
        return False
    return all(_is_counter(counter) and solves(text, cost, i, int(counter)) for i, counter in enumerate(counters))


def solves(text: str, cost: int, puzzle: int, counter: int) -> bool:
    """Whether ``counter`` solves one puzzle."""
    first = hashlib.sha256(f"{text}:{puzzle}:{counter}".encode("ascii")).digest()[:4]
    return int.from_bytes(first) * cost < 2**32


def solve(text: str, cost: int) -> str:
    """Return a solution, as a browser finds it; for tests, benches and programs that speak for people."""
    found = []
    for puzzle in range(PUZZLES):
        counter = 0
        while not solves(text, cost, puzzle, counter):
            counter += 1
        found.append(str(counter))
    return ",".join(found)


def _is_counter(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 16 and int(text) < _LARGEST_COUNTER


@dataclass
class Load:
    """How much comes in altogether: in memory only, of the last minute only.

    ``base_cost`` is what one puzzle costs while it is calm. ``tell`` lets the other processes of the installation know,
    who ``hear`` it; what is lost on the way makes it cheaper for a minute.
    """

    clock_s: Callable[[], float]
    base_cost: int = BASE_COST
    tell: Callable[[bytes], None] = lambda _word: None
    _told: Iterator[int] = field(default_factory=itertools.count)
    _taken: deque[float] = field(default_factory=deque)
    _room: float = float(PATIENT_AT_ONCE)
    _room_at_s: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, *, patient: bool = False) -> None:
        """Count one submission; ``patient``: one that came without work."""
        self._count(patient=patient)
        # With a number, so that no two words are the same and count for one on the way.
        self.tell(bytes([patient]) + (next(self._told) % 2**32).to_bytes(4, "big"))

    def hear(self, word: bytes) -> None:
        """Count one submission that another process took; from any thread."""
        self._count(patient=word[:1] == b"\1")

    def _count(self, *, patient: bool) -> None:
        with self._lock:
            self._taken.append(self.clock_s())
            if patient:
                self._room = self._room_now() - 1
                self._room_at_s = self.clock_s()

    def cost(self) -> int:
        """Return what one puzzle of a new pass costs."""
        with self._lock:
            before = self.clock_s() - 60
            while self._taken and self._taken[0] < before:
                self._taken.popleft()
            rise = min(max(len(self._taken) / CALM_PER_MINUTE, 1.0), MAX_RISE)
        return int(self.base_cost * rise)

    def patient_wait_s(self) -> int:
        """Return 0 if there is room for one more that comes by patience alone, else in how many seconds there may be.

        Asking takes nothing: only what was taken in counts, so that nobody fills the lane with passes.
        """
        with self._lock:
            lacking = 1 - self._room_now()
        return 0 if lacking <= 0 else math.ceil(lacking / PATIENT_PER_S) + secrets.randbelow(SPREAD_S)

    def _room_now(self) -> float:
        return min(self._room + (self.clock_s() - self._room_at_s) * PATIENT_PER_S, PATIENT_AT_ONCE)
