"""``portal bench hall``: how long after a moderator's order each of a thousand followers of a hall hears of it.

A moderator's orders go in through the page's own address, with a session, once a second and more; followers are
sockets that read server-sent events. Measured from before the order is sent to when a follower has read its event: the
order's transaction, with its fsync, is in it. The server has one processor core, the followers the other.
"""

import argparse
import http.client
import json
import os
import re
import secrets
import selectors
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from portal.bench.process import cores
from portal.bench.subjects import portal_server
from portal.server.accounts import sessions
from portal.server.accounts.models import Account, AccountRole
from portal.server.core import migrations
from portal.server.core.actor import Role
from portal.server.core.db import Database, Unit
from portal.server.townhall import planning
from portal.server.townhall.planning import Plan
from portal.wire.ids import AccountId, new_id

FOLLOWERS: Final = 1000
ORDERS: Final = 60
PAUSE_S: Final = 0.5
LONGEST_MS: Final = 500.0
"""What p99 may be: half a second after an order, everyone has it."""
PATIENCE_S: Final = 30.0
_EVENT: Final = re.compile(rb"(?m)^id: ?(\d+)\r?$")


@dataclass
class Followers:
    """Sockets that follow one hall; ``heard`` has, for each event, when each follower had it."""

    port: int
    hall: str
    heard: dict[int, list[float]] = field(default_factory=dict)
    _selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    _tails: dict[socket.socket, bytes] = field(default_factory=dict)
    _ended: bool = False

    def open(self, count: int, stack: ExitStack) -> None:
        """Connect ``count`` followers."""
        for _ in range(count):
            line = stack.enter_context(socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S))
            request = f"GET /hall/{self.hall}/events?lang=en HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n\r\n"
            line.sendall(request.encode())
            line.setblocking(False)  # noqa: FBT003 - the library's own
            self._tails[line] = b""
            self._selector.register(line, selectors.EVENT_READ)

    def read(self) -> None:
        """Read until ``end``; run in a thread of its own."""
        while not self._ended:
            for key, _ in self._selector.select(timeout=0.2):
                line: Any = key.fileobj
                data = line.recv(65_536)
                if not data:
                    self._selector.unregister(line)
                    continue
                now_s = time.monotonic()
                text = self._tails[line] + data
                for seq in _EVENT.findall(text):
                    self.heard.setdefault(int(seq), []).append(now_s)
                self._tails[line] = text[text.rfind(b"\n") + 1 :]

    def await_event(self, seq: int, count: int) -> None:
        """Wait until ``count`` followers have the event; TimeoutError after PATIENCE_S."""
        deadline_s = time.monotonic() + PATIENCE_S
        while len(self.heard.get(seq, ())) < count:
            if time.monotonic() > deadline_s:
                msg = f"{len(self.heard.get(seq, ()))} of {count} followers heard of event {seq}"
                raise TimeoutError(msg)
            time.sleep(0.01)

    def end(self) -> None:
        """Stop reading."""
        self._ended = True


