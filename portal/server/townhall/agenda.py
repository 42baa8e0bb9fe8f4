"""A week's agenda: computed from the published ballot file, then changed by people, each change with a public reason.

    draft ── change (new revision, a reason) ──→ draft ── two people approve this very revision,
      ↑                                            │       every text in every language is checked
      └── change after an objection ── published ←─┘

What was computed stays beside what people made of it, so that everyone sees the difference. The only writer of
``agenda``, ``agenda_item``, ``agenda_change`` and ``agenda_approval``.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from portal.server.core.actor import Actor
from portal.server.core.catalogues import LANGUAGES
from portal.server.core.db import Unit
from portal.server.feedback import topics
from portal.server.feedback.weeks import IntakeWeek
from portal.server.townhall import publications
from portal.server.townhall.agenda_models import Agenda, AgendaApproval, AgendaChange, AgendaItem, Publication, item_key
from portal.server.translation import service as public_texts
from portal.wire import agenda as rule
from portal.wire.agenda import BallotFile
from portal.wire.ids import new_id

APPROVALS_DUE: Final = 2


@dataclass(frozen=True, slots=True)
class Blocked:
    """What stands between an agenda and its publication; nothing does if all is empty."""

    approvals_missing: int
    texts_missing: Sequence[tuple[str, str]]
    """(key, language) of texts that are not there, or that no person has checked."""
    minutes_over: int

    def __bool__(self) -> bool:
        return bool(self.approvals_missing or self.texts_missing or self.minutes_over)


def draft(unit: Unit, week: IntakeWeek, file: BallotFile) -> Agenda:
    """Compute the agenda of ``week`` from its published file, as the first revision."""
    computed = rule.compute(file)
    row = Agenda(
        week_id=week.id,
        revision=1,
        published_revision=0,
        shown_revision=0,
        result=computed.result(),
        created_s=unit.now_s,
        published_s=None,
    )
    unit.session.add(row)
    for place, item in enumerate(computed.items, 1):
        unit.session.add(_computed(week.id, place, item))
    unit.session.flush()
    return row


def get(unit: Unit, week: str) -> Agenda | None:
    """Return the agenda of a week; None before it was computed."""
    return unit.session.get(Agenda, week)


def items(unit: Unit, week: str) -> list[AgendaItem]:
    """Return a week's items in their present order, internal ones included."""
    rows = sa.select(AgendaItem).where(AgendaItem.week_id == week)
    return list(unit.session.scalars(rows.order_by(AgendaItem.position)))


def changes(unit: Unit, week: str) -> list[AgendaChange]:
    """Return what people changed of the public agenda, oldest first."""
    rows = sa.select(AgendaChange).where(AgendaChange.week_id == week, AgendaChange.is_public)
    return list(unit.session.scalars(rows.order_by(AgendaChange.revision)))


def approvals(unit: Unit, row: Agenda) -> list[str]:
    """Return the accounts that approved the present revision, with the words that it has now."""
    given = sa.select(AgendaApproval.account_id).where(
        AgendaApproval.week_id == row.week_id,
        AgendaApproval.revision == row.revision,
        AgendaApproval.words == _words(unit, row.week_id),
    )
    return sorted(unit.session.scalars(given))


def approve(unit: Unit, actor: Actor, row: Agenda) -> None:
    """Note that ``actor`` agrees with the present revision as it stands, word for word."""
    approval = AgendaApproval(
        week_id=row.week_id,
        revision=row.revision,
        account_id=actor.account,
        at_s=unit.now_s,
        words=_words(unit, row.week_id),
    )
    unit.session.merge(approval)  # one of other words is replaced
    unit.session.flush()


def blocked(unit: Unit, week: IntakeWeek, row: Agenda) -> Blocked:
    """Return what has to be done before the present revision can be published."""
    over = sum(item.minutes for item in items(unit, week.id)) - week.hall_minutes
    missing = public_texts.missing(unit, public_keys(unit, week.id), LANGUAGES)
    return Blocked(max(0, APPROVALS_DUE - len(approvals(unit, row))), missing, max(0, over))


