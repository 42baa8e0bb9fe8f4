"""The one object that holds what an application is made of."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, cast

import flask

from portal.server.core.wake import LocalWake

if TYPE_CHECKING:
    from portal.config import Settings
    from portal.server.core.db import Database
    from portal.server.core.realtime import Realtime
    from portal.server.core.wake import Wake
    from portal.server.core.work import Hub

EXTENSION = "portal"
Feature = TypeVar("Feature")


@dataclass
class Portal:
    """Settings, database and real time of one application; features put what they own into ``features``."""

    settings: "Settings"
    database: "Database"
    realtime: "Realtime"
    wake: "Wake" = field(default_factory=LocalWake)
    """How this process calls on the others that serve the same database."""
    features: dict[type, Any] = field(default_factory=dict)
    starting: list[Callable[["Hub"], None]] = field(default_factory=list)
    """Called in order when the process begins to serve."""
    stopping: list[Callable[[], None]] = field(default_factory=list)
    """Called in reverse order when it ends, after the last request and socket."""
    parting: list[Callable[[], None]] = field(default_factory=list)
    """Called when it is asked to end, before requests under way are waited for: streams would not end by themselves."""
    hub: "Hub | None" = None

    checks: dict[str, Callable[[], bool]] = field(default_factory=dict)
    """What must hold for the process to be ready, by name; quick, from any thread."""

    def start(self, hub: "Hub") -> None:
        """Begin to serve on ``hub``: sockets, and what the features start."""
        self.hub = hub
        self.realtime.start(hub)
        self.wake.start()
        for start in self.starting:
            start(hub)

    def part(self) -> None:
        """End what would keep requests under way for ever; on the hub's thread."""
        for part in self.parting:
            part()

    def stop(self) -> None:
        """Close sockets, features, the hub with its threads, and the database, which no thread uses any more then."""
        self.realtime.stop()
        for stop in reversed(self.stopping):
            stop()
        self.wake.close()
        if self.hub is not None:
            self.hub.close()
        self.database.close()

    def put(self, feature: object) -> None:
        """Keep ``feature`` under its type, for ``get``."""
        self.features[type(feature)] = feature

    def get(self, kind: type[Feature]) -> Feature:
        """Return the feature object of this type; KeyError if ``app.py`` did not put one."""
        return cast("Feature", self.features[kind])


def portal() -> Portal:
    """Return the Portal of the current Flask application."""
    return cast("Portal", flask.current_app.extensions[EXTENSION])
