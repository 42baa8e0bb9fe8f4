"""Malformed input made of good input: bytes turned, cut, repeated and spliced; JSON of other shapes and sizes."""

import json
import random
import re
from collections.abc import Sequence
from typing import Any, Final

from portal.wire.ids import b64, unb64

DEEP: Final = 400
_HOSTILE: Final[tuple[Any, ...]] = (
    None,
    True,
    -1,
    0,
    1 << 53,
    1 << 64,
    10**400,
    0.5,
    1e308,
    "",
    "\x00",
    "\ud800",
    "\u202e\u2066",
    "A" * 22,
    "A" * 3000,
    "=" * 22,
    [],
    {},
    [[]],
    {"__proto__": {}, "constructor": 1},
    ["A"] * 300,
)
_BYTES: Final = (
    b"\x00",
    b"\xff",
    b"\x7f",
    b"\x80",
    b"\xff\xff\xff\xff",
    b"\x00\x00\x00\x00",
    b"\xbf\xff\xff\xff",
    b"\r\n",
)
_B64: Final = re.compile(r"[A-Za-z0-9_-]{24,}")


class Mutator:
    """Makes malformed input, the same for the same ``seed``."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - no secret

    def octets(self, good: bytes) -> bytes:
        """Return ``good`` with one to four faults."""
        raw = bytearray(good)
        for _ in range(self.random.randint(1, 4)):
            place = self.random.randrange(len(raw) + 1)
            match self.random.randrange(7):
                case 0 if raw:
                    raw[place % len(raw)] ^= 1 << self.random.randrange(8)
                case 1:
                    raw[place : place + 4] = self.random.choice(_BYTES)
                case 2:
                    del raw[place:]
                case 3:
                    del raw[place : place + self.random.randint(1, 32)]
                case 4:
                    raw[place:place] = raw[place : place + self.random.randint(1, 300)]
                case 5:
                    raw[place:place] = self.random.randbytes(self.random.randint(1, 64))
                case _:
                    raw.extend(self.random.choice(_BYTES) * self.random.randint(1, 100))
        return bytes(raw)

    def text(self, good: str) -> str:
        """Return ``good`` with faults, as text of any kind."""
        return self.octets(good.encode("utf-8", "surrogatepass")).decode("utf-8", "replace")

    def value(self, good: Any) -> Any:  # noqa: PLR0911 - one for each kind of value
        """Return a JSON value like ``good`` with one fault in it."""
        if isinstance(good, dict) and good and self.random.random() < 0.9:
            key = self.random.choice(list(good))
            match self.random.randrange(8):
                case 0:
                    return {name: value for name, value in good.items() if name != key}
                case 1:
                    return good | {self.text(key): good[key]}
                case _:
                    return good | {key: self.value(good[key])}
        if isinstance(good, list) and good and self.random.random() < 0.8:
            place = self.random.randrange(len(good))
            if self.random.randrange(4) == 0:
                return good * self.random.randint(0, 50)
            return [self.value(one) if at == place else one for at, one in enumerate(good)]
        if isinstance(good, str) and self.random.random() < 0.7:
            return self._within(good)
        if isinstance(good, int) and self.random.random() < 0.4:
            return good + self.random.choice((-1, 1, 1 << 32, 1 << 53, -(1 << 63)))
        return self.random.choice(_HOSTILE)

    def json(self, good: Any) -> bytes:
        """Return JSON text of a value with a fault, or what is none."""
        match self.random.randrange(12):
            case 0:
                return self.octets(json.dumps(good).encode())
            case 1:
                return b"[" * DEEP * 100 if self.random.randrange(2) else b'{"a":' * DEEP + b"1" + b"}" * DEEP
            case 2:
                return self._twice(good)
            case _:
                return json.dumps(self.value(good)).encode("utf-8", "surrogatepass")

    def choice(self, given: Sequence[Any]) -> Any:
        """Return one of ``given``."""
        return self.random.choice(given)

    def _within(self, text: str) -> str:
        """Break the bytes that a text stands for, so that its reader gets to see them."""
        if _B64.fullmatch(text):
            try:
                return b64(self.octets(unb64(text)))
            except ValueError:
                return self.text(text)
        return self.text(text)

    def _twice(self, good: Any) -> bytes:
        if not isinstance(good, dict) or not good:
            return b"NaN"
        key = self.random.choice(list(good))
        return json.dumps(good)[
            :-1
        ].encode() + f",{json.dumps(key)}:{json.dumps(self.random.choice(_HOSTILE))}}}".encode("utf-8", "surrogatepass")
