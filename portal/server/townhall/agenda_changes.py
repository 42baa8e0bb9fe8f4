"""What people change about a computed agenda: one function a change, each with a public reason, each a new revision.

A change voids the approvals given before, since those are of another revision.
"""

from dataclasses import dataclass
from typing import Final

from portal.server.core.actor import Actor
from portal.server.core.db import Unit
from portal.server.feedback import topics, weeks
from portal.server.feedback.weeks import IntakeWeek
from portal.server.townhall import agenda
from portal.server.townhall.agenda_models import Agenda, AgendaChange, AgendaItem, ChangeKind, ItemKind
from portal.server.translation import service as public_texts
from portal.wire.errors import UserError
from portal.wire.ids import new_id

REASON_CHARS: Final = (10, 500)
TITLE_CHARS_MAX: Final = 160
MINUTES_MAX: Final = 240


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is changed, for everyone to read; ``language`` is the one it is written in.

    Raises ValueError for less than REASON_CHARS[0] or more than REASON_CHARS[1] characters.
    """

    text: str
    language: str

    def __post_init__(self) -> None:
        least, most = REASON_CHARS
        if not least <= len(self.text.strip()) <= most:
            msg = f"a public reason has {least} to {most} characters"
            raise ValueError(msg)


def begin(unit: Unit, week: str, revision: int) -> Agenda:
    """Return the agenda of ``week``, to be changed from the revision that somebody saw; nobody else changes it now.

    Raises:
        UserError: request.not_found; moderation.moved, if somebody changed it meanwhile; moderation.closed, once the
            hall was held.
    """
    row = unit.session.get(Agenda, week, with_for_update=True)
    of_week = weeks.get(unit, week)
    if row is None or of_week is None:
        raise UserError("request.not_found")
    if of_week.has_reached("held"):
        raise UserError("moderation.closed")
    if row.revision != revision:
        raise UserError("moderation.moved")
    return row


def move(unit: Unit, actor: Actor, row: Agenda, item: str, place: int, reason: Reason) -> None:
    """Put an item at ``place`` (from 1); what is beyond the ends is the end. Nothing, if it is there already."""
    order = agenda.items(unit, row.week_id)
    moved = _named(order, item)
    before = order.index(moved) + 1
    after = max(1, min(place, len(order)))
    if before == after:
        return
    order.remove(moved)
    order.insert(after - 1, moved)
    _renumber(order)
    _note(unit, actor, row, moved, ("move", before, after), reason)


def set_minutes(unit: Unit, actor: Actor, row: Agenda, item: str, minutes: int, reason: Reason) -> None:
    """Give an item more or less time."""
    changed = _named(agenda.items(unit, row.week_id), item)
    before, changed.minutes = changed.minutes, minutes
    if before != minutes:
        _note(unit, actor, row, changed, ("minutes", before, minutes), reason)


def remove(unit: Unit, actor: Actor, row: Agenda, item: str, reason: Reason) -> None:
    """Take an item off."""
    order = agenda.items(unit, row.week_id)
    removed = _named(order, item)
    before = order.index(removed) + 1
    order.remove(removed)
    unit.session.delete(removed)
    unit.session.flush()
    _renumber(order)
    _note(unit, actor, row, removed, ("remove", before, None), reason)


def add_topic(unit: Unit, actor: Actor, row: Agenda, topic: str, at: tuple[int, int], reason: Reason) -> None:
    """Put a topic on that the rule did not choose; ``at`` is its place and its minutes.

    Raises:
        UserError: request.not_found, unless it is a published topic that is not on yet.
    """
    known = topics.view(unit, topic, reason.language)
    on_already = any(item.topic_id == topic for item in agenda.items(unit, row.week_id))
    if known is None or known.status != "published" or on_already:
        raise UserError("request.not_found")
    _add(unit, actor, row, _item(row, "topic", at, topic), reason)


def add_item(
    unit: Unit, actor: Actor, row: Agenda, kind: ItemKind, title: str, at: tuple[int, int], reason: Reason
) -> None:
    """Put on what is no topic: "fixed" (opening, break) or "internal", which the public does not see."""
    item = _item(row, kind, at, None)
    targets = (reason.language,) if kind == "internal" else None
    if targets is None:
        public_texts.put(unit, item.text_key, title.strip(), reason.language)
    else:
        public_texts.put(unit, item.text_key, title.strip(), reason.language, targets=targets)
    _add(unit, actor, row, item, reason)


def _item(row: Agenda, kind: ItemKind, at: tuple[int, int], topic: str | None) -> AgendaItem:
    place, minutes = at
    return AgendaItem(
        id=new_id(),
        week_id=row.week_id,
        position=place,
        kind=kind,
        topic_id=topic,
        minutes=minutes,
        computed_position=None,
        queue=None,
        why={},
    )


def _add(unit: Unit, actor: Actor, row: Agenda, item: AgendaItem, reason: Reason) -> None:
    order = agenda.items(unit, row.week_id)
    place = max(1, min(item.position, len(order) + 1))
    order.insert(place - 1, item)
    unit.session.add(item)
    _renumber(order)
    _note(unit, actor, row, item, ("add", None, place), reason)


def _note(
    unit: Unit,
    actor: Actor,
    row: Agenda,
    item: AgendaItem,
    change: tuple[ChangeKind, int | None, int | None],
    reason: Reason,
) -> None:
    row.revision += 1
    kind, before, after = change
    noted = AgendaChange(
        week_id=row.week_id,
        revision=row.revision,
        item_id=item.id,
        topic_id=item.topic_id,
        kind=kind,
        before=before,
        after=after,
        account_id=actor.account,
        at_s=unit.now_s,
        is_public=item.kind != "internal",
    )
    unit.session.add(noted)
    unit.session.flush()
    if noted.is_public:
        public_texts.put(unit, noted.reason_key, reason.text.strip(), reason.language)


def _named(order: list[AgendaItem], item: str) -> AgendaItem:
    found = next((it for it in order if it.id == item), None)
    if found is None:
        raise UserError("request.not_found")
    return found


def _renumber(order: list[AgendaItem]) -> None:
    for place, item in enumerate(order, 1):
        item.position = place


def may_change(week: IntakeWeek) -> bool:
    """Whether the agenda of ``week`` can still be changed."""
    return week.has_reached("drafted") and not week.has_reached("held")
