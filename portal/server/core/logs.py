"""Logs: one JSON object a line, for machines; of people no address, no id that opens anything, no text.

Third-party messages are not copied, since they quote addresses and requests: only their logger, place and exception
are. Exceptions appear as kinds and places; what they say may hold input.
"""

import logging
import re
import sys
import time
import traceback
from collections.abc import Callable, MutableMapping
from contextvars import ContextVar
from typing import Any, Final, TextIO

import structlog

EventDict = MutableMapping[str, Any]
_SECRET_KEYS: Final = frozenset(
    {
        "address",
        "authorization",
        "body",
        "cookie",
        "ip",
        "key",
        "passphrase",
        "secret",
        "sealed",
        "text",
        "ticket",
        "token",
    }
)
_OWN_KEYS: Final = frozenset({"at", "request"})
"""What is ours to write: a time, and a request's id, which a proxy's may be as long as a secret."""
_LONG_ID: Final = re.compile(r"[A-Za-z0-9_-]{32,}")
_IPV4: Final = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")
_IPV6: Final = re.compile(r"(?<![\w:])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?![\w:])")
_FRAMES_MAX: Final = 30
DAY_ALONE: Final = "day_alone"
"""Bound, as a context variable, for requests of people without an account: their lines carry no time of day."""


SOCKET_EVENT: Final[ContextVar[tuple[int, int, str] | None]] = ContextVar("socket_event", default=None)
"""What a socket's event runs under: number of the socket in this process, number of the event, the event's name.

Made a text only where a line is written: setting it is all that an event pays.
"""


class Throttle:
    """Lets ``burst`` lines of one event through in ``window_s`` seconds; the next line says how many were left out."""

    def __init__(self, burst: int = 10, window_s: float = 10.0, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._burst = burst
        self._window_s = window_s
        self._clock_s = clock_s
        self._seen: dict[str, tuple[float, int]] = {}

    def __call__(self, _logger: Any, _method: str, event: EventDict) -> EventDict:
        """Pass ``event`` on, or raise structlog.DropEvent."""
        name = f"{event.get('event')}/{event.get('kind', '')}"
        now_s = self._clock_s()
        since_s, count = self._seen.get(name, (now_s, 0))
        if now_s - since_s >= self._window_s:
            if count > self._burst:
                event["left_out"] = count - self._burst
            since_s, count = now_s, 0
        self._seen[name] = (since_s, count + 1)
        if count >= self._burst:
            raise structlog.DropEvent
        return event


def configure(level: str = "info", stream: TextIO = sys.stderr, *, process: str = "") -> None:
    """Send all logs of this process to ``stream``, from ``level`` on; each line names ``process``, if that is given."""

    def say_process(_logger: Any, _method: str, event: EventDict) -> EventDict:
        return {"process": process, **event} if process else event

    structlog.configure(
        processors=[
            say_process,
            structlog.contextvars.merge_contextvars,
            _socket_event,
            structlog.processors.add_log_level,
            Throttle(),
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            _day_alone,
            _exception_as_places,
            redact,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    bridge = _Bridge(logging.WARNING)
    for name in (None, "engineio", "engineio.server", "socketio", "socketio.server", "werkzeug", "flask-limiter"):
        logger = logging.getLogger(name)
        logger.handlers = [bridge] if name is None else []
        logger.setLevel(logging.WARNING)
    logging.raiseExceptions = False


def redact(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Blank values under telling keys, and whatever looks like an address or a secret in any text."""
    for key, value in event.items():
        if key in _SECRET_KEYS:
            event[key] = "[withheld]"
        elif isinstance(value, str) and key not in _OWN_KEYS:
            event[key] = _scrub(value)
        elif isinstance(value, list):
            event[key] = [_scrub(item) if isinstance(item, str) else item for item in value]
    return event


def _socket_event(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Give lines of a socket's event an id, as lines of an HTTP request have one."""
    running = SOCKET_EVENT.get()
    if running is not None:
        event.setdefault("request", f"socket-{running[0]}.{running[1]}")
        event.setdefault("asked", running[2])
    return event


def _day_alone(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Of what happens while a citizen is served, note the day: the hour could tell who it was."""
    if event.pop(DAY_ALONE, False):
        event["at"] = str(event["at"])[: len("2026-11-22")]
    return event


def _scrub(text: str) -> str:
    for pattern in (_LONG_ID, _IPV4, _IPV6):
        text = pattern.sub("[withheld]", text)
    return text


def _exception_as_places(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Replace ``exc_info`` by kinds, notes and places."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    elif isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["kind"] = type(error).__name__
        event["notes"] = list(getattr(error, "__notes__", ()))
        places = traceback.extract_tb(error.__traceback__)[-_FRAMES_MAX:]
        event["places"] = [f"{_module(place.filename)}:{place.lineno} {place.name}" for place in places]
        if error.__cause__ is not None:
            event["cause"] = type(error.__cause__).__name__
    return event


def _module(path: str) -> str:
    """Return the end of ``path``: enough to find the line, without the machine's folders."""
    return "/".join(path.rsplit("/", 3)[-3:])


class _Bridge(logging.Handler):
    """Takes records of the standard library's logging."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write where and what kind, never the message."""
        log = structlog.get_logger(record.name)
        place = f"{record.name}:{record.funcName}:{record.lineno}"
        log.warning("library", kind=place, severity=record.levelname.lower(), exc_info=record.exc_info)
