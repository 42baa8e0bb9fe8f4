"""One portal for all tests of a module: they do not count what others sent, and cheap work."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import flask
import pytest

from portal.config import Settings
from portal.server.app import create_app
from portal.server.core.context import EXTENSION, Portal
from portal.server.feedback import weeks
from portal.server.feedback.feature import Feedback
from tests.server.feedback.citizen import ORIGIN, Citizen
from tests.server.feedback.desk import Desk, Moderator

CHEAP = 16


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[flask.Flask]:
    """A portal on SQLite with its weeks."""
    folder = tmp_path_factory.mktemp("town")
    shutil.copy(sqlite_template, folder / "portal.sqlite3")
    app = create_app(Settings(data_dir=folder, public_url=ORIGIN, worker=False))
    portal: Portal = app.extensions[EXTENSION]
    portal.database.write(lambda unit: weeks.ensure(unit, "UTC", 90))
    portal.get(Feedback).load.base_cost = CHEAP
    yield app
    portal.database.close()


@pytest.fixture
def town_portal(town: flask.Flask) -> Portal:
    portal: Portal = town.extensions[EXTENSION]
    return portal


@pytest.fixture
def citizen(town: flask.Flask) -> Citizen:
    """Somebody who reads English."""
    return Citizen(town)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Desk]:
    """A portal with moderators."""
    folder = tmp_path_factory.mktemp("desk")
    shutil.copy(sqlite_template, folder / "portal.sqlite3")
    made = Desk(create_app(Settings(data_dir=folder, public_url=ORIGIN)))
    yield made
    made.portal.database.close()


@pytest.fixture(scope="module")
def ada(desk: Desk) -> Moderator:
    """One of them."""
    return desk.moderator()


@pytest.fixture(scope="module")
def bo(desk: Desk) -> Moderator:
    """Another one."""
    return desk.moderator()
