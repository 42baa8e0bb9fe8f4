"""Deriving secrets from secrets (RFC 9420 §5.1, §8, §9.1), and tags."""

import hmac
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

from portal.mls.codec import opaque, u16, u32
from portal.mls.errors import BrokenError, MisuseError
from portal.mls.suites import Suite

_HASHES: Final[dict[str, HashAlgorithm]] = {"sha256": SHA256(), "sha512": SHA512()}
_LENGTH_MAX: Final = 0xFFFF


def extract(suite: Suite, salt: bytes, ikm: bytes) -> bytes:
    """HKDF-Extract (RFC 5869 §2.2): ``hash_bytes`` long."""
    return HKDF.extract(_HASHES[suite.hash_name], salt, ikm)


def expand(suite: Suite, secret: bytes, info: bytes, length_bytes: int) -> bytes:
    """HKDF-Expand (RFC 5869 §2.3); MisuseError use.size for more than the hash can give."""
    if not 0 < length_bytes <= min(255 * suite.hash_bytes, _LENGTH_MAX):
        raise MisuseError("use.size", f"{length_bytes} bytes of key material")
    return HKDFExpand(_HASHES[suite.hash_name], length_bytes, info).derive(secret)


def expand_with_label(suite: Suite, secret: bytes, label: str, context: bytes, length_bytes: int) -> bytes:
    """§8, ExpandWithLabel."""
    info = u16(length_bytes & _LENGTH_MAX) + opaque(b"MLS 1.0 " + label.encode("utf-8")) + opaque(context)
    return expand(suite, secret, info, length_bytes)


def derive_secret(suite: Suite, secret: bytes, label: str) -> bytes:
    """§8, DeriveSecret: ``hash_bytes`` long."""
    return expand_with_label(suite, secret, label, b"", suite.hash_bytes)


def derive_tree_secret(suite: Suite, secret: bytes, label: str, generation: int, length_bytes: int) -> bytes:
    """§9.1, DeriveTreeSecret."""
    return expand_with_label(suite, secret, label, u32(generation), length_bytes)


def mac(suite: Suite, key: bytes, content: bytes) -> bytes:
    """HMAC: ``hash_bytes`` long (§5.1)."""
    return hmac.digest(key, content, suite.hash_name)


def verify_mac(suite: Suite, key: bytes, content: bytes, tag: bytes, code: str) -> None:
    """Raise BrokenError with ``code`` unless ``tag`` is right, in time that does not depend on where it differs."""
    if not hmac.compare_digest(mac(suite, key, content), tag):
        raise BrokenError(code)
