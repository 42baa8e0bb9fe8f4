"""A backup of a portal that people use, put back: rooms open, the ledger and receipts verify. And what is refused."""

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import flask
import pytest

from portal.cli import main
from portal.config import Settings
from portal.member.ledger.rounds import answered
from portal.member.work import MemberError
from portal.server.admin import sealing
from portal.server.admin.backup import Backup
from portal.server.core.db import Database
from portal.server.ledger.feature import Ledger
from portal.verify.asked import Trust
from portal.verify.log import check_log
from portal.verify.receipt import check_online, check_receipt
from portal.verify.verdict import Outcome, Verdict
from portal.verify.web import LedgerReader
from tests.member.drafts.table import Negotiator
from tests.server.accounts.people import ORIGIN
from tests.server.admin.living import ATTACHED, SAID, Living, anew, cheaply, let_enter, running, settle
from tests.verify.conftest import Requests

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def living(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Living]:
    folder = tmp_path_factory.mktemp("living")
    data = folder / "data"
    data.mkdir(mode=0o700)
    shutil.copy(sqlite_template, data / "portal.sqlite3")
    with cheaply(), running(data) as app:
        yield settle(app, data, folder)


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("safe") / "backup.key"
    assert main(["admin", "backup-key", str(path)]) == 0
    return path


def public(key: Path) -> str:
    return key.read_text("utf-8").split()[3]


@pytest.fixture(scope="module")
def late(backup: Path, living: Living, key: Path) -> Path:
    """Made when nobody wrote any more."""
    path = backup.with_name("late.age")
    assert main(["admin", "backup", str(path), "--to", public(key), "--data", str(living.data)]) == 0
    return path


