"""The databases and the Redis that tests get: of both kinds, empty, durable, and one for each test."""

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

import portal.server.app  # noqa: F401 - brings every feature's models
from portal.server.core.db import Base, Database
from portal.server.core.migrations import current, newest
from tests.machine.redis import Redis


def test_a_database_has_the_newest_schema_and_no_rows(database: Database) -> None:
    assert current(database) == newest()
    with database.engine.connect() as connection:
        tables = set(sa.inspect(connection).get_table_names())
        assert set(Base.metadata.tables) <= tables
        assert all(connection.scalar(sa.text(f"SELECT count(*) FROM {name}")) == 0 for name in Base.metadata.tables)


def test_the_versions_lead_to_the_models(database: Database) -> None:
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_a_commit_is_on_disk_before_it_returns(database: Database) -> None:
    with database.engine.connect() as connection:
        if database.is_sqlite:
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        else:
            assert connection.scalar(sa.text("SHOW fsync")) == "on"
            assert connection.scalar(sa.text("SHOW synchronous_commit")) == "on"


def test_redis_is_empty_each_time(redis_server: Redis, redis_url: str) -> None:
    assert redis_url.endswith(f":{redis_server.port}/0")
    assert redis_server.say("DBSIZE") == b":0\r\n"
    assert redis_server.say("SET key value") == b"+OK\r\n"


def test_redis_is_empty_once_more(redis_server: Redis, redis_url: str) -> None:
    assert redis_url
    assert redis_server.say("DBSIZE") == b":0\r\n"
