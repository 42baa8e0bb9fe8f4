"""The network around the core: HTTP with a session cookie, and a Socket.IO line that always comes back.

What fails for a passing reason is tried again with growing pauses, if it may be made twice without harm. Whatever the
server sends, what comes out is an answer or a MemberError.
"""

import http.cookies
import json
import queue
import random
import re
import ssl
import threading
import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

import socketio
import urllib3
import websocket

from portal.member.answers import checked, has_shape
from portal.member.work import Ask, MemberError, is_passing
from portal.wire.events import SERVER_EVENTS

COOKIE: Final = "__Host-portal"
CONNECTED: Final = "connected"
DISCONNECTED: Final = "disconnected"
FAILED: Final = "failed"
_ATTEMPTS: Final = 4
_FIRST_PAUSE_S: Final = 0.25
_LONGEST_PAUSE_S: Final = 10.0
_LINE_LONGEST_PAUSE_S: Final = 2.0
"""So that a line is back within 3 s of its server, handshake included; `portal bench faults` measures it."""
_HANDSHAKE_S: Final = 8
_ANSWER_S: Final = 15
_PASSING_STATUS: Final = frozenset({429, 502, 503, 504})
_ANSWER_MAX_BYTES: Final = 64 << 20
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")
_MALFORMED: Final = (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError)
"""What reading JSON of any shape, and the socket's library at packets of any shape, may raise."""
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class AddressError(ValueError):
    """An address that no portal is reached by; the message says what to do."""


def origin_of(address: str) -> str:
    """Return the origin of a portal's address; AddressError for another scheme, or http beyond this machine."""
    parts = urlsplit(address if "//" in address else f"https://{address}")
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        msg = f"{address} is no address of a portal; it looks like https://portal.example"
        raise AddressError(msg)
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        msg = f"{address} is not encrypted; use https"
        raise AddressError(msg)
    return f"{parts.scheme}://{parts.netloc}"


def backoff_s(attempt: int, first_s: float, longest_s: float) -> float:
    """Return the pause after attempt ``attempt``: doubling, at random between half and all of it."""
    longest: float = min(longest_s, first_s * 2 ** (attempt - 1))
    return longest * random.uniform(0.5, 1)  # noqa: S311 - no secret


class Http:
    """One server's HTTP interface, with the session's token (the cookie's value) if there is one."""

    def __init__(self, origin: str, token: str | None = None) -> None:
        self.origin = origin
        self.token = token
        self._pool = urllib3.PoolManager(retries=False, ssl_context=ssl.create_default_context())

    def ask(self, asked: Ask) -> Any:
        """Carry a request out; MemberError with the server's code, network.offline or network.timeout."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return self._once(asked)
            except _PassingError as passing:
                if not asked.repeatable or attempt == _ATTEMPTS:
                    raise passing.failure from passing.__cause__
                time.sleep(max(passing.after_s, backoff_s(attempt, _FIRST_PAUSE_S, _LONGEST_PAUSE_S)))
        raise AssertionError  # the last attempt returned or raised

    def close(self) -> None:
        """Let go of the connections."""
        self._pool.clear()

    def _once(self, asked: Ask) -> Any:
        try:
            answer = self._pool.request(
                asked.method,
                self.origin + asked.path,
                body=_body(asked),
                headers=self._headers(asked),
                timeout=urllib3.Timeout(connect=min(asked.timeout_s, 10.0), read=asked.timeout_s),
                redirect=False,
                preload_content=False,
            )
            raw = _whole(answer)
        except urllib3.exceptions.ReadTimeoutError as error:
            raise _PassingError(MemberError("network.timeout"), 0) from error
        except urllib3.exceptions.HTTPError as error:
            raise _PassingError(MemberError("network.offline"), 0) from error
        self._take_cookie(answer)
        if answer.status < 300:
            return raw if asked.octets else _json(raw, answer.status)
        failure = _failure(raw, answer.status)
        if answer.status in _PASSING_STATUS:
            raise _PassingError(failure, _retry_after_s(answer))
        raise failure

    def _headers(self, asked: Ask) -> dict[str, str]:
        headers = {"Origin": self.origin, "Accept-Encoding": "identity"}
        if asked.body is not None:
            octets = isinstance(asked.body, bytes)
            headers["Content-Type"] = "application/octet-stream" if octets else "application/json"
        if self.token is not None:
            headers["Cookie"] = f"{COOKIE}={self.token}"
        return headers

    def _take_cookie(self, answer: urllib3.BaseHTTPResponse) -> None:
        for line in answer.headers.getlist("set-cookie"):
            try:
                morsel = http.cookies.SimpleCookie(line).get(COOKIE)
            except http.cookies.CookieError:
                continue
            if morsel is not None and (not morsel.value or _TOKEN.fullmatch(morsel.value)):
                self.token = morsel.value or None


class _PassingError(Exception):
    """A failure that may be gone at the next attempt."""

    def __init__(self, failure: MemberError, after_s: float) -> None:
        super().__init__(failure.code)
        self.failure = failure
        self.after_s = after_s


class _Client(socketio.Client):  # type: ignore[misc]  # the library has no types
    """A client that passes over packets of no possible shape; the library's own would print a trace of each."""

    def _handle_eio_message(self, data: Any) -> None:
        try:
            super()._handle_eio_message(data)
        except _MALFORMED:
            return


