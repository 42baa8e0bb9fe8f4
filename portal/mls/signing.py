"""Ed25519 signatures under labels (RFC 9420 §5.1.2)."""

from typing import Final

from nacl.signing import SigningKey

from portal.mls.errors import MisuseError
from portal.mls.suites import sign_content

SEED_BYTES: Final = 32


def public_signature_key(seed: bytes) -> bytes:
    """Return the public key (32 bytes) of a seed; MisuseError use.key unless that is 32 bytes long."""
    if len(seed) != SEED_BYTES:
        raise MisuseError("use.key", f"{len(seed)} bytes")
    return SigningKey(seed).verify_key.encode()


def sign_with_label(seed: bytes, label: str, content: bytes) -> bytes:
    """Return the signature, 64 bytes, over ``content`` under ``label``; MisuseError use.key."""
    if len(seed) != SEED_BYTES:
        raise MisuseError("use.key", f"{len(seed)} bytes")
    return SigningKey(seed).sign(sign_content(label, content)).signature
