"""Cipher suites, as much of them as needs no secret: hashing, verifying, and what a public key looks like.

Suites 1 and 3 are registered (RFC 9420 §17.1). 0x0053 is not: it is ts-mls's number for X-Wing
(draft-connolly-cfrg-xwing-kem, HPKE KEM 0x647a), AES-256-GCM, SHA-512 and Ed25519, which the portal's rooms use.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import Final

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from portal.mls.codec import opaque
from portal.mls.errors import BrokenError, RefusedError
from portal.wire.box_key import is_box_key

SIGNATURE_KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
X25519_KEY_BYTES: Final = 32


class Kem(IntEnum):
    """A key encapsulation by its HPKE number (RFC 9180 §7.1)."""

    X25519 = 0x0020
    XWING = 0x647A


class Aead(IntEnum):
    """A cipher by its HPKE number (RFC 9180 §7.3)."""

    AES_128_GCM = 1
    AES_256_GCM = 2
    CHACHA20_POLY1305 = 3


@dataclass(frozen=True, slots=True)
class Suite:
    """A cipher suite. ``hash_bytes`` is Nh, ``key_bytes`` Nk and ``nonce_bytes`` Nn of RFC 9420."""

    number: int
    name: str
    kem: Kem
    aead: Aead
    hash_name: str
    hash_bytes: int
    key_bytes: int
    is_public_key: Callable[[bytes], bool]
    nonce_bytes: int = 12

    def digest(self, content: bytes) -> bytes:
        """Return the hash of ``content``, ``hash_bytes`` long."""
        return hashlib.new(self.hash_name, content).digest()


def _is_x25519_key(raw: bytes) -> bool:
    """Whether the length is right; keys of small order are refused when something is sealed to them (RFC 7748 §6.1)."""
    return len(raw) == X25519_KEY_BYTES


X25519_AES128: Final = Suite(
    1, "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519", Kem.X25519, Aead.AES_128_GCM, "sha256", 32, 16, _is_x25519_key
)
X25519_CHACHA20: Final = Suite(
    3,
    "MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519",
    Kem.X25519,
    Aead.CHACHA20_POLY1305,
    "sha256",
    32,
    32,
    _is_x25519_key,
)
XWING_AES256: Final = Suite(
    0x0053, "MLS_256_XWING_AES256GCM_SHA512_Ed25519", Kem.XWING, Aead.AES_256_GCM, "sha512", 64, 32, is_box_key
)
SUITES: Final[Mapping[int, Suite]] = MappingProxyType(
    {suite.number: suite for suite in (X25519_AES128, X25519_CHACHA20, XWING_AES256)}
)


def suite_of(number: int) -> Suite:
    """Return the suite of this number; RefusedError suite.unsupported if there is none."""
    suite = SUITES.get(number)
    if suite is None:
        raise RefusedError("suite.unsupported", f"suite {number}")
    return suite


def sign_content(label: str, content: bytes) -> bytes:
    """Return what is signed under ``label`` (§5.1.2, SignContent)."""
    return opaque(b"MLS 1.0 " + label.encode("ascii")) + opaque(content)


def verify_with_label(key: bytes, label: str, content: bytes, signature: bytes, code: str) -> None:
    """Raise BrokenError with ``code`` unless ``signature`` is ``key``'s over ``content`` under ``label`` (§5.1.2)."""
    if len(key) != SIGNATURE_KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        raise BrokenError(code, "length")
    try:
        VerifyKey(key).verify(sign_content(label, content), signature)
    except BadSignatureError:
        raise BrokenError(code) from None


def ref_hash(suite: Suite, label: str, value: bytes) -> bytes:
    """Return the reference of ``value`` (§5.2, RefHash): ``hash_bytes`` long. The label is taken whole."""
    return suite.digest(opaque(label.encode("ascii")) + opaque(value))
