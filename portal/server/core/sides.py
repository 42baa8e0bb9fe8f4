"""Three origins of one installation: the negotiators', the citizens', and administration's; which page is whose.

What a browser trusts on one of them it does not trust on another: no script of a citizens' page can reach what a
negotiator's page keeps, whatever becomes of it. Without addresses of their own all three sides share one origin, and
nothing here does anything.
"""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

import flask

from portal.config import Settings
from portal.server.core.context import portal
from portal.wire.errors import PeerError


class Side(Enum):
    """Whom a page is for."""

    NEGOTIATORS = "negotiators"
    CITIZENS = "citizens"
    ADMINISTRATION = "administration"


_EVERYWHERE: Final = frozenset(Side)
_LEDGER: Final = frozenset({Side.NEGOTIATORS, Side.CITIZENS})
"""Who follows the ledger: the client from its own origin, the citizens' checker from its own."""
_CITIZENS: Final = frozenset({Side.CITIZENS})
_ADMINISTRATION: Final = frozenset({Side.ADMINISTRATION})
_NEGOTIATORS: Final = frozenset({Side.NEGOTIATORS})
SIDES: Final[Mapping[str, frozenset[Side]]] = MappingProxyType(
    {
        "api": _NEGOTIATORS,
        "socket.io": _NEGOTIATORS,
        "hand-over": _NEGOTIATORS,
        "static": _EVERYWHERE,
        "ledger": _LEDGER,
        "administration": _ADMINISTRATION,
        "moderate": _ADMINISTRATION,
        "official": _ADMINISTRATION,
        "sign-in": _ADMINISTRATION,
        "calendar.ics": _CITIZENS,
        "digest": _CITIZENS,
        "feeds": _CITIZENS,
        "hall": _CITIZENS,
        "instruments": _CITIZENS,
        "instruments.json": _CITIZENS,
        "moderation-log": _CITIZENS,
        "moderation-log.csv": _CITIZENS,
        "moderation-log.json": _CITIZENS,
        "moderation-policy": _CITIZENS,
        "open-data": _CITIZENS,
        "r": _CITIZENS,
        "said-done": _CITIZENS,
        "say": _CITIZENS,
        "topics": _CITIZENS,
        "town-hall": _CITIZENS,
        "verify": _CITIZENS,
        "week": _CITIZENS,
    }
)
"""On which sides an address is found, by its first segment. The client's page, /, is the negotiators'."""
PROBES: Final = frozenset({"healthz", "readyz"})
"""Asked by supervisors at the address of one process, under whatever name."""
LEDGER_PAGES: Final = frozenset({"/ledger", "/ledger/verify"})
"""Of the ledger's addresses those that people open; the negotiators' origin has no page that the server makes."""
_FRONT: Final = {Side.CITIZENS: "/town-hall", Side.ADMINISTRATION: "/moderate"}
_NO_PAGES: Final = frozenset({"api", "socket.io", "static"})
_READING: Final = frozenset({"GET", "HEAD"})


class Sides:
    """Which origin is whose, and who is at a host."""

    def __init__(self, settings: Settings) -> None:
        self._urls = {
            Side.NEGOTIATORS: settings.public_url,
            Side.CITIZENS: settings.citizens_url,
            Side.ADMINISTRATION: settings.administration_url,
        }
        self._further = settings.allowed_origins

    @property
    def several(self) -> bool:
        """Whether there is more than one origin."""
        return len(set(self._urls.values())) > 1

    def apart(self, side: Side) -> bool:
        """Return whether ``side`` has another origin than the negotiators."""
        return self._urls[side] != self._urls[Side.NEGOTIATORS]

    def url(self, side: Side) -> str:
        """Return the origin of ``side``."""
        return self._urls[side]

    def at(self, host: str) -> frozenset[Side]:
        """Return the sides whose origin has ``host`` (name, and port unless it is the usual one); empty for others."""
        return frozenset(side for side, url in self._urls.items() if urlsplit(url).netloc == host.lower())

    def origins(self, host: str) -> frozenset[str]:
        """Return the origins whose pages may change something by a request to ``host``.

        Those of the settings count for the negotiators' side only: the others' pages are the server's own.
        """
        here = self.at(host)
        if not self.several or Side.NEGOTIATORS in here:
            return frozenset(self._further)
        return frozenset(self._urls[side] for side in here)


def sides() -> Sides:
    """Return the sides of the current application."""
    return portal().get(Sides)


def sides_of(path: str) -> frozenset[Side]:
    """Return on which sides ``path`` is found; everywhere if nothing is there, so that each can say so."""
    if path == "/":
        return _NEGOTIATORS
    if path in LEDGER_PAGES:
        return _CITIZENS
    return SIDES.get(path.split("/", 2)[1], _EVERYWHERE)


def install(app: flask.Flask, sides: Sides) -> None:
    """Keep each side to its own origin, if there are several."""
    if sides.several:
        app.before_request(lambda: _keep_apart(sides))


def _keep_apart(sides: Sides) -> flask.Response | None:
    """Let through what belongs to the host of the request; send readers on to where a page is; refuse the rest."""
    request = flask.request
    if request.path.split("/", 2)[1] in PROBES:
        return None
    here, wanted = sides.at(request.host), sides_of(request.path)
    if not here:
        # Mostly a proxy that does not pass the name on: better seen at once than half working.
        raise PeerError("request.misdirected")
    if request.path == "/" and not wanted & here:
        return _sent_on(_FRONT[min(here, key=lambda side: side.value != Side.CITIZENS.value)], 302)
    if wanted & here:
        return None
    if request.method not in _READING or request.path.split("/", 2)[1] in _NO_PAGES:
        raise PeerError("request.misdirected")
    # Addresses outlive a change of origins: they stand on receipts, in letters and in minutes.
    return _sent_on(sides.url(next(iter(wanted))) + request.full_path.rstrip("?"), 308)


def _sent_on(address: str, status: int) -> flask.Response:
    response = flask.Response(status=status, headers={"Location": address})
    response.headers["Cache-Control"] = "no-store"
    return response
