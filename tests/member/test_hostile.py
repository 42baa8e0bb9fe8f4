"""Whatever the server answers, what comes of it is a failure with a code: nothing ends the process, nothing is kept."""

import base64
import copy
import hashlib
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, Final

import pytest

from portal.member import transport
from portal.member.asides import AT_ONCE
from portal.member.content import parse_content
from portal.member.driver import Driver
from portal.member.e2ee.refusal import Refusal
from portal.member.follower import Follower
from portal.member.store import KeyFile, Store
from portal.member.transport import COOKIE, Http, Line, failure_of
from portal.member.work import Ask, MemberError
from portal.wire import events
from portal.wire.ids import b64, new_id
from tests.member.simulator import Host, Scene

HOSTILE: Final[tuple[Any, ...]] = (None, True, -1, 1.5, 2**70, "", "x", "\ud800", [], [[]], {}, {"x": {}})
Place = tuple[int, tuple[int, ...]]


@dataclass
class Liar:
    """The server's answers in order, one of them with another value somewhere in it."""

    host: Host
    place: Place | None = None
    value: Any = None
    heard: list[Any] = field(default_factory=list)

    def ask(self, asked: Ask) -> Any:
        answer = copy.deepcopy(self.host.ask(asked))
        self.heard.append(answer)
        if self.place is None or self.place[0] != len(self.heard) - 1:
            return answer
        return self._changed(answer, self.place[1])

    def _changed(self, answer: Any, path: tuple[int, ...]) -> Any:
        if isinstance(answer, bytes):
            return b"\xff" * 400  # whatever is sent as octets comes as bytes
        if not path:
            return self.value
        name = list(answer)[path[0]] if isinstance(answer, dict) else path[0]
        answer[name] = self._changed(answer[name], path[1:])
        return answer


