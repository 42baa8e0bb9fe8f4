"""The group ristretto255 (RFC 9496), of which libsodium's Python binding has all but the encoding.

Elements are points of edwards25519 in affine coordinates. What multiplies by a secret scalar is libsodium, in constant
time; encoding, decoding and the map from hashes are whole-number arithmetic here, whose time depends on values only as
far as Python's own does.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from nacl.bindings import crypto_core_ed25519_scalar_mul
from nacl.bindings.crypto_scalarmult import crypto_scalarmult_ed25519_noclamp
from nacl.exceptions import RuntimeError as SodiumError

ENCODED_BYTES: Final = 32
SCALAR_BYTES: Final = 32
P: Final = 2**255 - 19
ORDER: Final = 2**252 + 27742317777372353535851937790883648493
D: Final = -121665 * pow(121666, -1, P) % P
SQRT_M1: Final = pow(2, (P - 1) // 4, P)
_COFACTOR_INVERSE: Final = pow(8, -1, ORDER).to_bytes(SCALAR_BYTES, "little")
_BASE_ENCODED: Final = bytes.fromhex("e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76")


class NotAnElementError(ValueError):
    """Bytes that encode no element, or the neutral one where that has no place."""


@dataclass(frozen=True, slots=True)
class Element:
    """An element, by any of the points of its class."""

    x: int
    y: int

    def encode(self) -> bytes:
        """Return the one encoding, 32 bytes (RFC 9496 §4.3.2)."""
        x, y, t = self.x, self.y, self.x * self.y % P
        u1, u2 = (1 + y) * (1 - y) % P, t
        _, root = _sqrt_ratio(1, u1 * u2 * u2 % P)
        den1, den2 = root * u1 % P, root * u2 % P
        inverse = den1 * den2 * t % P
        if t * inverse % P & 1:
            x, y = y * SQRT_M1 % P, x * SQRT_M1 % P
            den2 = den1 * _INV_SQRT_A_MINUS_D % P
        if x * inverse % P & 1:
            y = P - y
        return _absolute(den2 * (1 - y) % P).to_bytes(ENCODED_BYTES, "little")

    def times(self, scalar: bytes) -> "Element":
        """Return this element multiplied by a scalar (32 bytes, little-endian, below the order).

        Raises:
            NotAnElementError: the product is the neutral element.
        """
        # Eight times this point lies in the subgroup on which libsodium insists, and a point of the same class comes
        # out when an eighth of the scalar is applied.
        point = self
        for _ in range(3):
            point = _sum(point, point)
        eighth = crypto_core_ed25519_scalar_mul(scalar, _COFACTOR_INVERSE)
        try:
            product = crypto_scalarmult_ed25519_noclamp(eighth, _compressed(point))
        except SodiumError as error:
            msg = "the neutral element"
            raise NotAnElementError(msg) from error
        return _decompressed(product)


def decode(raw: bytes) -> Element:
    """Return the element that 32 bytes encode (RFC 9496 §4.3.1); NotAnElementError also for the neutral one."""
    s = int.from_bytes(raw, "little")
    if len(raw) != ENCODED_BYTES or s >= P or s & 1 or s == 0:
        msg = "no element"
        raise NotAnElementError(msg)
    ss = s * s % P
    u1, u2 = (1 - ss) % P, (1 + ss) % P
    v = (-D * u1 * u1 - u2 * u2) % P
    square, root = _sqrt_ratio(1, v * u2 * u2 % P)
    den_x = root * u2 % P
    den_y = root * den_x * v % P
    x, y = _absolute(2 * s * den_x % P), u1 * den_y % P
    if not square or x * y % P & 1 or y == 0:
        msg = "no element"
        raise NotAnElementError(msg)
    return Element(x, y)


def from_uniform(raw: bytes) -> Element:
    """Return the element to which 64 uniform bytes are mapped (RFC 9496 §4.3.4)."""
    halves = (int.from_bytes(raw[at : at + 32], "little") % 2**255 % P for at in (0, 32))
    return _sum(*map(_mapped, halves))


def expand_message(message: bytes, tag: bytes, length_bytes: int) -> bytes:
    """Return ``length_bytes`` (at most 16,320) uniform bytes: expand_message_xmd with SHA-512 (RFC 9380 §5.3.1)."""
    tail = tag + len(tag).to_bytes(1, "big")
    first = hashlib.sha512(bytes(128) + message + length_bytes.to_bytes(2, "big") + b"\0" + tail).digest()
    blocks = [hashlib.sha512(first + b"\1" + tail).digest()]
    while 64 * len(blocks) < length_bytes:
        mixed = bytes(a ^ b for a, b in zip(first, blocks[-1], strict=True))
        blocks.append(hashlib.sha512(mixed + (len(blocks) + 1).to_bytes(1, "big") + tail).digest())
    return b"".join(blocks)[:length_bytes]


def hash_to_scalar(message: bytes, tag: bytes) -> bytes:
    """Return a scalar from a hash of ``message``, 32 bytes (RFC 9497 §4.1)."""
    return (int.from_bytes(expand_message(message, tag, 64), "little") % ORDER).to_bytes(SCALAR_BYTES, "little")


def invert_scalar(scalar: bytes) -> bytes:
    """Return the inverse of a scalar that is not zero."""
    return pow(int.from_bytes(scalar, "little"), -1, ORDER).to_bytes(SCALAR_BYTES, "little")


def _absolute(value: int) -> int:
    return P - value if value & 1 else value


def _sqrt_ratio(u: int, v: int) -> tuple[bool, int]:
    """Whether u/v is a square, and the root of u/v or of SQRT_M1·u/v that is not negative (RFC 9496 §4.2)."""
    root = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    check = v * root * root % P
    wrong_sign = check in {-u % P, -u * SQRT_M1 % P}
    if wrong_sign:
        root = root * SQRT_M1 % P
    return check in {u % P, -u % P}, _absolute(root)


def _mapped(t: int) -> Element:
    r = SQRT_M1 * t * t % P
    u = (r + 1) * _ONE_MINUS_D_SQ % P
    v = (-1 - r * D) * (r + D) % P
    square, s = _sqrt_ratio(u, v)
    c = P - 1
    if not square:
        s, c = -_absolute(s * t % P) % P, r
    n = (c * (r - 1) * _D_MINUS_ONE_SQ - v) % P
    w0, w1 = 2 * s * v % P, n * _SQRT_AD_MINUS_ONE % P
    w2, w3 = (1 - s * s) % P, (1 + s * s) % P
    return Element(w0 * pow(w1, -1, P) % P, w2 * pow(w3, -1, P) % P)


def _sum(a: Element, b: Element) -> Element:
    """The complete addition law of edwards25519."""
    product = D * a.x * b.x * a.y * b.y % P
    x = (a.x * b.y + a.y * b.x) * pow(1 + product, -1, P) % P
    y = (a.y * b.y + a.x * b.x) * pow(1 - product, -1, P) % P
    return Element(x, y)


def _compressed(point: Element) -> bytes:
    return (point.y | (point.x & 1) << 255).to_bytes(32, "little")


def _decompressed(raw: bytes) -> Element:
    """A point that libsodium made, so that it is one."""
    number = int.from_bytes(raw, "little")
    y = number & (2**255 - 1)
    _, x = _sqrt_ratio((y * y - 1) % P, (D * y * y + 1) % P)
    return Element(P - x if x & 1 != number >> 255 else x, y)


_ONE_MINUS_D_SQ: Final = (1 - D * D) % P
_D_MINUS_ONE_SQ: Final = (D - 1) ** 2 % P
_SQRT_AD_MINUS_ONE: Final = 25063068953384623474111414158702152701244531502492656460079210482610430750235
_INV_SQRT_A_MINUS_D: Final = 54469307008909316920995813868745141605393597292927456921205312896311721017578
BASE: Final = decode(_BASE_ENCODED)
"""The generator."""
