"""Who may start beside whom: several processes together, one that is by itself alone, and one at a time migrates."""

import threading
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa

from portal import cli
from portal.config import Settings
from portal.server.core.db import AnotherServerError, Database
from portal.server.core.migrations import current, newest, upgrade

pytestmark = pytest.mark.slow


def test_several_serve_together_and_one_by_itself_alone(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("portal.server.core.serving.LOCK_WAIT_S", 0.2)
    one, other = Database(database_url), Database(database_url)
    with one.served_here_alone(shared=True), other.served_here_alone(shared=True):
        third = Database(database_url)
        with pytest.raises(AnotherServerError), third.served_here_alone():
            pytest.fail("it serves beside the others")
        third.close()
        assert _run(tmp_path, database_url, several=False) == 1
        assert "set several = true for all of them" in capsys.readouterr().err
    with one.served_here_alone():
        assert _run(tmp_path, database_url, several=True) == 1
        assert "set several = true for it, too" in capsys.readouterr().err
    one.close()
    other.close()


def test_the_data_folder_is_shared_by_several_only(
    tmp_path: Path, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    alone = Settings(data_dir=tmp_path, database_url=database_url)
    together = Settings(data_dir=tmp_path, database_url=database_url, several=True)
    with cli._only_here(together), cli._only_here(together):  # noqa: SLF001 - what `portal run` does first
        assert _run(tmp_path, database_url, several=False) == 1
        assert "another portal runs on" in capsys.readouterr().err
    with cli._only_here(alone):  # noqa: SLF001
        assert _run(tmp_path, database_url, several=True) == 1
        assert "runs on" in capsys.readouterr().err


def test_of_many_that_start_at_once_one_makes_the_schema(empty_database_url: str) -> None:
    failed: list[Exception] = []

    def start() -> None:
        database = Database(empty_database_url)
        try:
            upgrade(database)
            assert current(database) == newest()
        except (AssertionError, sa.exc.SQLAlchemyError, AnotherServerError) as error:
            failed.append(error)
        database.close()

    threads = [threading.Thread(target=start) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_nobody_migrates_under_a_server(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.server.core.db.LOCK_WAIT_S", 0.2)
    with ExitStack() as stack:
        server, newcomer = Database(database_url), Database(database_url)
        stack.callback(newcomer.close)
        stack.callback(server.close)
        stack.enter_context(server.served_here_alone(shared=True))
        upgrade(newcomer)  # nothing to do: it does not ask
        with newcomer.engine.begin() as connection, pytest.raises(AnotherServerError):
            newcomer.keep_servers_away(connection)


def _run(folder: Path, url: str, *, several: bool) -> int:
    config = folder / "portal.toml"
    config.write_text(
        f'data_dir = "{folder}"\ndatabase_url = "{url}"\nseveral = {str(several).lower()}\nworker = false\n',
        encoding="utf-8",
    )
    return cli.main(["run", "--config", str(config), "--port", "20999"])
