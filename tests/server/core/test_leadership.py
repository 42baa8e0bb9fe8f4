"""Who of several processes does what one does for all."""

import psycopg
import pytest

from portal.server.core.db import Database, Unit
from portal.server.core.leadership import SWEEP, Leadership, alone_in


@pytest.mark.slow
def test_one_leads_and_the_next_goes_on_when_it_is_gone(postgresql_url: str) -> None:
    database = Database(postgresql_url)
    first, second = Leadership(database, SWEEP), Leadership(database, SWEEP)
    assert first.held()
    assert not second.held()
    assert first.held()  # asked again, it is still there
    first.give_up()
    assert second.held()
    # The transactions that must not be at once have a lock of their own, which does not wait for the leader.
    database.write(lambda unit: alone_in(unit, SWEEP))
    second.give_up()
    database.close()


@pytest.mark.slow
def test_who_loses_its_connection_learns_that_it_leads_no_more(postgresql_url: str) -> None:
    database = Database(postgresql_url)
    first, second = Leadership(database, SWEEP, idle_s=1), Leadership(database, SWEEP)
    assert first.held()
    with psycopg.connect(postgresql_url.replace("+psycopg", ""), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(pid, 3000) FROM pg_locks WHERE locktype = 'advisory'")
    assert second.held()
    assert not first.held()
    second.give_up()
    assert first.held()
    first.give_up()
    database.close()


def test_a_single_process_has_every_right(database: Database) -> None:
    if database.is_sqlite:
        right = Leadership(database, SWEEP)
        assert right.held()
        right.give_up()

    def alone(unit: Unit) -> int:
        alone_in(unit, SWEEP)
        return unit.now_s

    assert database.write(alone) > 0
