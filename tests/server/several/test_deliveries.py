"""Events between processes, on real PostgreSQL: everything once, in order, and losses are noticed."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

import psycopg
import pytest
import sqlalchemy as sa

from portal.server.core import deliveries, driver
from portal.server.core.db import Database, Unit
from portal.server.core.deliveries import Deliveries
from portal.server.core.fanout import Fanout, Prepared, prepare
from portal.server.core.outbox import Audience, Event, Outbox
from portal.server.core.wake import LocalWake
from tests.machine.postgresql import Cluster

pytestmark = pytest.mark.slow
PATIENCE_S = 60.0
EVERYONE = Audience("all")


class Ears:
    """What one process's sockets would get."""

    def __init__(self) -> None:
        self.heard: list[Prepared] = []
        self.closed = 0

    def hears(self, audience: str) -> bool:
        return audience == EVERYONE.name

    def post(self, steps: Sequence[Prepared]) -> None:
        self.heard.extend(steps)

    def close_everyone(self) -> None:
        self.closed += 1

    def numbers(self) -> list[int]:
        """The numbers of the events that were heard, in that order."""
        texts = [text for step in self.heard if isinstance(step, Fanout) for text in step.texts]
        return [int(text.removeprefix('2["line",').removesuffix("]")) for text in texts]


class Process:
    """One process's database and deliveries, with nobody who wakes it."""

    def __init__(self, url: str, *, start: bool = True) -> None:
        self.database = Database(url)
        self.ears = Ears()
        self.deliveries = Deliveries(self.database, self.ears, LocalWake())
        self.database.before_commit = self.deliveries.record
        self.database.deliver = self.deliveries.deliver
        if start:
            self.deliveries.start()

    def say(self, *numbers: int, follows_others: bool = False) -> None:
        """Commit one event for each of ``numbers``."""
        self.database.write(lambda unit: self.note(unit, *numbers, follows_others=follows_others))

    @staticmethod
    def note(unit: Unit, *numbers: int, follows_others: bool = False) -> None:
        for number in numbers:
            unit.outbox.emit("line", number, to=EVERYONE)
        unit.outbox.follows_others = follows_others

    def close(self) -> None:
        self.deliveries.close()
        self.database.close()


@pytest.fixture
def start(database_url: str) -> Iterator[Callable[..., Process]]:
    """Starts a process."""
    with ExitStack() as running:

        def make(*, start: bool = True) -> Process:
            process = Process(database_url, start=start)
            running.callback(process.close)
            return process

        yield make


