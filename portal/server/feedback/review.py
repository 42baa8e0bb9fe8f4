"""What moderators know of a submission beside its text: kept in step with it, and changed one person at a time.

Whoever decides names the revision that was on the screen (compare and swap): of two who act at once, one is told.
"""

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from portal.server.core.db import Unit
from portal.server.feedback import states, weeks
from portal.server.feedback.models import Submission, SubmissionState
from portal.server.feedback.moderation_models import Redaction, SubmissionReview, SubmissionText, TopicSuggestion
from portal.wire.errors import UserError

DUE_DAYS: Final = 2
"""Days after the day of receipt by whose end somebody should have decided."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A submission with its review, both locked until the transaction's end."""

    submission: Submission
    review: SubmissionReview

    @property
    def before(self) -> dict[str, object]:
        """What undoing a decision about it restores, beside its topics."""
        return {
            "state": self.submission.state,
            "decision": self.submission.decision_id,
            "merged_into": self.review.merged_into,
            "text_version": self.review.text_version,
            "language": self.review.language,
            "language_by": self.review.language_by,
        }


def received(unit: Unit, submission: Submission) -> SubmissionReview:
    """Begin to look after a submission that was just taken in. Keeps no time of day; nothing happens twice."""
    row = unit.session.get(SubmissionReview, submission.id)
    if row is None:
        row = SubmissionReview(
            submission_id=submission.id,
            week_id=submission.week_id,
            revision=0,
            language=submission.lang,
            language_by="citizen",
            due_day=submission.received_day + DUE_DAYS,
            text_version=0,
            owes_translation=True,
        )
        unit.session.add(row)
        unit.session.flush()
    return row


def begin_with_all(unit: Unit, limit: int = 1000) -> int:
    """Begin with submissions that came in another way (on paper, from a copy); return how many."""
    unseen = (
        sa.select(Submission)
        .outerjoin(SubmissionReview, SubmissionReview.submission_id == Submission.id)
        .where(SubmissionReview.submission_id.is_(None))
        .limit(limit)
    )
    found = list(unit.session.scalars(unseen))
    for submission in found:
        received(unit, submission)
    return len(found)


def take(unit: Unit, submission: str, revision: int) -> Subject:
    """Return a submission for whoever saw its ``revision``, which is over by that.

    Raises:
        UserError: request.not_found; moderation.moved, if somebody was faster; moderation.closed, if its text is gone.
    """
    row = unit.session.get(Submission, submission, with_for_update=True)
    if row is None:
        raise UserError("request.not_found")
    if row.state == "withdrawn":
        raise UserError("moderation.closed")
    received(unit, row)
    taken = (
        sa.update(SubmissionReview)
        .where(SubmissionReview.submission_id == submission, SubmissionReview.revision == revision)
        .values(revision=revision + 1)
        .returning(SubmissionReview.submission_id)
    )
    if unit.session.execute(taken).first() is None:
        raise UserError("moderation.moved")
    review = unit.session.get_one(SubmissionReview, submission, populate_existing=True)
    return Subject(row, review)


def set_state(unit: Unit, subject: Subject, state: SubmissionState, decision: str | None) -> None:
    """Let a decision show on its submission; None where it is as before anybody decided."""
    subject.submission.decision_id = decision
    states.set_state(unit, subject.submission, state)


def is_frozen(unit: Unit, week: str) -> bool:
    """Whether the ballot file of ``week`` is made, so that topics of its submissions can not change any more."""
    row = weeks.get(unit, week)
    return row is not None and row.has_reached("frozen")


def shown_text(unit: Unit, submission: Submission) -> str | None:
    """Return the text as the public may see it: with its redactions; None once it is erased."""
    row = unit.session.get(SubmissionReview, submission.id)
    return current_text(unit, submission, row) if row is not None else original_text(unit, submission)


def current_text(unit: Unit, submission: Submission, review: SubmissionReview) -> str | None:
    """Return the text as it may be shown: redacted, if it was; None once it is erased."""
    if review.text_version == 0:
        return original_text(unit, submission)
    redaction = unit.session.get(Redaction, (submission.id, review.text_version))
    if redaction is None or redaction.sealed is None:
        return None
    return unit.at_rest.opened(redaction.sealed, redaction_context(submission.id, review.text_version))


def original_text(unit: Unit, submission: Submission) -> str | None:
    """Return the text as its writer sent it; None once it is erased."""
    if submission.sealed is None:
        return None
    return unit.at_rest.opened(submission.sealed, f"submission {submission.id}")


def redaction_context(submission: str, version: int) -> str:
    """Return what a redacted text is sealed for."""
    return f"redaction {submission} {version}"


def forget(unit: Unit, submission: str) -> None:
    """Erase what moderation has of a text: translations, redacted versions with their nonces, suggestions."""
    unit.session.execute(sa.delete(SubmissionText).where(SubmissionText.submission_id == submission))
    unit.session.execute(sa.delete(TopicSuggestion).where(TopicSuggestion.submission_id == submission))
    erased = sa.update(Redaction).where(Redaction.submission_id == submission)
    unit.session.execute(erased.values(sealed=None, nonce=None))
