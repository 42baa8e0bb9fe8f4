"""What strangers may send to a portal before sign-in to wear it out, each as a crowd of sockets.

Every socket comes from an address of its own on the loopback network, so that no limit by address spares the server.
"""

import base64
import os
import resource
import selectors
import socket
import struct
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from portal.bench.client_frames import masked_frame
from portal.config import client_dir

TICK_S: Final = 1.0
OPENED_PER_TICK: Final = 1000
REOPENED_PER_TICK: Final = 100
"""Sockets that the server closed; more would be a flood of connections, which is the network's to bear."""
FRAME_BYTES: Final = 200 << 20
BODY_BYTES: Final = 8 << 20
_UNREAD_BYTES: Final = 8 << 20
_PIECE: Final = bytes(65_536)
_TURN_BYTES: Final = 1 << 20
"""What one socket sends at most before the others have their turn."""


@dataclass(frozen=True, slots=True)
class Script:
    """What one socket does: sends ``first``, then, once it was answered if it ``waits``, ``then``; then ``again``.

    ``again`` is sent as fast as it is taken, at most ``most_bytes`` of it in all; ``drip`` once a second.
    """

    first: bytes = b""
    waits: bool = False
    then: bytes = b""
    again: bytes = b""
    most_bytes: int = 1 << 40
    drip: bytes = b""
    reads: bool = True


@dataclass(frozen=True, slots=True)
class Attack:
    """A crowd of ``count`` sockets, each of which comes back when it is closed."""

    words: str
    count: int
    script: Callable[[int, int], Script]


@dataclass(slots=True)
class _Socket:
    line: socket.socket
    attack: Attack
    number: int
    script: Script
    left: memoryview
    answered: bool = False
    begun: bool = False
    again_bytes: int = 0


@dataclass
class Crowd:
    """Carries attacks out against the server on ``port``."""

    port: int
    attacks: Sequence[Attack]
    sent_bytes: int = 0
    opened: int = 0
    refused: int = 0
    _selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    _fresh: deque[tuple[Attack, int]] = field(default_factory=deque)
    _missing: deque[tuple[Attack, int]] = field(default_factory=deque)

    def run(self, until: Callable[[], bool]) -> None:
        """Attack until told to stop."""
        self._fresh.extend((attack, number) for attack in self.attacks for number in range(attack.count))
        tick_s = 0.0
        while not until():
            if time.monotonic() >= tick_s:
                tick_s = time.monotonic() + TICK_S
                self._open_missing()
                self._drip()
            for key, ready in self._selector.select(timeout=0.1):
                self._serve(key.data, ready)
        for key in list(self._selector.get_map().values()):
            key.data.line.close()

    def _open_missing(self) -> None:
        fresh = [self._fresh.popleft() for _ in range(min(OPENED_PER_TICK, len(self._fresh)))]
        again = [self._missing.popleft() for _ in range(min(REOPENED_PER_TICK, len(self._missing)))]
        for place in (*fresh, *again):
            self._open(*place)

    def _open(self, attack: Attack, number: int) -> None:
        line = socket.socket()
        line.setblocking(False)  # noqa: FBT003 - the socket's own name for it
        script = attack.script(self.port, number)
        if not script.reads:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.bind((f"127.{1 + number % 250}.{1 + number // 250 % 250}.{1 + os.getpid() % 250}", 0))
        line.connect_ex(("127.0.0.1", self.port))
        one = _Socket(line, attack, number, script, memoryview(script.first))
        self._selector.register(line, selectors.EVENT_READ | selectors.EVENT_WRITE, one)
        self.opened += 1

    def _serve(self, one: _Socket, ready: int) -> None:
        try:
            if ready & selectors.EVENT_READ and one.script.reads:
                if not one.line.recv(65_536):
                    raise ConnectionError
                one.answered = True
            if ready & selectors.EVENT_WRITE:
                self._send(one)
        except BlockingIOError:
            return
        except OSError:
            self._lost(one)
            return
        wanted = selectors.EVENT_READ if one.script.reads else 0
        wanted |= selectors.EVENT_WRITE if self._wants(one) else 0
        if wanted:
            self._selector.modify(one.line, wanted, one)

    def _wants(self, one: _Socket) -> bool:
        script = one.script
        if script.waits and not one.begun:
            return bool(one.left) or one.answered
        return bool(one.left) or (bool(script.again) and one.again_bytes < script.most_bytes)

    def _send(self, one: _Socket) -> None:
        script, turn = one.script, 0
        while turn < _TURN_BYTES:
            if not one.left and not one.begun and (one.answered or not script.waits):
                one.begun, one.left = True, memoryview(script.then)
            if not one.left and one.begun and script.again and one.again_bytes < script.most_bytes:
                one.left = memoryview(script.again)
                one.again_bytes += len(script.again)
            if not one.left:
                return
            sent = one.line.send(one.left)
            one.left = one.left[sent:]
            self.sent_bytes += sent
            turn += sent

    def _drip(self) -> None:
        for key in list(self._selector.get_map().values()):
            one: _Socket = key.data
            if one.script.drip and not one.left and one.begun:
                try:
                    self.sent_bytes += one.line.send(one.script.drip)
                except BlockingIOError:
                    continue
                except OSError:
                    self._lost(one)

    def _lost(self, one: _Socket) -> None:
        self.refused += 1
        self._missing.append((one.attack, one.number))
        self._selector.unregister(one.line)
        one.line.close()


