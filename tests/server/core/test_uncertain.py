"""A connection that breaks at the commit: it may have happened, so that what is remembered and was told is in doubt."""

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from portal.server.core import outbox
from portal.server.core.db import Database, Unit

pytestmark = pytest.mark.slow
BREAKS = """
CREATE TABLE fragile (number integer, CHECK (number < 100));
CREATE FUNCTION break_off() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';
CREATE CONSTRAINT TRIGGER breaks AFTER INSERT ON fragile DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.number = 1) EXECUTE FUNCTION break_off();
"""


@pytest.fixture
def database_kind() -> str:
    """A file's database is not lost halfway."""
    return "postgresql"


def test_only_a_commit_whose_end_nobody_saw_is_uncertain(database: Database) -> None:
    told: list[str] = []
    database.uncertain = lambda: told.append("uncertain")
    database.deliver = lambda _outbox: told.append("delivered")
    with database.engine.begin() as connection:
        connection.exec_driver_sql(BREAKS)

    def insert(unit: Unit, number: int) -> None:
        unit.outbox.emit("number", number, to=outbox.everyone())
        unit.connection.execute(sa.text("INSERT INTO fragile VALUES (:number)"), {"number": number})

    try:
        with pytest.raises(DBAPIError):
            database.write(lambda unit: insert(unit, 1))
        assert told == ["uncertain"]
        with pytest.raises(IntegrityError):
            database.write(lambda unit: insert(unit, 100))
        database.write(lambda unit: insert(unit, 2))
        assert told == ["uncertain", "delivered"]
    finally:
        with database.engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE fragile; DROP FUNCTION break_off()")
