"""Two applications that share one database, behind one door: each request meets the other one than the one before."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import cycle
from typing import TYPE_CHECKING, Any

import flask

from portal.config import Settings
from portal.server.app import create_app
from portal.server.core.limits import limiter
from portal.server.rooms.feature import Rooms
from portal.server.rooms.requests import Receipt, RecordRequest
from tests.server.rooms.driver import portal_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class AlternatingWriter:
    """Appends to the record by one application's writer, then by the other's."""

    def __init__(self, apps: Iterable[flask.Flask]) -> None:
        self.writers = [portal_of(app).get(Rooms).writer for app in apps]
        self._turns = cycle(self.writers)

    def append(self, request: RecordRequest) -> Receipt:
        """See GroupCommitWriter."""
        return next(self._turns).append(request)


@contextmanager
def alternating(settings: Settings) -> Iterator[tuple[flask.Flask, flask.Flask]]:
    """Two applications with their writers running; requests to the first one's door go to both in turn."""
    shared = replace(settings, several=True)
    apps = create_app(shared), create_app(shared)
    doors = cycle([app.wsgi_app for app in apps])

    def door(environ: "WSGIEnvironment", start_response: "StartResponse") -> Any:
        return next(doors)(environ, start_response)

    limiter.enabled = False
    for app in apps:
        portal_of(app).get(Rooms).writer.start()
    apps[0].wsgi_app = door  # type: ignore[method-assign]
    yield apps
    for app in apps:
        portal_of(app).get(Rooms).writer.close()
        portal_of(app).database.close()
    limiter.enabled = True
