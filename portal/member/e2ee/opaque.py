"""OPAQUE (RFC 9807), the client's half: the passphrase stays here, and only it yields the export key.

The configuration is the one of the portal's browsers and server: ristretto255-SHA512, HKDF- and HMAC-SHA-512, 3DH, no
identities and no context. ``opaquepy``, which the server uses, keeps the export key to itself; so the client's few
steps are written here.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from portal.member.e2ee.refusal import Refusal, require
from portal.member.e2ee.ristretto import (
    BASE,
    NotAnElementError,
    decode,
    expand_message,
    from_uniform,
    hash_to_scalar,
    invert_scalar,
)
from portal.wire.ids import b64, unb64

HASH_BYTES: Final = 64
EXPORT_KEY_BYTES: Final = 64
_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 32
_ENVELOPE_BYTES: Final = _NONCE_BYTES + HASH_BYTES
_MASKED_BYTES: Final = _KEY_BYTES + _ENVELOPE_BYTES
_RESPONSE_BYTES: Final = 320
_REGISTERED_BYTES: Final = 64
"""The server's answer to a registration: the evaluated element and its public key."""
_OPRF: Final = b"OPRFV1-\0-ristretto255-SHA512"


@dataclass(frozen=True, slots=True)
class Stretching:
    """Argon2id's cost; the default is RFC 9106's second recommended option ("memory-constrained")."""

    passes: int = 3
    memory_kib: int = 65_536
    lanes: int = 4

    def stretch(self, raw: bytes) -> bytes:
        """Return 64 bytes."""
        kdf = Argon2id(
            salt=bytes(16), length=HASH_BYTES, iterations=self.passes, lanes=self.lanes, memory_cost=self.memory_kib
        )
        return kdf.derive(raw)


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in that waits for the server's answer; ``request`` (KE1, 96 bytes as b64) is what it waits for."""

    request: str
    _passphrase: bytes = field(repr=False)
    _blind: bytes = field(repr=False)
    _ephemeral: bytes = field(repr=False)
    _stretching: Stretching = field(default_factory=Stretching)

    def finish(self, response: str) -> tuple[str, bytes]:
        """Return what proves the passphrase to the server (KE3 as b64) and the export key (64 bytes).

        Raises:
            Refusal: opaque.refused, for another passphrase or an answer that is not of the server that knows it.
        """
        try:
            return self._finish(unb64(response, _RESPONSE_BYTES))
        except (NotAnElementError, ValueError) as error:
            raise Refusal("opaque.refused") from error

    def _finish(self, response: bytes) -> tuple[str, bytes]:
        evaluated, masking_nonce, masked, _server_nonce, server_share, server_mac = _split(
            response, 32, _NONCE_BYTES, _MASKED_BYTES, _NONCE_BYTES, 32, HASH_BYTES
        )
        randomized = _randomized(self._passphrase, self._blind, evaluated, self._stretching)
        masking_key = _expand(randomized, b"MaskingKey", HASH_BYTES)
        pad = _expand(masking_key, masking_nonce + b"CredentialResponsePad", _MASKED_BYTES)
        server_public, nonce, tag = _split(_xor(masked, pad), _KEY_BYTES, _NONCE_BYTES, HASH_BYTES)
        private, export_key = self._recovered(randomized, server_public, nonce, tag)
        shares = [(self._ephemeral, server_share), (self._ephemeral, server_public), (private, server_share)]
        secret = b"".join(decode(public).times(scalar).encode() for scalar, public in shares)
        preamble = self._preamble(private, server_public, response[:-HASH_BYTES])
        return self._proof(secret, preamble, server_mac), export_key

    def _recovered(self, randomized: bytes, server_public: bytes, nonce: bytes, tag: bytes) -> tuple[bytes, bytes]:
        """The private key and the export key, if the envelope is sealed with this passphrase (RFC 9807 §4.1.3)."""
        private, due = _envelope(randomized, server_public, nonce)
        require(hmac.compare_digest(due, tag), "opaque.refused")
        return private, _expand(randomized, nonce + b"ExportKey", EXPORT_KEY_BYTES)

    def _preamble(self, private: bytes, server_public: bytes, answered: bytes) -> bytes:
        """What both sides have said (RFC 9807 §6.4.2.1); ``answered`` is the server's answer without its MAC."""
        public = BASE.times(private).encode()
        return b"OPAQUEv1-" + _sized(b"") + _sized(public) + unb64(self.request) + _sized(server_public) + answered

    def _proof(self, secret: bytes, preamble: bytes, server_mac: bytes) -> str:
        transcript = hashlib.sha512(preamble)
        prk = _extract(secret)
        handshake = _derive_secret(prk, b"HandshakeSecret", transcript.digest())
        due = hmac.digest(_derive_secret(handshake, b"ServerMAC", b""), transcript.digest(), "sha512")
        require(hmac.compare_digest(due, server_mac), "opaque.refused")
        transcript.update(due)
        return b64(hmac.digest(_derive_secret(handshake, b"ClientMAC", b""), transcript.digest(), "sha512"))


