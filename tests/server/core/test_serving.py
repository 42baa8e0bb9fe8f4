"""The right to serve a PostgreSQL database, where PostgreSQL forgets who has it."""

import threading
import time

import pytest
import sqlalchemy as sa

from portal.server.core import serving
from portal.server.core.db import LOCK_KEY, Database
from portal.server.core.serving import AnotherServerError, right_to_serve
from tests.machine.postgresql import Cluster

pytestmark = pytest.mark.slow
HOLDER = (
    "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted"
    f" AND ((classid::bigint << 32) | objid::bigint) = {LOCK_KEY}"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


def holder(database: Database) -> int | None:
    """The backend that holds the lock."""
    found: int | None = database.read(lambda unit: unit.connection.scalar(sa.text(HOLDER)))
    return found


def end(database: Database, backend: int) -> None:
    """What a restart of PostgreSQL does to every backend."""
    with database.engine.connect() as connection:
        connection.execute(sa.text(f"SELECT pg_terminate_backend({backend}, 5000)"))


@pytest.fixture
def two(postgresql: Cluster, monkeypatch: pytest.MonkeyPatch) -> tuple[Database, Database]:
    """Two processes' views of one database."""
    monkeypatch.setattr(serving, "LOCK_WAIT_S", 0.5)
    monkeypatch.setattr(serving, "_LOOK_S", 0.1)
    url = postgresql.url("postgres")
    return Database(url), Database(url)


def test_it_is_taken_again_where_its_connection_was_ended(two: tuple[Database, Database]) -> None:
    first, second = two
    lost = threading.Event()
    with first.served_here_alone(on_lost=lost.set):
        before = holder(second)
        assert before is not None
        end(second, before)
        until_s = time.monotonic() + 10
        while holder(second) in {None, before} and time.monotonic() < until_s:
            time.sleep(0.05)
        assert holder(second) not in {None, before}
        with pytest.raises(AnotherServerError), second.served_here_alone():
            pass
        assert not lost.is_set()
    assert holder(second) is None
    first.close()
    second.close()


def test_whoever_finds_another_in_its_place_is_told(
    two: tuple[Database, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two
    lost = threading.Event()
    monkeypatch.setattr(serving, "_LOOK_S", 1.0)  # so that the other is there first
    with first.served_here_alone(on_lost=lost.set):
        before = holder(second)
        assert before is not None
        end(second, before)
        with right_to_serve(second.engine, LOCK_KEY, shared=False):
            assert lost.wait(10)
    first.close()
    second.close()
