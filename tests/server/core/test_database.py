"""Units of work, and who may serve a database."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from portal.server.core import serving
from portal.server.core.db import AnotherServerError, Database, Unit

metadata = sa.MetaData()
things = sa.Table("thing", metadata, sa.Column("id", sa.Integer, primary_key=True))


@pytest.fixture(autouse=True)
def _an_empty_table(database: Database) -> Iterator[None]:
    metadata.create_all(database.engine)
    yield
    metadata.drop_all(database.engine)


def count(database: Database) -> int:
    return database.read(lambda unit: unit.session.scalar(sa.select(sa.func.count()).select_from(things)) or 0)


def test_session_and_connection_share_one_transaction_that_commits_or_not(database: Database) -> None:
    def both(unit: Unit) -> int:
        unit.connection.execute(things.insert(), {"id": 1})
        unit.session.execute(things.insert(), {"id": 2})
        return unit.session.scalar(sa.select(sa.func.count()).select_from(things)) or 0

    assert database.write(both) == 2

    def broken(unit: Unit) -> None:
        unit.session.execute(things.insert(), {"id": 3})
        unit.connection.execute(things.insert(), {"id": 1})

    with pytest.raises(IntegrityError):
        database.write(broken)
    assert count(database) == 2


def test_a_savepoint_can_fail_alone(database: Database) -> None:
    def work(unit: Unit) -> None:
        unit.session.execute(things.insert(), {"id": 1})
        with pytest.raises(IntegrityError), unit.session.begin_nested():
            unit.session.execute(things.insert(), {"id": 1})
        unit.session.execute(things.insert(), {"id": 2})

    database.write(work)
    assert count(database) == 2


def test_a_read_changes_nothing_and_sees_one_moment(database: Database) -> None:
    database.read(lambda unit: unit.session.execute(things.insert(), {"id": 1}))
    assert count(database) == 0


def test_one_process_serves_a_postgresql_database(
    database: Database, database_kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "LOCK_WAIT_S", 0.3)
    other = Database(database.url.render_as_string(hide_password=False))
    with database.served_here_alone():
        if database_kind == "postgresql":
            with pytest.raises(AnotherServerError), other.served_here_alone():
                pass
        else:  # the data folder's lock is asked instead, by the command
            with other.served_here_alone():
                pass
    with other.served_here_alone():
        assert database.read(lambda unit: unit.session.scalar(sa.select(1))) == 1
    other.close()
