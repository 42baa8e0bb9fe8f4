"""Objections to a published agenda: for 24 hours, by anyone who has a receipt, of whatever week; public, and answered.

One receipt, one objection a week. Nothing of the receipt is kept with it: its id is a hash of the receipt's ballot id
for the week, which leads nowhere else. Moderators can take one off the page, for a reason that stands in its place.
"""

import hashlib

import sqlalchemy as sa

from portal.server.core.db import Unit
from portal.server.feedback import receipts, service
from portal.server.feedback.states import today
from portal.server.feedback.texts import normalised
from portal.server.feedback.weeks import IntakeWeek
from portal.server.townhall import agenda
from portal.server.townhall.agenda_models import AgendaObjection
from portal.server.translation import service as public_texts
from portal.wire.errors import UserError
from portal.wire.ids import b64

TEXT_CHARS_MAX = 2000


def are_taken(unit: Unit, week: IntakeWeek) -> bool:
    """Whether the time for objections to the agenda of ``week`` runs."""
    row = agenda.get(unit, week.id)
    published = row is not None and row.published_s is not None
    return published and not week.has_reached("held") and unit.now_s < week.objections_until_s


def of_week(unit: Unit, week: str) -> list[AgendaObjection]:
    """Return the objections to a week's agenda, in an order that tells nothing."""
    rows = sa.select(AgendaObjection).where(AgendaObjection.week_id == week)
    return list(unit.session.scalars(rows.order_by(AgendaObjection.id)))


def take(unit: Unit, week: IntakeWeek, code: str, text: str, language: str) -> AgendaObjection | None:
    """Publish an objection for the holder of the receipt ``code`` (30 digits).

    A second one takes the first's place, and waits for an answer of its own. None if there is no such receipt.
    Whether the time for objections runs is the caller's to ask.
    """
    if service.find(unit, code) is None:
        return None
    digest = hashlib.sha256(f"objection {receipts.ballot_id(code, week.id)}".encode()).digest()
    identifier = b64(digest[:16])
    row = unit.session.get(AgendaObjection, identifier)
    if row is None:
        row = AgendaObjection(id=identifier, week_id=week.id, day=today(unit), answered_s=None)
        unit.session.add(row)
        unit.session.flush()
    words = normalised(text)
    shown = public_texts.shown(unit, [row.text_key], language).get(row.text_key)
    if shown is not None and shown.original != words:
        # The answer was given to other words.
        public_texts.drop(unit, [row.answer_key])
        row.answered_s = None
    row.hidden_reason = None
    public_texts.put(unit, row.text_key, words, language)
    return row


def answer(unit: Unit, week: str, identifier: str, text: str, language: str) -> None:
    """Answer an objection, in public.

    Raises:
        UserError: request.not_found.
    """
    row = unit.session.get(AgendaObjection, identifier)
    if row is None or row.week_id != week or not text.strip():
        raise UserError("request.not_found")
    row.answered_s = unit.now_s
    public_texts.put(unit, row.answer_key, normalised(text), language)


def hide(unit: Unit, week: str, identifier: str, reason: str) -> None:
    """Erase an objection, in all languages, for a reason of ``decisions.REDACTION_REASONS``, which is shown instead.

    Raises:
        UserError: request.not_found.
    """
    row = unit.session.get(AgendaObjection, identifier)
    if row is None or row.week_id != week:
        raise UserError("request.not_found")
    row.hidden_reason, row.answered_s = reason, unit.now_s
    public_texts.drop(unit, [row.text_key, row.answer_key])
