"""What the official part of one running portal owns beside its rows."""

from dataclasses import dataclass, field

from portal.config import Settings
from portal.server.official.mail import MailServer
from portal.server.official.shelf import Shelf


@dataclass(frozen=True)
class Official:
    """Where letters go out, the address that links begin with, and what is kept of costly answers."""

    mail: MailServer
    public_url: str
    host: str
    shelf: Shelf = field(default_factory=Shelf)

    @classmethod
    def of(cls, settings: Settings) -> "Official":
        """Return the official part of an installation."""
        mail = MailServer.of(settings)
        return cls(mail, settings.citizens_url, mail.domain)
