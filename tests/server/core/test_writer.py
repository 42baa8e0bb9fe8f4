"""Group commit: order, refusals, failed transactions, back-pressure, the end."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from queue import SimpleQueue

import gevent
import pytest
import sqlalchemy as sa

from portal.server.core import outbox
from portal.server.core.db import Database, Unit
from portal.server.core.outbox import Event, Outbox
from portal.server.core.work import Hub, adopt_hub
from portal.server.core.writer import GroupCommitWriter
from portal.wire.errors import OwnFault, PortalError, UserError

metadata = sa.MetaData()
lines = sa.Table(
    "written",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("text", sa.Text),
    # Checked at COMMIT, which is then what fails.
    sa.Column("after", sa.ForeignKey("written.number", deferrable=True, initially="DEFERRED")),
)


class Lines:
    """Numbers and stores texts; remembers the last number between batches, as a real handler does."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.reached = threading.Event()
        self.gate = threading.Event()
        self.gate.set()
        self.before_commit: Callable[[Unit], None] = lambda _unit: None
        self._number: int | None = None

    def apply(self, unit: Unit, batch: Sequence[str]) -> Sequence[int | PortalError]:
        self.reached.set()
        self.gate.wait(60)
        self.batches.append(len(batch))
        if self._number is None:
            self._number = unit.session.scalar(sa.select(sa.func.max(lines.c.number))) or 0
        outcomes: list[int | PortalError] = []
        for text in batch:
            if text == "refused":
                outcomes.append(UserError("item.conflict"))
                continue
            if text == "defect":
                raise LookupError
            self._number += 1
            unit.outbox.emit("line", self._number, to=outbox.everyone())
            number = 1 if text == "taken" else self._number
            after = 999 if text == "uncommittable" else None
            unit.connection.execute(lines.insert(), {"number": number, "text": text, "after": after})
            self.before_commit(unit)
            outcomes.append(self._number)
        return outcomes

    def rolled_back(self) -> None:
        self._number = None


Writer = GroupCommitWriter[str, int]


@pytest.fixture
def told(database: Database) -> Iterator[list[int]]:
    """The numbers of the events that went out."""
    numbers: list[int] = []

    def deliver(committed: Outbox) -> None:
        numbers.extend(step.payload[0] for step in committed.steps if isinstance(step, Event))

    database.deliver = deliver
    metadata.create_all(database.engine)
    yield numbers
    metadata.drop_all(database.engine)


@pytest.fixture
def handler() -> Lines:
    return Lines()


@pytest.fixture
def writer(database: Database, told: list[int], handler: Lines) -> Iterator[Writer]:
    made: Writer = GroupCommitWriter(database, handler, waiting_max=100)
    made.start()
    yield made
    handler.gate.set()
    made.close()


def stored(database: Database) -> list[str]:
    return database.read(lambda unit: list(unit.session.scalars(sa.select(lines.c.text).order_by(lines.c.number))))


def collect(writer: Writer, texts: Sequence[str]) -> list[int | str]:
    """Append ``texts`` without waiting in between; the results in the order in which they came."""
    answers: SimpleQueue[int | PortalError] = SimpleQueue()
    for text in texts:
        writer.append_nowait(text, answers.put)
    outcomes = [answers.get(timeout=60) for _ in texts]
    return [outcome.code if isinstance(outcome, PortalError) else outcome for outcome in outcomes]


def test_what_waits_is_committed_together_in_its_order(
    writer: Writer, handler: Lines, database: Database, told: list[int]
) -> None:
    handler.gate.clear()
    threading.Timer(0.3, handler.gate.set).start()
    texts = [f"line {number}" for number in range(50)]
    assert collect(writer, texts) == list(range(1, 51))
    assert stored(database) == texts
    assert told == list(range(1, 51))
    assert len(handler.batches) <= 3


def test_a_refusal_leaves_the_others_of_its_batch(writer: Writer, database: Database) -> None:
    assert collect(writer, ["a", "refused", "b"]) == [1, "item.conflict", 2]
    assert stored(database) == ["a", "b"]
    with pytest.raises(UserError, match=r"item\.conflict"):
        writer.append("refused")


def test_one_request_that_breaks_the_transaction_does_not_spoil_its_neighbours(
    writer: Writer, handler: Lines, database: Database, told: list[int]
) -> None:
    assert writer.append("first") == 1
    handler.gate.clear()
    threading.Timer(0.3, handler.gate.set).start()
    outcomes = collect(writer, ["before", "taken", "after"])
    assert outcomes == [2, "server.fault", 3]
    assert stored(database) == ["first", "before", "after"]
    assert told == [1, 2, 3]  # no event of what was rolled back


def test_what_fails_because_memory_is_behind_is_done_once_more(
    writer: Writer, handler: Lines, database: Database, told: list[int]
) -> None:
    assert writer.append("first") == 1
    database.write(lambda unit: unit.connection.execute(lines.insert(), {"number": 2, "text": "another's"}))
    assert writer.append("third") == 3
    assert stored(database) == ["first", "another's", "third"]
    assert told == [1, 3]
    assert handler.batches == [1, 1, 1]