class Line:
    """A Socket.IO connection that is made again, with a fresh ticket, whenever it breaks.

    ``events`` gets (name, payload) of what the server pushes; CONNECTED and DISCONNECTED with empty payloads; and, when
    the server does not know this session any more, FAILED with the error, after which no more attempt is made.
    ``ticket`` is called on the line's own thread, before each attempt; ``admits`` on the library's threads, one at a
    time, with what is pushed: only what it admits gets into ``events``.
    """

    def __init__(
        self,
        origin: str,
        ticket: Callable[[], str],
        admits: Callable[[str, tuple[Any, ...]], bool] = lambda _event, _payload: True,
    ) -> None:
        self.events: queue.Queue[tuple[str, tuple[Any, ...]]] = queue.Queue()
        self._origin = origin
        self._ticket = ticket
        self._admits = admits
        self._admitting = threading.Lock()
        self._stopped = threading.Event()
        self._broken = threading.Event()
        self._client: socketio.Client | None = None
        self._socket: websocket.WebSocket | None = None
        self._thread = threading.Thread(target=self._keep, name="portal-line", daemon=True)

    @property
    def connected(self) -> bool:
        """Whether there is a connection at this moment."""
        client = self._client
        return client is not None and client.connected

    def start(self) -> None:
        """Connect, and stay connected."""
        self._thread.start()

    def stop(self) -> None:
        """Hang up."""
        self._stopped.set()
        self._broken.set()
        self._thread.join(_HANDSHAKE_S + _ANSWER_S)

    def call(self, event: str, *arguments: Any) -> Any:
        """Send an event and return what the server acknowledged; MemberError with its code, or as offline."""
        client = self._client
        if client is None or not client.connected:
            raise MemberError("network.offline")
        try:
            answer = client.call(event, arguments, timeout=_ANSWER_S)
        except socketio.exceptions.SocketIOError as error:
            raise MemberError("network.timeout" if client.connected else "network.offline") from error
        if isinstance(answer, dict) and "ok" in answer:
            return answer["ok"]
        raise failure_of(answer)

    def _keep(self) -> None:
        failures = 0
        while not self._stopped.is_set():
            self._broken.clear()
            if self._connect():
                failures = 0
                self.events.put((CONNECTED, ()))
                self._broken.wait()
                self.events.put((DISCONNECTED, ()))
            failures += 1
            self._hang_up()
            self._stopped.wait(backoff_s(failures, _FIRST_PAUSE_S, _LINE_LONGEST_PAUSE_S))

    def _connect(self) -> bool:
        # The address by this option, since as a header it would come twice: the library sends its own.
        options = {"origin": self._origin, "class_": self._new_socket}
        client = _Client(reconnection=False, handle_sigint=False, websocket_extra_options=options)
        for name in SERVER_EVENTS:
            client.on(name, self._pushing(name))
        client.on("disconnect", lambda *_: self._broken.set())
        try:
            client.connect(
                self._origin,
                auth={"ticket": self._ticket()},
                transports=["websocket"],
                wait_timeout=_HANDSHAKE_S,
            )
        except (socketio.exceptions.SocketIOError, MemberError, OSError, *_MALFORMED) as error:
            client.disconnect()
            if isinstance(error, MemberError) and not is_passing(error):
                self.events.put((FAILED, (error,)))
                self._stopped.set()
            return False
        self._client = client
        return True

    def _new_socket(self, **options: Any) -> websocket.WebSocket:
        self._socket = websocket.WebSocket(**options)
        return self._socket

    def _pushing(self, name: str) -> Callable[..., None]:
        def push(*payload: Any) -> None:
            with self._admitting:
                admitted = self._admits(name, payload)
            if admitted:
                self.events.put((name, payload))

        return push

    def _hang_up(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.disconnect()
        # The library leaves it open where the other side said what is no handshake, or broke off.
        if self._socket is not None:
            self._socket.shutdown()  # type: ignore[no-untyped-call]


def _body(asked: Ask) -> bytes | None:
    if asked.body is None or isinstance(asked.body, bytes):
        return asked.body
    return json.dumps(asked.body).encode()


def _whole(answer: urllib3.BaseHTTPResponse) -> bytes:
    raw = answer.read(_ANSWER_MAX_BYTES + 1)
    answer.release_conn()
    if len(raw) > _ANSWER_MAX_BYTES:
        raise MemberError("server.fault", reason="an answer without end")
    return raw


def _json(raw: bytes, status: int) -> Any:
    try:
        return json.loads(raw) if raw else {}
    except (ValueError, RecursionError) as error:
        raise MemberError("server.fault", status=status) from error


def _failure(raw: bytes, status: int) -> MemberError:
    try:
        return failure_of(json.loads(raw))
    except (ValueError, RecursionError):
        return MemberError("server.fault", status=status)


def failure_of(answer: Any) -> MemberError:
    """Return the error that an answer is; server.fault if it is none."""
    if not has_shape(answer, {"error": {"code": str}}):
        return MemberError("server.fault", reason="neither an answer nor an error")
    detail = answer["error"].get("detail")
    return MemberError(answer["error"]["code"], **(detail if isinstance(detail, dict) else {}))


def ticket_of(server: Http) -> str:
    """Ask for what a socket signs in with, once; MemberError."""
    answer = checked(server.ask(Ask("POST", "/api/socket-ticket", {})), {"ticket": str})
    return str(answer["ticket"])


def _retry_after_s(answer: urllib3.BaseHTTPResponse) -> float:
    text = answer.headers.get("retry-after", "0")
    return min(float(text), _LONGEST_PAUSE_S) if text.isascii() and text.isdecimal() else 0.0