def public_keys(unit: Unit, week: str) -> list[str]:
    """Return the keys of all texts that the public agenda shows."""
    shown = [item for item in items(unit, week) if item.kind != "internal"]
    titles = [key_of(item) for item in shown]
    return list(dict.fromkeys([*titles, *(change.reason_key for change in changes(unit, week))]))


def _words(unit: Unit, week: str) -> bytes:
    """SHA-256 of what the agenda says, as it was written; translations have checks of their own."""
    originals = {}
    for key in public_keys(unit, week):
        original = next((text for text in public_texts.languages_of(unit, key) if text.origin == "original"), None)
        originals[key] = None if original is None else [original.language, original.text]
    return hashlib.sha256(json.dumps(originals, sort_keys=True).encode()).digest()


def key_of(item: AgendaItem) -> str:
    """Return the key of an item's title among the public texts."""
    return item.text_key if item.topic_id is None else topics.key_of(item.topic_id)


def key_of_change(change: AgendaChange) -> str:
    """Return the key of the title of the item that was changed, also if it is gone."""
    return item_key(change.item_id) if change.topic_id is None else topics.key_of(change.topic_id)


def publish(unit: Unit, week: IntakeWeek, row: Agenda) -> Publication:
    """Publish the present revision. Whether it may be is the caller's to ask (``blocked``)."""
    row.published_revision += 1
    row.shown_revision = row.revision
    row.published_s = unit.now_s
    return publications.publish(unit, week.id, "agenda", edition(unit, week, row), revision=row.published_revision)


def _computed(week: str, place: int, item: rule.Item) -> AgendaItem:
    why = {"voices": item.voices, "newly_heard": item.newly_heard, "heard": item.heard, "size": item.size}
    return AgendaItem(
        id=new_id(),
        week_id=week,
        position=place,
        kind="topic",
        topic_id=item.topic,
        minutes=item.minutes,
        computed_position=place,
        queue=item.queue,
        why=why,
    )


def edition(unit: Unit, week: IntakeWeek, row: Agenda) -> dict[str, Any]:
    """Return the public agenda as it stands, as plain values: what is published as a file (docs/agenda.md)."""
    shown = [item for item in items(unit, week.id) if item.kind != "internal"]
    ballots = publications.newest(unit, week.id, "ballots")
    return {
        "week": week.id,
        "revision": row.published_revision,
        "minutes": week.hall_minutes,
        "ballots_sha256": "" if ballots is None else ballots.sha256.hex(),
        "computed": row.result,
        "items": [_item(unit, item) for item in shown],
        "changes": [_change(unit, change) for change in changes(unit, week.id)],
    }


def _item(unit: Unit, item: AgendaItem) -> dict[str, Any]:
    plain: dict[str, Any] = {"minutes": item.minutes, "titles": _texts(unit, key_of(item))}
    if item.topic_id is not None:
        plain["topic"] = item.topic_id
    if item.computed_position is not None:
        plain |= {"computed_position": item.computed_position, "queue": item.queue, "numbers": item.why}
    return plain


def _change(unit: Unit, change: AgendaChange) -> dict[str, Any]:
    titles = _texts(unit, key_of_change(change))
    plain: dict[str, Any] = {"what": change.kind, "reason": _texts(unit, change.reason_key), "titles": titles}
    known = {"topic": change.topic_id, "before": change.before, "after": change.after}
    return plain | {name: value for name, value in known.items() if value is not None}


def _texts(unit: Unit, key: str) -> dict[str, str]:
    """A text by language; under "original" the code of the language that it was written in."""
    rows = [row for row in public_texts.languages_of(unit, key) if row.text]
    return {row.language: row.text for row in rows} | ({"original": rows[0].language} if rows else {})
