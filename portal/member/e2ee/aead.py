"""AES-256-GCM and HKDF-SHA512, by ``cryptography``."""

import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16


def hkdf(secret: bytes, salt: bytes, info: bytes, length_bytes: int) -> bytes:
    """Return HKDF-SHA512 (RFC 5869) of ``secret``; an empty salt is 64 zero bytes."""
    return HKDF(SHA512(), length_bytes, salt or None, info).derive(secret)


def seal(key: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """Return a random nonce (12 bytes), the ciphertext and the tag (16 bytes); ``key`` has 32 bytes."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + seal_with(key, nonce, plaintext, aad)


def seal_with(key: bytes, nonce: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """Return ciphertext and tag; ``nonce`` (12 bytes) must never be used twice with ``key`` (32 bytes)."""
    return _cipher(key).encrypt(nonce, plaintext, aad)


def open_sealed(key: bytes, sealed: bytes, aad: bytes) -> bytes | None:
    """Return the plaintext of what ``seal`` made, or None if key, data or ciphertext are others."""
    return open_with(key, sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], aad)


def open_with(key: bytes, nonce: bytes, sealed: bytes, aad: bytes) -> bytes | None:
    """Return the plaintext, or None if key, nonce, additional data or ciphertext are not those that were sealed."""
    if len(nonce) != NONCE_BYTES or len(sealed) < TAG_BYTES:
        return None
    try:
        return _cipher(key).decrypt(nonce, sealed, aad)
    except InvalidTag:
        return None


def _cipher(key: bytes) -> AESGCM:
    if len(key) != KEY_BYTES:
        msg = f"a key of {len(key)} bytes"
        raise ValueError(msg)
    return AESGCM(key)
