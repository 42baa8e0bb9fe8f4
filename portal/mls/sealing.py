"""Key pairs, and sealing to them (RFC 9180, RFC 9420 §5.1.3); the cipher of a suite.

X25519 and X-Wing, with HPKE over both, are those of ``cryptography`` (OpenSSL). What it leaves out is how a key pair
comes from a secret: for X25519 that is RFC 9180 §7.1.3, for X-Wing SHAKE256 (draft-connolly-cfrg-xwing-kem-06 §5.6,
also what ts-mls does).
"""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Final, TypeAlias

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric import mlkem, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

from portal.mls.codec import opaque, u16
from portal.mls.commits import HpkeCiphertext
from portal.mls.derive import expand, extract
from portal.mls.errors import BrokenError, MisuseError, RefusedError
from portal.mls.suites import Aead, Kem, Suite

PRIVATE_KEY_BYTES: Final = 32
"""Of X25519, and of X-Wing, whose private key is a seed."""
TAG_BYTES: Final = 16
_LATTICE_KEY_BYTES: Final = 1184
_SEED_BYTES: Final = 64
_KEMS: Final = {Kem.X25519: hpke.KEM.X25519, Kem.XWING: hpke.KEM.MLKEM768_X25519}
_KDFS: Final = {"sha256": hpke.KDF.HKDF_SHA256, "sha512": hpke.KDF.HKDF_SHA512}
_AEADS: Final = {
    Aead.AES_128_GCM: hpke.AEAD.AES_128_GCM,
    Aead.AES_256_GCM: hpke.AEAD.AES_256_GCM,
    Aead.CHACHA20_POLY1305: hpke.AEAD.CHACHA20_POLY1305,
}
_PrivateKey: TypeAlias = x25519.X25519PrivateKey | hpke.MLKEM768X25519PrivateKey
_PublicKey: TypeAlias = x25519.X25519PublicKey | hpke.MLKEM768X25519PublicKey


@dataclass(frozen=True, slots=True, repr=False)
class KeyPair:
    """A private key of 32 bytes, and its public key. It is not printed."""

    private: bytes
    public: bytes


def key_pair(suite: Suite, private: bytes) -> KeyPair:
    """Return the key pair of a private key; MisuseError use.key unless it is 32 bytes long."""
    if len(private) != PRIVATE_KEY_BYTES:
        raise MisuseError("use.key", f"{len(private)} bytes")
    if suite.kem is Kem.X25519:
        public = x25519.X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()
        return KeyPair(private, public)
    lattice, curve = _xwing_halves(private)
    return KeyPair(private, lattice.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw())


def generate_key_pair(suite: Suite) -> KeyPair:
    """Return a fresh key pair."""
    return key_pair(suite, secrets.token_bytes(PRIVATE_KEY_BYTES))


def derive_key_pair(suite: Suite, secret: bytes) -> KeyPair:
    """Return the key pair that comes from a node's secret (KEM.DeriveKeyPair)."""
    if suite.kem is Kem.XWING:
        return key_pair(suite, hashlib.shake_256(secret).digest(PRIVATE_KEY_BYTES))
    suite_id = b"KEM" + u16(suite.kem)
    prk = extract(suite, b"", b"HPKE-v1" + suite_id + b"dkp_prk" + secret)
    private = expand(suite, prk, u16(PRIVATE_KEY_BYTES) + b"HPKE-v1" + suite_id + b"sk", PRIVATE_KEY_BYTES)
    return key_pair(suite, private)


def encrypt_with_label(suite: Suite, public: bytes, label: str, context: bytes, plaintext: bytes) -> HpkeCiphertext:
    """§5.1.3, EncryptWithLabel; RefusedError leaf.key if nothing can be sealed to ``public``."""
    if not suite.is_public_key(public):
        raise RefusedError("leaf.key")
    try:
        sealed = _hpke(suite).encrypt(plaintext, _public_key(suite, public), _info(label, context))
    except ValueError:
        raise RefusedError("leaf.key") from None
    size = _KEMS[suite.kem].enc_length()
    return HpkeCiphertext(sealed[:size], sealed[size:])


def decrypt_with_label(
    suite: Suite, private: bytes, label: str, context: bytes, sealed: HpkeCiphertext, *, code: str
) -> bytes:
    """§5.1.3, DecryptWithLabel; BrokenError with ``code`` if it does not open."""
    if len(sealed.kem_output) != _KEMS[suite.kem].enc_length():
        raise BrokenError(code)
    whole = sealed.kem_output + sealed.ciphertext
    try:
        return _hpke(suite).decrypt(whole, _private_key(suite, private), _info(label, context))
    except (InvalidTag, ValueError):
        raise BrokenError(code) from None


def seal(suite: Suite, key: bytes, nonce: bytes, plaintext: bytes, associated: bytes) -> bytes:
    """AEAD.Seal. A nonce must never be used twice with one key."""
    return _cipher(suite, key).encrypt(nonce, plaintext, associated)


def open_sealed(suite: Suite, key: bytes, nonce: bytes, sealed: bytes, associated: bytes, *, code: str) -> bytes:
    """AEAD.Open; BrokenError with ``code`` if the tag is wrong."""
    try:
        return _cipher(suite, key).decrypt(nonce, sealed, associated)
    except (InvalidTag, ValueError):
        raise BrokenError(code) from None


def _cipher(suite: Suite, key: bytes) -> AESGCM | ChaCha20Poly1305:
    return ChaCha20Poly1305(key) if suite.aead is Aead.CHACHA20_POLY1305 else AESGCM(key)


def _hpke(suite: Suite) -> hpke.Suite:
    return hpke.Suite(_KEMS[suite.kem], _KDFS[suite.hash_name], _AEADS[suite.aead])


def _info(label: str, context: bytes) -> bytes:
    return opaque(b"MLS 1.0 " + label.encode("utf-8")) + opaque(context)


def _xwing_halves(seed: bytes) -> tuple[mlkem.MLKEM768PrivateKey, x25519.X25519PrivateKey]:
    expanded = hashlib.shake_256(seed).digest(_SEED_BYTES + PRIVATE_KEY_BYTES)
    lattice = mlkem.MLKEM768PrivateKey.from_seed_bytes(expanded[:_SEED_BYTES])
    return lattice, x25519.X25519PrivateKey.from_private_bytes(expanded[_SEED_BYTES:])


def _private_key(suite: Suite, private: bytes) -> _PrivateKey:
    if suite.kem is Kem.X25519:
        return x25519.X25519PrivateKey.from_private_bytes(private)
    return hpke.MLKEM768X25519PrivateKey(*_xwing_halves(private))


def _public_key(suite: Suite, public: bytes) -> _PublicKey:
    if suite.kem is Kem.X25519:
        return x25519.X25519PublicKey.from_public_bytes(public)
    lattice = mlkem.MLKEM768PublicKey.from_public_bytes(public[:_LATTICE_KEY_BYTES])
    return hpke.MLKEM768X25519PublicKey(lattice, x25519.X25519PublicKey.from_public_bytes(public[_LATTICE_KEY_BYTES:]))
