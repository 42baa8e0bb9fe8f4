"""Ed25519 public keys (docs/protocol.md §1): which bytes are one that all libraries judge alike.

RFC 8032 leaves open what to do with encodings that are not reduced and with points of small order, and libraries
differ: under such a key one member would accept what another one refuses. Twin of static/src/e2ee/signaturekey.ts.
"""

from typing import Final

SIGNATURE_KEY_BYTES: Final = 32
_PRIME: Final = 2**255 - 19
_ORDER_8: Final = 2707385501144840649318225287225658788936804267575313519463743609750303402022
"""y of four of the points of order 8; its negative is that of the other four."""
_SMALL_ORDER: Final = frozenset({0, 1, _PRIME - 1, _ORDER_8, _PRIME - _ORDER_8})
"""y-coordinates of the points of order 1, 2, 4 and 8: anybody can make signatures under them."""


def is_signature_key(raw: bytes) -> bool:
    """Tell whether ``raw`` is a reduced y-coordinate, with the sign of x in the top bit, that is not of small order.

    Whether there is such a point at all shows when a signature is verified.
    """
    y = int.from_bytes(raw, "little") & (2**255 - 1)
    return len(raw) == SIGNATURE_KEY_BYTES and y < _PRIME and y not in _SMALL_ORDER
