"""The only writer of submissions, ballots and receipts.

A submission's life; the moderators' part of it is decided in ``decisions``, the agenda's in ``townhall``:

    waiting ── accepted ──→ on_agenda | deferred
       ├────── merged, rejected
       ├────── returned (a question to its writer) ──→ waiting
       └────── withdrawn, by its writer until the week is frozen

States are changed by ``states.set_state`` alone.
"""

from dataclasses import dataclass
from typing import Final, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from portal.server.core import erasures
from portal.server.core.db import Base, Unit
from portal.server.feedback import receipts, review, weeks
from portal.server.feedback.feature import Feedback
from portal.server.feedback.models import (
    Ballot,
    BallotSupport,
    Lane,
    PassSeen,
    Receipt,
    ReceiptMessage,
    Submission,
    Visibility,
)
from portal.server.feedback.proof_of_work import Pass
from portal.server.feedback.states import DAY_S, day_text, set_state, today
from portal.server.feedback.texts import text_hash
from portal.server.ledger import service as ledger_service
from portal.wire.ids import new_id
from portal.wire.ledger.entries import Kind

KEPT_DAYS: Final = 90
"""How long the text of what was for moderators only is kept after it came to its end."""


class UsedPassError(Exception):
    """The pass was used for something else already; the one who sends needs a new one."""


@dataclass(frozen=True, slots=True)
class Said:
    """What one person says; ``text`` is normalised (``texts.normalised``), ``begun_s`` when the form was opened."""

    text: str
    lang: str
    visibility: Visibility
    begun_s: int
    region: str | None = None
    supports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """That something was taken: the receipt's number, which is kept nowhere, and the row found by it."""

    code: str
    receipt: Receipt
    again: bool
    """Whether it had been taken before, and this is the same form sent twice."""


def take(unit: Unit, feedback: Feedback, said: Said, used: Pass) -> Taken:
    """Take what somebody says for a pass that counts; the same form again gives the same receipt again.

    Raises UsedPassError if the pass stands for another text, or its receipt is confirmed.
    """
    code = feedback.code_of(used)
    known = find(unit, code)
    if known is not None:
        submission = submission_of(unit, known)
        if known.confirmed or submission is None or text_of(unit, submission) != said.text:
            raise UsedPassError
        return Taken(code, known, again=True)
    use(unit, feedback, used)
    week = weeks.for_intake(unit, said.begun_s)
    ballot = ballot_for(unit, code, week.id, said.lang)
    submission = _submission(unit, said, week.id, ballot, "slow" if used.kind == "patience" else "pow")
    unit.session.add(submission)
    unit.session.flush()
    receipt = _receipt(unit, feedback, code, submission)
    for topic in said.supports:
        add_once(unit, BallotSupport, {"ballot_id": ballot.id, "topic_id": topic})
    review.received(unit, submission)
    return Taken(code, receipt, again=False)


def take_supporter(unit: Unit, feedback: Feedback, lang: str, used: Pass) -> Taken:
    """Give a receipt to somebody who only supports what others said; UsedPassError as for ``take``."""
    code = feedback.code_of(used)
    known = find(unit, code)
    if known is not None:
        if known.confirmed or known.submission_id is not None:
            raise UsedPassError
        return Taken(code, known, again=True)
    use(unit, feedback, used)
    receipt = Receipt(
        lookup=receipts.lookup(code),
        submission_id=None,
        community=lang,
        reply_key=receipts.reply_key(code),
        promise="",
        created_day=today(unit),
        confirmed=False,
    )
    unit.session.add(receipt)
    unit.session.flush()
    return Taken(code, receipt, again=False)


