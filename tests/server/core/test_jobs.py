"""The queue: nothing without its fact, once for each key, again after a failure, and again after a worker's death."""

import io
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

import flask
import pytest
import sqlalchemy as sa

from portal.bench.process import free_port
from portal.config import Settings
from portal.server.app import create_app
from portal.server.core import jobs, logs
from portal.server.core.context import EXTENSION, Portal
from portal.server.core.db import Unit
from portal.server.core.jobs import FIRST_PAUSE_MS, TRIES_MAX, Job, Payload
from portal.server.core.worker import Worker

KIND = "test.note"
FAULTY = "test.faulty"
done: list[Payload] = []


def note(_portal: Portal, payload: Payload) -> None:
    done.append(payload)


def fail(_portal: Portal, payload: Payload) -> None:
    done.append(payload)
    raise KeyError(payload["n"])


jobs.register(KIND, note)
jobs.register(FAULTY, fail)


class Clock:
    """A portal at a time that the test sets."""

    def __init__(self, app: flask.Flask) -> None:
        self.portal: Portal = app.extensions[EXTENSION]
        self.now_ms = 1_795_000_000_000
        self.portal.database.clock_ms = lambda: self.now_ms

    def write(self, work: Callable[[Unit], object]) -> None:
        self.portal.database.write(work)

    def states(self) -> list[tuple[str, int, int]]:
        rows = sa.select(Job.state, Job.tries, Job.due_ms - self.now_ms).order_by(Job.id)
        found = self.portal.database.read(lambda unit: unit.connection.execute(rows).all())
        return [(state, tries, pause_ms) for state, tries, pause_ms in found]

    def add(self, number: int, key: str | None = None) -> None:
        self.write(lambda unit: jobs.enqueue(unit, KIND, {"n": number}, key=key))


@pytest.fixture
def clock(settings: Settings) -> Iterator[Clock]:
    done.clear()
    logs.configure("error", io.StringIO())
    made = Clock(create_app(settings))
    yield made
    made.portal.database.close()


def test_a_job_is_there_exactly_if_its_fact_is(clock: Clock) -> None:
    def undone(unit: Unit) -> None:
        jobs.enqueue(unit, KIND, {"n": 1})
        raise LookupError

    with pytest.raises(LookupError):
        clock.write(undone)
    assert jobs.run_due(clock.portal) == 0
    clock.write(lambda unit: jobs.enqueue(unit, KIND, {"n": 2}))
    assert jobs.run_due(clock.portal) == 1
    assert done == [{"n": 2}]
    assert clock.states() == [], "what has no key leaves nothing behind"


def test_of_one_key_only_the_first_counts(clock: Clock) -> None:
    for number in (1, 2):
        clock.add(number, "same")
    assert jobs.run_due(clock.portal) == 1
    clock.write(lambda unit: jobs.enqueue(unit, KIND, {"n": 3}, key="same"))
    assert jobs.run_due(clock.portal) == 0
    assert done == [{"n": 1}]
    clock.now_ms += (jobs.KEPT_DAYS + 1) * 86_400_000
    clock.write(jobs.sweep)
    assert clock.states() == []


def test_a_job_waits_for_its_time(clock: Clock) -> None:
    clock.write(lambda unit: jobs.enqueue(unit, KIND, {"n": 1}, due_ms=clock.now_ms + 5000))
    assert jobs.run_due(clock.portal) == 0
    clock.now_ms += 5000
    assert jobs.run_due(clock.portal) == 1


def test_what_fails_is_tried_again_after_growing_pauses_and_then_given_up(clock: Clock) -> None:
    clock.write(lambda unit: jobs.enqueue(unit, FAULTY, {"n": 1}))
    pauses = []
    for _ in range(TRIES_MAX - 1):
        assert jobs.run_due(clock.portal) == 1
        ((state, _, pause_ms),) = clock.states()
        assert state == "waiting"
        pauses.append(pause_ms)
        clock.now_ms += pause_ms
    assert pauses[:3] == [FIRST_PAUSE_MS, 2 * FIRST_PAUSE_MS, 4 * FIRST_PAUSE_MS]
    assert jobs.run_due(clock.portal) == 1
    assert clock.states()[0][:2] == ("failed", TRIES_MAX)
    assert len(done) == TRIES_MAX


