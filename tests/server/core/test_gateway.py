"""The HTTP server against slow, greedy and confusing clients, and its end."""

import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress

import pytest
import requests

from tests.server.core.conftest import Relay, running_relay


def exchange(relay: Relay, request: bytes, *, wait_s: float = 60.0) -> bytes:
    """What the server answers before it closes, or within ``wait_s``."""
    with socket.create_connection(("127.0.0.1", relay.port), timeout=wait_s) as connection:
        connection.sendall(request)
        answer = b""
        try:
            while more := connection.recv(65_536):
                answer += more
        except (TimeoutError, ConnectionError):
            pass
    return answer


def post(relay: Relay, *headers: str, body: bytes = b"") -> bytes:
    lines = ("POST /api/body HTTP/1.1", "Host: x", f"Origin: {relay.origin}", *headers, "", "")
    return "\r\n".join(lines).encode() + body


OCTETS = "Content-Type: application/octet-stream"


@pytest.mark.parametrize(
    "headers",
    [
        ("Transfer-Encoding: chunked",),
        ("Transfer-Encoding: chunked", "Content-Length: 3"),
        ("Content-Length: 3", "Content-Length: 4"),
        ("Content-Length: -1",),
        ("Content-Length: 0x3",),
        ("Content-Length: 3, 3",),
    ],
)
def test_bodies_whose_length_could_be_read_in_two_ways_are_refused(relay: Relay, headers: tuple[str, ...]) -> None:
    answer = exchange(relay, post(relay, OCTETS, *headers, body=b"3\r\nabc\r\n0\r\n\r\n"))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize(
    "shape",
    [
        "Content-Length : 5",
        "X: 1\r\n folded",
        "no colon\r\nContent-Length: 5",
        "Host: twice",
        "Connection: upgrade",
    ],
)
def test_shapes_that_smuggle_requests_end_the_connection(relay: Relay, shape: str) -> None:
    smuggled = b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"
    given = post(relay, OCTETS, f"Content-Length: {len(smuggled)}", shape, body=smuggled)
    answer = exchange(relay, given)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"done" not in answer


def test_a_large_body_of_a_stranger_is_not_read(relay: Relay) -> None:
    answer = exchange(relay, post(relay, OCTETS, f"Content-Length: {2 << 20}", body=bytes(10_000)))
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_who_sends_many_requests_at_once_leaves_others_their_turn(relay: Relay) -> None:
    answered = 0

    def read(greedy: socket.socket) -> None:
        nonlocal answered
        # Ended from this side while answers are under way, the connection may be reset instead of closed.
        with suppress(ConnectionError):
            while answered < 3000 and (more := greedy.recv(1 << 16)):
                answered += more.count(b"HTTP/1.1 4")

    with socket.create_connection(("127.0.0.1", relay.port), timeout=60) as greedy:
        reader = threading.Thread(target=read, args=(greedy,))
        reader.start()
        greedy.sendall(b"GET /api/nothing HTTP/1.1\r\nHost: x\r\n\r\n" * 3000)
        while not answered:
            time.sleep(0.01)
        assert requests.get(relay.origin + "/api/nothing", timeout=60).status_code in {404, 429}
        meanwhile = answered
        greedy.shutdown(socket.SHUT_RDWR)
        reader.join()
    assert meanwhile < 3000


@pytest.mark.parametrize("line", ["GET /", "GARBAGE", "GET / HTTP/3.0", "\0\0\0\0", "GET " + "/x" * 5000 + " HTTP/1.1"])
def test_a_malformed_request_line_is_refused(relay: Relay, line: str) -> None:
    answer = exchange(relay, line.encode() + b"\r\nHost: x\r\n\r\n")
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 414 "))


def test_a_body_that_is_too_large_is_refused_without_being_read(relay: Relay) -> None:
    answer = exchange(relay, post(relay, OCTETS, f"Content-Length: {5 << 30}", body=bytes(100_000)))
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"request.too_large" in answer


