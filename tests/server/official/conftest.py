"""One portal for each file of tests, with a mail server that keeps what it is handed."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from portal.bench.process import free_port
from portal.config import Settings
from portal.server.app import create_app
from portal.server.core.context import EXTENSION, Portal
from portal.server.core.jobs import run_due
from tests.server.feedback.desk import ORIGIN, Desk

MONDAY_MS = 1_795_392_000_000  # 2026-11-23, 00:00 UTC


@dataclass
class Clock:
    """The portal's clock, which stands still until it is set."""

    now_ms: int = MONDAY_MS + 3_600_000

    def __call__(self) -> int:
        return self.now_ms


@dataclass
class Postbox:
    """A mail server on this machine; what it took, and the recipients that it refuses."""

    taken: list[EmailMessage] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if address in self.refused:
            return "550 nobody here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        letter = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.taken.append(letter)
        return "250 kept"

    def to(self, address: str) -> list[EmailMessage]:
        return [letter for letter in self.taken if letter["To"] == address]


@pytest.fixture(scope="module")
def postbox() -> Iterator[tuple[Postbox, int]]:
    box = Postbox()
    port = free_port()
    running = Controller(box, hostname="127.0.0.1", port=port)
    running.start()
    yield box, port
    running.stop()


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def desk(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, postbox: tuple[Postbox, int], clock: Clock
) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("official")
    shutil.copy(sqlite_template, folder / "portal.sqlite3")
    settings = Settings(
        data_dir=folder, public_url=ORIGIN, smtp_host="127.0.0.1", smtp_port=postbox[1], smtp_security="none"
    )
    app = create_app(settings)
    portal: Portal = app.extensions[EXTENSION]
    portal.database.clock_ms = clock
    portal.database.deliver = lambda _outbox: None
    yield Desk(app)
    portal.database.close()


def works(desk: Desk) -> int:
    """Do what a worker would; how many jobs were begun."""
    with desk.app.app_context():
        return run_due(desk.portal)
