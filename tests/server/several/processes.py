"""Real processes of one installation on PostgreSQL, and one more in the test's own, for what needs no socket."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import flask

from portal.bench.faults.portals import Nursery, PortalProcess
from portal.bench.process import free_port
from portal.config import Settings
from portal.server.app import create_app
from portal.server.core.limits import limiter
from portal.server.rooms.feature import Rooms
from tests.server.rooms.driver import Peer, portal_of
from tests.server.rooms.live import ORIGIN, Line


@dataclass
class Several:
    """An installation served by ``processes``. ``app`` is one more process of it, in the test's own."""

    app: flask.Flask
    settings: Settings
    processes: list[PortalProcess]
    _nursery: Nursery
    _lines: list[Line]

    def settle(self, *roles: str) -> Peer:
        """A peer whose requests the third process answers."""
        return Peer.settle(self.app, roles or ("delegate",))

    def dial(self, peer: Peer, place: int) -> Line:
        """Connect ``peer`` to the process at ``place``."""
        self._lines.append(Line.connect(peer, self.processes[place].port))
        return self._lines[-1]

    def hang_up(self) -> None:
        """Close every line."""
        for line in self._lines:
            line.close()
        self._lines.clear()

    def start(self) -> None:
        """Start one more process, on a port of its own."""
        self.processes.append(_started(self._nursery, self.settings))

    def end(self) -> None:
        """End every process, as an administrator would."""
        for process in self.processes:
            process.stop()


@contextmanager
def several(nursery: Nursery, url: str, folder: Path, *, redis_url: str = "", count: int = 2) -> Iterator[Several]:
    """Serve the database at ``url``, which is migrated, by ``count`` processes with one data folder."""
    settings = Settings(
        data_dir=folder / "data", database_url=url, redis_url=redis_url, several=True, public_url=ORIGIN, worker=False
    )
    settings.data_dir.mkdir(mode=0o700)
    with ExitStack() as stack:
        app = stack.enter_context(_unlimited(settings))
        portal = portal_of(app)
        stack.callback(portal.database.close)
        portal.wake.start()
        stack.callback(portal.wake.close)
        portal.get(Rooms).start()
        stack.callback(portal.get(Rooms).close)
        made = Several(app, settings, [], nursery, [])
        stack.callback(made.hang_up)
        for _ in range(count):
            made.start()
        stack.callback(made.end)
        yield made


@contextmanager
def _unlimited(settings: Settings) -> Iterator[flask.Flask]:
    app = create_app(settings)
    limiter.enabled = False
    yield app
    limiter.enabled = True


def _started(nursery: Nursery, settings: Settings) -> PortalProcess:
    given: dict[str, Any] = {
        "port": free_port(),
        "data_dir": settings.data_dir,
        "database_url": settings.database_url,
        "redis_url": settings.redis_url,
        "public_url": settings.public_url,
        "several": True,
        "worker": False,
    }
    return nursery.start(**given)
