"""The weekly clock: takes each step of a week when its time has come, whatever was missed, in order, and once.

A worker looks every few seconds. A step's transaction locks the week's row and looks again, so that a worker and a
command take it once; a step that can not be taken yet (the ledger has not placed an entry, two people have not
approved) is looked at again. The table of steps stands in feedback/weeks.py.
"""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import structlog

from portal.server.core import jobs
from portal.server.core.context import Portal
from portal.server.core.db import Unit
from portal.server.feedback import weeks
from portal.server.feedback.weeks import IntakeWeek, WeekState
from portal.server.ledger import service as ledger
from portal.server.townhall import account, agenda, ballots, planning

EVERY_S: Final = 5.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the clock: ``take`` does it and tells whether it could be done; ``due_s`` names the week's column."""

    becomes: WeekState
    due_s: str
    take: Callable[[Unit, IntakeWeek], bool]


def tick(portal: Portal) -> None:
    """Make the rows of weeks to come, and take every step whose time has come."""
    settings = portal.settings
    portal.database.write(lambda unit: weeks.ensure(unit, settings.time_zone, settings.hall_minutes))
    unfinished = portal.database.read(lambda unit: [week.id for week in weeks.unfinished(unit)])
    with ExitStack() as each:  # a week that can not go on is reported at the end, and holds up no other
        for identifier in reversed(unfinished):
            each.callback(_catch_up, portal, identifier)


def _catch_up(portal: Portal, identifier: str) -> None:
    while advance(portal, identifier) is not None:
        pass


def advance(portal: Portal, identifier: str, *, early: bool = False) -> WeekState | None:
    """Take the next step of a week if its time has come, or ``early``; return its new state, None if none was taken."""
    if not early and portal.database.read(lambda unit: _due(unit, identifier, early=False)) is None:
        return None
    taken = portal.database.write(lambda unit: _advance(unit, identifier, early=early))
    if taken is not None:
        _log.info("week.advanced", week=identifier, state=taken)
    return taken


def publish_early(unit: Unit, week: IntakeWeek) -> bool:
    """Publish a drafted agenda before its time, by people's will; whether it could be done."""
    if week.state != "drafted":
        return False
    return _advance(unit, week.id, early=True) is not None


def publish_changes(unit: Unit, week: IntakeWeek) -> bool:
    """Publish the agenda anew after changes to a published one; whether it could be done."""
    unit.session.get(IntakeWeek, week.id, with_for_update=True)
    return week.state == "published" and _publish(unit, week)


def held(unit: Unit, identifier: str) -> None:
    """Note that the hall of a week was held and is closed; nothing if the week is past that."""
    _by_people(unit, identifier, "published", "held")


def minuted(unit: Unit, identifier: str) -> None:
    """Note that the minutes of a week's hall are final; nothing if the week is past that."""
    _by_people(unit, identifier, "held", "minuted")


def _by_people(unit: Unit, identifier: str, before: WeekState, becomes: WeekState) -> None:
    week = unit.session.get(IntakeWeek, identifier, with_for_update=True)
    if week is not None and week.state == before:
        week.state = becomes
        unit.session.flush()


def _advance(unit: Unit, identifier: str, *, early: bool) -> WeekState | None:
    unit.session.get(IntakeWeek, identifier, with_for_update=True)
    step = _due(unit, identifier, early=early)
    week = weeks.get(unit, identifier)
    if step is None or week is None or not step.take(unit, week):
        return None
    if getattr(week, step.due_s) > unit.now_s:
        setattr(week, step.due_s, unit.now_s)
    week.state = step.becomes
    unit.session.flush()
    return step.becomes


def _due(unit: Unit, identifier: str, *, early: bool) -> Step | None:
    week = weeks.get(unit, identifier)
    step = None if week is None else STEPS.get(week.state)
    if week is None or step is None or (getattr(week, step.due_s) > unit.now_s and not early):
        return None
    return step


def _close(_unit: Unit, _week: IntakeWeek) -> bool:
    return True


def _freeze(unit: Unit, week: IntakeWeek) -> bool:
    ledger.release_held(unit)
    account.freeze(unit, week)
    ballots.freeze(unit, week)
    return True


def _draft(unit: Unit, week: IntakeWeek) -> bool:
    file = ballots.add_beacon(unit, week)
    if file is None:
        return False
    agenda.draft(unit, week, file)
    return True


def _publish(unit: Unit, week: IntakeWeek) -> bool:
    row = agenda.get(unit, week.id)
    if row is None or agenda.blocked(unit, week, row):
        return False
    agenda.publish(unit, week, row)
    account.settle(unit, week)
    planning.for_week(unit, week.id)
    return True


def _close_out(unit: Unit, week: IntakeWeek) -> bool:
    account.settle(unit, week)
    if not account.of(unit, week).is_whole:
        return False
    account.close(unit, week)
    return True


STEPS: Final[Mapping[WeekState, Step]] = MappingProxyType(
    {
        "open": Step("closed", "closes_s", _close),
        "closed": Step("frozen", "freezes_s", _freeze),
        "frozen": Step("drafted", "drafts_s", _draft),
        "drafted": Step("published", "publishes_s", _publish),
        "minuted": Step("closed_out", "answers_s", _close_out),
    }
)
"""By the state that a step starts from; the others are taken by the hall (held) and by the moderators (minuted)."""

jobs.register_tick("week.clock", tick, every_s=EVERY_S)
