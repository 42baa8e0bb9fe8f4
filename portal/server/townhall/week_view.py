"""What the public page of a week shows, in one reader's language. Reads, never writes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from portal.server.core.db import Unit
from portal.server.feedback.weeks import STATES, IntakeWeek, WeekState
from portal.server.ledger import service as ledger
from portal.server.townhall import account, agenda, objections, publications
from portal.server.townhall.account import Account
from portal.server.townhall.agenda_models import AgendaChange, AgendaItem, Publication
from portal.server.townhall.hall_models import TownHall
from portal.server.translation import service as public_texts
from portal.server.translation.service import Shown
from portal.wire.agenda import json_text

LATE_AFTER_S: Final = 3600
"""A step that is not done an hour after its time is shown as late."""
# What is shown of a week's course: the state that a step leads to, and the column of its time.
COURSE: Final[tuple[tuple[WeekState, str], ...]] = (
    ("closed", "closes_s"),
    ("frozen", "freezes_s"),
    ("drafted", "drafts_s"),
    ("published", "publishes_s"),
    ("held", "hall_s"),
    ("minuted", "minutes_s"),
    ("closed_out", "answers_s"),
)


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of a week: when it is due, whether it was taken, whether it is late."""

    state: WeekState
    at_ms: int
    is_done: bool
    is_late: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One item of the agenda. ``why`` holds the numbers of its sentence; None for what people added."""

    position: int
    title: Shown | None
    minutes: int
    topic: str | None
    queue: str | None
    why: Mapping[str, Any] | None
    computed_position: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """One change by people. ``title`` is None for an item that is gone without a topic."""

    kind: str
    title: Shown | None
    before: int | None
    after: int | None
    reason: Shown | None


@dataclass(frozen=True, slots=True)
class File:
    """A published file. ``index`` is its place in the ledger, None where it has none (yet)."""

    name: str
    what: str
    revision: int
    bytes: int
    sha256: str
    at_ms: int
    index: int | None


@dataclass(frozen=True, slots=True)
class Objection:
    """What somebody objects, and the answer once there is one."""

    id: str
    text: Shown
    answer: Shown | None


@dataclass(frozen=True, slots=True)
class WeekView:
    """A week, for one reader. ``lines`` is empty until the agenda was drafted; ``is_published`` tells whether it is."""

    week: IntakeWeek
    stages: Sequence[Stage]
    lines: Sequence[Line]
    changes: Sequence[Change]
    files: Sequence[File]
    account: Account
    objections: Sequence[Objection]
    is_published: bool
    revision: int
    computed: str
    """The result as the rule gave it, for comparison."""
    takes_objections: bool
    hall: str | None


def of(unit: Unit, week: IntakeWeek, language: str) -> WeekView:
    """Return what the page of ``week`` shows to readers of ``language``."""
    row = agenda.get(unit, week.id)
    published = row is not None and row.published_revision > 0
    hall = unit.session.scalar(sa.select(TownHall.id).where(TownHall.week == week.id).order_by(TownHall.id))
    files = [_file(unit, it) for it in publications.of_week(unit, week.id)]
    return WeekView(
        week=week,
        stages=[_stage(unit, week, state, column) for state, column in COURSE],
        lines=[] if row is None else _lines(unit, week.id, language),
        changes=[] if row is None else _changes(unit, week.id, language),
        files=files,
        account=account.of(unit, week),
        objections=_objections(unit, week.id, language),
        is_published=published,
        revision=0 if row is None else row.published_revision,
        computed="" if row is None else json_text(row.result),
        takes_objections=objections.are_taken(unit, week),
        hall=hall,
    )


def file_name(what: str, revision: int) -> str:
    """Return the name under which a revision of a file is fetched."""
    return f"{what}-{revision}.json"


def _stage(unit: Unit, week: IntakeWeek, state: WeekState, column: str) -> Stage:
    due_s: int = getattr(week, column)
    done = STATES.index(week.state) >= STATES.index(state)
    return Stage(state, due_s * 1000, done, not done and unit.now_s > due_s + LATE_AFTER_S)


def _lines(unit: Unit, week: str, language: str) -> list[Line]:
    rows = [item for item in agenda.items(unit, week) if item.kind != "internal"]
    titles = public_texts.shown(unit, [agenda.key_of(row) for row in rows], language)
    return [_line(place, row, titles.get(agenda.key_of(row))) for place, row in enumerate(rows, 1)]


def _line(place: int, row: AgendaItem, title: Shown | None) -> Line:
    why = row.why if row.computed_position is not None else None
    return Line(place, title, row.minutes, row.topic_id, row.queue, why, row.computed_position)


def _changes(unit: Unit, week: str, language: str) -> list[Change]:
    rows = agenda.changes(unit, week)
    keys = [row.reason_key for row in rows] + [agenda.key_of_change(row) for row in rows]
    texts = public_texts.shown(unit, keys, language)
    return [_change(row, texts) for row in rows]


def _change(row: AgendaChange, texts: Mapping[str, Shown]) -> Change:
    title = texts.get(agenda.key_of_change(row))
    return Change(row.kind, title, row.before, row.after, texts.get(row.reason_key))


def _objections(unit: Unit, week: str, language: str) -> list[Objection]:
    rows = objections.of_week(unit, week)
    texts = public_texts.shown(unit, [key for row in rows for key in (row.text_key, row.answer_key)], language)
    return [Objection(row.id, texts[row.text_key], texts.get(row.answer_key)) for row in rows]


def _file(unit: Unit, row: Publication) -> File:
    index = None if row.ledger_entry is None else ledger.index_of(unit, row.ledger_entry)
    name = file_name(row.what, row.revision)
    return File(name, row.what, row.revision, len(row.file), row.sha256.hex(), row.at_s * 1000, index)
