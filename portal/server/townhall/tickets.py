"""Hall tickets: how a browser without an account is one voice in one hall, and no more than that.

A ticket is 32 random bytes, the community that its holder chose, and a tag by the server's own key; the server keeps
none. What it keeps of a holder is a name for one purpose, such as one poll, and two purposes' names can not be joined.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from portal.server.core.catalogues import LANGUAGES
from portal.server.core.secret_files import open_secret
from portal.wire.errors import UserError
from portal.wire.ids import b64, unb64

SECRET_BYTES: Final = 32
TAG_BYTES: Final = 16
VOTER_BYTES: Final = 16
KEY_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Ticket:
    """One holder's part in one hall."""

    secret: bytes
    community: str

    def voter(self, purpose: str) -> bytes:
        """Return the holder's name (16 bytes) for ``purpose``; only the holder can tell two of them for one's."""
        return hashlib.blake2b(
            purpose.encode(), key=self.secret, digest_size=VOTER_BYTES, person=b"portal hall"
        ).digest()

    @property
    def who(self) -> str:
        """The holder's name as a speaker, the same for the whole hall, for the balanced queue needs it."""
        return b64(self.voter("speaker"))

    @property
    def asker(self) -> str:
        """The holder's name as somebody who asks; it bounds how many questions one ticket has."""
        return b64(self.voter("asker"))


class Tickets:
    """Issues and reads tickets with a key that survives restarts."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def open(cls, path: Path) -> "Tickets":
        """Return the tickets of an installation; makes the key file at ``path`` the first time.

        Raises:
            SecretFileError: others than its owner may read it.
        """
        return cls(open_secret(path, lambda: secrets.token_bytes(KEY_BYTES)))

    def issue(self, hall: str, community: str) -> str:
        """Return a new ticket for ``hall``."""
        secret = secrets.token_bytes(SECRET_BYTES)
        return f"{community}.{b64(secret)}.{b64(self._tag(hall, community, secret))}"

    def read(self, hall: str, text: str | None) -> Ticket:
        """Return the ticket that ``text`` is, for this ``hall``.

        Raises:
            UserError: hall.ticket, if it is none of ours, or another hall's.
        """
        community, _, rest = (text or "").partition(".")
        encoded, _, tag = rest.partition(".")
        try:
            secret = unb64(encoded, SECRET_BYTES)
            if community in LANGUAGES and hmac.compare_digest(
                self._tag(hall, community, secret), unb64(tag, TAG_BYTES)
            ):
                return Ticket(secret, community)
        except ValueError:
            pass
        raise UserError("hall.ticket")

    def _tag(self, hall: str, community: str, secret: bytes) -> bytes:
        message = b"\0".join((hall.encode(), community.encode(), secret))
        return hashlib.blake2b(message, key=self._key, digest_size=TAG_BYTES, person=b"portal ticket").digest()
