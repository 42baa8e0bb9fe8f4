"""Writes tests/vectors/signatures.json: Ed25519 keys and signatures that libraries judge in different ways.

The kinds of cases are those of Chalkias, Garillot and Nikolaenko, "Taming the many EdDSAs" (2020); keys and signatures
are made here, from RFC 8032's curve. ``.venv/bin/python -m tests.wire.make_signature_vectors`` writes the same bytes
each time.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any, Final, TypeAlias

from tests.wire.browser_vectors import VECTORS

Point: TypeAlias = tuple[int, int]

PRIME: Final = 2**255 - 19
ORDER: Final = 2**252 + 27742317777372353535851937790883648493
_D: Final = -121665 * pow(121666, -1, PRIME) % PRIME
NEUTRAL: Final = (0, 1)
SECRET: Final = int.from_bytes(hashlib.sha256(b"secret").digest(), "little") % ORDER


def _recovered(y: int) -> Point | None:
    """The point with this y and even x, if there is one."""
    square = (y * y - 1) * pow(_D * y * y + 1, -1, PRIME) % PRIME
    for x in (root := pow(square, (PRIME + 3) // 8, PRIME), root * pow(2, (PRIME - 1) // 4, PRIME) % PRIME):
        if (x * x - square) % PRIME == 0:
            return (x if x % 2 == 0 else PRIME - x), y
    return None


def _plus(one: Point, other: Point) -> Point:
    (x1, y1), (x2, y2) = one, other
    cross = _D * x1 * x2 * y1 * y2
    x = (x1 * y2 + x2 * y1) * pow(1 + cross, -1, PRIME) % PRIME
    return x, (y1 * y2 + x1 * x2) * pow(1 - cross, -1, PRIME) % PRIME


def _times(factor: int, point: Point) -> Point:
    total = NEUTRAL
    while factor:
        if factor & 1:
            total = _plus(total, point)
        point, factor = _plus(point, point), factor >> 1
    return total


def _points() -> Iterator[Point]:
    return (point for y in count(2) if (point := _recovered(y)) is not None)


BASE: Final = _recovered(4 * pow(5, -1, PRIME) % PRIME) or NEUTRAL
OF_ORDER_8: Final = next(found for one in _points() if _times(4, found := _times(ORDER, one)) != NEUTRAL)


def _encoded(point: Point) -> bytes:
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


@dataclass(frozen=True)
class Attempt:
    """Key SECRET·B + ``key_torsion``·T and signature (r·B + ``nonce_torsion``·T, s), T a point of order 8."""

    message: bytes
    key_torsion: int = 0
    nonce_torsion: int = 0
    secret: int = SECRET
    nonce: int = 7
    key_bytes: bytes | None = None
    nonce_bytes: bytes | None = None

    @property
    def key(self) -> bytes:
        return self.key_bytes or _encoded(_plus(_times(self.secret, BASE), _times(self.key_torsion, OF_ORDER_8)))

    @property
    def point(self) -> bytes:
        place = _plus(_times(self.nonce, BASE), _times(self.nonce_torsion, OF_ORDER_8))
        return self.nonce_bytes or _encoded(place)

    @property
    def challenge(self) -> int:
        hashed = hashlib.sha512(self.point + self.key + self.message).digest()
        return int.from_bytes(hashed, "little") % ORDER

    def case(self, name: str, *, accepted: bool = False, bad: str = "", more: int = 0) -> dict[str, Any]:
        scalar = (self.nonce + self.challenge * self.secret) % ORDER + more
        signature = self.point + scalar.to_bytes(32, "little")
        parts = {"key": self.key, "message": self.message, "signature": signature}
        told = {"accepted": accepted, "key_fine": bad != "key", "signature_fine": bad != "signature"}
        return {"name": name} | {part: value.hex() for part, value in parts.items()} | told


def _fitting(remainder: int, **parts: Any) -> Attempt:
    """The first attempt whose challenge fits the torsion of its key, so that it may pass without a cofactor."""
    attempts = (Attempt(b"message %d" % number, **parts) for number in count())
    return next(one for one in attempts if one.challenge % 8 == remainder)


def _small_order_keys() -> dict[str, bytes]:
    """Every encoding of a point of small order, those that are not reduced among them."""
    reduced = {f"order of {at}T": _encoded(_times(at, OF_ORDER_8)) for at in range(8)}
    high = 1 << 255
    others = {"y = p": PRIME, "y = p + 1": PRIME + 1, "-0, y = 1": 1 | high, "-0, y = -1": (PRIME - 1) | high}
    others |= {"-, y = p": PRIME | high, "-0, y = p + 1": (PRIME + 1) | high}
    return reduced | {name: value.to_bytes(32, "little") for name, value in others.items()}


def _not_reduced() -> Iterator[tuple[str, bytes]]:
    """Encodings p + y of points that are not of small order: y is at most 18."""
    for y in range(2, 19):
        if _recovered(y) is not None:
            yield f"y = p + {y}", (PRIME + y).to_bytes(32, "little")


def cases() -> list[dict[str, Any]]:
    """Return all cases.

    ``accepted`` is what every verifier must say; ``key_fine`` and ``signature_fine`` what their encodings alone show.
    """
    made = [Attempt(b"plain").case("a signature as it should be", accepted=True)]
    made.append(Attempt(b"plain").case("s + order", bad="signature", more=ORDER))
    for name, key in _small_order_keys().items():
        # A challenge that is a multiple of 8 makes the key vanish, so that s·B = R holds for the message.
        forged = _fitting(0, secret=0, key_bytes=key)
        made.append(forged.case(f"key of small order, {name}", bad="key"))
    for name, key in _not_reduced():
        made.append(Attempt(b"any", key_bytes=key).case(f"key not reduced, {name}", bad="key"))
    made.append(Attempt(b"zero", nonce=0).case("R is the neutral point", bad="signature"))
    unreduced = (PRIME + 1).to_bytes(32, "little")
    made.append(Attempt(b"zero", nonce=0, nonce_bytes=unreduced).case("R neutral, not reduced", bad="signature"))
    made.append(Attempt(b"mixed", nonce_torsion=1).case("R of mixed order: passes with cofactor only"))
    made.append(_fitting(1, key_torsion=1).case("key of mixed order: passes with cofactor only"))
    made.append(_fitting(0, key_torsion=1).case("key of mixed order: passes either way", accepted=True))
    return made


if __name__ == "__main__":
    (VECTORS / "signatures.json").write_text(json.dumps(cases(), indent=1) + "\n", "utf-8")