@pytest.fixture(scope="module")
def backup(living: Living, key: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made while Bob goes on writing."""
    path = tmp_path_factory.mktemp("backups") / "portal.age"
    enough = threading.Event()

    def write() -> None:
        number = 0
        while not enough.is_set():
            number += 1
            living.says(living.bob, f"meanwhile {number}")

    writing = threading.Thread(target=write)
    writing.start()
    try:
        assert main(["admin", "backup", str(path), "--to", public(key), "--data", str(living.data)]) == 0
    finally:
        enough.set()
        writing.join()
    living.says(living.bob, "afterwards")
    living.table.writes(living.bob, 2, "The Parties shall meet daily.")
    let_enter(living.app)
    for who in living.both:
        living.texts(who)
        findings(who)
    return path


def checked(app: flask.Flask, ledger: Ledger, state: Path | None = None) -> Verdict:
    return check_log(Verdict("it"), LedgerReader(Requests(app, ORIGIN)), Trust((ledger.key,)), state)


def findings(who: Negotiator) -> list[str]:
    """What somebody's program has to tell of the ledger, after a look at it."""
    member = who.person.member
    who.person.run(member.look_at_ledger())
    return [one.kind for one in member.ledger.state.findings if not one.answered]


def accept_all(who: Negotiator) -> None:
    """Say that one has seen what there is: ``portal room ledger --seen``."""
    store = who.person.member.ledger
    for one in store.state.findings:
        who.person.run(answered(store, one.id))


def restored(backup: Path, key: Path, folder: Path, *further: str) -> Path:
    assert main(["admin", "restore", str(backup), "--key", str(key), "--data", str(folder), *further]) == 0
    return folder


def test_what_a_running_portal_was_comes_back_whole(
    backup: Path, key: Path, living: Living, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = restored(backup, key, tmp_path / "new")
    told = capsys.readouterr().out
    assert "each head follows from the one before" in told
    assert "files: 1, read back, with the SHA-256 that they had" in told
    assert "1 of citizens' texts open" in told
    with running(data) as app:
        ledger = let_enter(app)
        verdict = checked(app, ledger)
        assert verdict.outcome is Outcome.GOOD, verdict.to_text()
        verdict, receipt = check_receipt(living.receipt, Trust((ledger.key,)), date(2026, 11, 23), SAID)
        assert receipt is not None
        check_online(verdict, receipt, LedgerReader(Requests(app, ORIGIN)))
        assert verdict.outcome is Outcome.GOOD, verdict.to_text()


def test_people_go_on_with_the_devices_that_they_have_and_with_new_ones(
    late: Path, key: Path, living: Living, tmp_path: Path
) -> None:
    said = living.texts(living.ada)
    with running(restored(late, key, tmp_path / "new")) as app:
        there = living.at(app, tmp_path / "devices")
        assert there.texts(there.ada) == there.texts(there.bob) == said
        assert there.downloads(there.ada) == ATTACHED
        assert there.table.words(there.ada, 2) == "The Parties shall meet daily."
        there.says(there.bob, "here again")
        there.table.writes(there.bob, 2, "The Parties shall meet.")
        let_enter(app)
        assert there.texts(there.ada) == [*said, "here again"]
        assert there.table.words(there.ada, 2) == "The Parties shall meet."
        for who in there.both:
            assert findings(who) == []
            assert there.problem(who) is None
        fresh = Negotiator(anew(there.ada.person, app, tmp_path), there.ada.delegation)
        assert there.texts(fresh) == [*said, "here again"]
        assert there.table.words(fresh, 2) == "The Parties shall meet."


def test_who_has_seen_more_than_an_older_backup_holds_is_told_and_can_go_on(
    backup: Path, key: Path, living: Living, tmp_path: Path
) -> None:
    """As docs/administrators.md says what people see."""
    with running(restored(backup, key, tmp_path / "new", "--new-ledger")) as app:
        there = living.at(app, tmp_path / "devices")
        let_enter(app)
        assert "key" in findings(there.ada)
        before = there.texts(there.ada)
        with pytest.raises(MemberError, match=r"record\.fork"):
            there.table.writes(there.bob, 2, "The Parties shall meet again.")
        with pytest.raises(MemberError, match=r"record\.fork"):
            there.says(there.bob, "is anybody here?")
        problem = there.problem(there.bob)
        assert problem is not None
        assert problem.kind == "fork"
        assert there.texts(there.ada) == before  # nothing is taken away from who has it
        accept_all(there.ada)
        assert findings(there.ada) == []
        fresh = Negotiator(anew(there.ada.person, app, tmp_path), there.ada.delegation)
        texts = there.texts(fresh)
        assert 2 <= len(texts) < len(before)
        assert texts == before[: len(texts)]
        assert there.table.words(fresh, 2) == "The Parties shall meet twice."
        assert checked(app, let_enter(app)).outcome is Outcome.GOOD


def test_the_old_ledger_does_not_go_on_where_somebody_has_seen_more(
    backup: Path, late: Path, key: Path, living: Living, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = tmp_path / "checkpoint"
    seen.write_text(living.app.test_client().get("/ledger/checkpoint").text, "utf-8")
    command = ["admin", "restore", "--key", str(key), "--checkpoint", str(seen), "--data", str(tmp_path / "new")]
    assert main([*command, str(backup)]) == 1
    assert "entries of the ledger are younger than this backup" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()
    assert main([*command, str(late)]) == 0
    assert "it goes on" in capsys.readouterr().out


def test_a_file_that_is_deleted_meanwhile_is_no_damage_and_one_that_is_lost_is_told(
    living: Living, key: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deleted, lost = living.puts(living.bob, b"deleted" * 100), living.puts(living.bob, b"lost" * 100)
    path = living.data / "blobs" / lost[:2] / lost
    kept = path.read_bytes()
    path.unlink()
    database = Database(f"sqlite:///{living.data / 'portal.sqlite3'}")
    backup, file = Backup(Settings(data_dir=living.data), database), tmp_path / "portal.age"

    def pieces() -> Iterator[bytes]:
        for number, piece in enumerate(backup.pieces()):
            if number == 3:  # the moment is taken
                living.bob.person.asks("DELETE", f"/api/blobs/{deleted}")
            yield piece

    with file.open("wb") as out:
        sealing.seal(pieces(), out, sealing.recipients([public(key)]))
    database.close()
    path.write_bytes(kept)
    assert (backup.made.deleted, backup.made.missing) == ([deleted], [lost])
    new = tmp_path / "new"
    assert main(["admin", "restore", str(file), "--key", str(key), "--data", str(new)]) == 1
    assert f"MISSING: the file {lost}" in capsys.readouterr().out
    with running(new) as app:
        there = living.at(app, tmp_path / "devices")
        assert there.downloads(there.ada) == ATTACHED
        assert there.texts(there.ada) == living.texts(living.ada)
    assert main(["admin", "check", "--data", str(new)]) == 1
    told = capsys.readouterr().out
    assert f"WRONG    the file {lost} of a room is not there as it was" in told
    assert deleted not in told


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE record_item SET at_ms = at_ms, head = zeroblob(32) WHERE number = 3", "does not follow at number 3"),
        ("DELETE FROM record_item WHERE number = 4", "does not follow at number 4"),
        ("UPDATE draft_item SET at_ms = at_ms + 1 WHERE number = 2", "does not follow at number 2"),
        ("UPDATE ledger_entry SET entry = zeroblob(49) WHERE place = 7", "has signed other entries up to"),
        ("UPDATE ledger_entry SET place = NULL WHERE place = (SELECT max(place) FROM ledger_entry)", "has signed"),
        ("UPDATE ledger_tile SET hashes = zeroblob(length(hashes))", "is not that of its entries"),
        ("UPDATE ledger_opening SET nonce = zeroblob(32)", "is not the one in the ledger"),
        ("UPDATE submission SET sealed = zeroblob(60)", "a sealed text does not open"),
    ],
)
def test_what_does_not_fit_together_is_found_and_not_restored(
    statement: str, sentence: str, late: Path, key: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = restored(late, key, tmp_path / "data")
    assert main(["admin", "check", "--data", str(data)]) == 0
    with sqlite3.connect(data / "portal.sqlite3") as database:
        assert database.execute(statement).rowcount > 0
    database.close()
    capsys.readouterr()
    assert main(["admin", "check", "--data", str(data)]) == 1
    assert sentence in capsys.readouterr().out
    assert main(["admin", "backup", str(tmp_path / "b"), "--to", public(key), "--data", str(data)]) == 1
    assert sentence in capsys.readouterr().err
    restoring = ["admin", "restore", str(tmp_path / "b"), "--key", str(key), "--data", str(tmp_path / "new")]
    assert main(restoring) == 1
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "new").exists()
    assert main([*restoring, "--with-faults"]) == 1
    assert sentence in capsys.readouterr().out
    assert (tmp_path / "new/portal.sqlite3").exists()
