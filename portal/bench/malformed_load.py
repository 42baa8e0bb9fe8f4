"""Sends malformed input to a portal at a steady rate: requests, forms, events, packets, frames, heads."""

import http.client
import json
import pickle
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from portal.bench.client_frames import masked_frame, open_websocket
from portal.bench.dialects import Listener, open_socketio
from portal.bench.honest import SOCKET_PATH
from portal.bench.mutation import Mutator
from portal.bench.recorded import Recording
from portal.member.transport import COOKIE
from portal.member.work import Ask

PATIENCE_S: Final = 30.0
FORMS: Final = (
    "/say",
    "/r",
    "/r/file",
    "/r/reply",
    "/r/withdraw",
    "/topics/support",
    "/digest",
    "/hall/x/enter",
    "/hall/x/cmd",
)
_FIELDS: Final = (
    "text",
    "lang",
    "kind",
    "region",
    "code",
    "pass",
    "topic",
    "receipt",
    "address",
    "key",
    "command",
    "name",
)
_HEAD: Final = (
    b"POST /api/me HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
)


@dataclass
class Load:
    """Malformed input for the server on ``port``; ``answers`` counts what came of it."""

    port: int
    recording: Recording
    mutator: Mutator
    answers: Counter[str] = field(default_factory=Counter)
    _line: http.client.HTTPConnection | None = None
    _socket: Listener | None = None

    def run(self, count: int, per_s: float) -> None:
        """Send ``count`` inputs, at most ``per_s`` a second."""
        ways: tuple[tuple[int, Callable[[], str]], ...] = (
            (45, self._request),
            (10, self._form),
            (25, self._event),
            (8, self._packet),
            (6, self._frame),
            (6, self._head),
        )
        begun_s = time.monotonic()
        for number in range(count):
            time.sleep(max(0.0, begun_s + number / per_s - time.monotonic()))
            (way,) = self.mutator.random.choices([one for _, one in ways], [weight for weight, _ in ways])
            try:
                self.answers[way()] += 1
            except (OSError, http.client.HTTPException, KeyError) as error:
                self._line = self._socket = None
                self.answers[f"closed ({type(error).__name__})"] += 1

    def _request(self) -> str:
        asked: Ask = self.mutator.choice(self.recording.asked)
        octets = isinstance(asked.body, bytes)
        body = self.mutator.octets(asked.body) if octets else self.mutator.json(asked.body)
        path = asked.path
        if self.mutator.random.random() < 0.15:
            path = "/" + quote(self.mutator.text(asked.path)[1:], safe="/")
        kind = "application/octet-stream" if octets else "application/json"
        return self._send(asked.method, path, body, kind)

    def _form(self) -> str:
        random_: random.Random = self.mutator.random
        fields = [(random_.choice(_FIELDS), self.mutator.text("Bus 7 ㄱ 🚌")) for _ in range(random_.randint(0, 12))]
        body = "&".join(f"{name}={quote(text)}" for name, text in fields).encode()
        if random_.random() < 0.3:
            body = self.mutator.octets(body)
        return self._send("POST", random_.choice(FORMS), body, "application/x-www-form-urlencoded")

    def _send(self, method: str, path: str, body: bytes, kind: str) -> str:
        if self._line is None:
            self._line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        headers = {"Content-Type": kind, "Origin": f"http://127.0.0.1:{self.port}"}
        if self.mutator.random.random() < 0.8:
            headers["Cookie"] = f"{COOKIE}={self.recording.token}"
        self._line.request(method, path[:4000], body, headers)
        answer = self._line.getresponse()
        answer.read()
        return str(answer.status)

    def _event(self) -> str:
        name, arguments = self.mutator.choice(self.recording.events)
        given = self.mutator.value(arguments)
        if not isinstance(given, list):
            given = [given]
        socket_ = self._signed_in()
        socket_.say("427" + json.dumps([name, *given]))
        while not (answer := socket_.next_other()).startswith(b"437["):
            continue
        return "event refused" if b'"error"' in answer else "event taken"

    def _packet(self) -> str:
        good = self.mutator.choice(
            ('42["room.open","A",1]', "40", '451-["a",{"_placeholder":true,"num":0}]', "3", "41")
        )
        self._signed_in().connection.sendall(masked_frame(self.mutator.octets(good.encode())))
        return "packet"

    def _frame(self) -> str:
        if self.mutator.random.random() < 0.5:
            good = masked_frame(b'427["presence","active"]')
            self._signed_in().connection.sendall(self.mutator.octets(good))
            self._socket = None
            return "frame"
        connection, _ = open_websocket("127.0.0.1", self.port, SOCKET_PATH, f"http://127.0.0.1:{self.port}")
        with connection:
            connection.sendall(self.mutator.octets(masked_frame(b'40{"ticket":"AAAA"}')))
        return "frame"

    def _head(self) -> str:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=1.0)
        line.connect()
        line.sock.sendall(self.mutator.octets(_HEAD))
        line.close()
        return "head"

    def _signed_in(self) -> Listener:
        if self._socket is None:
            self._socket = open_socketio(self.port, SOCKET_PATH, self._ticket(), mark=b"none")
            self._socket.connection.settimeout(PATIENCE_S)
        return self._socket

    def _ticket(self) -> str:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        headers = {"Content-Type": "application/json", "Origin": f"http://127.0.0.1:{self.port}"}
        headers["Cookie"] = f"{COOKIE}={self.recording.token}"
        line.request("POST", "/api/socket-ticket", b"{}", headers)
        ticket: str = json.loads(line.getresponse().read())["ticket"]
        line.close()
        return ticket


def main() -> int:
    """Read the recording from a file of our own, send, and print what came of it as JSON."""
    port, file, count, per_s, seed = sys.argv[1:]
    recording: Any = pickle.loads(Path(file).read_bytes())  # noqa: S301 - written by our parent a moment ago
    load = Load(int(port), recording, Mutator(int(seed)))
    load.run(int(count), float(per_s))
    print(json.dumps(load.answers))
    return 0


if __name__ == "__main__":
    sys.exit(main())
