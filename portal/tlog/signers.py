"""Signing notes: the log with Ed25519, witnesses with Ed25519 or ML-DSA-44."""

from dataclasses import dataclass
from typing import TypeAlias

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from portal.wire.ledger.checkpoint import Checkpoint
from portal.wire.ledger.cosignature import TimedSignature, cosigned_message
from portal.wire.ledger.note import (
    ED25519,
    ED25519_COSIGNATURE,
    ML_DSA_44_COSIGNATURE,
    Note,
    NoteSignature,
    VerifierKey,
    check_name,
)

WitnessKey: TypeAlias = Ed25519PrivateKey | MLDSA44PrivateKey


@dataclass(frozen=True)
class NoteSigner:
    """Signs notes as ``name`` with an Ed25519 key."""

    name: str
    private: Ed25519PrivateKey

    def __post_init__(self) -> None:
        check_name(self.name)

    @classmethod
    def from_seed(cls, name: str, seed: bytes) -> "NoteSigner":
        """Return the signer with the key of this seed (32 bytes); ValueError for another length."""
        return cls(name, Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def key(self) -> VerifierKey:
        """The public key, 32 bytes, of signature type 0x01."""
        return VerifierKey(self.name, ED25519, self.private.public_key().public_bytes_raw())

    def sign(self, text: str) -> Note:
        """Return ``text``, which ends in a newline, with this signature."""
        return Note(text, (NoteSignature(self.name, self.key.id, self.private.sign(text.encode())),))


@dataclass(frozen=True)
class Cosigner:
    """Cosigns checkpoints as the witness ``name``. One that signs with both types has two of these."""

    name: str
    private: WitnessKey

    def __post_init__(self) -> None:
        check_name(self.name)

    @classmethod
    def from_seed(cls, name: str, kind: int, seed: bytes) -> "Cosigner":
        """Return the cosigner of signature type ``kind`` with the key of this seed (32 bytes for either type)."""
        if kind == ML_DSA_44_COSIGNATURE:
            return cls(name, MLDSA44PrivateKey.from_seed_bytes(seed))
        return cls(name, Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def key(self) -> VerifierKey:
        """The public key: 32 bytes of type 0x04, or 1,312 bytes of type 0x06."""
        kind = ED25519_COSIGNATURE if isinstance(self.private, Ed25519PrivateKey) else ML_DSA_44_COSIGNATURE
        return VerifierKey(self.name, kind, self.private.public_key().public_bytes_raw())

    def cosign(self, checkpoint: Checkpoint, at_s: int) -> NoteSignature:
        """Return the signature line that says: at ``at_s`` this was the largest consistent tree that I had seen."""
        key = self.key
        signature = self.private.sign(cosigned_message(key.kind, self.name, checkpoint, at_s))
        return NoteSignature(self.name, key.id, TimedSignature(at_s, signature).to_bytes())
