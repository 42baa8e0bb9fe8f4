"""What can only be seen from outside: the server at its own address, then the way that browsers come, then neighbours.

Nothing here waits longer than PATIENCE_S for one answer. Native threads and commands alone: it blocks.
"""

import base64
import http.client
import json
import secrets
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from portal.config import Settings, is_loopback
from portal.server.core.health import PROBE_HEADER
from portal.server.official.mail import MailServer
from portal.server.upkeep.findings import Finding, fine, warning, wrong

PATIENCE_S: Final = 5.0
CERTIFICATE_DAYS_MIN: Final = 14
ANSWER_MAX_BYTES: Final = 64 * 1024
CLAIMED_ADDRESS: Final = "192.0.2.77"
"""Of a network for documentation (RFC 5737): nobody comes from there."""
_DAY_S: Final = 86_400
_ANY_ADDRESS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - where such a one is asked
_SOCKET_PATH: Final = "/socket.io/?EIO=4&transport=websocket"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered: its status, the JSON object if it is one, and until when its certificate is good."""

    status: int
    value: Mapping[str, Any]
    certificate_ends_s: float | None


def server(chosen: Settings) -> Iterator[Finding]:
    """Whether a server runs here, and can work."""
    address = own_address(chosen)
    try:
        answer = ask(address, "/readyz")
    except (OSError, http.client.HTTPException):
        yield wrong("server", "away", address=address)
        return
    checks = answer.value.get("checks")
    if not isinstance(checks, dict):
        yield wrong("server", "other", address=address)
        return
    bad = [name for name, holds in checks.items() if not holds]
    if bad:
        yield wrong("server", "unready", address=address, parts=", ".join(map(str, bad)))
    else:
        yield fine("server", address=address)


def way(chosen: Settings) -> Iterator[Finding]:
    """Whether browsers come to this server by each of its addresses, by a certificate that they take, told apart."""
    for address in dict.fromkeys((chosen.public_url, chosen.citizens_url, chosen.administration_url)):
        if not is_loopback(urlsplit(address).hostname or ""):
            yield from look_from(chosen, address)


def look_from(chosen: Settings, address: str) -> Iterator[Finding]:
    """The same for one address."""
    try:
        answer = ask(address, "/healthz", {PROBE_HEADER: CLAIMED_ADDRESS, "X-Forwarded-For": CLAIMED_ADDRESS})
    except ssl.SSLCertVerificationError as error:
        yield wrong("way", "certificate", address=address, reason=error.verify_message)
        return
    except (OSError, http.client.HTTPException) as error:
        yield warning("way", "away", address=address, reason=type(error).__name__)
        return
    if answer.value.get("ok") is not True:
        yield wrong("way", "other", address=address, status=str(answer.status))
        return
    yield _certificate(address, answer)
    yield proxies(chosen, answer.value.get("seen"))
    if address == chosen.public_url:
        yield _sockets(address)


def redis(chosen: Settings) -> Iterator[Finding]:
    """Whether the Redis that is to wake processes answers."""
    if not chosen.redis_url:
        return
    parts = urlsplit(chosen.redis_url)
    try:
        with socket.create_connection((parts.hostname or "localhost", parts.port or 6379), PATIENCE_S) as line:
            line.sendall(b"PING\r\n")
            # Also one that first wants a password says so in Redis's own way.
            answered = line.recv(64)[:1] in {b"+", b"-"}
    except OSError:
        answered = False
    yield fine("redis") if answered else warning("redis", "away", host=parts.hostname or "localhost")


def mail(chosen: Settings) -> Iterator[Finding]:
    """Whether the mail server takes letters from us; none is sent."""
    mail_server = MailServer.of(chosen)
    if not mail_server.configured:
        return
    try:
        with mail_server.open() as line:
            line.noop()
    except OSError as error:
        yield warning("mail", "away", host=mail_server.host, reason=type(error).__name__)
    else:
        yield fine("mail", host=mail_server.host)


def own_address(chosen: Settings) -> str:
    """Return where the server listens on this machine, as http://127.0.0.1:8700."""
    host = _ANY_ADDRESS.get(chosen.host, chosen.host)
    return f"http://{f'[{host}]' if ':' in host else host}:{chosen.port}"


def ask(origin: str, path: str, headers: Mapping[str, str] | None = None) -> Answer:
    """Return what the server of ``origin`` answers to a GET. Raises OSError or HTTPException: it does not, or not so.

    Certificates are verified as a browser does, by the machine's own list of authorities.
    """
    line = _line(origin)
    try:
        line.request("GET", path, headers=dict(headers or {}))
        ends_s = _certificate_end_s(line.sock)
        response = line.getresponse()
        raw = response.read(ANSWER_MAX_BYTES)
        try:
            value = json.loads(raw)
        except ValueError:
            value = {}
        return Answer(response.status, value if isinstance(value, dict) else {}, ends_s)
    finally:
        line.close()


def _certificate(address: str, answer: Answer) -> Finding:
    if answer.certificate_ends_s is None:
        return wrong("way", "bare", address=address)
    days = int(answer.certificate_ends_s - time.time()) // _DAY_S
    if days < CERTIFICATE_DAYS_MIN:
        return warning("way", "expires", address=address, n=days)
    return fine("way", address=address, n=days)


def proxies(chosen: Settings, seen: object) -> Finding:
    """What the server makes of an address that we merely claim, by what it says it saw."""
    if not isinstance(seen, dict):
        return warning("proxies", "silent")
    if seen.get("believed"):
        return wrong("proxies", "believed", n=chosen.trusted_proxies)
    hops = seen.get("hops")
    # One hop is our own claim, which a proxy keeps or replaces; each further one is a proxy's.
    if isinstance(hops, int) and hops > chosen.trusted_proxies + 1:
        return warning("proxies", "too_few", n=chosen.trusted_proxies, hops=hops - 1)
    return fine("proxies", n=chosen.trusted_proxies)


def _sockets(origin: str) -> Finding:
    """Whether a WebSocket gets through; python-socketio's handshake, given up at once."""
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Origin": origin,
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(secrets.token_bytes(16)).decode(),
    }
    line = _line(origin)
    try:
        line.request("GET", _SOCKET_PATH, headers=headers)
        status = line.getresponse().status
    except (OSError, http.client.HTTPException):
        status = 0
    finally:
        line.close()
    if status == http.HTTPStatus.SWITCHING_PROTOCOLS:
        return fine("sockets")
    return wrong("sockets", "blocked", status=str(status or "-"))


def _line(origin: str) -> http.client.HTTPConnection:
    parts = urlsplit(origin)
    if parts.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(parts.netloc, timeout=PATIENCE_S, context=context)
    return http.client.HTTPConnection(parts.netloc, timeout=PATIENCE_S)


def _certificate_end_s(line: socket.socket | None) -> float | None:
    certificate = line.getpeercert() if isinstance(line, ssl.SSLSocket) else None
    return ssl.cert_time_to_seconds(str(certificate["notAfter"])) if certificate else None
