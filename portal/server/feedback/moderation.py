"""What moderators do with submissions: the only writer of decisions about them. Each can be undone until the freeze.

waiting, returned ── accept under topics ──→ accepted      (after the freeze: deferred)
── merge into another ───→ merged
── ask the citizen ──────→ returned
── reject ───────────────→ rejected      ("illegal": proposed, then a second person)
any of these      ── undo ─────────────────→ what it was before
"""

from collections.abc import Sequence
from typing import Any, Final

from portal.server.core.actor import Actor
from portal.server.core.db import Unit
from portal.server.feedback import decisions, review, topics
from portal.server.feedback.decisions import Code, Draft, Grounds
from portal.server.feedback.models import Submission
from portal.server.feedback.moderation_models import Decision, SubmissionReview
from portal.server.feedback.review import Subject
from portal.wire.errors import UserError

TOPICS_MAX: Final = 3
"""Topics that one submission may be under."""
_OPEN: Final = frozenset({"waiting", "returned", "accepted", "merged", "deferred", "rejected"})


def accept(
    unit: Unit, actor: Actor, submission: str, revision: int, under: Sequence[str], *, batch: str | None = None
) -> Decision:
    """Put a submission under one topic, or under up to three if it raises several matters ("split").

    Raises:
        UserError: moderation.moved, moderation.closed, request.not_found.
    """
    subject = _taken(unit, submission, revision)
    wanted = list(dict.fromkeys(under))
    if not 0 < len(wanted) <= TOPICS_MAX:
        raise UserError("request.not_found")
    late = review.is_frozen(unit, subject.submission.week_id)
    code: Code = "accept" if len(wanted) == 1 else "split"
    row = decisions.add(unit, actor, _draft(unit, subject, code, topics=wanted, batch=batch))
    topics.place(unit, subject.submission, wanted)
    subject.review.merged_into = None
    review.set_state(unit, subject, "deferred" if late else "accepted", row.id)
    return row


def merge(unit: Unit, actor: Actor, submission: str, revision: int, into: str, *, batch: str | None = None) -> Decision:
    """Merge a submission into another one that says the same: it counts for that one's topics, as its own ballot.

    Raises:
        UserError: moderation.moved, moderation.closed; request.not_found, if the other is itself, merged or not open.
    """
    subject = _taken(unit, submission, revision)
    other = unit.session.get(Submission, into)
    other_review = unit.session.get(SubmissionReview, into)
    mergeable = other is not None and other.id != submission and other.state not in {"withdrawn", "rejected"}
    if other is None or not mergeable or (other_review is not None and other_review.merged_into is not None):
        raise UserError("request.not_found")
    under = topics.topics_of(unit, other.id)
    row = decisions.add(unit, actor, _draft(unit, subject, "merge", topics=under, other=into, batch=batch))
    topics.place(unit, subject.submission, under)
    subject.review.merged_into = into
    review.set_state(unit, subject, "merged", row.id)
    return row


def reject(
    unit: Unit,
    actor: Actor,
    submission: str,
    revision: int,
    grounds: Grounds,
    *,
    batch: str | None = None,
) -> Decision:
    """Reject a submission for a published reason; for "illegal" this only proposes it, a second person decides.

    Raises:
        UserError: moderation.moved, moderation.closed; request.not_found for a reason that is not on the list.
    """
    if grounds.reason not in decisions.SUBMISSION_REASONS:
        raise UserError("request.not_found")
    subject = _taken(unit, submission, revision)
    draft = _draft(unit, subject, "reject", grounds=grounds, batch=batch)
    needs_two = grounds.reason == decisions.LEGAL
    row = decisions.add(unit, actor, draft, proposed=needs_two)
    if not needs_two:
        _carry_out_rejection(unit, subject, row)
    return row


def _carry_out_rejection(unit: Unit, subject: Subject, row: Decision) -> None:
    topics.place(unit, subject.submission, ())
    subject.review.merged_into = None
    review.set_state(unit, subject, "rejected", row.id)


def _taken(unit: Unit, submission: str, revision: int) -> Subject:
    """The submission, if it may still be decided about."""
    subject = review.take(unit, submission, revision)
    if subject.submission.state not in _OPEN:
        raise UserError("moderation.closed")
    if decisions.proposed(unit, [submission]):
        raise UserError("moderation.second_person")
    decided = subject.submission.state not in {"waiting", "returned"}
    if decided and review.is_frozen(unit, subject.submission.week_id):
        raise UserError("moderation.closed")
    return subject


def _draft(unit: Unit, subject: Subject, code: Code, **fields: Any) -> Draft:
    before = subject.before | {"topics": topics.topics_of(unit, subject.submission.id)}
    return Draft(
        "submission",
        subject.submission.id,
        subject.submission.week_id,
        code,
        subject.review.revision,
        before,
        **fields,
    )
