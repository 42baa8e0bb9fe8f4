"""Letters of the portal, and the mail server that takes them: the worker alone speaks to it."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Any, Final
from urllib.parse import urlsplit

from portal.config import Settings

TIMEOUT_S: Final = 20.0


@dataclass(frozen=True)
class MailServer:
    """Where letters are handed in; ``host`` is empty where an installation sends none."""

    host: str
    port: int
    security: str
    user: str
    password: str = field(repr=False)
    sender: str
    domain: str

    @classmethod
    def of(cls, settings: Settings) -> "MailServer":
        """Return the mail server that ``settings`` name."""
        domain = urlsplit(settings.public_url).hostname or "localhost"
        sender = settings.mail_from or f"no-reply@{domain}"
        return cls(
            settings.smtp_host,
            settings.smtp_port,
            settings.smtp_security,
            settings.smtp_user,
            settings.smtp_password,
            sender,
            domain,
        )

    @property
    def configured(self) -> bool:
        """Whether this installation sends letters."""
        return bool(self.host)

    @contextmanager
    def open(self) -> Iterator[smtplib.SMTP]:
        """Connect, secure the line as the settings say, sign in; a certificate that is not right ends it.

        Raises OSError (smtplib's errors are such): nobody answers, or the server refuses.
        """
        # Named, since smtplib would look this machine's own name up and tell it.
        named: dict[str, Any] = {"local_hostname": self.domain, "timeout": TIMEOUT_S}
        if self.security == "tls":
            context = ssl.create_default_context()
            line: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, **named, context=context)
        else:
            line = smtplib.SMTP(self.host, self.port, **named)
        with line:
            if self.security == "starttls":
                line.starttls(context=ssl.create_default_context())
            if self.user:
                line.login(self.user, self.password)
            yield line

    def letter(self, to: str, subject: str, text: str, *, language: str, stop: str | None = None) -> EmailMessage:
        """Return a letter of plain text. ``stop``: the address at which a program ends the subscription (RFC 8058)."""
        made = EmailMessage()
        made["From"] = self.sender
        made["To"] = to
        made["Subject"] = " ".join(subject.split())
        made["Date"] = formatdate(usegmt=True)
        made["Message-ID"] = make_msgid(domain=self.domain)
        made["Content-Language"] = language
        made["Auto-Submitted"] = "auto-generated"
        if stop is not None:
            made["List-Unsubscribe"] = f"<{stop}>"
            made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        made.set_content(text, charset="utf-8")
        return made
