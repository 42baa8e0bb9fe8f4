"""Halls before they begin: made for a week from its published agenda, or by themselves."""

from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urlsplit

import sqlalchemy as sa

from portal.server.core.db import Unit
from portal.server.feedback import weeks
from portal.server.feedback.topics import key_of
from portal.server.townhall.agenda_models import Agenda, AgendaItem
from portal.server.townhall.hall_events import EventType, NewEvent
from portal.server.townhall.hall_log import append, hall_named, newest_seq
from portal.server.townhall.hall_models import HallEvent, TownHall
from portal.server.townhall.hall_state import ItemKind
from portal.wire.errors import UserError
from portal.wire.ids import new_id

KINDS: Final[dict[str, ItemKind]] = {"topic": "public", "fixed": "fixed", "internal": "internal"}


@dataclass(frozen=True, slots=True)
class Plan:
    """When a hall begins (seconds since 1970), how long it may take, and where its video meeting is, if it has one."""

    starts_s: int
    minutes: int
    week: str | None = None
    meeting_url: str | None = None
    meeting_framed: bool = False


def plan(unit: Unit, wanted: Plan) -> TownHall:
    """Make a hall; with a week, with the items of its agenda."""
    hall = TownHall(
        id=new_id(),
        week=wanted.week,
        starts_s=wanted.starts_s,
        minutes=wanted.minutes,
        standing="planned",
        meeting_url=wanted.meeting_url,
        meeting_framed=wanted.meeting_framed,
    )
    unit.session.add(hall)
    unit.session.flush()
    take_agenda(unit, hall)
    return hall


def for_week(unit: Unit, week: str) -> TownHall:
    """Return the hall of ``week``, made if there is none, with everything that is on the published agenda by now.

    Raises:
        UserError: request.not_found, for no such week.
    """
    known = of_week(unit, week)
    if known is None:
        row = weeks.get(unit, week)
        if row is None:
            raise UserError("request.not_found")
        return plan(unit, Plan(row.hall_s, row.hall_minutes, week))
    hall = hall_named(unit, known.id, lock=True)
    take_agenda(unit, hall)
    return hall


def of_week(unit: Unit, week: str) -> TownHall | None:
    """Return the hall of ``week``, if there is one."""
    return unit.session.scalar(sa.select(TownHall).where(TownHall.week == week).order_by(TownHall.id))


def take_agenda(unit: Unit, hall: TownHall) -> int:
    """Add the items of the week's published agenda that the hall does not have yet; return how many.

    The caller holds the hall's row. A hall that has begun keeps its agenda: from then on moderators change it openly.
    """
    agenda = None if hall.week is None else unit.session.get(Agenda, hall.week)
    if agenda is None or agenda.published_s is None or hall.standing != "planned":
        return 0
    added = HallEvent.type == EventType.ITEM_ADDED
    known = {
        payload["item"]
        for payload in unit.session.scalars(sa.select(HallEvent.payload).where(HallEvent.hall_id == hall.id, added))
    }
    rows = unit.session.scalars(
        sa.select(AgendaItem).where(AgendaItem.week_id == hall.week).order_by(AgendaItem.position)
    )
    events = [_added(row) for row in rows if row.id not in known]
    append(unit, hall, newest_seq(unit, hall.id), events, "clock")
    return len(events)


def halls(unit: Unit, limit: int = 50) -> list[TownHall]:
    """Return the halls, the latest first."""
    return list(unit.session.scalars(sa.select(TownHall).order_by(TownHall.starts_s.desc()).limit(limit)))


def next_hall(unit: Unit) -> TownHall | None:
    """Return the hall that is open, or else the next one."""
    coming = sa.select(TownHall).where(TownHall.standing != "closed").order_by(TownHall.standing, TownHall.starts_s)
    return unit.session.scalar(coming.limit(1))


def problem_of_url(url: str) -> Literal["meeting_url"] | None:
    """Return what is wrong with the address of a meeting: only https leads to one."""
    parts = urlsplit(url)
    plain = parts.scheme == "https" and parts.hostname and not parts.username and len(url) <= 500 and url.isprintable()
    return None if plain else "meeting_url"


def origin_of(url: str) -> str:
    """Return the origin of a meeting's address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _added(row: AgendaItem) -> NewEvent:
    text = key_of(row.topic_id) if row.topic_id is not None else row.text_key
    given = {"item": row.id, "kind": KINDS[row.kind], "minutes": row.minutes, "text": text, "topic": row.topic_id}
    return NewEvent(EventType.ITEM_ADDED, given)
