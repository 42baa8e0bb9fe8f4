"""An application whose ledger is sequenced by hand, on each kind of database, and a clock that tests turn."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import flask
import pytest

from portal.config import Settings
from portal.server.app import create_app
from portal.server.core.context import EXTENSION, Portal
from portal.server.core.limits import limiter
from portal.server.ledger import service
from portal.server.ledger.feature import Ledger
from portal.tlog.signers import Cosigner
from portal.tlog.verifiers import verify_checkpoint
from portal.wire.ledger.checkpoint import Checkpoint
from portal.wire.ledger.entries import Kind
from portal.wire.ledger.note import ED25519_COSIGNATURE, ML_DSA_44_COSIGNATURE, Note, parse_note, parse_vkey
from tests.server.accounts.people import Browser

NORTH = Cosigner.from_seed("north.example", ED25519_COSIGNATURE, b"n" * 32)
SOUTH = Cosigner.from_seed("south.example", ML_DSA_44_COSIGNATURE, b"s" * 32)
POLICY = f"""# both
witness north {NORTH.key.to_text()}
witness south {SOUTH.key.to_text()}
group both all north south
quorum both
"""


@dataclass
class Clock:
    """The server's clock: stands still until it is turned."""

    now_ms: int = 1_790_000_000_000

    def __call__(self) -> int:
        return self.now_ms


@dataclass
class Installation:
    """A portal, its ledger, and what outsiders see of it."""

    app: flask.Flask
    clock: Clock
    browser: Browser

    @property
    def portal(self) -> Portal:
        portal: Portal = self.app.extensions[EXTENSION]
        return portal

    @property
    def ledger(self) -> Ledger:
        return self.portal.get(Ledger)

    def record(self, count: int, *, held: bool = False) -> list[service.Recorded]:
        """Record ``count`` facts, in one transaction."""
        return self.portal.database.write(
            lambda unit: [service.record(unit, Kind.HALL, {"number": number}, held=held) for number in range(count)]
        )

    def proof(self, entry: int) -> str | None:
        return self.portal.database.read(lambda unit: service.proof(unit, entry))

    def index(self, entry: int) -> int | None:
        return self.portal.database.read(lambda unit: service.index_of(unit, entry))

    def text(self, path: str) -> str:
        """What everyone can fetch under /ledger, without a cookie or a page."""
        response = self.app.test_client().get(f"/ledger/{path}")
        assert response.status_code == 200, f"{path}: {response.status_code} {response.text}"
        return response.text

    def note(self, path: str = "checkpoint") -> Note:
        return parse_note(self.text(path))

    def checkpoint(self, path: str = "checkpoint") -> Checkpoint:
        """What the log signed, verified with the key that it shows."""
        return verify_checkpoint(self.text(path), parse_vkey(self.text("key").strip()))

    def cosign(self, *witnesses: Cosigner, path: str = "milestone") -> bytes:
        """What witnesses post: the note with their lines."""
        note, checkpoint = self.note(path), self.checkpoint(path)
        lines = tuple(witness.cosign(checkpoint, self.clock() // 1000) for witness in witnesses)
        return Note(note.text, (*note.signatures, *lines)).to_text().encode()


Start = Callable[..., Installation]


@pytest.fixture
def start(database_url: str, tmp_path: Path) -> Iterator[Start]:
    """Make the portal of this installation: ``start()``, ``start(policy=…)``; again for one that was restarted."""
    settings = Settings(data_dir=tmp_path / "data", database_url=database_url)
    clock, started = Clock(), []

    def make(policy: str = "") -> Installation:
        chosen = settings
        if policy:
            file = tmp_path / "policy"
            file.write_text(policy, encoding="utf-8")
            chosen = replace(settings, ledger_policy=str(file))
        app = create_app(chosen)
        installation = Installation(app, clock, Browser(app))
        installation.portal.database.clock_ms = clock
        started.append(installation)
        return installation

    limiter.enabled = False
    yield make
    limiter.enabled = True
    for one in started:
        one.portal.database.close()


@pytest.fixture
def installation(start: Start) -> Installation:
    return start()
