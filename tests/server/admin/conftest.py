"""One installation for the tests of a module, closed as a real one is, and somebody to sign in."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.config import Settings
from portal.server.app import create_app
from portal.server.core.context import EXTENSION, Portal
from tests.server.feedback.desk import ORIGIN, Desk


@pytest.fixture(scope="module")
def installation(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("installation") / "data"
    folder.mkdir(mode=0o700)
    shutil.copy(sqlite_template, folder / "portal.sqlite3")
    app = create_app(Settings(data_dir=folder, public_url=ORIGIN))
    portal: Portal = app.extensions[EXTENSION]
    portal.database.deliver = lambda _outbox: None
    yield Desk(app)
    portal.database.close()