def test_a_body_of_the_declared_length_is_read(relay: Relay) -> None:
    answer = exchange(relay, post(relay, OCTETS, "Content-Length: 5", "Connection: close", body=b"hello"))
    assert answer.endswith(b'{"bytes":5}')


def test_endless_headers_are_refused(relay: Relay) -> None:
    flood = b"".join(b"X-%d: %s\r\n" % (number, b"y" * 200) for number in range(5000))
    answer = exchange(relay, b"GET /slow HTTP/1.1\r\n" + flood + b"\r\n")
    assert not answer or answer.startswith(b"HTTP/1.1 400 ")


@pytest.mark.slow
def test_slow_headers_and_slow_bodies_end_while_others_are_served(relay: Relay) -> None:
    slow = []
    for place in range(300):
        begun_s = time.monotonic()
        connection = socket.create_connection(("127.0.0.1", relay.port), timeout=60)
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: " if place % 2 else b"G")
        slow.append((connection, begun_s))
    assert requests.get(relay.origin + "/slow", timeout=60).json() == {"done": True}
    for connection, begun_s in slow:
        try:
            while connection.recv(1000):
                pass
        except ConnectionError:
            pass
        assert time.monotonic() - begun_s > 5
        connection.close()


@pytest.mark.slow
def test_a_body_that_trickles_ends(relay: Relay) -> None:
    begun_s = time.monotonic()
    answer = exchange(relay, post(relay, OCTETS, "Content-Length: 100", body=b"part"), wait_s=120)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert time.monotonic() - begun_s > 15


@pytest.mark.slow
def test_asked_to_stop_it_finishes_requests_and_says_goodbye_to_sockets(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with running_relay(f"sqlite:///{tmp_path_factory.mktemp('end') / 'lines.sqlite3'}") as relay:
        listener = relay.listener()
        answers: list[int] = []
        request = threading.Thread(
            target=lambda: answers.append(requests.get(relay.origin + "/slow", timeout=60).status_code)
        )
        request.start()
        time.sleep(0.3)
        relay.process.signal(signal.SIGTERM)
        request.join()
        relay.process.wait()
        assert answers == [200]
        listener.connection.settimeout(60)
        data = b""
        while more := listener.connection.recv(1000):
            data += more
        assert data.endswith(b"\x88\x02" + (1001).to_bytes(2, "big"))
        relay.close_all()


def test_nothing_that_was_sent_stands_in_the_log(relay: Relay) -> None:
    exchange(
        relay, b"GET /secret-path-word HTTP/1.1\r\nHost: x\r\nX-Secret: secret-header-word\r\nConnection: close\r\n\r\n"
    )
    exchange(relay, post(relay, OCTETS, "Transfer-Encoding: secret-coding-word"))
    relay.stranger().say('40{"ticket":"secret.ticket.word"}')
    relay.call(relay.listener(), "echo", "secret event word")
    time.sleep(0.2)
    written = relay.log.read_text()
    assert "secret" not in written
    assert "127.0.0.1" not in written


def test_streams_without_end_leave_places_for_others() -> None:
    done = subprocess.run([sys.executable, "-c", _STREAMS], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout == "b'HTTP/1.1 200 OK' 50\n"


_STREAMS = """
import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (400, 400))
import gevent, gevent.event
from gevent import socket
from portal.server.core.gateway import Gateway
from portal.bench.process import free_port

def app(environ, start):
    streams = environ["PATH_INFO"] == "/events"
    start("200 OK", [("Content-Type", "text/event-stream" if streams else "text/plain")])
    def endless():
        yield b": here\\n\\n"
        gevent.event.Event().wait()
    return endless() if streams else [b"ok"]

def connection(path):
    line = socket.create_connection(("127.0.0.1", port), timeout=60)
    line.sendall(b"GET " + path + b" HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n")
    return line

port = free_port()
gateway = Gateway(app, "127.0.0.1", port)
gateway.start()
streams = [connection(b"/events") for _ in range(110)]
gevent.sleep(0.5)
print(connection(b"/").recv(15), len(gateway._server.streams), flush=True)
import os; os._exit(0)
"""
