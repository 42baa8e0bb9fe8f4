"""Ed25519 (RFC 8032) by libsodium, with keys made from 32-byte seeds so that a vault can carry them."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import nacl.exceptions
import nacl.signing

SEED_BYTES: Final = 32
PUBLIC_KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64


@dataclass(frozen=True)
class SigningKey:
    """A key pair; the 32-byte seed is the secret."""

    seed: bytes = field(repr=False)

    @classmethod
    def generate(cls) -> "SigningKey":
        """Return a fresh key from the system's random numbers."""
        return cls(nacl.signing.SigningKey.generate().encode())

    @cached_property
    def public(self) -> bytes:
        """The public key, 32 bytes."""
        return bytes(self._key.verify_key)

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature of ``message``."""
        return self._key.sign(message).signature

    @cached_property
    def _key(self) -> nacl.signing.SigningKey:
        return nacl.signing.SigningKey(self.seed)


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether ``signature`` is by ``public`` over ``message``; False also for what is no key."""
    if len(public) != PUBLIC_KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    try:
        nacl.signing.VerifyKey(public).verify(message, signature)
    except (nacl.exceptions.BadSignatureError, nacl.exceptions.CryptoError):
        return False
    return True
