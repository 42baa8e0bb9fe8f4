"""Words of citizens at rest: sealed under a key that lies in a file beside the database, never in it.

Whoever gets the database, or a backup of it, without that file reads none of them. XChaCha20-Poly1305; the context,
such as "submission <id>", is bound to the ciphertext, so that none can be put in another's place.
"""

import hashlib
import hmac
import secrets
from pathlib import Path
from typing import Final

from nacl.exceptions import CryptoError
from nacl.secret import Aead  # noqa: TID251 - what citizens write to moderators is no room: the server may read it

from portal.server.core.secret_files import SecretFileError, open_secret

KEY_BYTES: Final = 32
OVERHEAD_BYTES: Final = Aead.NONCE_SIZE + Aead.MACBYTES


class AtRestError(RuntimeError):
    """Something that was sealed can not be opened."""


class AtRest:
    """Seals and opens with one key, and derives further keys from it for other purposes."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._box = Aead(self.derive("text at rest"))

    @classmethod
    def open(cls, path: Path) -> "AtRest":
        """Return the sealing with the key in ``path``, which is made if it does not exist (mode 600).

        Raises SecretFileError: the file is damaged, or others than its owner may read it.
        """
        key = open_secret(path, lambda: secrets.token_bytes(KEY_BYTES))
        if len(key) != KEY_BYTES:
            msg = (
                f"{path} is not a key of {KEY_BYTES} bytes; restore it from the backup (without it no text is readable)"
            )
            raise SecretFileError(msg)
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
