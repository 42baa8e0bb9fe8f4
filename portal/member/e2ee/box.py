"""HPKE (RFC 9180, base mode) with X-Wing, HKDF-SHA512 and AES-256-GCM: what is sealed to an account.

X-Wing joins X25519 and ML-KEM-768 (KEM 0x647a), so that what is sealed today stays sealed when quantum computers come.
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from portal.wire.box_key import is_box_key

SEED_BYTES: Final = 32
ENC_BYTES: Final = 1120
_LATTICE_KEY_BYTES: Final = 1184
_TAG_BYTES: Final = 16
_SUITE: Final = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA512, hpke.AEAD.AES_256_GCM)


@dataclass(frozen=True)
class BoxKey:
    """A key pair of which the 32-byte seed is the secret; ``public`` has 1,216 bytes."""

    seed: bytes = field(repr=False)

    @classmethod
    def generate(cls) -> "BoxKey":
        """Return a fresh key from the system's random numbers."""
        return cls(secrets.token_bytes(SEED_BYTES))

    @cached_property
    def public(self) -> bytes:
        """The public key: ML-KEM's, then X25519's."""
        lattice, curve = self._halves
        return lattice.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()

    def open(self, info: bytes, sealed: bytes) -> bytes | None:
        """Return the plaintext of what ``seal_to`` made for this key with the same ``info``, or None."""
        if len(sealed) < ENC_BYTES + _TAG_BYTES:
            return None
        try:
            return _SUITE.decrypt(sealed, hpke.MLKEM768X25519PrivateKey(*self._halves), info)
        except (InvalidTag, ValueError):  # ValueError: an X25519 share of small order
            return None

    @cached_property
    def _halves(self) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
        """The two private keys that X-Wing expands the seed to (draft-connolly-cfrg-xwing-kem, §5.2)."""
        if len(self.seed) != SEED_BYTES:
            msg = f"a seed of {len(self.seed)} bytes"
            raise ValueError(msg)
        expanded = hashlib.shake_256(self.seed).digest(96)
        return MLKEM768PrivateKey.from_seed_bytes(expanded[:64]), X25519PrivateKey.from_private_bytes(expanded[64:])


def seal_to(public: bytes, info: bytes, plaintext: bytes) -> bytes:
    """Return enc (1,120 bytes), ciphertext and tag, which only the holder of ``public``'s seed opens.

    Raises:
        ValueError: ``public`` is no key that can be sealed to.
    """
    if not is_box_key(public):
        msg = "no box key that can be sealed to"
        raise ValueError(msg)
    lattice = MLKEM768PublicKey.from_public_bytes(public[:_LATTICE_KEY_BYTES])
    curve = X25519PublicKey.from_public_bytes(public[_LATTICE_KEY_BYTES:])
    return _SUITE.encrypt(plaintext, hpke.MLKEM768X25519PublicKey(lattice, curve), info)
