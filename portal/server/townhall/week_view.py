"""What the public page of a week shows, in one reader's language. Reads, never writes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import sqlalchemy as sa

from portal.server.core.db import Unit
from portal.server.feedback import weeks
from portal.server.feedback.weeks import STATES, IntakeWeek, WeekState
from portal.server.ledger import service as ledger
from portal.server.townhall import account, agenda, objections, outcomes, publications
from portal.server.townhall.account import Account
from portal.server.townhall.agenda_models import Publication
from portal.server.townhall.hall_models import TownHall
from portal.server.townhall.outcomes import OutcomeView
from portal.server.translation import service as public_texts
from portal.server.translation.service import Shown
from portal.wire.agenda import json_text

CHAPTERS_MAX: Final = 12
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
class Title:
    """A public text for one reader, with its original."""

    text: str
    language: str
    original: str
    original_language: str

    @property
    def is_translated(self) -> bool:
        """Whether the reader sees something else than the original."""
        return self.language != self.original_language


@dataclass(frozen=True, slots=True)
class Line:
    """One item of the agenda. ``why`` holds the numbers of its sentence; None for what people added."""

    position: int
    title: Title | None
    minutes: int
    queue: str | None
    why: Mapping[str, Any] | None
    computed_position: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """One change by people."""

    kind: str
    title: Title | None
    before: int | None
    after: int | None
    reason: Title | None


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
    """What somebody objects, and the answer once there is one; ``text`` is None where it was taken off for a reason."""

    id: str
    text: Shown | None
    answer: Shown | None
    hidden_reason: str | None


@dataclass(frozen=True, slots=True)
class WeekView:
    """A week, for one reader. ``lines`` is empty until the agenda was drafted; ``is_published`` tells whether it is."""

    week: IntakeWeek
    first_day: date
    last_day: date
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
    edition = _edition(unit, week)
    hall = unit.session.scalar(sa.select(TownHall.id).where(TownHall.week == week.id).order_by(TownHall.id))
    files = [_file(unit, it) for it in publications.of_week(unit, week.id)]
    return WeekView(
        week=week,
        first_day=weeks.monday_of(week.id),
        last_day=weeks.monday_of(week.id) + timedelta(days=6),
        stages=[_stage(unit, week, state, column) for state, column in COURSE],
        lines=[_line(place, item, language) for place, item in enumerate(edition["items"], 1)],
        changes=[_change(change, language) for change in edition["changes"]],
        files=files,
        account=account.of(unit, week),
        objections=_objections(unit, week.id, language),
        is_published=published,
        revision=edition["revision"],
        computed="" if row is None else json_text(row.result),
        takes_objections=objections.are_taken(unit, week),
        hall=hall,
    )


@dataclass(frozen=True, slots=True)
class Chapter:
    """One week of "you said, we did"."""

    week: IntakeWeek
    account: Account
    outcomes: Sequence[OutcomeView]


def chapters(unit: Unit, language: str) -> list[Chapter]:
    """Return the newest weeks with a published agenda, newest first."""
    there = IntakeWeek.state.in_(STATES[STATES.index("published") :])
    rows = unit.session.scalars(sa.select(IntakeWeek).where(there).order_by(IntakeWeek.id.desc()).limit(CHAPTERS_MAX))
    return [Chapter(it, account.of(unit, it), outcomes.published(unit, language, week=it.id)) for it in rows]


def file_name(what: str, revision: int) -> str:
    """Return the name under which a revision of a file is fetched."""
    return f"{what}-{revision}.json"


def _stage(unit: Unit, week: IntakeWeek, state: WeekState, column: str) -> Stage:
    due_s: int = getattr(week, column)
    done = STATES.index(week.state) >= STATES.index(state)
    return Stage(state, due_s * 1000, done, not done and unit.now_s > due_s + LATE_AFTER_S)


def _line(place: int, item: Mapping[str, Any], language: str) -> Line:
    return Line(
        place,
        _title(item["titles"], language),
        item["minutes"],
        item.get("queue"),
        item.get("numbers"),
        item.get("computed_position"),
    )


def _change(change: Mapping[str, Any], language: str) -> Change:
    reason, title = _title(change["reason"], language), _title(change["titles"], language)
    return Change(change["what"], title, change.get("before"), change.get("after"), reason)


def _title(texts: Mapping[str, str], language: str) -> Title | None:
    """Return what a reader of ``language`` gets of a text by languages: that language, else the original."""
    if not texts:
        return None
    original = texts["original"]
    chosen = language if language in texts else original
    return Title(texts[chosen], chosen, texts[original], original)


def _edition(unit: Unit, week: IntakeWeek) -> Mapping[str, Any]:
    """Return the newest published edition; before the first, the draft as it stands."""
    published = publications.newest(unit, week.id, "agenda")
    if published is not None:
        return publications.value_of(published)  # type: ignore[no-any-return]
    row = agenda.get(unit, week.id)
    return {"items": [], "changes": [], "revision": 0} if row is None else agenda.edition(unit, week, row)


def _objections(unit: Unit, week: str, language: str) -> list[Objection]:
    rows = objections.of_week(unit, week)
    texts = public_texts.shown(unit, [key for row in rows for key in (row.text_key, row.answer_key)], language)
    return [Objection(row.id, texts.get(row.text_key), texts.get(row.answer_key), row.hidden_reason) for row in rows]


def _file(unit: Unit, row: Publication) -> File:
    index = None if row.ledger_entry is None else ledger.index_of(unit, row.ledger_entry)
    name = file_name(row.what, row.revision)
    return File(name, row.what, row.revision, len(row.file), row.sha256.hex(), row.at_s * 1000, index)
