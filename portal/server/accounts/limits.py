"""How often people may try to get in, and whose bucket pays for a request.

Addresses are kept nowhere but in the buckets, as hashes: of one process under a key that ends with it, of several under
a key of the day.
"""

import hashlib
import hmac
import ipaddress
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import flask
from limits import parse_many

from portal.config import Settings
from portal.server.core.actor import Actor
from portal.server.core.at_rest import AtRest
from portal.server.core.limits import are_shared, limiter
from portal.wire.errors import UserError

ENTRY: Final = "240 per minute; 3000 per hour"
"""For sign-in, invitations and onboarding from one address: a whole delegation may sit behind it."""
ENROLMENTS: Final = "10 per minute; 20 per 15 minutes; 60 per hour"
"""For interpreters' requests from one address: each waits in the database for 15 minutes, and only so many may."""
HANDLE_FROM_ADDRESS: Final = "10 per minute; 60 per hour"
"""For starts of a sign-in with one handle from one address; each is one guess."""
HANDLE: Final = "300 per hour"
"""For starts with one handle from anywhere; so high that strangers hardly lock anybody out."""
DAY_S: Final = 86_400
_PAYERS_MAX: Final = 20_000
_IPV6_HOUSEHOLD_BITS: Final = 64
"""What one subscriber is given at least (RFC 6177): any number of addresses is one payer's."""


class Payers:
    """Whose bucket pays for a request, without asking the database before the limit was checked.

    A cookie that was good lately pays for its account; everything else pays for its address, so that inventing cookies
    gains nothing. Addresses are kept as keyed hashes: of this process only, in memory, unless the buckets are shared.
    """

    def __init__(self, clock_s: Callable[[], float] = time.time) -> None:
        self._salt = secrets.token_bytes(32)
        self._shared: bytes | None = None
        self._clock_s = clock_s
        self._accounts: OrderedDict[bytes, str] = OrderedDict()
        self._lock = threading.Lock()

    def share(self, key: bytes | None) -> None:
        """Name everybody's bucket as all processes do that have ``key`` (32 bytes); None: as this process alone.

        The names change each day (UTC): whoever reads the buckets' store can not follow an address from day to day.
        """
        self._shared = key

    def note(self, token: str, actor: Actor) -> None:
        """Remember that ``token`` is ``actor``'s; the least lately used one is forgotten when there are too many."""
        digest = self._digest(token)
        with self._lock:
            self._accounts[digest] = actor.account
            self._accounts.move_to_end(digest)
            if len(self._accounts) > _PAYERS_MAX:
                self._accounts.popitem(last=False)

    def key(self, token: str | None, address: str) -> str:
        """Return the key of the bucket that pays."""
        account = None if token is None else self._accounts.get(self._digest(token))
        if account is None:
            return self.address_key(address)
        return f"account:{account}" if self._shared is None else f"account:{self.digest(account)}"

    def address_key(self, address: str) -> str:
        """Return the key of the bucket of an address; of an IPv6 address's network of 64 bits."""
        return f"address:{self.digest(_payer_of(address))}"

    def digest(self, text: str) -> str:
        """Return what ``text`` is called where the buckets are."""
        if self._shared is None:
            return self._digest(text).hex()
        day = int(self._clock_s() // DAY_S).to_bytes(8, "big")
        return hmac.digest(hmac.digest(self._shared, day, hashlib.sha256), text.encode(), hashlib.sha256)[:16].hex()

    def _digest(self, text: str) -> bytes:
        return hmac.digest(self._salt, text.encode(), hashlib.sha256)[:16]


def _payer_of(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(parsed), _IPV6_HOUSEHOLD_BITS), strict=False))


payers: Final = Payers()
"""One for the process: its salt lives as long as the buckets that it names, where they are its own."""


def name_payers(settings: Settings, at_rest: AtRest | None) -> None:
    """Name buckets as the installation's other processes do, where these share them."""
    payers.share(at_rest.derive("names of payers") if at_rest is not None and are_shared(settings) else None)


def entry_key() -> str:
    """Return the key of the bucket that pays for a try to get in: the address, even for those signed in."""
    return payers.address_key(flask.request.remote_addr or "")


entry_limit = limiter.shared_limit(ENTRY, scope="entry", key_func=entry_key)
"""Decorates every view that guesses could be sent to."""


def pay_for_handle(handle: str) -> None:
    """Take one token for a sign-in with ``handle``, whether it exists or not.

    Raises:
        UserError: request.too_many.
    """
    if not limiter.enabled:
        return
    name = f"handle:{payers.digest(handle)}"
    buckets = [(limit, f"{name} {entry_key()}") for limit in parse_many(HANDLE_FROM_ADDRESS)]
    buckets += [(limit, name) for limit in parse_many(HANDLE)]
    if not all(limiter.limiter.hit(limit, "handle", key) for limit, key in buckets):
        raise UserError("request.too_many")
