"""The queue of work that need not, or must not, be done while somebody waits: rows of a table, worked off by a worker.

A job is enqueued in the transaction of the fact that asks for it, so neither is there without the other. It runs at
least once: a worker that dies in the middle leaves it to the next, so what a job does must bear being done twice.

What becomes of a job:

    waiting ── due ──→ running ── returned ──────────────→ gone, or done if it has a key (its key counts for KEPT_DAYS)
       ↑                  ├────── raised, tries left ────→ waiting, due after a pause that doubles
       │                  ├────── raised, TRIES_MAX times → failed: it stays, and is named in the log
       └──────────────────┴────── the worker died ───────→ waiting
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from portal.server.core import erasures
from portal.server.core.context import Portal
from portal.server.core.db import Base, Unit

JobState = Literal["waiting", "running", "done", "failed"]
Payload = dict[str, Any]
Function = Callable[[Portal, Payload], None]

TRIES_MAX: Final = 10
FIRST_PAUSE_MS: Final = 5_000
LONGEST_PAUSE_MS: Final = 3_600_000
KEPT_DAYS: Final = 60
KIND_CHARS_MAX: Final = 40
KEY_CHARS_MAX: Final = 120
_DAY_MS: Final = 86_400_000
_log = structlog.get_logger(__name__)
_functions: dict[str, Function] = {}


class Job(Base):
    """One piece of work. ``payload`` holds ids and numbers, never a person's words: it is kept as it is.

    ``due_ms`` is when it may begin, ``tries`` how often it was begun, ``fault`` the kind of the last exception.
    """

    __tablename__ = "job"
    __table_args__ = (sa.Index("ix_job_state_due_ms", "state", "due_ms"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(KIND_CHARS_MAX))
    key: Mapped[str | None] = mapped_column(sa.String(KEY_CHARS_MAX), unique=True)
    payload: Mapped[Payload]
    state: Mapped[JobState] = mapped_column(sa.String(8))
    due_ms: Mapped[int]
    tries: Mapped[int]
    fault: Mapped[str | None] = mapped_column(sa.String(80))
    changed_ms: Mapped[int]


@dataclass(frozen=True, slots=True)
class Tick:
    """Something that a worker looks after by itself, every ``every_s`` seconds."""

    function: Callable[[Portal], None]
    every_s: float


_ticks: dict[str, Tick] = {}


def register(kind: str, function: Function) -> None:
    """Have ``function`` do the jobs of ``kind``; called once, when its module is loaded or its feature is wired.

    It gets the portal and the payload, opens its own units of work, and may raise anything: it is then tried again.
    """
    if _functions.setdefault(kind, function) is not function:
        msg = f"two functions for jobs of kind {kind}"
        raise ValueError(msg)


def register_tick(name: str, function: Callable[[Portal], None], *, every_s: float) -> None:
    """Have every worker call ``function`` each ``every_s`` seconds; it must be brief and bear being called twice."""
    _ticks[name] = Tick(function, every_s)


def ticks() -> Mapping[str, Tick]:
    """What workers look after, by name."""
    return _ticks


def enqueue(unit: Unit, kind: str, payload: Payload, *, due_ms: int | None = None, key: str | None = None) -> None:
    """Have ``kind`` done with ``payload``, at once or from ``due_ms`` on, once the transaction of ``unit`` is over.

    ``key``: of all that are enqueued with one key, only the first counts, also when it is done already.
    """
    if kind not in _functions:
        msg = f"nobody does jobs of kind {kind}"
        raise ValueError(msg)
    row = {
        "kind": kind,
        "key": key,
        "payload": payload,
        "state": "waiting",
        "due_ms": unit.now_ms if due_ms is None else due_ms,
        "tries": 0,
        "changed_ms": unit.now_ms,
    }
    insert = sqlite.insert if unit.connection.dialect.name == "sqlite" else postgresql.insert
    unit.session.execute(insert(Job).values(row).on_conflict_do_nothing(index_elements=["key"]))


def run_due(portal: Portal) -> int:
    """Do everything that is due, here and now, one after the other; return how many jobs were begun.

    For commands and tests. What raises is tried again later, as in a worker.
    """
    count = 0
    while (job := portal.database.write(take)) is not None:
        attempt(portal, job)
        count += 1
    return count


def is_any_due(unit: Unit) -> bool:
    """Whether a worker has something to do; only reads, so that looking costs nobody the right to write."""
    due = sa.select(Job.id).where(Job.state == "waiting", Job.due_ms <= unit.now_ms).limit(1)
    return unit.connection.execute(due).first() is not None


def take(unit: Unit) -> Job | None:
    """Begin the job that has been due for longest; None if none is."""
    due = sa.select(Job).where(Job.state == "waiting", Job.due_ms <= unit.now_ms)
    job = unit.session.scalar(due.order_by(Job.due_ms, Job.id).limit(1).with_for_update(skip_locked=True))
    if job is not None:
        job.state, job.changed_ms = "running", unit.now_ms
        job.tries += 1
    return job


def attempt(portal: Portal, job: Job) -> None:
    """Do a job that was taken, and note how it went."""
    fault = _fault_of(portal, job)
    if fault is None:
        portal.database.write(lambda unit: _finished(unit, job))
        return
    given_up = job.tries >= TRIES_MAX
    _log.error("job.failed" if given_up else "job.postponed", job=job.id, task=job.kind, exc_info=fault)
    portal.database.write(lambda unit: _postponed(unit, job, type(fault).__name__, given_up=given_up))


def look_after(portal: Portal, name: str) -> None:
    """Call the tick ``name``; what it raises is logged, and it is called again at its next time."""
    outcome = _Outcome()
    with outcome:
        _ticks[name].function(portal)
    if outcome.fault is not None:
        _log.error("tick.failed", task=name, exc_info=outcome.fault)


def take_back(unit: Unit) -> int:
    """Put what a worker left unfinished back into the queue; called by a worker that knows to be the only one.

    What has ended its worker TRIES_MAX times is given up.
    """
    running = sa.update(Job).where(Job.state == "running").values(changed_ms=unit.now_ms)
    unit.session.execute(running.where(Job.tries >= TRIES_MAX).values(state="failed", fault="WorkerDied"))
    back = unit.session.execute(running.values(state="waiting").returning(Job.id)).all()
    return len(back)


def sweep(unit: Unit) -> None:
    """Forget what was done, and failed, more than KEPT_DAYS ago."""
    before_ms = unit.now_ms - KEPT_DAYS * _DAY_MS
    old = sa.delete(Job).where(Job.state.in_(("done", "failed")), Job.changed_ms < before_ms)
    erasures.note(unit, "jobs", unit.connection.execute(old).rowcount)


def counts(unit: Unit) -> dict[str, int]:
    """How many jobs there are in each state."""
    found = unit.connection.execute(sa.select(Job.state, sa.func.count()).group_by(Job.state))
    return {state: number for state, number in found}  # noqa: C416 - rows are no pairs to the type checker


class _Outcome:
    """Keeps what its block raised, to be noted; what is meant to end the process goes on."""

    fault: BaseException | None = None

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, fault: BaseException | None, _trace: object) -> bool:
        self.fault = fault
        return isinstance(fault, Exception)


def _fault_of(portal: Portal, job: Job) -> BaseException | None:
    """Run the job's function; return what it raised, for it may raise anything and must not end its worker."""
    function = _functions.get(job.kind)
    if function is None:
        return LookupError(f"nobody does jobs of kind {job.kind}")
    outcome = _Outcome()
    with outcome:
        function(portal, job.payload)
    return outcome.fault


def _finished(unit: Unit, job: Job) -> None:
    this = Job.id == job.id
    if job.key is None:
        unit.session.execute(sa.delete(Job).where(this))
    else:
        done = sa.update(Job).where(this).values(state="done", payload={}, fault=None, changed_ms=unit.now_ms)
        unit.session.execute(done)


def _postponed(unit: Unit, job: Job, fault: str, *, given_up: bool) -> None:
    pause_ms = min(FIRST_PAUSE_MS << (job.tries - 1), LONGEST_PAUSE_MS)
    state = "failed" if given_up else "waiting"
    changed = {"state": state, "fault": fault, "due_ms": unit.now_ms + pause_ms, "changed_ms": unit.now_ms}
    unit.session.execute(sa.update(Job).where(Job.id == job.id).values(changed))
