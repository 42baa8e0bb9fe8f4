"""kill -9 under load, on the real portal: what was acknowledged is there, once, and in the order that was told."""

import select
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from portal.bench.client_frames import masked_frame
from portal.bench.dialects import Listener, open_socketio
from portal.bench.process import ServerProcess
from portal.bench.seed import Installation, Items, seeded
from portal.bench.subjects import portal_server
from portal.server.rooms.models import RecordItem
from portal.wire.envelope import decode_envelope, first_head, next_head
from portal.wire.ids import b64
from tests.server.core.conftest import PATH

KILLS = 3
SENDERS = 6
LASTING_S = 0.7


class Sender:
    """One device that keeps ten items under way, and sends again what was not acknowledged."""

    def __init__(self, installation: Installation, place: int) -> None:
        self._installation = installation
        self._device = installation.devices[place + 1]
        self._items: Iterator[str] = Items(installation, self._device)
        self._waiting: list[tuple[int, str]] = []
        self._sent = 0
        self.acknowledged: dict[int, str] = {}
        self.listener: Listener

    def connect(self, port: int) -> None:
        ticket = next(self._installation.tickets(1, self._device))
        self.listener = open_socketio(port, PATH, ticket, mark=b"no mark")
        for number, text in self._waiting:
            self._send(number, text)

    def go_on(self) -> None:
        while len(self._waiting) < 10:
            self._sent += 1
            self._waiting.append((self._sent, next(self._items)))
            self._send(*self._waiting[-1])

    def _send(self, number: int, text: str) -> None:
        event = f'42{number}["item.submit","{self._installation.room}","{text}"]'
        self.listener.connection.sendall(masked_frame(event.encode()))

    def read(self) -> bool:
        """Take acknowledgements; False if the server is gone."""
        try:
            data = self.listener.connection.recv(1 << 16)
        except ConnectionError:
            return False
        self.listener.frames.feed(data)
        waiting = dict(self._waiting)
        for answer in self.listener.frames.others:
            assert answer.startswith(b"43"), answer
            number, rest = answer[2:].split(b"[", 1)
            assert b'"ok"' in rest, answer
            place = int(rest.split(b'"number":')[1].split(b",")[0])
            self.acknowledged[place] = waiting.pop(int(number))
        self.listener.frames.others.clear()
        self._waiting = list(waiting.items())
        return bool(data)


def load_until_killed(server: ServerProcess, senders: list[Sender]) -> None:
    """Send for a while, kill the server in the middle of it, read what it still said."""
    poll = select.epoll()
    by_fd = {sender.listener.connection.fileno(): sender for sender in senders}
    for number in by_fd:
        poll.register(number, select.EPOLLIN)
    until_s = time.monotonic() + LASTING_S
    while time.monotonic() < until_s:
        for sender in senders:
            sender.go_on()
        for number, _ in poll.poll(0.2):
            by_fd[number].read()
    server.kill()
    for sender in senders:
        while sender.read():
            pass
        sender.listener.connection.close()
    poll.close()


def check_record(installation: Installation, acknowledged: dict[int, str]) -> None:
    """Check that numbers and heads have no gap, no item is there twice, each acknowledged one where it was said."""
    rows = installation.database.read(
        lambda unit: unit.connection.execute(
            sa.select(RecordItem.number, RecordItem.item_id, RecordItem.head, RecordItem.envelope).order_by(
                RecordItem.number
            )
        ).all()
    )
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    assert len({row.item_id for row in rows}) == len(rows)
    head = first_head(installation.room)
    for row in rows:
        head = next_head(head, row.number, decode_envelope(row.envelope).item_hash)
        assert row.head == head
    by_number = {row.number: b64(row.envelope) for row in rows}
    lost = [number for number, text in acknowledged.items() if by_number.get(number) != text]
    assert lost == []


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_or_doubled_when_the_server_is_killed(database_url: str, tmp_path: Path) -> None:
    installation = seeded(database_url, SENDERS + 1)
    senders = [Sender(installation, place) for place in range(SENDERS)]
    for _ in range(KILLS):
        with portal_server(tmp_path, database_url, core=None) as server:
            for sender in senders:
                sender.connect(server.port)
            load_until_killed(server, senders)
    acknowledged: dict[int, str] = {}
    for sender in senders:
        assert not acknowledged.keys() & sender.acknowledged.keys()
        acknowledged |= sender.acknowledged
    assert len(acknowledged) > 50 * KILLS
    check_record(installation, acknowledged)
    installation.database.close()


@pytest.mark.slow
def test_a_ticket_of_the_real_portal_is_good_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'portal.sqlite3'}"
    installation = seeded(url, 2)
    ticket = next(installation.tickets(1))
    with portal_server(tmp_path, url, core=None) as server:
        first = open_socketio(server.port, PATH, ticket, mark=b"none")
        with pytest.raises(ConnectionError, match=r"session\.ticket"):
            open_socketio(server.port, PATH, ticket, mark=b"none")
        first.connection.close()
    installation.database.close()
