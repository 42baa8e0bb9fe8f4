"""A whole week in minutes, on a copy: invented submissions, moderators who agree, the real clock, the real services.

The copy is a SQLite file in a folder of its own with keys of its own, made of the tables of citizens and the town hall,
whatever database the installation has; rooms are not touched, nothing is sent, and all of it is gone afterwards.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from portal.analysis import synthetic
from portal.config import Settings
from portal.server.accounts.models import Account
from portal.server.app import create_app
from portal.server.core import migrations
from portal.server.core.actor import Actor, Role
from portal.server.core.context import EXTENSION, Portal
from portal.server.core.db import Base, Database, Unit
from portal.server.feedback import service, states, topics, weeks
from portal.server.feedback.feature import Feedback
from portal.server.feedback.models import Submission
from portal.server.feedback.service import Said
from portal.server.feedback.weeks import IntakeWeek, WeekState
from portal.server.ledger.feature import Ledger
from portal.server.townhall import account, agenda, clock, outcomes
from portal.server.townhall.account import Account as WeekAccount
from portal.server.townhall.agenda_models import Agenda
from portal.server.translation import service as public_texts
from portal.wire.ids import AccountId, new_id

Show = Callable[[str, int, int], None]
"""Told what is being done, how much of it is, and how much there is of it."""

COPIED: Final = ("portal.server.feedback", "portal.server.townhall", "portal.server.translation")
COPIED_TABLES: Final = frozenset(
    {"delegation", "account", "account_role", "ledger_entry", "ledger_tile", "ledger_opening"}
)
ROWS_AT_ONCE: Final = 1000
TAKEN_AT_ONCE: Final = 50
TOPICS_MAX: Final = 40
MINUTES: Final = (5, 10, 15)


@dataclass
class Rehearsed:
    """How a rehearsal went: seconds by step, and what came out of it."""

    week: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    items: list[tuple[str, int]] = field(default_factory=list)
    account: WeekAccount | None = None


@dataclass
class _Stage:
    portal: Portal
    show: Show
    report: Rehearsed
    now_s: float = 0
    people: tuple[Actor, Actor] | None = None

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        begun_s = time.perf_counter()
        yield
        self.report.seconds[name] = time.perf_counter() - begun_s

    def goes_to(self, state: WeekState, column: str) -> None:
        """Move the clock to the time of a step and have it taken; RuntimeError if it can not be."""
        database, identifier = self.portal.database, self.report.week
        due_s = database.read(lambda unit: getattr(unit.session.get_one(IntakeWeek, identifier), column))
        self.now_s = max(self.now_s, due_s)
        self.portal.get(Ledger).sequence()
        taken = clock.advance(self.portal, identifier)
        if taken != state:
            msg = f"week {identifier} should be {state} now, and is not"
            raise RuntimeError(msg)


def rehearse(settings: Settings, count: int, show: Show) -> Rehearsed:
    """Play a week with ``count`` invented submissions on a copy of the installation of ``settings``."""
    with tempfile.TemporaryDirectory(prefix="portal-rehearsal-") as folder:
        stage = _open(settings, Path(folder), show)
        try:
            _play(stage, count)
        finally:
            stage.portal.database.close()
        return stage.report


def _open(settings: Settings, folder: Path, show: Show) -> _Stage:
    copy = replace(settings, data_dir=folder, database_url=f"sqlite:///{folder / 'portal.sqlite3'}", worker=False)
    app = create_app(copy)
    stage = _Stage(app.extensions[EXTENSION], show, Rehearsed())
    database = stage.portal.database
    migrations.upgrade(database)
    with stage.step("copy"):
        source = Database(settings.database_url)
        try:
            _copy(source, database, show)
        finally:
            source.close()
    stage.now_s = time.time()
    database.clock_ms = lambda: int(stage.now_s * 1000)
    return stage


def _copy(source: Database, target: Database, show: Show) -> None:
    models = [mapper.class_ for mapper in Base.registry.mappers]
    mine = {model.__tablename__ for model in models if model.__module__.startswith(COPIED)}
    tables = [table for table in Base.metadata.sorted_tables if table.name in mine | COPIED_TABLES]
    with source.engine.connect() as reading, target.engine.connect() as writing:
        writing.exec_driver_sql("PRAGMA foreign_keys=OFF")
        writing.exec_driver_sql("BEGIN")
        for place, table in enumerate(tables, 1):
            found = reading.execution_options(yield_per=ROWS_AT_ONCE).execute(sa.select(table))
            for rows in found.mappings().partitions():
                writing.execute(sa.insert(table), [dict(row) for row in rows])
            show("copying tables", place, len(tables))
        writing.commit()
    source.close()


def _play(stage: _Stage, count: int) -> None:
    database = stage.portal.database
    stage.report.week = database.write(lambda unit: _begin(unit, stage))
    with stage.step("submissions"):
        subjects = _submit(stage, count)
    with stage.step("moderation"):
        _moderate(stage, subjects)
    with stage.step("close and freeze"):
        stage.goes_to("closed", "closes_s")
        stage.goes_to("frozen", "freezes_s")
    with stage.step("agenda"):
        stage.goes_to("drafted", "drafts_s")
    with stage.step("publish"):
        database.write(lambda unit: _agree(unit, stage))
        stage.goes_to("published", "publishes_s")
    with stage.step("hall, minutes, answers"):
        database.write(lambda unit: clock.held(unit, stage.report.week))
        database.write(lambda unit: _answer(unit, stage))
        database.write(lambda unit: clock.minuted(unit, stage.report.week))
    with stage.step("close the account"):
        stage.goes_to("closed_out", "answers_s")
    database.read(lambda unit: _sum_up(unit, stage.report))


def _begin(unit: Unit, stage: _Stage) -> str:
    """Go to the Wednesday of the first week that nothing was said in yet; bring two moderators."""
    settings = stage.portal.settings
    while True:
        weeks.ensure(unit, settings.time_zone, settings.hall_minutes)
        week = weeks.current(unit)
        said = sa.select(Submission.id).where(Submission.week_id == week.id).limit(1)
        if week.opens_s > unit.now_s - 86_400 and unit.session.scalar(said) is None:
            break
        unit.now_ms = (week.closes_s + 86_400) * 1000
    stage.now_s = week.opens_s + 2 * 86_400
    stage.people = (_moderator(unit), _moderator(unit))
    return week.id


def _moderator(unit: Unit) -> Actor:
    identifier = AccountId(new_id())
    unit.session.add(
        Account(
            id=identifier,
            handle=f"rehearsal-{identifier[:8].lower()}",
            name="Rehearsal",
            languages=["en"],
            opaque_record="",
            recovery_auth_sha256=b"",
            sign_key=bytes(32),
            box_key=b"",
            created_s=unit.now_s,
        )
    )
    unit.session.flush()
    return Actor(identifier, None, frozenset({Role.MODERATOR}), 0, None)


def _submit(stage: _Stage, count: int) -> dict[int, list[str]]:
    """Take invented submissions by the real way in, from the pass on; return them by what they are about."""
    invented = synthetic.week(count, seed=len(stage.report.week))
    by_subject: dict[int, list[str]] = {}
    for start in range(0, count, TAKEN_AT_ONCE):
        part = invented[start : start + TAKEN_AT_ONCE]
        taken = stage.portal.database.write(lambda unit, part=part: _take(unit, stage, part))  # type: ignore[misc]
        for one, identifier in zip(part, taken, strict=True):
            by_subject.setdefault(one.subject, []).append(identifier)
        stage.show("submissions", start + len(part), count)
    return by_subject


def _take(unit: Unit, stage: _Stage, invented: list[synthetic.Submission]) -> list[str]:
    feedback, found = stage.portal.get(Feedback), []
    for one in invented:
        used = feedback.passes.read(feedback.passes.issue("patience", unit.now_s, 0), "patience")
        said = Said(one.text, one.language, "public", unit.now_s)
        submission = service.submission_of(unit, service.take(unit, feedback, said, used).receipt)
        found.append("" if submission is None else submission.id)
    return found


def _moderate(stage: _Stage, by_subject: dict[int, list[str]]) -> None:
    """Do what moderators would: a topic for each of the largest subjects; the rest is rejected."""
    ordered = sorted(by_subject.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    for place, (subject, found) in enumerate(ordered, 1):
        kept = place <= TOPICS_MAX
        stage.portal.database.write(lambda unit, it=(subject, found, kept): _decide(unit, stage, *it))  # type: ignore[misc]
        stage.show("moderation", place, len(ordered))


def _decide(unit: Unit, stage: _Stage, subject: int, found: list[str], kept: bool) -> None:  # noqa: FBT001
    topic = _topic(unit, stage, subject) if kept else None
    for identifier in found:
        submission = unit.session.get_one(Submission, identifier)
        if topic is not None:
            topics.place(unit, submission, [topic])
        states.set_state(unit, submission, "rejected" if topic is None else "accepted")


def _topic(unit: Unit, stage: _Stage, subject: int) -> str:
    first, _ = _people(stage)
    minutes = MINUTES[subject % len(MINUTES)]
    title, theme = f"Subject {subject}", f"theme {subject % 15}"
    row = topics.make(unit, first, stage.report.week, title, "en", theme=theme, minutes=minutes)
    _check(unit, stage, [topics.key_of(row.id)])
    return row.id


def _agree(unit: Unit, stage: _Stage) -> None:
    row = unit.session.get_one(Agenda, stage.report.week)
    _check(unit, stage, agenda.public_keys(unit, stage.report.week))
    for person in _people(stage):
        agenda.approve(unit, person, row)


def _answer(unit: Unit, stage: _Stage) -> None:
    """One answer for each topic of the week, read over and published."""
    for view in topics.published_topics(unit, "en", stage.report.week):
        drafted = outcomes.Drafted("answer", "Rehearsal", f"Answer about {view.title}", "en", (view.id,))
        row = outcomes.draft(unit, drafted)
        _check(unit, stage, [outcomes.outcome_key(row.id)])
        outcomes.publish(unit, row.id)


def _check(unit: Unit, stage: _Stage, keys: list[str]) -> None:
    """Read translations over, as people would; where the worker made none, the original stands in."""
    first, _ = _people(stage)
    for key, language in public_texts.missing(unit, keys):
        original, *others = public_texts.languages_of(unit, key)
        row = next(it for it in others if it.language == language)
        public_texts.check(unit, first, key, language, row.text or original.text, revision=row.revision)


def _people(stage: _Stage) -> tuple[Actor, Actor]:
    if stage.people is None:
        msg = "the rehearsal has not begun"
        raise RuntimeError(msg)
    return stage.people


def _sum_up(unit: Unit, report: Rehearsed) -> None:
    week = unit.session.get_one(IntakeWeek, report.week)
    report.account = account.of(unit, week)
    items = agenda.items(unit, report.week)
    titles = public_texts.shown(unit, [agenda.key_of(item) for item in items], "en")
    report.items = [(titles[agenda.key_of(item)].text, item.minutes) for item in items]