def use(unit: Unit, feedback: Feedback, used: Pass) -> None:
    """Note that a pass was used; UsedPassError if it had been."""
    row = {"digest": feedback.passes.digest(used), "until_day": used.counts_until_s // DAY_S + 1}
    if not add_once(unit, PassSeen, row):
        raise UsedPassError


def add_once(unit: Unit, table: type[Base], row: dict[str, object]) -> bool:
    """Insert ``row``; False if it was there, also if it is being written elsewhere at this moment (that is awaited)."""
    insert = sqlite.insert if unit.connection.dialect.name == "sqlite" else postgresql.insert
    key = sa.inspect(table).primary_key[0]
    statement = insert(table).values(row).on_conflict_do_nothing().returning(key)
    return unit.session.execute(statement).first() is not None


def find(unit: Unit, code: str) -> Receipt | None:
    """Return the receipt with this number."""
    return unit.session.get(Receipt, receipts.lookup(code))


def submission_of(unit: Unit, receipt: Receipt) -> Submission | None:
    """Return what a receipt was given for; None for one that only supports."""
    return None if receipt.submission_id is None else unit.session.get_one(Submission, receipt.submission_id)


def receipt_of(unit: Unit, submission: Submission) -> Receipt | None:
    """Return the receipt of a submission; None for one that came without (on paper)."""
    return unit.session.scalar(sa.select(Receipt).where(Receipt.submission_id == submission.id))


def ballot_for(unit: Unit, code: str, week: str, community: str) -> Ballot:
    """Return the ballot of this number in ``week``, made if it has none yet."""
    identifier = receipts.ballot_id(code, week)
    add_once(unit, Ballot, {"id": identifier, "week_id": week, "community": community})
    return unit.session.get_one(Ballot, identifier)


def confirm(unit: Unit, code: str) -> None:
    """Note that the number is kept safe: it is not shown again."""
    receipt = find(unit, code)
    if receipt is not None:
        receipt.confirmed = True


def text_of(unit: Unit, submission: Submission) -> str:
    """Return the text as it was sent; "" once it was erased."""
    if submission.sealed is None:
        return ""
    return unit.at_rest.opened(submission.sealed, _context(submission.id))


def withdraw(unit: Unit, submission: Submission) -> Literal["withdrawn", "counted"]:
    """Take a submission back for its writer: what it says is erased at once.

    "withdrawn": it no longer counts. "counted": it has its place in a count that is published, or an end already, and
    keeps it without its words; a topic on a running agenda stays, since others stand behind it.
    """
    if is_counted(unit, submission):
        erase(unit, submission)
        return "counted"
    set_state(unit, submission, "withdrawn")
    erase(unit, submission)
    return "withdrawn"


def is_counted(unit: Unit, submission: Submission) -> bool:
    """Whether it is too late to take a submission out of its week's count."""
    week = weeks.get(unit, submission.week_id)
    frozen = week is not None and week.has_reached("frozen")
    return submission.state == "rejected" or (frozen and submission.state not in {"waiting", "returned"})


def erase(unit: Unit, submission: Submission) -> None:
    """Erase the text and what opens its entry in the ledger: the entry stays, and tells nobody anything any more."""
    submission.sealed = submission.nonce = submission.region_self = None
    receipt = receipt_of(unit, submission)
    if receipt is not None:
        own = sa.update(ReceiptMessage).where(ReceiptMessage.receipt == receipt.lookup)
        unit.session.execute(own.values(for_desk=None))
    review.forget(unit, submission.id)
    unit.session.flush()


def erase_ended(unit: Unit) -> int:
    """Erase what was for moderators only and came to its end KEPT_DAYS ago; return how many texts."""
    over = sa.select(Submission).where(
        Submission.ended_day <= today(unit) - KEPT_DAYS,
        Submission.visibility == "moderators",
        Submission.sealed.is_not(None),
    )
    found = list(unit.session.scalars(over))
    for submission in found:
        erase(unit, submission)
    return erasures.note(unit, "words", len(found))


def forget_passes(unit: Unit) -> None:
    """Drop used passes that would not count any more in any case."""
    old = sa.delete(PassSeen).where(PassSeen.until_day < today(unit))
    erasures.note(unit, "passes", unit.connection.execute(old).rowcount)


def _submission(unit: Unit, said: Said, week: str, ballot: Ballot, lane: Lane) -> Submission:
    statement = {"week": week, "lang": said.lang, "text": text_hash(said.text)}
    recorded = ledger_service.record(unit, Kind.SUBMISSION, statement, held=True)
    identifier = new_id()
    return Submission(
        id=identifier,
        week_id=week,
        ballot_id=ballot.id,
        lang=said.lang,
        sealed=unit.at_rest.seal(said.text, _context(identifier)),
        nonce=recorded.nonce,
        tag=recorded.tag,
        commitment=recorded.commitment,
        ledger_entry=recorded.entry,
        received_day=today(unit),
        visibility=said.visibility,
        region_self=said.region,
        state="waiting",
        lane=lane,
    )


def _receipt(unit: Unit, feedback: Feedback, code: str, submission: Submission) -> Receipt:
    receipt = Receipt(
        lookup=receipts.lookup(code),
        submission_id=submission.id,
        community=submission.lang,
        reply_key=receipts.reply_key(code),
        promise=feedback.ledger.promise(submission.commitment, day_text(submission.received_day)),
        created_day=submission.received_day,
        confirmed=False,
    )
    unit.session.add(receipt)
    unit.session.flush()
    return receipt


def _context(submission: str) -> str:
    return f"submission {submission}"
