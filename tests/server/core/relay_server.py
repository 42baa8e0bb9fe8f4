"""A small server on core alone, as a process of its own: a table of lines, appended by the writer, told to everyone.

Arguments: port, database URL. A ticket is ``<account>.<device>.<anything>`` and good once.
"""

import resource
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import flask
import flask_socketio
import gevent
import gevent.event
import sqlalchemy as sa

from portal.server.core import logs, outbox, web
from portal.server.core.actor import Actor
from portal.server.core.connection import Connection
from portal.server.core.db import Database, Unit
from portal.server.core.gateway import Gateway, report_defects
from portal.server.core.realtime import Realtime
from portal.server.core.work import adopt_hub, run_in_thread
from portal.server.core.writer import GroupCommitWriter
from portal.wire.errors import PeerError, PortalError, UserError
from portal.wire.ids import AccountId, DeviceId, Id, RoomId

metadata = sa.MetaData()
lines = sa.Table(
    "line",
    metadata,
    sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
    sa.Column("text", sa.Text, unique=True),
)
ROOM = outbox.open_room(RoomId(Id("r" * 22)))


class LineHandler:
    """Appends texts; ``refused`` is refused, ``twice`` breaks the transaction of its batch."""

    def apply(self, unit: Unit, batch: Sequence[str]) -> Sequence[int | PortalError]:
        number = unit.connection.scalar(sa.select(sa.func.max(lines.c.number))) or 0
        outcomes: list[int | PortalError] = []
        for text in batch:
            if text == "refused":
                outcomes.append(UserError("item.sequence", expected=1))
                continue
            number += 1
            unit.outbox.emit("line", number, text, to=outbox.everyone())
            unit.connection.execute(lines.insert(), {"number": 1 if text == "twice" else number, "text": text})
            outcomes.append(number)
        return outcomes

    def rolled_back(self) -> None:
        """Nothing is remembered."""


def build(app: flask.Flask, database: Database) -> tuple[Realtime, GroupCommitWriter[str, int]]:
    origins = frozenset({"http://127.0.0.1:" + sys.argv[1], "http://localhost:" + sys.argv[1]})
    web.install(app, origins, https=False)
    realtime = Realtime(app, origins=origins, polling=True)
    database.deliver = realtime.deliver
    writer: GroupCommitWriter[str, int] = GroupCommitWriter(database, LineHandler())
    used: set[str] = set()

    def authenticate(ticket: str) -> Actor:
        account, device, _rest = ticket.split(".")
        if ticket in used:
            raise PeerError("session.ticket")
        used.add(ticket)
        return Actor(AccountId(Id(account)), None, frozenset(), 1, DeviceId(Id(device)))

    realtime.authenticate = authenticate
    _lines(realtime, writer)
    _questions(realtime)
    _audiences(realtime, database)
    return realtime, writer


def _lines(realtime: Realtime, writer: GroupCommitWriter[str, int]) -> None:
    def say(_connection: Connection, reply: Callable[[Any], None], text: str) -> None:
        writer.append_nowait(text, reply)

    realtime.on_nowait("say", say)


def _questions(realtime: Realtime) -> None:
    def wait(connection: Connection, seconds: float) -> str:
        run_in_thread(partial(time.sleep, seconds))
        return connection.sid

    def refuse(_connection: Connection) -> None:
        raise PeerError("item.forged", reason="test")

    def fail(_connection: Connection) -> None:
        raise LookupError

    def flood(connection: Connection, count: int, size: int) -> None:
        for number in range(count):
            connection.emit("filler", number, "x" * size)

    realtime.on("echo", lambda _connection, value: len(value) if isinstance(value, bytes) else value)
    realtime.on("memory", lambda _connection: resource_kib())
    realtime.on("people", lambda _connection: len(realtime.connections(outbox.everyone())))
    for handler in (wait, refuse, fail, flood):
        realtime.on(handler.__name__, handler)


def _audiences(realtime: Realtime, database: Database) -> None:
    def close_device(_connection: Connection, device: str) -> None:
        run_in_thread(lambda: database.write(lambda unit: unit.outbox.close_device(DeviceId(Id(device)))))

    def evict(connection: Connection) -> None:
        def work(unit: Unit) -> None:
            unit.outbox.emit("before", to=ROOM)
            unit.outbox.evict(outbox.account(connection.actor.account), ROOM)
            unit.outbox.emit("after", to=ROOM)

        run_in_thread(lambda: database.write(work))

    realtime.on("join", lambda connection: realtime.join(connection, ROOM))
    for handler in (close_device, evict):
        realtime.on(handler.__name__, handler)
    realtime.on_closed(lambda connection: realtime.emit("left", connection.actor.account, to=outbox.everyone()))

    @realtime.socketio.on("stock")  # type: ignore[untyped-decorator]  # the library is not typed
    def stock(word: str) -> str:
        flask_socketio.join_room("stock")
        flask_socketio.emit("stocked", {"word": word}, to="stock")
        return str(flask.request.sid)  # type: ignore[attr-defined]  # Flask-SocketIO puts it there


def resource_kib() -> int:
    """The highest resident memory so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> None:
    logs.configure("info")
    hub = adopt_hub()
    report_defects()
    app = flask.Flask(__name__)
    database = Database(sys.argv[2])
    with database.engine.begin() as connection:
        metadata.create_all(connection)
    realtime, writer = build(app, database)

    @app.post("/api/body")
    def body() -> flask.Response:
        return web.reply({"bytes": len(web.octet_body(1 << 20))})

    @app.get("/slow")
    def slow() -> flask.Response:
        gevent.sleep(1)
        return web.reply({"done": True})

    gateway = Gateway(app, "127.0.0.1", int(sys.argv[1]))
    stopping = gevent.event.Event()
    gevent.signal_handler(15, stopping.set)
    gateway.start()
    realtime.start(hub)
    writer.start(hub)
    stopping.wait()
    gateway.stop()
    realtime.stop()
    writer.close()
    database.close()
    hub.close()


if __name__ == "__main__":
    main()