@dataclass(frozen=True, slots=True)
class Registration:
    """A registration that waits for the server's answer; ``request`` (32 bytes as b64) is what it waits for."""

    request: str
    _passphrase: bytes = field(repr=False)
    _blind: bytes = field(repr=False)
    _stretching: Stretching = field(default_factory=Stretching)

    def finish(self, response: str) -> tuple[str, bytes]:
        """Return the record for the server (192 bytes as b64) and the export key (64 bytes).

        Raises:
            Refusal: opaque.refused, for an answer that is none.
        """
        try:
            raw = unb64(response, _REGISTERED_BYTES)
            randomized = _randomized(self._passphrase, self._blind, raw[:_KEY_BYTES], self._stretching)
        except (NotAnElementError, ValueError) as error:
            raise Refusal("opaque.refused") from error
        nonce = secrets.token_bytes(_NONCE_BYTES)
        private, tag = _envelope(randomized, raw[_KEY_BYTES:], nonce)
        masking_key = _expand(randomized, b"MaskingKey", HASH_BYTES)
        record = BASE.times(private).encode() + masking_key + nonce + tag
        return b64(record), _expand(randomized, nonce + b"ExportKey", EXPORT_KEY_BYTES)


def start_registration(passphrase: str, stretching: Stretching | None = None) -> Registration:
    """Begin to register a passphrase."""
    raw = passphrase.encode()
    blind, blinded = _blinded(raw)
    return Registration(b64(blinded), raw, blind, stretching or Stretching())


def start_sign_in(passphrase: str, stretching: Stretching | None = None) -> SignIn:
    """Begin to sign in: blind the passphrase, and make the ephemeral key and the nonce of KE1."""
    raw = passphrase.encode()
    (blind, blinded), ephemeral = _blinded(raw), _derive_key(secrets.token_bytes(32))
    request = blinded + secrets.token_bytes(_NONCE_BYTES) + BASE.times(ephemeral).encode()
    return SignIn(b64(request), raw, blind, ephemeral, stretching or Stretching())


def _blinded(passphrase: bytes) -> tuple[bytes, bytes]:
    """A random scalar, and the passphrase's element times it."""
    blind = hash_to_scalar(secrets.token_bytes(64), b"portal blind")
    try:
        return blind, from_uniform(expand_message(passphrase, b"HashToGroup-" + _OPRF, 64)).times(blind).encode()
    except NotAnElementError as error:  # of one passphrase in 2^252
        raise Refusal("opaque.refused") from error


def _randomized(passphrase: bytes, blind: bytes, evaluated: bytes, stretching: Stretching) -> bytes:
    """What both passphrase and server yield, stretched; NotAnElementError."""
    unblinded = decode(evaluated).times(invert_scalar(blind)).encode()
    output = hashlib.sha512(_sized(passphrase) + _sized(unblinded) + b"Finalize").digest()
    return _extract(output + stretching.stretch(output))


def _envelope(randomized: bytes, server_public: bytes, nonce: bytes) -> tuple[bytes, bytes]:
    """The private key that an envelope stands for, and its tag (RFC 9807 §4.1.2)."""
    private = _derive_key(_expand(randomized, nonce + b"PrivateKey", 32))
    public = BASE.times(private).encode()
    auth_key = _expand(randomized, nonce + b"AuthKey", HASH_BYTES)
    return private, hmac.digest(auth_key, nonce + server_public + _sized(server_public) + _sized(public), "sha512")


def _derive_key(seed: bytes) -> bytes:
    """DeriveDiffieHellmanKeyPair (RFC 9807 §6.4.1): a private key from 32 bytes."""
    info = _sized(b"OPAQUE-DeriveDiffieHellmanKeyPair")
    for counter in range(256):
        scalar = hash_to_scalar(seed + info + bytes([counter]), b"DeriveKeyPair" + _OPRF)
        if any(scalar):
            return scalar
    raise Refusal("opaque.refused")


def _sized(raw: bytes) -> bytes:
    return len(raw).to_bytes(2, "big") + raw


def _split(raw: bytes, *sizes: int) -> list[bytes]:
    parts, at = [], 0
    for size in sizes:
        parts.append(raw[at : at + size])
        at += size
    return parts


def _xor(a: bytes, b: bytes) -> bytes:
    return bytes(x ^ y for x, y in zip(a, b, strict=True))


def _extract(secret: bytes) -> bytes:
    return hmac.digest(b"", secret, "sha512")


def _expand(prk: bytes, info: bytes, length_bytes: int) -> bytes:
    return HKDFExpand(SHA512(), length_bytes, info).derive(prk)


def _derive_secret(secret: bytes, label: bytes, transcript: bytes) -> bytes:
    named = b"OPAQUE-" + label
    info = HASH_BYTES.to_bytes(2, "big") + bytes([len(named)]) + named + bytes([len(transcript)]) + transcript
    return _expand(secret, info, HASH_BYTES)
