"""The account of a week: received = on the agenda + merged + deferred + rejected + withdrawn, or it is shown red.

What was received is fixed when the week is frozen: the number in its row, and the list of all commitments as a file. A
submission that disappears later leaves a gap in the first, and a commitment without an end in the second; one that
disappears before leaves an entry in the ledger that no submission has.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from portal.server.core.db import Unit
from portal.server.feedback import topics
from portal.server.feedback.models import Submission, SubmissionState
from portal.server.feedback.moderation_models import TopicMember
from portal.server.feedback.states import ENDS, set_all
from portal.server.feedback.weeks import IntakeWeek
from portal.server.ledger.models import LedgerEntry
from portal.server.townhall import agenda, publications
from portal.server.townhall.agenda_models import FrozenMember
from portal.server.townhall.hall_models import AnswerDelivery
from portal.wire.ids import b64
from portal.wire.ledger.entries import Kind

COLUMNS: Final[tuple[SubmissionState, ...]] = ("on_agenda", "merged", "deferred", "rejected", "withdrawn")
"""The ends, in the order of the sentence."""
FROZEN = 0
"""Revision of the published list of what was received; later ones say what became of each."""


@dataclass(frozen=True, slots=True)
class Account:
    """A week's numbers. ``ends`` has each of COLUMNS; ``in_work`` are those without an end yet.

    ``gap`` is how many of the received are neither ended nor in work: other than 0 only if something was lost (or came
    from nowhere, if it is negative). ``unanswered`` counts those that a published outcome is to answer and none does.
    """

    week: str
    received: int
    ends: Mapping[SubmissionState, int]
    in_work: int
    answered: int
    unanswered: int
    is_final: bool

    @property
    def gap(self) -> int:
        """Received less everything that is accounted for."""
        return self.received - sum(self.ends.values()) - self.in_work

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing, and, once the week's ten days are over, nothing is open."""
        return self.gap == 0 and not (self.is_final and (self.in_work or self.unanswered))


def of(unit: Unit, week: IntakeWeek) -> Account:
    """Return the account of ``week`` as it stands."""
    counted = sa.select(Submission.state, sa.func.count()).where(Submission.week_id == week.id)
    by_state = dict(unit.connection.execute(counted.group_by(Submission.state)).all())
    total = sum(by_state.values())
    answered, due = _answered(unit, week.id), by_state.get("on_agenda", 0) + by_state.get("deferred", 0)
    return Account(
        week=week.id,
        received=total if week.received is None else week.received,
        ends={state: by_state.get(state, 0) for state in COLUMNS},
        in_work=sum(number for state, number in by_state.items() if state not in ENDS),
        answered=answered,
        unanswered=max(0, due - answered),
        is_final=unit.now_s >= week.answers_s,
    )


def freeze(unit: Unit, week: IntakeWeek) -> None:
    """Fix what was received in ``week`` and under which topics it is, and publish the commitments."""
    found = _commitments(unit, week.id)
    week.received = len(found)
    _freeze_members(unit, week.id)
    value = {"week": week.id, "received": len(found), "commitments": sorted(found)}
    publications.publish(unit, week.id, "account", value, revision=FROZEN, recorded=False)


def settle(unit: Unit, week: IntakeWeek) -> int:
    """Give accepted submissions of a week with a published agenda their end; return how many.

    By what they were under when the week was frozen: what has been done about topics since then undoes no place.
    """
    on_agenda = [item.topic_id for item in agenda.items(unit, week.id) if item.topic_id is not None]
    frozen = sa.and_(FrozenMember.week_id == week.id, FrozenMember.topic_id.in_(on_agenda))
    heard = sa.select(FrozenMember.submission_id).where(frozen)
    accepted = sa.and_(Submission.week_id == week.id, Submission.state == "accepted")
    count = set_all(unit, sa.and_(accepted, Submission.id.in_(heard)), "on_agenda")
    return count + set_all(unit, accepted, "deferred")


def close(unit: Unit, week: IntakeWeek) -> None:
    """Publish what became of each commitment of the week."""
    found = _commitments(unit, week.id)
    known = publications.get(unit, week.id, "account", FROZEN)
    listed = [] if known is None else publications.value_of(known)["commitments"]
    value = {"week": week.id, "received": week.received or 0, "ends": {it: found.get(it, "missing") for it in listed}}
    publications.publish(unit, week.id, "account", value, revision=FROZEN + 1, recorded=False)


def missing(unit: Unit, week: IntakeWeek) -> list[str]:
    """Return the commitments that were received by the published list and have no submission any more."""
    known = publications.get(unit, week.id, "account", FROZEN)
    if known is None:
        return []
    found = _commitments(unit, week.id)
    return [it for it in publications.value_of(known)["commitments"] if it not in found]


def strays(unit: Unit) -> int:
    """Return how many entries of submissions the ledger has that no submission belongs to, in all weeks."""
    of_submissions = sa.func.substr(LedgerEntry.entry, 1, 1) == bytes([Kind.SUBMISSION])
    entries = sa.select(sa.func.count()).select_from(LedgerEntry).where(of_submissions)
    kept = (
        sa.select(sa.func.count()).select_from(Submission).join(LedgerEntry, LedgerEntry.id == Submission.ledger_entry)
    )
    return (unit.connection.scalar(entries) or 0) - (unit.connection.scalar(kept) or 0)


def _commitments(unit: Unit, week: str) -> dict[str, Any]:
    rows = sa.select(Submission.commitment, Submission.state).where(Submission.week_id == week)
    return {b64(commitment): state for commitment, state in unit.connection.execute(rows)}


def _freeze_members(unit: Unit, week: str) -> None:
    of_week = (
        sa.select(Submission.week_id, TopicMember.topic_id, TopicMember.submission_id)
        .join(Submission, Submission.id == TopicMember.submission_id)
        .where(Submission.week_id == week, Submission.state.in_(topics.COUNTING))
    )
    columns = ["week_id", "topic_id", "submission_id"]
    unit.connection.execute(sa.insert(FrozenMember).from_select(columns, of_week))


def _answered(unit: Unit, week: str) -> int:
    of_week = sa.select(Submission.id).where(
        Submission.week_id == week, Submission.state.in_(("on_agenda", "deferred"))
    )
    delivered = sa.select(sa.func.count(sa.distinct(AnswerDelivery.submission_id)))
    return unit.connection.scalar(delivered.where(AnswerDelivery.submission_id.in_(of_week))) or 0