def places(answer: Any, path: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    """Where the values of an answer stand, by their order; of a list's, the first."""
    yield path
    inner = list(answer.values()) if isinstance(answer, dict) else answer[:1] if isinstance(answer, list) else []
    for number, value in enumerate(inner):
        yield from places(value, (*path, number))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create(tmp_path / "store", KeyFile.generate(tmp_path / "key")) as made:
        yield made


def followed(store: Store) -> Scene:
    """A member that is about to be let in, in a room where something was said."""
    scene = Scene(store)
    scene.lets_in()
    scene.says(b"hello")
    scene.ledger.say(scene.browser, scene.key(), b'{"v":1,"t":"message","text":[],"lang":{}}')
    return scene


@pytest.mark.slow
def test_no_value_anywhere_in_an_answer_does_more_than_fail(tmp_path: Path) -> None:
    key_file = KeyFile.generate(tmp_path / "key")

    def catches_up(folder: str, place: Place | None, value: Any) -> Liar:
        with Store.create(tmp_path / folder, key_file) as store:
            scene = followed(store)
            server = Liar(scene.host, place, value)
            try:
                Driver(store, server).run(scene.member.catch_up())
            except (MemberError, Refusal):
                assert place is not None
            return server

    honest = catches_up("honest", None, None)
    every = [(number, path) for number, answer in enumerate(honest.heard) for path in places(answer)]
    assert len(every) > 80
    for turn, place in enumerate(every):
        catches_up(str(turn), place, HOSTILE[turn * 7 % len(HOSTILE)])


@pytest.mark.parametrize("event", events.SERVER_EVENTS)
def test_what_is_pushed_in_another_shape_is_passed_over(event: str, store: Store) -> None:
    scene = Scene(store)
    scene.lets_in()
    scene.catch_up()
    before = scene.here.data
    payloads: list[Any] = [
        (),
        (None,),
        ({},),
        ([],),
        (1, 2, 3, 4),
        (scene.room,),
        (scene.room, -1, 0, "AAAA"),
        (new_id(), 1, 1, "A"),
    ]
    for payload in payloads:
        with suppress(MemberError):
            scene.driver.run(scene.member.hear(event, payload))
    assert scene.here.data.number == before.number
    assert scene.here.data.problem is None


DEEP: Final = b"[" * 100_000


@pytest.mark.parametrize(
    "plaintext", [DEEP, b'{"v":1,"t":' + DEEP, b'{"v":1,"t":"private_key","key":1,"for":{}}', b"\xff", b"1" * 5000]
)
def test_what_members_write_is_a_content_or_none(plaintext: bytes) -> None:
    assert parse_content(plaintext) is None


@pytest.fixture
def answers() -> Iterator[tuple[str, list[tuple[int, dict[str, str], bytes]]]]:
    """A server's address, and what it answers next: status, headers and body."""
    due: list[tuple[int, dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = due.pop(0)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://localhost:{server.server_port}", due
        server.shutdown()
        thread.join()


def test_what_is_no_answer_is_a_fault_of_the_server(
    answers: tuple[str, list[tuple[int, dict[str, str], bytes]]],
) -> None:
    origin, due = answers
    http = Http(origin, "token")
    for status, body in [
        (200, DEEP),
        (200, b"\xff"),
        (400, DEEP),
        (400, b'{"error":[]}'),
        (400, b'{"error":{"code":{}}}'),
        (418, b"null"),
        (302, b""),
    ]:
        due.append((status, {"Location": "http://localhost:1/"}, body))
        with pytest.raises(MemberError, match=r"server\.fault"):
            http.ask(Ask("GET", "/api/me"))
    due.append((400, {}, b'{"error":{"code":"room.archived","detail":[1]}}'))
    with pytest.raises(MemberError, match=r"room\.archived"):
        http.ask(Ask("GET", "/api/me"))
    for cookie in (f'{COOKIE}="\\012x"; Path=/', f"{COOKIE}=a b", f"{COOKIE}\x01=x", "=;=", f"{COOKIE}={'x' * 129}"):
        due.append((200, {"Set-Cookie": cookie}, b"{}"))
        assert http.ask(Ask("GET", "/api/me")) == {}
        assert http.token in {"token", "a"}
    http.close()


def test_acknowledgements_of_any_shape_are_failures() -> None:
    answers: list[Any] = [None, [], "x", {}, {"error": None}, {"error": {"code": 1}}, {"error": {}}]
    for answer in answers:
        assert failure_of(answer).code == "server.fault"
    assert failure_of({"error": {"code": "aside.absent", "detail": {}}}).code == "aside.absent"


def test_a_follower_goes_on_after_whatever_comes(store: Store) -> None:
    scene = followed(store)
    faults: list[str] = []
    told: list[int] = []
    seen: list[tuple[str, str]] = []
    stop = threading.Event()

    def offline() -> str:
        raise MemberError("network.offline")

    follower = Follower(
        scene.driver,
        Http("http://localhost:1"),
        scene.member,
        lambda _room, rows: told.extend(row.number for row in rows),
        on_presence=lambda account, state: seen.append((account, state)),
        on_fault=lambda error: faults.append(error.code),
    )
    follower._line = Line("http://localhost:1", offline)  # noqa: SLF001 - a line that is never connected

    def fail() -> None:
        raise Refusal("vault.forged")

    push = follower._line.events.put  # noqa: SLF001
    push((events.ASIDE, (scene.room, scene.ada.account, "AAAA")))  # in a room that is not known yet
    push((events.ASIDE, ("x",)))
    push((events.ROOMS_CHANGED, ()))
    push((events.ITEM, (scene.room, "9", None, {})))
    push((events.ASIDE, (scene.room, scene.ada.account, b64(bytes(1300)))))
    push((events.ASIDE, (scene.room, new_id(), b64(bytes(1300)))))
    push((events.PRESENCE, (scene.ada.account, "asleep")))
    push((events.PRESENCE, (scene.ada.account, "away")))
    follower.soon(fail)
    follower.soon(stop.set)
    follower.run(stop)
    assert faults == ["aside.cipher", "person.unknown", "vault.forged"]
    assert told == [1, 2, 3, 4]
    assert seen == [(scene.ada.account, "away")]


def test_a_flood_of_asides_does_not_get_into_the_queue(store: Store) -> None:
    scene = followed(store)
    follower = Follower(scene.driver, Http("http://localhost:1"), scene.member, lambda *_: None)
    push = follower._line._pushing(events.ASIDE)  # noqa: SLF001 - what the socket's library calls
    for _ in range(500):
        push(scene.room, scene.ada.account, "AAAA")
    assert follower._line.events.qsize() == AT_ONCE  # noqa: SLF001


class HostileSocket:
    """A WebSocket server that says one thing after another, without listening; one list for each connection."""

    def __init__(self, talks: list[list[str]]) -> None:
        self._talks = talks
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.origin = f"http://localhost:{self._listening.getsockname()[1]}"
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        self._listening.close()
        for one in self._open:
            one.close()
        self._thread.join()

    def _serve(self) -> None:
        for talk in self._talks:
            connection, _ = self._listening.accept()
            self._open.append(connection)
            request = b""
            while b"\r\n\r\n" not in request:
                request += connection.recv(4096)
            key = next(line for line in request.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key"))
            guid = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
            accept = base64.b64encode(hashlib.sha1(key.split(b": ")[1] + guid).digest())
            upgrade = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            connection.sendall(upgrade + b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")
            for text in talk:
                raw = text.encode()
                connection.sendall(b"\x81\x7f" + len(raw).to_bytes(8, "big") + raw)


@pytest.mark.slow
def test_a_line_survives_whatever_is_said_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_LINE_LONGEST_PAUSE_S", 0.02)
    opening = '0{"sid":"a","upgrades":[],"pingInterval":300,"pingTimeout":300}'
    nested = "[" * 100_000
    broken = [
        "42" + nested,
        "42[]",
        "42{}",
        "42[1]",
        "42null",
        "43[1]",
        "459-[]",
        "4",
        "9",
        '42["item",{"_placeholder":1}]',
    ]
    talks = [
        ["0{}"],
        ["0" + nested],
        ['0{"sid":1,"pingInterval":"x"}'],
        [opening, "40[]"],
        [opening, '44{"message":[]}'],
        [opening, '40{"sid":"b"}', *broken],
        [opening, '40{"sid":"b"}', '42["item",1,null,{}]', '42["rooms.changed"]'],
    ]
    server = HostileSocket(talks)
    line = Line(server.origin, lambda: "ticket")
    line.start()
    heard: list[tuple[str, tuple[Any, ...]]] = []
    while ("rooms.changed", ()) not in heard:
        heard.append(line.events.get(timeout=60))
    assert ("item", (1, None, {})) in heard
    assert ("connected", ()) in heard
    server.close()
    line.stop()
