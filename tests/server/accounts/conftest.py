"""An application with its first administrator, on each kind of database, and a clock that tests turn."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import flask
import pytest

from portal.config import Settings
from portal.server.accounts import service
from portal.server.app import create_app
from portal.server.core.context import EXTENSION, Portal
from portal.server.core.outbox import Closing, Event, Outbox
from tests.server.accounts.people import ORIGIN, Browser, Json, Person, enrol


@dataclass
class Clock:
    """The server's clock: stands still until it is turned."""

    now_ms: int = 1_790_000_000_000

    def __call__(self) -> int:
        return self.now_ms

    def pass_s(self, seconds: float) -> None:
        self.now_ms += int(seconds * 1000)


@dataclass
class Delivered:
    """What left the server after commits, in order."""

    events: list[tuple[str, tuple[object, ...], str]] = field(default_factory=list)
    closings: list[str] = field(default_factory=list)

    def __call__(self, outbox: Outbox) -> None:
        for step in outbox.steps:
            if isinstance(step, Event):
                self.events.append((step.name, step.payload, step.audience.name))
            elif isinstance(step, Closing):
                self.closings.append(step.who.name)

    def clear(self) -> None:
        self.events.clear()
        self.closings.clear()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def delivered() -> Delivered:
    return Delivered()


@pytest.fixture
def app(database_url: str, tmp_path: Path, clock: Clock, delivered: Delivered) -> Iterator[flask.Flask]:
    """A whole portal; only its sockets are replaced by a list of what they would send."""
    app = create_app(Settings(data_dir=tmp_path, database_url=database_url, public_url=ORIGIN))
    portal: Portal = app.extensions[EXTENSION]
    portal.database.clock_ms = clock
    portal.database.deliver = delivered
    yield app
    portal.database.close()


@pytest.fixture
def portal(app: flask.Flask) -> Portal:
    portal: Portal = app.extensions[EXTENSION]
    return portal


@pytest.fixture
def visitor(app: flask.Flask) -> Browser:
    """A browser that nobody has signed in on."""
    return Browser(app)


@pytest.fixture
def administrator(app: flask.Flask, portal: Portal) -> Person:
    """The first administrator, enrolled by the link that the server prints."""
    issued = portal.database.write(service.first_administrator_invitation)
    assert issued is not None
    return enrol(Browser(app), issued.model_dump(), handle="root.admin", name="Grace Example")


@pytest.fixture
def invitation(administrator: Person) -> Json:
    """An unused invitation of a delegate without a delegation, good for a day."""
    new = {"delegation": None, "roles": ["delegate"], "days": 1}
    issued: Json = administrator.browser.ok("POST", "/api/invitations", new)
    return issued


@pytest.fixture
def delegate(app: flask.Flask, invitation: Json) -> Person:
    """A delegate with one browser."""
    return enrol(Browser(app), invitation, handle="dele.gate")