def _get(path: str, *lines: str) -> bytes:
    return "\r\n".join((f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *lines, "", "")).encode()


def _handshake(port: int) -> bytes:
    key = base64.b64encode(os.urandom(16)).decode()
    lines = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}")
    return _get("/socket.io/?EIO=4&transport=websocket", f"Origin: http://127.0.0.1:{port}", *lines)


def _frames(port: int, number: int) -> Script:
    """A message of 200 MB, whole or in pieces of 4 KiB."""
    head = b"\x82\xff" + struct.pack(">Q", FRAME_BYTES) + bytes(4)
    piece = b"\x00\xfe" + struct.pack(">H", 4096) + bytes(4 + 4096)
    if number % 2:
        return Script(_handshake(port), waits=True, then=b"\x02\x80" + bytes(4), again=piece)
    return Script(_handshake(port), waits=True, then=head, again=_PIECE)


_CHATTER: Final = (
    (b"", masked_frame(b"", opcode=0x9) * 8192),  # pings
    (b"\x01\x80" + bytes(4), (b"\x00\x80" + bytes(4)) * 8192),  # empty pieces of one message, without end
    (b"", masked_frame(b"3") * 8192),  # answers to pings that nobody sent
    (b"", masked_frame(b"", opcode=0xA) * 8192),  # pongs
)


def _chatter(port: int, number: int) -> Script:
    """Frames that are no events, as fast as they are taken."""
    then, again = _CHATTER[number % len(_CHATTER)]
    return Script(_handshake(port), waits=True, then=then, again=again)


def _idle(port: int, number: int) -> Script:
    return Script(_handshake(port) if number % 2 else b"")


def _slow_head(_port: int, number: int) -> Script:
    """Headers that never end: little of them, or much at first."""
    line = f"Cookie: {'c' * 60_000}\r\n".encode()
    begun = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + (line * 20 if number % 2 else b"")
    return Script(begun, drip=b"X-Slow: 1\r\n")


def _half_handshake(port: int, _number: int) -> Script:
    return Script(_handshake(port)[:-2], drip=b"X-Slow: 1\r\n")


def _slow_body(port: int, number: int) -> Script:
    """Bodies that never end, at each kind of view, as much of them at once as is taken."""
    kinds = (
        ("/api/rooms/AAAAAAAAAAAAAAAAAAAAAA/commits", "application/json", ""),
        ("/say", "application/x-www-form-urlencoded", ""),
        ("/api/rooms/AAAAAAAAAAAAAAAAAAAAAA/items", "application/octet-stream", ""),
        ("/api/onboarding/finish", "application/json", "Connection: upgrade"),
    )
    path, kind, further = kinds[number % len(kinds)]
    declared = 60_000 if number % 3 == 0 else BODY_BYTES
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Origin: http://127.0.0.1:{port}", f"Content-Type: {kind}"]
    lines += [f"Content-Length: {declared}", *([further] if further else []), "", ""]
    return Script("\r\n".join(lines).encode(), again=bytes(8192), most_bytes=declared - 9000, drip=b"x")


def _slow_reader(_port: int, _number: int) -> Script:
    """Asks for more than the network's buffers hold, and reads nothing."""
    largest = max(client_dir().glob("*.js"), key=lambda path: path.stat().st_size)
    return Script(_get(f"/static/{largest.name}") * (_UNREAD_BYTES // largest.stat().st_size), reads=False)


def _big_heads(_port: int, _number: int) -> Script:
    """Whole requests with as many headers as are allowed, each as long as is allowed."""
    cookies = [f"Cookie: {'; '.join(f'a{place}=b' for place in range(6000))}" for _ in range(90)]
    return Script(again=_get("/", *cookies))


def _requests(_port: int, number: int) -> Script:
    """Cheap requests, one after the other."""
    return Script(again=_get(("/healthz", "/nothing", "/api/me")[number % 3]) * 4)


ATTACKS: Final[Mapping[str, Attack]] = MappingProxyType(
    {
        "frames": Attack("messages of 200 MB", 50, _frames),
        "chatter": Attack("frames that are no events", 20, _chatter),
        "idle": Attack("idle sockets", 2000, _idle),
        "heads": Attack("slow headers", 2000, _slow_head),
        "handshakes": Attack("half-open handshakes", 2000, _half_handshake),
        "bodies": Attack("slow bodies", 2000, _slow_body),
        "readers": Attack("answers that nobody reads", 1000, _slow_reader),
        "cookies": Attack("requests of 5 MB of cookies", 20, _big_heads),
        "requests": Attack("requests without a pause", 4, _requests),
    }
)


def main() -> int:
    """Carry out the attacks that are named, until standard input ends; print how it went."""
    port, *names = sys.argv[1:]
    # Honest people compute on machines of their own; where they share a processor with us, they go first.
    os.nice(10)
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    crowd = Crowd(int(port), [ATTACKS[name] for name in names])
    with selectors.DefaultSelector() as ending:
        ending.register(sys.stdin, selectors.EVENT_READ)
        crowd.run(lambda: bool(ending.select(timeout=0)))
    print(crowd.opened, crowd.refused, crowd.sent_bytes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
