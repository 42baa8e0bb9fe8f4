"""HKDF and X-Wing as docs/protocol.md uses them, by ``cryptography``: the tests' own reading of the protocol."""

import hashlib

from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric import mlkem, x25519
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def hkdf(secret: bytes, salt: bytes, info: bytes, length_bytes: int) -> bytes:
    """HKDF with SHA-512 (RFC 5869); an empty salt is 64 zero bytes."""
    return HKDF(SHA512(), length_bytes, salt or None, info).derive(secret)


def box_suite() -> hpke.Suite:
    """Return HPKE with X-Wing, HKDF-SHA512 and AES-256-GCM."""
    return hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA512, hpke.AEAD.AES_256_GCM)


def box_key(seed: bytes) -> tuple[hpke.MLKEM768X25519PrivateKey, bytes]:
    """Return the X-Wing key of a 32-byte seed, and its public key of 1,216 bytes."""
    expanded = hashlib.shake_256(seed).digest(96)
    lattice = mlkem.MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
    curve = x25519.X25519PrivateKey.from_private_bytes(expanded[64:])
    public = lattice.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()
    return hpke.MLKEM768X25519PrivateKey(lattice, curve), public
