"""What the interpreter writes about itself: one JSON object a line, about rooms and numbers, never what was said."""

import sys
import threading
import traceback
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any, Final, TextIO

import structlog

_FRAMES_MAX: Final = 20


def configure(stream: TextIO = sys.stderr) -> None:
    """Send logs to ``stream``, and faults that nobody caught, of all threads, too."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            _exception_as_places,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    threading.excepthook = _thread_fault
    sys.excepthook = _fault


def _exception_as_places(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Put the kind of a fault and where it came from: what an exception says may quote a text."""
    error = event.pop("exc_info", None)
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)[-_FRAMES_MAX:]
        event["exception"] = type(error).__name__
        event["places"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return event


def _thread_fault(arguments: threading.ExceptHookArgs) -> None:
    structlog.get_logger(__name__).error("a task failed", exc_info=arguments.exc_value)


def _fault(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    structlog.get_logger(__name__).critical("the interpreter failed", exc_info=error)
