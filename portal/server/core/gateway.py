"""The HTTP server: gevent's, with deadlines and bounds against slow and greedy clients, and without addresses in logs.

A reverse proxy stands in front wherever strangers can reach the portal; what is here must hold without it.
"""

import errno
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Final

import gevent
import structlog
from gevent.pool import Pool
from gevent.pywsgi import Input, WSGIHandler, WSGIServer

from portal.server.core.engine import TAKE_OVER

IDLE_S: Final = 75.0
"""How long a connection may stay open without a request."""
HEAD_S: Final = 10.0
"""From the first byte of a request to the end of its headers."""
BODY_S: Final = 20.0
BODY_BYTES_PER_S: Final = 8 * 1024
"""A body may take BODY_S and what it needs at this rate."""
DISCARD_MAX_BYTES: Final = 64 * 1024
"""How much of an unread body is read so that the connection can be kept."""
REQUESTS_MAX: Final = 8192
DRAIN_S: Final = 10.0
"""How long requests under way may take when the server is asked to stop."""
_READ_BUFFER_BYTES: Final = 2048
_BAD_REQUEST: Final = ("400", b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
_log = structlog.get_logger(__name__)


class TooSlowError(OSError):
    """The client did not send in time; the connection is closed."""

    def __init__(self) -> None:
        # An error that pywsgi takes for a lost client, which it is.
        super().__init__(errno.ECONNRESET, "too slow")


class TimedInput(Input):  # type: ignore[misc]  # the library is not typed
    """A request's body that must arrive at a bearable rate."""

    __slots__ = ("deadline_s", "handler")

    def _do_read(self, length: int | None = None, use_readline: bool = False) -> bytes:  # noqa: FBT001, FBT002
        self.handler.close_connection, keep = True, self.handler.close_connection
        with _at_most(self.deadline_s - gevent.get_hub().loop.now()):
            body: bytes = super()._do_read(length, use_readline)
        self.handler.close_connection = keep
        return body

    def _discard(self) -> None:
        if (self.content_length or 0) - self.position > DISCARD_MAX_BYTES:
            self.handler.close_connection = True
        else:
            super()._discard()


class Handler(WSGIHandler):  # type: ignore[misc]  # the library is not typed
    """Serves one connection's requests."""

    socket: Any
    wsgi_input: Any

    def __init__(self, sock: Any, address: Any, server: Any) -> None:
        super().__init__(sock, address, server, rfile=sock.makefile("rb", _READ_BUFFER_BYTES))

    def read_requestline(self) -> str:
        """Wait for a request, then give it its time."""
        idle: set[Any] = self.server.idle
        current = gevent.getcurrent()
        idle.add(current)
        try:
            with _at_most(IDLE_S):
                self.rfile.peek(1)
        finally:
            idle.discard(current)
        with _at_most(HEAD_S):
            line: str = super().read_requestline()
        return line

    def read_request(self, raw_requestline: str) -> bool:
        """Read the headers in time; refuse what a proxy in front could read otherwise than we do.

        No browser sends a chunked body over HTTP/1.1, and proxies buffer one into a plain body.
        """
        with _at_most(HEAD_S):
            whole: bool = super().read_request(raw_requestline)
        lengths = self.headers.get_all("content-length", [])
        if self.request_version == "HTTP/0.9" or len(lengths) > 1 or self.headers.get("transfer-encoding"):
            msg = "refused framing"
            raise ValueError(msg)
        return whole

    def get_environ(self) -> dict[str, Any]:
        """Add the way to take the connection over, and the body's deadline."""
        environ: dict[str, Any] = super().get_environ()
        environ[TAKE_OVER] = self.take_over
        given = self.wsgi_input
        timed = TimedInput(given.rfile, given.content_length, socket=given.socket)
        timed.handler = self
        size_bytes = given.content_length or 0
        timed.deadline_s = gevent.get_hub().loop.now() + BODY_S + size_bytes / BODY_BYTES_PER_S
        if environ["wsgi.input"] is given:
            environ["wsgi.input"] = timed
        self.wsgi_input = timed
        return environ

    def take_over(self) -> socket.socket:
        """Return the connection's socket; this handler and its greenlet are done with it."""
        taken = self.socket
        self.socket = None
        self.close_connection = True
        return socket.socket(taken.family, taken.type, taken.proto, fileno=taken.detach())

    def log_request(self) -> None:
        """Write nothing: addresses and paths of people are nobody's business."""

    def log_error(self, msg: str, *args: Any) -> None:
        """Write nothing: pywsgi would write address and request."""

    def _handle_client_error(self, error: Exception) -> tuple[str, bytes]:
        _log.info("http.malformed", kind=type(error).__name__)
        return _BAD_REQUEST

    def _log_error(self, kind: type[BaseException], error: BaseException, _traceback: TracebackType | None) -> None:
        if not issubclass(kind, gevent.GreenletExit):
            _log.error("http.fault", exc_info=error)


class Gateway:
    """Listens for ``application`` on ``host`` and ``port``."""

    def __init__(self, application: Callable[..., Any], host: str, port: int) -> None:
        self._server = WSGIServer(
            (host, port),
            application,
            backlog=1024,
            spawn=Pool(REQUESTS_MAX),
            log=None,
            error_log=None,
            handler_class=Handler,
            environ={"SERVER_NAME": host},
        )
        self._server.idle = set()

    def start(self) -> None:
        """Listen; OSError if the address is taken."""
        self._server.start()

    def stop(self) -> None:
        """Listen no longer; wait for requests under way, at most DRAIN_S."""
        self._server.close()
        gevent.killall(list(self._server.idle))
        self._server.stop(timeout=DRAIN_S)


def report_defects() -> None:
    """Write what the hub catches (callbacks, greenlets) to the log instead of the error stream."""

    def report(_context: Any, _kind: Any, error: BaseException, _traceback: Any) -> None:
        _log.error("hub.fault", exc_info=error)

    gevent.get_hub().print_exception = report


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Raise TooSlowError if the block takes longer than ``seconds``."""
    with gevent.Timeout(max(seconds, 0.001), TooSlowError):
        yield
