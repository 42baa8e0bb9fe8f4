"""The HTTP server: gevent's, with deadlines and bounds against slow and greedy clients, and without addresses in logs.

A reverse proxy stands in front wherever strangers can reach the portal; what is here must hold without it.
"""

import errno
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Any, Final

import gevent
import structlog
from gevent.pool import Pool
from gevent.pywsgi import MAX_REQUEST_LINE, Input, WSGIHandler, WSGIServer

from portal.server.core.descriptors import files_allowed
from portal.server.core.engine import TAKE_OVER
from portal.server.core.heads import HEAD_MAX_BYTES, read_fields, read_request_line
from portal.server.core.patience import CONNECTION_BYTES, KNOWN, Patience
from portal.server.core.transport import SEND_BUFFER_BYTES

FIRST_S: Final = 10.0
"""How long a new connection may stay without a request."""
IDLE_S: Final = 75.0
"""How long it may stay open after one."""
HEAD_S: Final = 10.0
"""From the first byte of a request to the end of its headers."""
BODY_S: Final = 20.0
BODY_BYTES_PER_S: Final = 8 * 1024
"""A body may take BODY_S and what it needs at this rate; so may each piece of an answer."""
DISCARD_MAX_BYTES: Final = 64 * 1024
"""How much of an unread body is read so that the connection can be kept."""
REQUESTS_MAX: Final = 8192
# These three together leave room for the rest within 64 MiB, since strangers may do all of it at once.
IDLE_MAX_BYTES: Final = 20 << 20
"""What connections without a request, or with half a head, may hold: 1,280 of them."""
BODIES_MAX_BYTES: Final = 8 << 20
"""What bodies that are being waited for may hold, of people who are not signed in."""
KNOWN_BODIES_MAX_BYTES: Final = 128 << 20
"""Likewise of people who are."""
ANSWERS_MAX_BYTES: Final = 12 << 20
"""What answers that are not being read may hold."""
ANSWER_COUNTED_BYTES: Final = 32 * 1024
"""What of an answer is counted at most: larger ones are files that all share, or come in pieces."""
STREAM_TYPE: Final = "text/event-stream"
"""Of answers without end. Half of the places for requests are theirs; of too many the oldest goes, and comes back."""
RECEIVE_BUFFER_BYTES: Final = 256 * 1024
"""The kernel's share of what a connection sends us; SEND_BUFFER_BYTES is that of what we send."""
DRAIN_S: Final = 10.0
"""How long requests under way may take when the server is asked to stop."""
_READ_BUFFER_BYTES: Final = 2048
_BAD_REQUEST: Final = ("400", b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
_LOST: Final = frozenset({errno.EPIPE, errno.ECONNRESET, errno.ENOTCONN, errno.ESHUTDOWN, errno.ETIMEDOUT})
_log = structlog.get_logger(__name__)


class TooSlowError(OSError):
    """The client did not send, or take, in time; the connection is closed."""

    def __init__(self) -> None:
        # An error that pywsgi takes for a lost client, which it is.
        super().__init__(errno.ECONNRESET, "too slow")


class _Stream:
    """An answer without end, which waits for news and not for its client: its greenlet is told at once."""

    def __init__(self, greenlet: Any) -> None:
        self._greenlet = greenlet

    def shutdown(self, _how: int) -> None:
        """End it."""
        gevent.kill(self._greenlet, TooSlowError())


class TimedInput(Input):  # type: ignore[misc]  # the library is not typed
    """A request's body that must arrive at a bearable rate, and waits with few others."""

    __slots__ = ("deadline_s", "handler")

    def _do_read(self, length: int | None = None, use_readline: bool = False) -> bytes:  # noqa: FBT001, FBT002
        handler: Handler = self.handler
        handler.close_connection, keep = True, handler.close_connection
        bodies: Patience = handler.server.known_bodies if KNOWN in handler.environ else handler.server.bodies
        left = max(0, (self.content_length or 0) - self.position)
        with (
            bodies.waiting(handler.socket, left if length is None else min(length, left)),
            _at_most(self.deadline_s - gevent.get_hub().loop.now()),
        ):
            body: bytes = super()._do_read(length, use_readline)
        handler.close_connection = keep
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
    environ: Any

    def __init__(self, sock: Any, address: Any, server: Any) -> None:
        super().__init__(sock, address, server, rfile=sock.makefile("rb", _READ_BUFFER_BYTES))
        self._idle_s = FIRST_S
        self._head_until_s = 0.0
        self._stream = ExitStack()

    def handle(self) -> None:
        """Serve until the connection ends; that a client is gone is no fault of ours."""
        try:
            super().handle()
        except OSError as error:
            if error.errno not in _LOST:
                raise

    def handle_one_request(self) -> Any:
        """Serve one request, then let others have their turn: who sends many at once would have every one."""
        outcome = super().handle_one_request()
        if outcome is True:
            gevent.sleep(0)
        return outcome

    def read_requestline(self) -> str:
        """Wait for a request, then give it its time."""
        idle: set[Any] = self.server.idle
        current = gevent.getcurrent()
        idle.add(current)
        try:
            with self.server.waiting.waiting(self.socket), _at_most(self._idle_s):
                self.rfile.peek(1)
        finally:
            idle.discard(current)
        self._idle_s = IDLE_S
        self._head_until_s = gevent.get_hub().loop.now() + HEAD_S
        with self._head(MAX_REQUEST_LINE):
            return str(self.rfile.readline(MAX_REQUEST_LINE).decode("latin-1"))

    def read_request(self, raw_requestline: str) -> bool:
        """Read the head in time; refuse what a proxy in front could read otherwise than we do (ValueError)."""
        line = read_request_line(raw_requestline)
        with self._head(HEAD_MAX_BYTES):
            fields = read_fields(self.rfile.readline, line, HEAD_MAX_BYTES - len(raw_requestline))
        self.command, self.path, self.request_version = line
        self.headers = fields
        self.content_length = fields.length
        options = fields.connection
        self.close_connection = "close" in options if line.version == "HTTP/1.1" else "keep-alive" not in options
        return True

    def get_environ(self) -> dict[str, Any]:
        """Add the way to take the connection over, and the body's deadline."""
        environ: dict[str, Any] = super().get_environ()
        environ[TAKE_OVER] = self.take_over
        given = self.wsgi_input
        timed = TimedInput(given.rfile, given.content_length, socket=given.socket)
        timed.handler = self
        timed.deadline_s = gevent.get_hub().loop.now() + _bearable_s(given.content_length or 0)
        # pywsgi would give a request that asks for an upgrade the bare connection to read from, without any deadline.
        environ["wsgi.input"] = self.wsgi_input = timed
        return environ

    def start_response(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        """Begin an answer; one without end is borne like whoever keeps us waiting, since it holds a place for long."""
        write = super().start_response(status, headers, exc_info)
        if any(name.lower() == "content-type" and value.startswith(STREAM_TYPE) for name, value in headers):
            self._stream.enter_context(self.server.streams.waiting(_Stream(gevent.getcurrent())))
        return write

    def handle_one_response(self) -> None:
        """Answer."""
        with ExitStack() as self._stream:
            super().handle_one_response()

    @contextmanager
    def _head(self, held_bytes: int) -> Iterator[None]:
        left_s = self._head_until_s - gevent.get_hub().loop.now()
        with self.server.waiting.waiting(self.socket, held_bytes), _at_most(left_s):
            yield

    def _sendall(self, data: bytes) -> None:
        counted = min(len(data), ANSWER_COUNTED_BYTES)
        with self.server.answers.waiting(self.socket, counted), _at_most(_bearable_s(len(data))):
            super()._sendall(data)

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
        requests_max = min(REQUESTS_MAX, files_allowed() // 4)
        self._server = WSGIServer(
            (host, port),
            application,
            backlog=1024,
            spawn=Pool(requests_max),
            log=None,
            error_log=None,
            handler_class=Handler,
            environ={"SERVER_NAME": host},
        )
        self._server.idle = set()
        self._server.waiting = Patience(IDLE_MAX_BYTES)
        self._server.bodies = Patience(BODIES_MAX_BYTES)
        self._server.known_bodies = Patience(KNOWN_BODIES_MAX_BYTES)
        self._server.streams = Patience(requests_max // 2 * CONNECTION_BYTES)
        self._server.answers = Patience(ANSWERS_MAX_BYTES)

    def start(self) -> None:
        """Listen; OSError if the address is taken."""
        self._server.init_socket()
        # Accepted connections inherit these. By itself the kernel would keep megabytes for whoever does not read.
        for option, size_bytes in ((socket.SO_SNDBUF, SEND_BUFFER_BYTES), (socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)):
            self._server.socket.setsockopt(socket.SOL_SOCKET, option, size_bytes)
        # An answer is two writes, head and body; without this the second waits up to 40 ms for the first one's ACK.
        self._server.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
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


def _bearable_s(size_bytes: int) -> float:
    return BODY_S + size_bytes / BODY_BYTES_PER_S


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Raise TooSlowError if the block takes longer than ``seconds``."""
    with gevent.Timeout(max(seconds, 0.001), TooSlowError):
        yield
