"""From SQLite to PostgreSQL and back: every row, every counter; and a backup of one kind restored as the other."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from portal.cli import main
from portal.server.admin import copying, moving
from portal.server.core.db import Database
from portal.server.core.migrations import upgrade
from portal.server.ledger.models import LedgerEntry
from tests.machine.postgresql import Cluster
from tests.server.admin.living import Living, cheaply, let_enter, running, settle


@contextmanager
def opened(url: str) -> Iterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        database.close()


def rows_of(url: str) -> dict[str, tuple[int, str]]:
    """Count and sum of every table."""
    with opened(url) as database, copying.snapshot(database) as connection:
        sums = {shape.name: copying.summed(connection, shape) for shape in copying.shapes()}
    return {name: (found.rows, found.to_text()) for name, found in sums.items()}


@pytest.fixture(scope="module")
def living(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Living]:
    folder = tmp_path_factory.mktemp("living")
    data = folder / "data"
    data.mkdir(mode=0o700)
    shutil.copy(sqlite_template, data / "portal.sqlite3")
    with cheaply(), running(data) as app:
        yield settle(app, data, folder)


@pytest.mark.slow
def test_sqlite_to_postgresql_and_back_is_equal_and_people_go_on_in_both(
    living: Living, postgresql: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    shutil.copytree(living.data, data)  # as a portal that was stopped
    first, last = f"sqlite:///{data / 'portal.sqlite3'}", f"sqlite:///{tmp_path / 'last.sqlite3'}"
    said = living.texts(living.ada)
    with postgresql.database() as between:
        assert main(["migrate-store", first, between]) == 0
        told = capsys.readouterr()
        assert "read back and the same" in told.out
        assert "rows: 100 %" in told.err
        assert rows_of(first) == rows_of(between)
        with running(data, between) as app:
            there = living.at(app, tmp_path / "devices")
            there.says(there.bob, "from PostgreSQL")
            let_enter(app)
            assert there.texts(there.ada) == [*said, "from PostgreSQL"]
        assert main(["migrate-store", between, last]) == 0
        assert rows_of(between) == rows_of(last)
        assert main(["migrate-store", last, between]) == 1
        assert "is not empty" in capsys.readouterr().err
    (data / "portal.sqlite3").unlink()
    Path(tmp_path / "last.sqlite3").rename(data / "portal.sqlite3")
    with running(data) as app:
        back = living.at(app, tmp_path / "devices again")
        back.says(back.bob, "and back")
        assert back.texts(back.ada) == [*said, "from PostgreSQL", "and back"]


@pytest.mark.slow
def test_a_backup_of_postgresql_is_one_moment_and_restores_into_either(
    living: Living, postgresql: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = tmp_path / "key"
    assert main(["admin", "backup-key", str(key)]) == 0
    data, file = tmp_path / "data", tmp_path / "portal.age"
    shutil.copytree(living.data, data)
    with postgresql.database() as source, postgresql.database() as target:
        assert main(["migrate-store", f"sqlite:///{data / 'portal.sqlite3'}", source]) == 0
        before = rows_of(source)
        monkeypatch.setenv("PORTAL_DATABASE_URL", source)
        with opened(source) as writing:
            write_while_it_is_copied(monkeypatch, writing)
            backup = ["admin", "backup", str(file), "--to", key.read_text("utf-8").split()[3], "--data", str(data)]
            assert main(backup) == 0
        monkeypatch.undo()
        assert rows_of(source) != before
        new = ["admin", "restore", str(file), "--key", str(key), "--data"]
        assert main([*new, str(tmp_path / "one"), "--database", target]) == 0
        assert main([*new, str(tmp_path / "other")]) == 0
        restored = rows_of(target)
        assert restored["record_item"] == before["record_item"]
        assert restored["ledger_entry"] == before["ledger_entry"]
        with running(tmp_path / "one", target) as app, running(tmp_path / "other") as another:
            for place, portal in (("first", app), ("second", another)):
                there = living.at(portal, tmp_path / place)
                there.says(there.bob, f"at the {place}")
                assert there.texts(there.ada)[-1] == f"at the {place}"


def write_while_it_is_copied(monkeypatch: pytest.MonkeyPatch, database: Database) -> None:
    """Let somebody commit before each table is read."""
    lines = copying.lines

    def read(connection: sa.Connection, shape: copying.Shape) -> Iterator[bytes]:
        entry = LedgerEntry(entry=bytes(49), held_hour=None, place=None)
        database.write(lambda unit: unit.session.add(entry))
        return lines(connection, shape)

    monkeypatch.setattr(copying, "lines", read)


@pytest.mark.slow
def test_numbers_that_were_given_once_are_not_given_again(postgresql: Cluster, tmp_path: Path) -> None:
    """An entry that is gone: who keeps its number must not find another one's place."""
    source = f"sqlite:///{tmp_path / 'a.sqlite3'}"
    with postgresql.database() as between, opened(source) as first:
        upgrade(first)
        first.write(lambda unit: unit.session.add(LedgerEntry(id=41, entry=bytes(49), held_hour=None, place=None)))
        first.write(lambda unit: unit.connection.execute(sa.delete(LedgerEntry)))
        target = f"sqlite:///{tmp_path / 'b.sqlite3'}"
        for one, other in ((source, between), (between, target)):
            with opened(one) as left, opened(other) as right:
                moving.move(left, right)
        for url in (between, target):
            with opened(url) as database:
                entry = LedgerEntry(entry=bytes(49), held_hour=None, place=None)
                database.write(lambda unit, entry=entry: unit.session.add(entry))  # type: ignore[misc]
                assert entry.id == 42
