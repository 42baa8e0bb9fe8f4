"""Words of citizens at rest: sealed under a key that lies in a file beside the database, never in it.

Whoever gets the database, or a backup of it, without that file reads none of them. XChaCha20-Poly1305; the context,
such as "submission <id>", is bound to the ciphertext, so that none can be put in another's place.
"""

import hashlib
import hmac
import os
import secrets
import stat
from pathlib import Path
from typing import Final

from nacl.exceptions import CryptoError
from nacl.secret import Aead  # noqa: TID251 - what citizens write to moderators is no room: the server may read it

KEY_BYTES: Final = 32
OVERHEAD_BYTES: Final = Aead.NONCE_SIZE + Aead.MACBYTES
_PRIVATE: Final = stat.S_IRUSR | stat.S_IWUSR


class AtRestError(RuntimeError):
    """The key file, or something that was sealed with it, can not be used; the message says what to do."""


class AtRest:
    """Seals and opens with one key, and derives further keys from it for other purposes."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._box = Aead(self.derive("text at rest"))

    @classmethod
    def open(cls, path: Path) -> "AtRest":
        """Return the sealing with the key in ``path``, which is made if it does not exist (mode 600).

        Raises AtRestError: the file is damaged, or others than its owner may read it.
        """
        if not path.exists():
            _create(path)
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            msg = f"{path} holds a secret but has mode {mode:o}; run: chmod 600 {path}"
            raise AtRestError(msg)
        key = path.read_bytes()
        if len(key) != KEY_BYTES:
            msg = (
                f"{path} is not a key of {KEY_BYTES} bytes; restore it from the backup (without it no text is readable)"
            )
            raise AtRestError(msg)
        return cls(key)

    def derive(self, purpose: str) -> bytes:
        """Return a key of 32 bytes for ``purpose`` alone."""
        return hmac.digest(self._key, b"portal at rest v1\0" + purpose.encode(), hashlib.sha256)

    def seal(self, text: str, context: str) -> bytes:
        """Return ``text`` sealed for ``context``: its UTF-8 bytes and OVERHEAD_BYTES more."""
        return bytes(self._box.encrypt(text.encode(), context.encode()))

    def opened(self, sealed: bytes, context: str) -> str:
        """Return the text that was sealed for ``context``.

        Raises AtRestError: it was sealed with another key or for another context, or was changed.
        """
        try:
            return self._box.decrypt(sealed, context.encode()).decode()
        except CryptoError:
            msg = "a sealed text does not open: it was changed, or the key file is another installation's"
            raise AtRestError(msg) from None


def _create(path: Path) -> None:
    """Write a new key whole or not at all; one that another process made meanwhile stays."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE), "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
