"""What durable writing costs here: the disk's own rate, and appends by many writers through the portal."""

import os
import select
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from portal.bench.client_frames import masked_frame
from portal.bench.dialects import open_socketio
from portal.bench.seed import Installation, Items
from portal.bench.subjects import Running

WRITERS = 128
LARGE_BYTES = 256 * 1024


def syncs_per_s(lasting_s: float) -> float:
    """Return how many times a second 4 KiB can be appended to a file and forced to the disk, one after another."""
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        descriptor = os.open(Path(folder) / "sync", os.O_CREAT | os.O_WRONLY)
        count, begun_s = 0, time.perf_counter()
        while time.perf_counter() < begun_s + lasting_s:
            os.write(descriptor, bytes(4096))
            os.fdatasync(descriptor)
            count += 1
        rate = count / (time.perf_counter() - begun_s)
        os.close(descriptor)
    return rate


def appends_per_s(running: Running, lasting_s: float) -> float:
    """Return acknowledged items a second from WRITERS devices, each with one under way."""
    installation = running.installation
    if installation is None:
        msg = "only the portal appends"
        raise ValueError(msg)
    with ExitStack() as opened:
        return _appends_per_s(running.server.port, installation, lasting_s, opened)


def _appends_per_s(port: int, installation: Installation, lasting_s: float, opened: ExitStack) -> float:
    poll = opened.enter_context(select.epoll())
    sockets = {}
    for device in installation.devices[:-1][-WRITERS:]:
        ticket = next(installation.tickets(1, device))
        listener = open_socketio(port, "/socket.io/?EIO=4&transport=websocket", ticket, mark=b"431[")
        opened.enter_context(listener.connection)
        items = Items(installation, device)
        items.prepare(int(64 * lasting_s))
        sockets[listener.connection.fileno()] = (listener, items)
        poll.register(listener.connection.fileno(), select.EPOLLIN)

    def send(number: int) -> None:
        listener, items = sockets[number]
        listener.connection.sendall(masked_frame(f'421["item.submit","{installation.room}","{next(items)}"]'.encode()))

    begun_s = time.perf_counter()
    for number in sockets:
        send(number)
    acknowledged = 0
    while time.perf_counter() < begun_s + lasting_s:
        for number, _ in poll.poll(1):
            listener, _items = sockets[number]
            if listener.frames.feed(listener.connection.recv(1 << 16)):
                acknowledged += 1
                send(number)
    return acknowledged / (time.perf_counter() - begun_s)


def large_message_ms(running: Running, times: int) -> float:
    """Return the server's processor milliseconds for taking one binary event of 256 KiB, refused as unknown."""
    installation = running.installation
    if installation is None:
        msg = "only the portal is asked"
        raise ValueError(msg)
    ticket = next(installation.tickets(1))
    path = "/socket.io/?EIO=4&transport=websocket"
    listener = open_socketio(running.server.port, path, ticket, mark=b"431[")
    event = masked_frame(b'451-1["bench.large",{"_placeholder":true,"num":0}]')
    attachment = masked_frame(os.urandom(LARGE_BYTES), opcode=0x2)
    spent_s = []
    with listener.connection:
        for _ in range(times):
            before_s, before = running.server.cpu_s(), listener.frames.count
            listener.connection.sendall(event + attachment)
            while listener.frames.count == before:
                listener.frames.feed(listener.connection.recv(1 << 16))
            spent_s.append(running.server.cpu_s() - before_s)
    return sorted(spent_s)[times // 2] * 1000
