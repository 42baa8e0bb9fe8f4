"""What moderators see of a week's agenda: items with their reasons, minutes, what is missing before it is published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.server.core.actor import Actor
from portal.server.core.db import Unit
from portal.server.feedback import topics
from portal.server.feedback.topics import TopicView
from portal.server.feedback.weeks import IntakeWeek
from portal.server.townhall import agenda, agenda_changes, objections
from portal.server.townhall.agenda_models import Agenda, AgendaItem, AgendaObjection
from portal.server.translation import service as public_texts
from portal.server.translation.service import Shown


@dataclass(frozen=True, slots=True)
class Row:
    """One item with its title."""

    item: AgendaItem
    title: Shown | None


@dataclass(frozen=True, slots=True)
class AgendaDesk:
    """The page of one agenda. ``row`` is None before it is computed; ``texts_missing`` counts by language."""

    week: IntakeWeek
    row: Agenda | None
    rows: Sequence[Row]
    minutes: int
    texts_missing: Mapping[str, int]
    approvals: int
    approved_by_me: bool
    is_blocked: bool
    may_change: bool
    is_unpublished: bool
    others: Sequence[TopicView]
    objections: Sequence[tuple[AgendaObjection, Shown]]
    texts: Mapping[str, Shown]
    changes: Sequence[Any]


def of(unit: Unit, actor: Actor, week: IntakeWeek, language: str) -> AgendaDesk:
    """Return what ``actor`` sees of the agenda of ``week``."""
    row = agenda.get(unit, week.id)
    items = agenda.items(unit, week.id)
    changed = agenda.changes(unit, week.id)
    against = objections.of_week(unit, week.id)
    keys = [agenda.key_of(item) for item in items] + [it.text_key for it in against]
    keys += [key for it in changed for key in (it.reason_key, agenda.key_of_change(it))]
    texts = public_texts.shown(unit, keys, language)
    blocked = None if row is None else agenda.blocked(unit, week, row)
    given = [] if row is None else agenda.approvals(unit, row)
    on = {item.topic_id for item in items}
    return AgendaDesk(
        week=week,
        row=row,
        rows=[Row(item, texts.get(agenda.key_of(item))) for item in items],
        minutes=sum(item.minutes for item in items),
        texts_missing=_counted([] if blocked is None else blocked.texts_missing),
        approvals=len(given),
        approved_by_me=actor.account in given,
        is_blocked=bool(blocked),
        may_change=agenda_changes.may_change(week),
        is_unpublished=row is not None and row.shown_revision != row.revision,
        others=[it for it in topics.published_topics(unit, language) if it.id not in on],
        objections=[(it, texts[it.text_key]) for it in against if it.text_key in texts],
        texts=texts,
        changes=changed,
    )


def _counted(missing: Sequence[tuple[str, str]]) -> dict[str, int]:
    languages = sorted({language for _, language in missing})
    return {language: sum(1 for _, other in missing if other == language) for language in languages}
