"""How a submission's state is changed, in one place: with the day from which its time until erasure counts."""

from datetime import UTC, datetime
from typing import Final

import sqlalchemy as sa

from portal.server.core.db import Unit
from portal.server.feedback.models import Submission, SubmissionState

DAY_S: Final = 86_400
ENDS: Final[frozenset[SubmissionState]] = frozenset({"merged", "deferred", "rejected", "withdrawn", "on_agenda"})
"""States in which a submission counts as dealt with in its week's account."""


def set_state(unit: Unit, submission: Submission, state: SubmissionState, *, decision: str | None = None) -> None:
    """Bring a submission into ``state``, by a decision (its id) if one is given. Whether that may be, callers know."""
    submission.state = state
    if decision is not None:
        submission.decision_id = decision
    submission.ended_day = today(unit) if state in ENDS else None
    unit.session.flush()


def set_all(unit: Unit, wanted: sa.ColumnElement[bool], state: SubmissionState) -> int:
    """Bring all submissions that ``wanted`` holds for into ``state`` at once; return how many."""
    ended = today(unit) if state in ENDS else None
    changed = sa.update(Submission).where(wanted).values(state=state, ended_day=ended).returning(Submission.id)
    return len(unit.session.execute(changed, execution_options={"synchronize_session": "fetch"}).all())


def today(unit: Unit) -> int:
    """Return the UTC day number: all that is ever kept of the time at which somebody did something."""
    return unit.now_s // DAY_S


def day_text(day: int) -> str:
    """Return a UTC day number as people and the ledger write it: 2026-11-26."""
    return datetime.fromtimestamp(day * DAY_S, UTC).date().isoformat()
