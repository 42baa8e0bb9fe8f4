"""A running portal for the rooms' tests: every request through HTTP, appends through the real writer thread."""

from collections.abc import Callable, Iterator, Sequence

import flask
import pytest

from portal.config import Settings
from portal.wire.ids import RoomId
from tests.server.rooms.driver import Peer, new_delegation, portal_of, running

Settle = Callable[..., Peer]


@pytest.fixture
def app(settings: Settings) -> Iterator[flask.Flask]:
    """The application of one installation, with its writer running."""
    with running(settings) as made:
        yield made


@pytest.fixture
def settle(app: flask.Flask) -> Settle:
    """Make a peer: ``settle()`` a delegate, ``settle("chair")``, ``settle("observer", delegation=…)``."""

    def make(*roles: str, delegation: str | None = None) -> Peer:
        return Peer.settle(app, roles or ("delegate",), delegation)

    return make


@pytest.fixture
def chair(settle: Settle) -> Peer:
    """Someone who may open every kind of room."""
    return settle("chair")


@pytest.fixture
def two_delegations(app: flask.Flask) -> Sequence[str]:
    """Two delegations."""
    database = portal_of(app).database
    return new_delegation(database), new_delegation(database)


@pytest.fixture
def guest(settle: Settle) -> Peer:
    return settle()


@pytest.fixture
def room(chair: Peer, guest: Peer) -> RoomId:
    """A working group of chair and guest, in epoch 1."""
    name = chair.found()
    chair.commits(name, add=[guest])
    return name
