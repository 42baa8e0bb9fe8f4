"""What the official part of one running portal owns beside its rows."""

from dataclasses import dataclass

from portal.config import Settings
from portal.server.official.mail import MailServer


@dataclass(frozen=True)
class Official:
    """Where letters go out, the address that links begin with, and the zone that times are told in."""

    mail: MailServer
    public_url: str
    host: str
    zone: str

    @classmethod
    def of(cls, settings: Settings) -> "Official":
        """Return the official part of an installation."""
        mail = MailServer.of(settings)
        return cls(mail, settings.public_url, mail.domain, settings.time_zone)
