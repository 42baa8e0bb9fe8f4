"""A portal that is asked as strangers ask it, without a socket in between."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import flask
import pytest
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from portal.config import Settings
from portal.server.app import create_app
from portal.server.core.context import EXTENSION, Portal
from portal.server.core.limits import limiter
from portal.server.ledger import service
from portal.server.ledger.feature import Ledger
from portal.verify.web import Answer, AnsweredWrongError, LedgerReader
from portal.wire.ledger.entries import Kind
from tests.browser.portal_process import free_port
from tests.member.twin import Twin
from tests.server.ledger.conftest import POLICY


class Requests:
    """The portal's HTTP interface; ``changed`` lies in the place of what the portal would answer."""

    def __init__(self, app: flask.Flask, origin: str) -> None:
        self.origin = origin
        self._client = app.test_client()
        self.changed: dict[str, bytes] = {}

    def get(self, path: str, max_bytes: int) -> Answer:
        answer = self._client.get(path)
        changed = self.changed.get(path)
        if changed is not None:
            answer.status_code = 200
        return self._answer(answer, answer.data if changed is None else changed, max_bytes)

    def post(self, path: str, body: bytes) -> Answer:
        kind = "application/octet-stream"
        answer = self._client.post(path, data=body, content_type=kind, headers={"Origin": self.origin})
        return self._answer(answer, answer.data, 1 << 20)

    @staticmethod
    def _answer(answer: TestResponse, body: bytes, max_bytes: int) -> Answer:
        if len(body) > max_bytes:
            msg = "larger than it can be"
            raise AnsweredWrongError(msg)
        return Answer(answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, body)


@dataclass
class Shown:
    """A portal, its ledger, and what everybody sees of it."""

    app: flask.Flask
    requests: Requests

    @property
    def portal(self) -> Portal:
        portal: Portal = self.app.extensions[EXTENSION]
        return portal

    @property
    def ledger(self) -> Ledger:
        return self.portal.get(Ledger)

    @property
    def reader(self) -> LedgerReader:
        return LedgerReader(self.requests)

    @contextmanager
    def served(self) -> Iterator[str]:
        """Serve it on its port; gives its address."""
        server = make_server("127.0.0.1", self.portal.settings.port, self.app, threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield self.requests.origin
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def record(self, count: int) -> list[service.Recorded]:
        """Record ``count`` facts, and let them enter."""
        recorded = self.portal.database.write(
            lambda unit: [service.record(unit, Kind.HALL, {"number": number}) for number in range(count)]
        )
        self.ledger.sequence()
        return recorded


@pytest.fixture
def shown(tmp_path: Path, sqlite_template: Path) -> Iterator[Shown]:
    data = tmp_path / "data"
    data.mkdir()
    shutil.copy(sqlite_template, data / "portal.sqlite3")
    policy = tmp_path / "policy"
    policy.write_text(POLICY, "utf-8")
    settings = Settings(data_dir=data, ledger_policy=str(policy), port=free_port())
    app = create_app(settings)
    limiter.enabled = False
    shown = Shown(app, Requests(app, settings.public_url))
    shown.ledger.sequence()
    yield shown
    limiter.enabled = True
    shown.portal.database.close()


@pytest.fixture(scope="module")
def twin(client_packages: Path) -> Iterator[Twin]:
    """The browser's code, to be asked."""
    assert client_packages.is_dir()
    with Twin() as running:
        yield running