@dataclass
class Moderator:
    """Somebody who gives orders by the page's own address."""

    port: int
    hall: str
    token: str
    seq: int = 0

    def look(self) -> int:
        """See the hall as it is; return the number of its newest event."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        line.request("GET", f"/hall/{self.hall}/state?lang=en")
        self.seq = int(json.loads(line.getresponse().read())["seq"])
        line.close()
        return self.seq

    def order(self, name: str, **fields: object) -> int:
        """Give an order; return the number of its first event."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        body = urlencode({"command": name, "key": new_id(), "expected_seq": self.seq, **fields})
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": f"{sessions.COOKIE}={self.token}",
            "Origin": f"http://127.0.0.1:{self.port}",
        }
        line.request("POST", f"/moderate/hall/{self.hall}/cmd?order={name}", body, headers)
        answer = line.getresponse()
        said = answer.read()
        line.close()
        if answer.status != http.HTTPStatus.OK:
            msg = f"{name} answered {answer.status}: {said[:300]!r}"
            raise RuntimeError(msg)
        self.seq = int(json.loads(said)["seq"])
        return self.seq


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 if a follower misses an event or p99 is too long, else 0."""
    options = _parser().parse_args(arguments)
    server_core, load_core = cores()
    if load_core is not None:
        os.sched_setaffinity(0, {load_core})
    delays_ms, answers_ms, cpu_ms = measure(options.followers, options.orders, server_core)
    p50, p99 = (statistics.quantiles(delays_ms, n=100)[at] for at in (49, 98))
    print(f"{options.followers} followers, {options.orders} orders, each heard by all of them")
    print(f"delay, order to follower: p50 {p50:.0f} ms, p99 {p99:.0f} ms, longest {max(delays_ms):.0f} ms")
    print(f"of it until the order is answered: p50 {statistics.median(answers_ms):.0f} ms")
    print(f"the server's processor: {cpu_ms:.0f} ms an order, {1e3 * cpu_ms / options.followers:.0f} µs a follower")
    print(f"{'reached' if p99 <= LONGEST_MS else 'MISSED '}  p99 {p99:.0f} ms (at most {LONGEST_MS:.0f})")
    return 0 if p99 <= LONGEST_MS else 1


def measure(followers: int, orders: int, core: int | None) -> tuple[list[float], list[float], float]:
    """Return each follower's delays, how long each order took to be answered, both in ms, and processor ms an order."""
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        database = Database(f"sqlite:///{folder}/portal.sqlite3")
        migrations.upgrade(database)
        hall, token = database.write(_prepare)
        database.close()
        server = stack.enter_context(portal_server(folder, str(database.url), core=core))
        moderator = Moderator(server.port, hall, token)
        for order, fields in _BEGINNING:
            moderator.order(order, **fields)
            time.sleep(1)  # what one sees of a hall is at most that old
            moderator.look()
        listening = Followers(server.port, hall)
        listening.open(followers, stack)
        reader = threading.Thread(target=listening.read)
        reader.start()
        stack.callback(reader.join)
        stack.callback(listening.end)
        listening.await_event(moderator.seq, followers)
        cpu_s = server.cpu_s()
        delays_ms, answers_ms = _give_orders(moderator, listening, followers, orders)
        return delays_ms, answers_ms, 1e3 * (server.cpu_s() - cpu_s) / orders


def _give_orders(
    moderator: Moderator, listening: Followers, followers: int, orders: int
) -> tuple[list[float], list[float]]:
    delays_ms: list[float] = []
    answers_ms: list[float] = []
    for number in range(orders):
        begun_s = time.monotonic()
        seq = moderator.order("extend", seconds=10 if number % 2 else -10)
        answers_ms.append(1e3 * (time.monotonic() - begun_s))
        listening.await_event(seq, followers)
        delays_ms += [1e3 * (heard_s - begun_s) for heard_s in listening.heard[seq]]
        time.sleep(PAUSE_S)
    return delays_ms, answers_ms


_BEGINNING: Final[tuple[tuple[str, dict[str, object]], ...]] = (
    ("add", {"text": "Night bus", "lang": "en", "minutes": 60, "kind": "fixed"}),
    ("open", {}),
    ("next", {}),
)


def _prepare(unit: Unit) -> tuple[str, str]:
    """A hall, and a moderator with a session."""
    account = AccountId(new_id())
    unit.session.add(
        Account(
            id=account,
            handle="load",
            name="Load",
            languages=["en"],
            opaque_record="",
            recovery_auth_sha256=secrets.token_bytes(32),
            sign_key=secrets.token_bytes(32),
            box_key=b"",
            created_s=unit.now_s,
        )
    )
    unit.session.flush()
    unit.session.add(AccountRole(account_id=account, role=Role.MODERATOR.value))
    unit.session.flush()
    hall = planning.plan(unit, Plan(unit.now_s, 90))
    return hall.id, sessions.open_session(unit, account, 86_400)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="portal bench hall", description="How fast a hall's followers hear of it.")
    parser.add_argument("--followers", type=int, default=FOLLOWERS, help=f"default: {FOLLOWERS}")
    parser.add_argument("--orders", type=int, default=ORDERS, help=f"default: {ORDERS}")
    return parser


if __name__ == "__main__":
    sys.exit(main())
