"""Account box keys (docs/protocol.md §1): which bytes are one that can be sealed to. Twin of static/src/e2ee/box.ts."""

from typing import Final

BOX_KEY_BYTES: Final = 1216
"""An X-Wing public key: ML-KEM-768's, then X25519's."""
_COEFFICIENT_BYTES: Final = 3 * 384
"""Three polynomials of 256 coefficients of 12 bits."""
_MODULUS: Final = 3329
_POINT_BYTES: Final = 32
_PRIME: Final = 2**255 - 19
_SMALL_ORDER: Final = frozenset(
    {
        0,
        1,
        325606250916557431795983626356110631294008115727848805560023387167927233504,
        39382357235489614581723060781553021112529911719440698176882885853963445705823,
        _PRIME - 1,
    }
)
"""u-coordinates, below the prime, of the points of order 1, 2, 4 and 8: every secret shared with them is zero."""


def is_box_key(raw: bytes) -> bool:
    """Tell whether ``raw`` is an X-Wing public key that can be sealed to.

    That is its length, ML-KEM's coefficients (FIPS 203 §7.2), and an X25519 half that is not of small order (RFC 7748
    §6.1). Whoever kept another one would stop every commit in every room of the account.
    """
    if len(raw) != BOX_KEY_BYTES:
        return False
    for at in range(0, _COEFFICIENT_BYTES, 3):
        pair = int.from_bytes(raw[at : at + 3], "little")
        if pair & 0xFFF >= _MODULUS or pair >> 12 >= _MODULUS:
            return False
    point = int.from_bytes(raw[-_POINT_BYTES:], "little") & (2**255 - 1)  # X25519 ignores the top bit
    return point % _PRIME not in _SMALL_ORDER
