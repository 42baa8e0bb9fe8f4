"""Messages between moderators and the holder of a receipt: sealed to it, and at rest for the moderators' desk."""

import itertools
from dataclasses import dataclass
from typing import Final, Literal

import sqlalchemy as sa

from portal.server.core.db import Unit
from portal.server.feedback import receipts
from portal.server.feedback.models import Receipt, ReceiptMessage, Submission
from portal.server.feedback.service import receipt_of
from portal.server.feedback.states import today
from portal.wire.ids import new_id

UNANSWERED_MAX: Final = 10
"""Messages that a receipt's holder can send before somebody answers."""


class UnansweredError(Exception):
    """So many messages wait for an answer that no more are taken."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message; ``text`` is None where it was erased for who asks. ``day`` is a UTC day number."""

    direction: Literal["in", "out"]
    text: str | None
    lang: str
    day: int


def say(unit: Unit, submission: Submission, text: str, lang: str) -> bool:
    """Send ``text`` to whoever holds the submission's receipt; False if it has none."""
    receipt = receipt_of(unit, submission)
    if receipt is None:
        return False
    _add(unit, receipt, "out", text, lang)
    return True


def reply(unit: Unit, receipt: Receipt, text: str, lang: str) -> None:
    """Send ``text`` from the holder of ``receipt`` to the moderators; UnansweredError if too many wait already."""
    waiting = itertools.takewhile(lambda row: row.direction == "in", reversed(_rows(unit, receipt)))
    if len(list(waiting)) >= UNANSWERED_MAX:
        raise UnansweredError
    _add(unit, receipt, "in", text, lang)


def for_desk(unit: Unit, submission: Submission) -> list[Message]:
    """Return the thread as the moderators see it, oldest first."""
    receipt = receipt_of(unit, submission)
    rows = [] if receipt is None else _rows(unit, receipt)
    return [Message(row.direction, _at_desk(unit, row), row.lang, row.day) for row in rows]


def for_citizen(unit: Unit, receipt: Receipt, code: str) -> list[Message]:
    """Return the thread as the holder of ``code`` sees it, oldest first."""
    rows = _rows(unit, receipt)
    return [Message(row.direction, receipts.opened_with(code, row.for_citizen), row.lang, row.day) for row in rows]


def waiting_replies(unit: Unit, submissions: sa.Select[tuple[str]]) -> set[str]:
    """Return which of ``submissions`` (ids) had their last word from the citizen."""
    newest = sa.func.max(ReceiptMessage.number).over(partition_by=ReceiptMessage.receipt)
    last = sa.select(ReceiptMessage.receipt, ReceiptMessage.number, ReceiptMessage.direction, newest.label("newest"))
    found = last.subquery()
    asked = (
        sa.select(Receipt.submission_id)
        .join(found, found.c.receipt == Receipt.lookup)
        .where(found.c.number == found.c.newest, found.c.direction == "in", Receipt.submission_id.in_(submissions))
    )
    return {identifier for identifier in unit.session.scalars(asked) if identifier is not None}


def _add(unit: Unit, receipt: Receipt, direction: Literal["in", "out"], text: str, lang: str) -> None:
    identifier = new_id()
    numbers = sa.select(sa.func.coalesce(sa.func.max(ReceiptMessage.number), 0))
    row = ReceiptMessage(
        id=identifier,
        receipt=receipt.lookup,
        number=1 + unit.session.scalars(numbers.where(ReceiptMessage.receipt == receipt.lookup)).one(),
        direction=direction,
        lang=lang,
        for_citizen=receipts.sealed_for(receipt.reply_key, text),
        for_desk=unit.at_rest.seal(text, _context(identifier)),
        day=today(unit),
    )
    unit.session.add(row)
    unit.session.flush()


def _rows(unit: Unit, receipt: Receipt) -> list[ReceiptMessage]:
    of_receipt = sa.select(ReceiptMessage).where(ReceiptMessage.receipt == receipt.lookup)
    return list(unit.session.scalars(of_receipt.order_by(ReceiptMessage.number)))


def _at_desk(unit: Unit, row: ReceiptMessage) -> str | None:
    return None if row.for_desk is None else unit.at_rest.opened(row.for_desk, _context(row.id))


def _context(message: str) -> str:
    return f"message {message}"
