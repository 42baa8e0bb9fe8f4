"""A room of three delegations and an interpreter, with a draft, on each kind of database."""

from collections.abc import Iterator
from dataclasses import dataclass

import flask
import pytest

from portal.config import Settings
from portal.wire.ids import RoomId
from tests.server.drafts.driver import Table, right
from tests.server.rooms.driver import Peer, new_delegation, portal_of, running


@dataclass
class Scene:
    """Who is there. ``chair`` founded the draft; ``pen`` and ``aide`` are of one delegation, ``other`` of another.

    ``other`` may propose, ``commenter`` comment, ``reader`` read; ``stranger`` is in no room.
    """

    room: RoomId
    table: Table
    chair: Peer
    pen: Peer
    aide: Peer
    other: Peer
    commenter: Peer
    reader: Peer
    interpreter: Peer
    stranger: Peer
    ours: str
    theirs: str


@pytest.fixture
def app(settings: Settings) -> Iterator[flask.Flask]:
    """The application of one installation, with its writer running."""
    with running(settings) as made:
        yield made


@pytest.fixture
def scene(app: flask.Flask) -> Scene:
    return make_scene(app)


def make_scene(app: flask.Flask) -> Scene:
    """A room with everybody in it, and a draft."""
    database = portal_of(app).database
    ours, theirs = new_delegation(database), new_delegation(database)
    chair = Peer.settle(app, ("chair",))
    pen, aide = (Peer.settle(app, ("delegate",), ours) for _ in range(2))
    other, commenter = (Peer.settle(app, ("delegate",), theirs) for _ in range(2))
    reader = Peer.settle(app, ("delegate",), theirs)
    interpreter = Peer.settle(app, ("interpreter",), theirs)
    room = chair.found()
    chair.commits(room, add=[pen, aide, other, commenter, reader, interpreter])
    table = Table.found(
        chair,
        room,
        right(pen, "pen", ours),
        right(aide, "comment", ours),
        right(other, "propose", theirs),
        right(commenter, "comment", theirs),
    )
    stranger = Peer.settle(app)
    return Scene(room, table, chair, pen, aide, other, commenter, reader, interpreter, stranger, str(ours), str(theirs))