def await_(true: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline_s
        time.sleep(0.02)


def test_every_process_hears_everything_once_in_one_order(start: Callable[..., Process]) -> None:
    first, second, command = start(), start(), start(start=False)
    command.database.before_commit = deliveries.record
    command.database.deliver = lambda _outbox: None
    for number in range(0, 30, 3):
        first.say(number, number + 1, follows_others=True)
        command.say(number + 2)
    second.say(30, follows_others=True)
    await_(lambda: len(first.ears.numbers()) == len(second.ears.numbers()) == 31)
    assert first.ears.numbers() == second.ears.numbers() == list(range(31))
    assert first.ears.closed == second.ears.closed == 0


def test_what_commits_late_is_heard_late_and_what_is_rolled_back_never(start: Callable[..., Process]) -> None:
    speaker, listener = start(), start()
    with speaker.database.engine.connect() as late, speaker.database.engine.connect() as undone:
        for connection, number in ((late, 1), (undone, 2)):
            unit = Unit(connection, 0)
            speaker.note(unit, number)
            speaker.deliveries.record(unit)
        speaker.say(3)
        await_(lambda: listener.ears.numbers() == [3])
        driver.roll_back(undone)
        time.sleep(3 * deliveries.LOOK_S)
        assert listener.ears.numbers() == [3]
        driver.commit(late)
    await_(lambda: listener.ears.numbers() == [3, 1])
    # Whoever does not know how a commit ended remembers nothing of its rooms, and so looks before it goes on.
    speaker.say(4, follows_others=True)
    await_(lambda: listener.ears.numbers() == [3, 1, 4])
    assert speaker.ears.numbers() == [3, 1, 4], "the one whose thread was lost is posted in its place"


def test_own_events_wait_for_those_of_others_before_them(
    start: Callable[..., Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "LOOK_S", 60.0)
    other, process = start(), start()
    other.say(1)
    assert process.ears.numbers() == []
    process.say(2, follows_others=True)
    assert process.ears.numbers() == [1, 2]


def test_nothing_overtakes_what_was_committed_without_an_answer(
    start: Callable[..., Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection broke at a commit that happened; asked again for the same, the process finds that it is done."""
    monkeypatch.setattr(deliveries, "LOOK_S", 60.0)
    process = start()
    with monkeypatch.context() as broken:
        broken.setattr(process.database, "deliver", lambda _outbox: None)
        process.say(1)
    process.say(follows_others=True)
    process.say(2)
    assert process.ears.numbers() == [1, 2]


def test_nothing_overtakes_what_waits_for_a_look(
    start: Callable[..., Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection that looks is gone, those that commit are well: later events wait with the first ones."""
    monkeypatch.setattr(deliveries, "LOOK_S", 0.2)
    other, process = start(), start()

    def refuse() -> None:
        raise psycopg.OperationalError

    with monkeypatch.context() as cut:
        cut.setattr(process.database, "own_connection", refuse)
        process.deliveries._let_go()  # noqa: SLF001 - as an administrator would end it
        other.say(1)
        process.say(2, follows_others=True)
        process.say(3)
        assert process.ears.numbers() == []
    await_(lambda: process.ears.numbers() == [1, 2, 3])
    assert process.ears.closed == 0


def test_an_event_is_posted_once_though_a_look_finds_it_before_its_own_thread_does(
    start: Callable[..., Process],
) -> None:
    process = start()
    kept: list[Outbox] = []
    process.database.deliver = kept.append
    process.say(1)
    await_(lambda: process.ears.numbers() == [1])
    process.deliveries.deliver(kept[0])
    process.database.deliver = process.deliveries.deliver
    process.say(2)
    time.sleep(3 * deliveries.LOOK_S)
    assert process.ears.numbers() == [1, 2]


@pytest.mark.parametrize("damage", ["DELETE FROM delivery_horizon", "UPDATE delivery_horizon SET xid = 1 << 62"])
def test_whoever_can_have_missed_something_sends_its_clients_to_catch_up(
    start: Callable[..., Process], damage: str
) -> None:
    """As after a crash of the database, whose unlogged tables are empty then, or when rows went unread."""
    speaker, listener = start(), start()
    with speaker.database.engine.begin() as connection:
        connection.execute(sa.text(damage))
    await_(lambda: listener.ears.closed >= 1)
    with speaker.database.engine.begin() as connection:
        connection.execute(sa.text("UPDATE delivery_horizon SET xid = 0"))
    time.sleep(2 * deliveries.LOOK_S)
    speaker.say(1)
    await_(lambda: listener.ears.numbers() == [1])


def test_what_a_dump_of_another_cluster_brought_along_is_dropped(start: Callable[..., Process]) -> None:
    """Its numbers of transactions mean nothing here: they would be new, or gone, for ever."""
    database = start(start=False).database
    with database.engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO delivery (process, xid, steps) VALUES ('old', 1 << 30, '')"))
        connection.execute(sa.text("INSERT INTO delivery_horizon (id, epoch, xid) VALUES (1, 'old', 1 << 30)"))
    speaker, listener = start(), start()
    speaker.say(1)
    await_(lambda: listener.ears.numbers() == [1])
    time.sleep(2 * deliveries.LOOK_S)
    assert speaker.ears.closed == listener.ears.closed == 0


def test_rows_go_when_they_are_old_and_not_before(
    start: Callable[..., Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    speaker, listener = start(), start()
    speaker.say(1)
    rows = sa.select(sa.func.count()).select_from(deliveries.Delivery)
    with speaker.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as reader:
        await_(lambda: listener.ears.numbers() == [1])
        assert reader.scalar(rows) == 1
        monkeypatch.setattr(deliveries, "_SWEEP_S", 0.0)
        time.sleep(2 * deliveries.LOOK_S)
        assert reader.scalar(rows) == 1
        monkeypatch.setattr(deliveries, "KEPT_S", 3 * deliveries.LOOK_S)
        speaker.database.write(lambda unit: unit.connection.execute(sa.text("SELECT pg_current_xact_id()")))
        await_(lambda: reader.scalar(rows) == 0)
    speaker.say(2)
    await_(lambda: listener.ears.numbers() == [1, 2])
    assert speaker.ears.closed == listener.ears.closed == 0


def test_a_process_that_is_cut_off_sends_its_clients_away_and_goes_on_afterwards(
    start: Callable[..., Process], postgresql: Cluster, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "SIGHT_S", 1.0)
    name = sa.make_url(database_url).database
    process = start()
    process.say(1)
    postgresql.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    try:
        postgresql.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        await_(lambda: process.ears.closed == 1)
        assert not process.deliveries.in_sight
    finally:
        postgresql.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    await_(lambda: process.deliveries.in_sight)
    process.say(2)
    await_(lambda: process.ears.numbers() == [1, 2])
    assert process.ears.closed == 1


def test_many_threads_commit_at_once_and_all_hear_the_same(start: Callable[..., Process]) -> None:
    processes = [start(), start()]

    def say(process: Process, base: int) -> None:
        for number in range(base, base + 25):
            process.say(number)

    threads = [
        threading.Thread(target=say, args=(processes[which], base))
        for which, base in ((0, 0), (0, 100), (1, 200), (1, 300))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    await_(lambda: all(len(process.ears.numbers()) == 100 for process in processes))
    expected = sorted(base + n for base in (0, 100, 200, 300) for n in range(25))
    assert all(sorted(process.ears.numbers()) == expected for process in processes)
    assert prepare([Event("line", (1,), EVERYONE)])[0] in processes[1].ears.heard