def test_after_a_commit_that_failed_the_next_requests_are_served(
    writer: Writer, handler: Lines, database: Database, told: list[int]
) -> None:
    for number in (1, 2):
        with pytest.raises(OwnFault, match=r"server\.fault"):
            writer.append("uncommittable")
        assert writer.append(f"line {number}") == number
    assert stored(database) == ["line 1", "line 2"]
    assert told == [1, 2]
    assert handler.batches == [1] * 6  # each that failed was done once more


# A file has no connection to lose.
@pytest.mark.parametrize("database_kind", [pytest.param("postgresql", marks=pytest.mark.slow)], indirect=True)
def test_a_connection_that_is_lost_before_the_commit_is_replaced(
    writer: Writer, handler: Lines, database: Database, told: list[int]
) -> None:
    def lose(unit: Unit) -> None:
        handler.before_commit = lambda _unit: None
        backend = unit.connection.scalar(sa.select(sa.func.pg_backend_pid()))
        database.read(lambda other: other.connection.scalar(sa.select(sa.func.pg_terminate_backend(backend, 10_000))))

    handler.before_commit = lose
    assert writer.append("line 1") == 1  # done again, on another connection
    assert handler.batches == [1, 1]
    assert writer.append("line 2") == 2
    assert stored(database) == ["line 1", "line 2"]
    assert told == [1, 2]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_defect_is_answered_and_the_next_request_is_served(
    writer: Writer, database: Database, told: list[int]
) -> None:
    with pytest.raises(OwnFault, match=r"server\.fault"):
        writer.append("defect")
    deadline_s = time.monotonic() + 60
    while not writer.alive and time.monotonic() < deadline_s:
        time.sleep(0.01)
    assert writer.append("afterwards") == 1
    assert stored(database) == ["afterwards"]
    assert told == [1]


def test_a_full_queue_refuses_at_once(writer: Writer, handler: Lines) -> None:
    handler.gate.clear()
    answers: SimpleQueue[int | PortalError] = SimpleQueue()
    writer.append_nowait("x", answers.put)
    assert handler.reached.wait(60)  # the thread holds this one, so that it does not wait any more
    for _ in range(100):
        writer.append_nowait("x", answers.put)
    with pytest.raises(OwnFault, match=r"server\.busy"):
        writer.append_nowait("x", answers.put)
    handler.gate.set()
    assert [answers.get(timeout=60) for _ in range(101)] == list(range(1, 102))


def test_closing_finishes_what_is_queued_and_refuses_the_rest(
    database: Database, told: list[int], handler: Lines
) -> None:
    writer: Writer = GroupCommitWriter(database, handler)
    writer.start()
    answers: SimpleQueue[int | PortalError] = SimpleQueue()
    for number in range(30):
        writer.append_nowait(f"line {number}", answers.put)
    writer.close()
    assert [answers.get_nowait() for _ in range(30)] == list(range(1, 31))
    with pytest.raises(OwnFault, match=r"server\.busy"):
        writer.append("too late")


def test_callbacks_run_after_the_commit_and_before_the_events(database: Database, told: list[int]) -> None:
    order: list[str] = []
    database.deliver = lambda _committed: order.append("events")

    def work(unit: Unit) -> None:
        unit.outbox.after_commit(lambda: order.append(f"callback, stored {stored(database)}"))
        unit.outbox.emit("line", 1, to=outbox.everyone())
        unit.connection.execute(lines.insert(), {"number": 1, "text": "a"})

    database.write(work)
    assert order == ["callback, stored ['a']", "events"]


@pytest.fixture
def hub() -> Iterator[Hub]:
    adopted = adopt_hub()
    yield adopted
    adopted.close()


def test_on_the_hub_waiting_lets_others_run_and_answers_come_there(
    hub: Hub, database: Database, told: list[int], handler: Lines
) -> None:
    writer: Writer = GroupCommitWriter(database, handler)
    writer.start(hub)
    handler.gate.clear()
    here, threads = threading.get_ident(), []
    ran: list[str] = []
    answers = [gevent.spawn(writer.append, f"line {number}") for number in range(3)]
    gevent.spawn(ran.append, "another greenlet")
    gevent.spawn(handler.gate.set)
    writer.append_nowait("nowait", lambda _outcome: threads.append(threading.get_ident()))
    numbers = [answer.get(timeout=60) for answer in answers]
    assert len({*numbers}) == 3
    assert ran == ["another greenlet"]
    assert threads == [here]
    writer.close()


def test_work_in_threads_returns_raises_and_is_bounded() -> None:
    hub = adopt_hub(threads=2, waiting_max=4)
    caller = threading.get_ident()
    assert hub.run(threading.get_ident) != caller
    with pytest.raises(LookupError):
        hub.run(_raise)
    outcomes = [gevent.spawn(_outcome, hub) for _ in range(6)]
    codes = [outcome.get(timeout=60) for outcome in outcomes]
    assert sorted(codes) == ["done"] * 4 + ["server.busy"] * 2
    hub.close()


def _raise() -> None:
    raise LookupError


def _outcome(hub: Hub) -> str:
    try:
        hub.run(partial(time.sleep, 0.2))
    except OwnFault as busy:
        return busy.code
    return "done"
