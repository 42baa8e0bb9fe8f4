"""How often one person or one address may ask over HTTP. Socket events have buckets of their own (realtime.py).

The buckets of several processes are in Redis where there is one; else each process has its own, and a person who is
served by several has as many times the tokens.
"""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

import flask
import structlog
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits.storage import MemoryStorage, RedisStorage
from redis import RedisError

from portal.server.core.work import run_in_thread

if TYPE_CHECKING:
    from portal.config import Settings

T = TypeVar("T")
DEFAULT: Final = "1200 per minute"
"""For everything under /api that names no limit of its own."""
HEAVY: Final = "120 per minute"
"""For what costs the server much: file chunks are exempt, they are bounded by their quota."""
REDIS_PATIENCE_S: Final = 0.5
AWAY_S: Final = 5.0
"""How long Redis is not asked again after it failed."""
BUCKETS_MAX: Final = 100_000
"""Of this process; the ones least lately used are forgotten first."""
_SCHEME: Final = "shared+"
_OWN: Final = "portal-memory://"
_log = structlog.get_logger(__name__)


class OwnStorage(MemoryStorage):
    """Buckets in this process, forgotten as others are used.

    The library's own starts a native thread every 10 ms that looks at all buckets: with those of a hundred thousand
    addresses, which anybody with an IPv6 network has, that alone would keep the process busy. It also counts by the
    machine's date: set back by a day, it would let nobody in again for a day who had taken what a bucket holds.
    """

    STORAGE_SCHEME = ["portal-memory"]  # noqa: RUF012 - the library reads it as a class attribute

    def __init__(self, uri: str | None = None, **options: Any) -> None:
        super().__init__(uri, **options)
        self._taken: OrderedDict[str, tuple[deque[float], int]] = OrderedDict()

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Take ``amount`` out of the bucket ``key``; tell whether it was there."""
        now_s = time.monotonic()
        taken, _ = self._taken.setdefault(key, (deque(), expiry))
        self._taken.move_to_end(key)
        self._forget(now_s)
        while taken and taken[0] <= now_s - expiry:
            taken.popleft()
        if len(taken) + amount > limit:
            return False
        taken.extend([now_s] * amount)
        return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:  # noqa: ARG002 - the library's
        """Return when the window of the bucket ``key`` began, and how much was taken in it."""
        now_s, date_s = time.monotonic(), time.time()
        taken = [at_s for at_s in self._taken.get(key, ((), 0))[0] if at_s > now_s - expiry]
        return (date_s - (now_s - taken[0]), len(taken)) if taken else (date_s, 0)

    def clear(self, key: str) -> None:
        """Fill the bucket."""
        self._taken.pop(key, None)
        super().clear(key)

    def reset(self) -> int:
        """Fill all buckets; return how many there were."""
        count = len(self._taken)
        self._taken.clear()
        super().reset()
        return count

    def _forget(self, now_s: float) -> None:
        """Drop the two least lately used that are full again, so that they go faster than new ones come."""
        for _ in range(2):
            key, (taken, expiry) = next(iter(self._taken.items()))
            if len(self._taken) <= BUCKETS_MAX and taken and taken[-1] > now_s - expiry:
                return
            if len(self._taken) > 1:
                del self._taken[key]


class SharedStorage(RedisStorage):
    """Buckets in Redis, asked in native threads, so that the hub waits for no socket of redis-py.

    While Redis is away, this process counts by itself: limits are then looser, and nobody is refused for it.
    """

    STORAGE_SCHEME = ["shared+redis", "shared+rediss"]  # noqa: RUF012 - the library reads it as a class attribute

    def __init__(self, uri: str, **options: Any) -> None:
        patience = {"socket_timeout": REDIS_PATIENCE_S, "socket_connect_timeout": REDIS_PATIENCE_S}
        super().__init__(uri.removeprefix(_SCHEME), **(patience | options))
        self._own = OwnStorage()
        self._away_until_s = float("-inf")

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Take ``amount`` out of the bucket ``key``; tell whether it was there."""
        shared = super().acquire_entry
        return self._asked(
            lambda: shared(key, limit, expiry, amount), lambda: self._own.acquire_entry(key, limit, expiry, amount)
        )

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """Return when the window of the bucket ``key`` began, and how much was taken in it."""
        shared = super().get_moving_window
        return self._asked(lambda: shared(key, limit, expiry), lambda: self._own.get_moving_window(key, limit, expiry))

    def check(self) -> bool:
        """Say that limits can be counted: in one way or the other they can."""
        return True

    def _asked(self, shared: Callable[[], T], own: Callable[[], T]) -> T:
        if time.monotonic() < self._away_until_s:
            return own()
        try:
            return run_in_thread(shared)
        except RedisError as error:
            self._away_until_s = time.monotonic() + AWAY_S
            _log.warning("limits.redis_away", kind=type(error).__name__)
            return own()


def storage_of(settings: "Settings") -> str:
    """Return where the buckets of an installation are, as flask-limiter's RATELIMIT_STORAGE_URI."""
    return _SCHEME + settings.redis_url if are_shared(settings) else _OWN


def are_shared(settings: "Settings") -> bool:
    """Tell whether several processes take from the same buckets."""
    return settings.several and bool(settings.redis_url)


def limit_key() -> str:
    """Return whose bucket pays: the signed-in account (``flask.g.limit_key``, set by accounts), else the address."""
    return str(flask.g.get("limit_key") or get_remote_address())


limiter = Limiter(key_func=limit_key, default_limits=[DEFAULT], headers_enabled=False, strategy="moving-window")
"""Used as ``@limiter.limit(HEAVY)`` on views, below the route."""
