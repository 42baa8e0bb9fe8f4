"""The server's half of OPAQUE (RFC 9807) and its secrets.

The server never sees a passphrase. Whoever has the database alone can not even guess against it: guessing needs the
OPAQUE setup, which lives in a file of its own (mode 600), made once.

Unknown handles get the answers of a dummy record, made once with a passphrase that nobody knows (RFC 9807 §10.9): same
form, same lengths, same work, and the same blinded answer each time for the same handle, as for a real account.
"""

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import opaquepy
import opaquepy.lib
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from portal.server.core.secret_files import SecretFileError, open_secret
from portal.wire.errors import PeerError, UserError
from portal.wire.ids import ID_BYTES, AccountId, Id, b64, unb64

REQUEST_BYTES: Final = 32
"""Registration request: a blinded element of ristretto255."""
SIGN_IN_REQUEST_BYTES: Final = 96
"""KE1: blinded element, nonce, ephemeral key."""
FINISH_BYTES: Final = 64
"""KE3: the client's HMAC-SHA512."""
RECORD_BYTES: Final = 192
"""Registration record: client's key 32, masking key 64, envelope nonce 32 and tag 64."""
ATTEMPT_MAX_BYTES: Final = 1024
ATTEMPT_LIFETIME_S: Final = 60
_NONCE_BYTES: Final = 12


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a sign-in attempt carries from its start to its finish, sealed so that only the server reads it.

    ``account`` names nobody if the handle is unknown; ``record_sha256`` is of the record that the start used.
    ``session`` is the one that asked for a proof of the passphrase; None for a sign-in.
    """

    account: AccountId
    record_sha256: bytes
    state: str
    expires_s: int
    session: int | None


class OpaqueServer:
    """OPAQUE with one server setup; all its messages are base64url text."""

    def __init__(self, setup: str, dummy_record: str) -> None:
        self._setup = setup
        self._dummy_record = dummy_record
        self._handle_key = _derived(setup, b"portal unknown handle v1")
        self._attempts = AESGCM(_derived(setup, b"portal sign-in attempt v1"))

    @classmethod
    def open(cls, path: Path) -> "OpaqueServer":
        """Return the server with the setup in ``path``, which is made if it does not exist (mode 600).

        Raises:
            SecretFileError: the file is damaged, or others than its owner may read it.
        """
        raw = open_secret(path, _make)
        try:
            fields = json.loads(raw)
            setup, dummy_record = str(fields["setup"]), str(fields["dummy_record"])
            # A trial, so that a damaged file is noticed here and not blamed on whoever signs in first.
            opaquepy.login(setup, dummy_record, opaquepy.lib.login_client("trial")[0], "trial")
        except (ValueError, KeyError, TypeError) as error:
            msg = f"{path} is no OPAQUE setup; restore it from the backup (without it, only recovery keys sign in)"
            raise SecretFileError(msg) from error
        return cls(setup, dummy_record)

    def registration_response(self, account: AccountId, request: str) -> str:
        """Answer a registration's first message (32 bytes) for ``account``; PeerError if it is none."""
        try:
            return opaquepy.register(self._setup, request, account)
        except ValueError:
            raise PeerError("request.malformed", field="request") from None

    def record(self, upload: str) -> str:
        """Return the record (192 bytes) to keep from a registration's last message; PeerError if it is none."""
        try:
            return opaquepy.register_finish(upload)
        except ValueError:
            raise PeerError("request.malformed", field="opaque_record") from None

    def start(
        self, handle: str, found: tuple[AccountId, str] | None, request: str, now_s: int, session: int | None = None
    ) -> tuple[str, str]:
        """Answer a sign-in's first message: the sealed attempt, and the response (320 bytes).

        ``found`` is the account and its record, or None for an unknown handle; ``session`` the one that is to prove its
        account's passphrase, instead of a sign-in. PeerError if ``request`` is malformed.
        """
        nobody = AccountId(Id(b64(hmac.digest(self._handle_key, handle.encode(), "sha256")[:ID_BYTES])))
        account, record = found or (nobody, self._dummy_record)
        try:
            response, state = opaquepy.login(self._setup, record, request, account)
        except ValueError:
            raise PeerError("request.malformed", field="request") from None
        digest = hashlib.sha256(record.encode()).digest()
        attempt = Attempt(account, digest, state, now_s + ATTEMPT_LIFETIME_S, session)
        return self._seal(attempt), response

    def open_attempt(self, sealed: str, now_s: int) -> Attempt:
        """Return what ``start`` sealed.

        Raises:
            UserError: signin.expired, if it is older than 60 s or not from this server.
        """
        try:
            raw = unb64(sealed)
            opened = self._attempts.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], None)
            account, record_sha256, state, expires_s, session = json.loads(opened)
        except (ValueError, InvalidTag):
            raise UserError("signin.expired") from None
        if expires_s <= now_s:
            raise UserError("signin.expired")
        return Attempt(AccountId(Id(account)), unb64(record_sha256), state, expires_s, session)

    def finished(self, attempt: Attempt, finish: str, record: str | None) -> bool:
        """Tell whether ``finish`` (64 bytes) proves the passphrase of ``record``: the account's present one, or None.

        A record that changed since the start voids the attempt.
        """
        if hashlib.sha256((record or self._dummy_record).encode()).digest() != attempt.record_sha256:
            return False
        try:
            opaquepy.login_finish(finish, attempt.state)
        except ValueError:
            return False
        return True

    def _seal(self, attempt: Attempt) -> str:
        fields = [attempt.account, b64(attempt.record_sha256), attempt.state, attempt.expires_s, attempt.session]
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return b64(nonce + self._attempts.encrypt(nonce, json.dumps(fields).encode(), None))


def _derived(setup: str, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, None, purpose).derive(setup.encode())


def _make() -> bytes:
    setup = opaquepy.create_setup()
    return json.dumps({"v": 1, "setup": setup, "dummy_record": _dummy_record(setup)}).encode("ascii")


def _dummy_record(setup: str) -> str:
    passphrase = secrets.token_urlsafe(32)
    request, state = opaquepy.register_client(passphrase)
    response = opaquepy.register(setup, request, b64(secrets.token_bytes(ID_BYTES)))
    return opaquepy.register_finish(opaquepy.register_client_finish(state, passphrase, response))
