"""What the release before drafts left behind, brought forward: rooms open, receipts verify. And what is refused."""

import base64
import json
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa

from portal.cli import main
from portal.member.content import File
from portal.member.session import Session, bind, with_recovery_key
from portal.member.store import KeyFile, Store
from portal.member.transfers import Download
from portal.member.work import read
from portal.server.admin import copying
from portal.server.admin.backup import Backup
from portal.server.admin.copying import Shape
from portal.server.core import migrations
from portal.server.core.db import Database
from portal.verify.asked import Trust
from portal.verify.log import check_log
from portal.verify.receipt import check_online, check_receipt
from portal.verify.verdict import Outcome, Verdict
from portal.verify.web import LedgerReader
from portal.wire.ledger.note import parse_vkey
from portal.wire.padding import CHUNK_BYTES
from tests.machine.postgresql import Cluster
from tests.member.inside import Inhabitant, Inside
from tests.server.accounts.people import ORIGIN
from tests.server.admin.living import cheaply, let_enter, reads, running, says
from tests.server.feedback.citizen import Citizen
from tests.verify.conftest import Requests

RELEASE: Final = Path(__file__).with_name("release_0010")
SAID: Final = "Please light the path along the river."


@pytest.fixture(scope="module")
def known() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RELEASE / "known.json").read_text("utf-8"))
    return found


@pytest.fixture
def then(known: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour after it was made: what members hold is good for months, not for ever."""
    shift_s = known["at_s"] + 3600 - int(time.time())
    real, real_ns = time.time, time.time_ns
    monkeypatch.setattr(time, "time", lambda: real() + shift_s)
    monkeypatch.setattr(time, "time_ns", lambda: real_ns() + shift_s * 1_000_000_000)


@pytest.fixture
def data(known: dict[str, Any], tmp_path: Path) -> Path:
    """The data folder as that release left it."""
    for name, content in known["files"].items():
        path = tmp_path / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(content))
        path.chmod(0o600)
    with sqlite3.connect(tmp_path / "data/portal.sqlite3") as database:
        database.executescript((RELEASE / "installation.sql").read_text("utf-8"))
    database.close()
    return tmp_path / "data"


@pytest.fixture
def database(data: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{data / 'portal.sqlite3'}")
    yield opened
    opened.close()


@pytest.mark.slow
def test_the_data_of_the_release_before_opens_after_the_upgrade(
    known: dict[str, Any], then: None, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["admin", "upgrade", "--data", str(data), "--dry-run"]) == 0
    assert "0011_drafts: Drafts" in capsys.readouterr().out
    assert main(["admin", "upgrade", "--data", str(data)]) == 0
    assert main(["admin", "upgrade", "--data", str(data)]) == 0
    assert "Nothing to do." in capsys.readouterr().out
    assert main(["admin", "check", "--data", str(data)]) == 0
    told = capsys.readouterr().out
    assert "1 of citizens' texts open" in told
    with cheaply(), running(data) as app:
        bob = returns(known, data.parent, app)
        room = known["room"]
        assert reads(bob, room) == ["We propose 12 %.", "합의합니다. 🕊️"]
        says(bob, room, "still here")
        assert reads(bob, room)[-1] == "still here"
        assert downloads(bob, known["file"]) == b"12 %" * 100
        ledger = let_enter(app)
        assert ledger.key == parse_vkey(known["vkey"])
        reader = LedgerReader(Requests(app, ORIGIN))
        verdict = check_log(Verdict("it"), reader, Trust((ledger.key,)), None)
        assert verdict.outcome is Outcome.GOOD, verdict.to_text()
        verdict, receipt = check_receipt(known["receipt"], Trust((ledger.key,)), date(2026, 11, 23), SAID)
        assert receipt is not None
        check_online(verdict, receipt, reader)
        assert verdict.outcome is Outcome.GOOD, verdict.to_text()
        assert SAID in Citizen(app).follow(known["code"]).text


@pytest.mark.slow
def test_a_backup_of_the_release_before_is_restored_by_this_one(
    known: dict[str, Any],
    then: None,
    data: Path,
    database: Database,
    postgresql: Cluster,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Into PostgreSQL, which so comes forward from that version, too."""
    folder = data.parent
    old = shapes_of(database)
    with monkeypatch.context() as patch:  # as the program of that time would have copied its own tables
        patch.setattr(copying, "shapes", lambda: old)
        patch.setattr(migrations, "newest", lambda: "0010_official")
        patch.setattr(Backup, "_look", lambda _backup, _connection, _signed: None)  # it would ask newer tables, too
        assert main(["admin", "backup-key", str(folder / "key")]) == 0
        public = (folder / "key").read_text("utf-8").split()[3]
        assert main(["admin", "backup", str(folder / "old.age"), "--to", public, "--data", str(data)]) == 0
    with postgresql.database() as url, cheaply():
        command = ["admin", "restore", str(folder / "old.age"), "--key", str(folder / "key"), "--database", url]
        assert main([*command, "--data", str(folder / "new")]) == 0
        with running(folder / "new", url) as app:
            bob = returns(known, folder, app)
            assert reads(bob, known["room"]) == ["We propose 12 %.", "합의합니다. 🕊️"]
            assert SAID in Citizen(app).follow(known["code"]).text


def shapes_of(database: Database) -> list[Shape]:
    """Those of this program's tables and columns that a database of an older version has."""
    with database.engine.connect() as connection:
        inspector = sa.inspect(connection)
        there = {name: {one["name"] for one in inspector.get_columns(name)} for name in inspector.get_table_names()}
    kept = (shape for shape in copying.shapes() if shape.name in there)
    return [replace(one, columns=tuple(c for c in one.columns if c[0] in there[one.name])) for one in kept]


def test_an_upgrade_is_all_or_nothing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    before = migrations.current(database)
    with database.engine.connect() as connection:
        tables = set(sa.inspect(connection).get_table_names())
    real = migrations.bring

    def broken(connection: sa.Connection, revision: str) -> None:
        real(connection, revision)
        connection.exec_driver_sql("DELETE FROM room")  # what refers to it stays

    monkeypatch.setattr(migrations, "bring", broken)
    with pytest.raises(migrations.DamagedDatabaseError, match="nothing was changed"):
        migrations.upgrade(database)
    assert migrations.current(database) == before == "0010_official"
    with database.engine.connect() as connection:
        assert set(sa.inspect(connection).get_table_names()) == tables


def test_a_newer_database_is_left_alone(database: Database, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    database.write(lambda unit: unit.connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999_x'")))
    for task in ("upgrade", "check"):
        assert main(["admin", task, "--data", str(data)]) == 1
        assert "9999_x" in capsys.readouterr().err


def returns(known: dict[str, Any], folder: Path, app: Any) -> Inhabitant:
    """Bob, with the store that he had."""
    bob = Inhabitant(Store.open(folder / "bob", KeyFile(folder / "bob.key")), Inside(app))
    answer, key = bob.run(with_recovery_key("bob", known["recovery_key"]))
    before = bob.run(read("session", Session))
    bob.opens(bob.run(bind(answer, key, before, "browser", time.time)))
    return bob


def downloads(bob: Inhabitant, told: dict[str, str]) -> bytes:
    file = File(told["blob"], told["key"], "terms.txt", "text/plain", 400, CHUNK_BYTES, told["sha256"])  # type: ignore[arg-type]
    coming, pieces = Download(file), []
    while (piece := bob.run(coming.next())) is not None:
        pieces.append(piece)
    return b"".join(pieces)