def test_what_a_dead_worker_had_begun_is_done_by_the_next(clock: Clock) -> None:
    clock.write(lambda unit: jobs.enqueue(unit, KIND, {"n": 1}))
    clock.write(jobs.take)
    assert jobs.run_due(clock.portal) == 0, "somebody is at it"
    clock.write(jobs.take_back)
    assert jobs.run_due(clock.portal) == 1


def test_nobody_s_work_is_refused(clock: Clock) -> None:
    with pytest.raises(ValueError, match="nobody does jobs of kind"):
        clock.write(lambda unit: jobs.enqueue(unit, "test.unknown", {}))
    with pytest.raises(ValueError, match="two functions"):
        jobs.register(KIND, fail)


def test_a_second_worker_stands_by_until_the_first_is_gone(clock: Clock, settings: Settings) -> None:
    other = Clock(create_app(settings))
    workers = [Worker(it.portal, nullcontext) for it in (clock, other)]
    threads = [threading.Thread(target=worker.run) for worker in workers]
    try:
        for number, thread in enumerate(threads):
            thread.start()
            clock.add(number)
            eventually(lambda: len(done) > number)  # noqa: B023 - called here and now
        workers[0].stop()
        threads[0].join(10)
        clock.add(9)
        eventually(lambda: {"n": 9} in done)
        assert [payload["n"] for payload in done] == [0, 1, 9], "each once"
    finally:
        for worker, thread in zip(workers, threads, strict=True):
            worker.stop()
            thread.join(10)
        other.portal.database.close()


def test_a_worker_ends_once_a_newer_portal_has_changed_the_schema(clock: Clock) -> None:
    def version(name: str) -> str:
        with clock.portal.database.engine.begin() as connection:
            (former,) = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalars()
            connection.execute(sa.text("UPDATE alembic_version SET version_num = :name"), {"name": name})
        return str(former)

    worker = Worker(clock.portal, nullcontext)
    thread = threading.Thread(target=worker.run)
    former = version("of a newer portal")
    try:
        thread.start()
        thread.join(20)
        assert not thread.is_alive()
    finally:
        version(former)
        worker.stop()


def test_a_worker_outlives_a_database_that_fails(clock: Clock) -> None:
    """The table is away for a while: while looking for work, and while noting how a job went."""
    rename = "ALTER TABLE {} RENAME TO {}".format

    def away(_portal: Portal, payload: Payload) -> None:
        done.append(payload)
        if len(done) == 1:
            clock.write(lambda unit: unit.connection.exec_driver_sql(rename("job", "job_away")))

    jobs.register(f"test.away.{clock.portal.database.url.drivername}", away)
    clock.write(lambda unit: jobs.enqueue(unit, f"test.away.{clock.portal.database.url.drivername}", {"n": 1}))
    worker = Worker(clock.portal, nullcontext)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        eventually(lambda: done == [{"n": 1}])
        time.sleep(1)
        clock.write(lambda unit: unit.connection.exec_driver_sql(rename("job_away", "job")))
        eventually(lambda: clock.states() == [])
        assert done == [{"n": 1}, {"n": 1}], "how it went could not be noted, so it is done again"
    finally:
        worker.stop()
        thread.join(20)
        assert not thread.is_alive()


@pytest.mark.slow  # processes
def test_the_worker_of_a_server_ends_with_it_also_when_it_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "portal", "run", "--data", str(tmp_path), "--port", str(free_port())]
    with subprocess.Popen(command, env={"PATH": os.environ["PATH"]}, stdout=subprocess.DEVNULL) as server:
        worker = child_of(server.pid)
        server.kill()
    eventually(lambda: not is_running(worker))


def child_of(server: int) -> int:
    """The worker that a server started: found by its command line, since it has a session of its own."""
    found: list[int] = []

    def look() -> bool:
        pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
        found[:] = [pid for pid in pids if parent_of(pid) == server]
        return bool(found)

    eventually(look, 60)
    return found[0]


def parent_of(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def eventually(holds: Callable[[], bool], patience_s: float = 30) -> None:
    deadline_s = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < deadline_s, "it did not happen in time"
        time.sleep(0.05)
