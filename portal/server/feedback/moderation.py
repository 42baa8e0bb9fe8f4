"""What moderators do with submissions: the only writer of decisions about them. Each can be undone until the freeze.

waiting, returned ── accept under topics ──→ accepted      (after the freeze: deferred)
                  ── merge into another ───→ merged
                  ── ask the citizen ──────→ returned
                  ── reject ───────────────→ rejected      ("illegal": proposed, then a second person)
any of these      ── redact ───────────────→ the same, with parts of the text taken out
                  ── undo ─────────────────→ what it was before
"""

import hashlib
import secrets
from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa

from portal.server.core.actor import Actor
from portal.server.core.db import Unit
from portal.server.feedback import decisions, readings, review, service, states, threads, topics
from portal.server.feedback.decisions import Code, Draft, Grounds
from portal.server.feedback.models import Submission
from portal.server.feedback.moderation_models import Decision, Redaction, SubmissionReview
from portal.server.feedback.redaction import redacted
from portal.server.feedback.review import Subject
from portal.wire.errors import UserError
from portal.wire.ids import b64

TOPICS_MAX: Final = 3
"""Topics that one submission may be under."""
_OPEN: Final = frozenset({"waiting", "returned", "accepted", "merged", "deferred", "rejected"})
_UNDECIDED: Final = frozenset({"waiting", "returned"})
_COMMITTED: Final = b"portal redaction v1\0"
NONCE_BYTES: Final = 32


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
    _place(unit, subject, wanted)
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
    _place(unit, subject, under)
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
    is_of_many: bool = False,
) -> Decision:
    """Reject a submission for a published reason.

    This only proposes it, and a second person decides, for "illegal", where many stand behind its topic or were merged
    into it, and where it is one of many that are rejected together (``is_of_many``): no one silences many alone.
    What the law forbids can be removed at any time. Once its week is counted, only its text goes: the count stays.

    Raises:
        UserError: moderation.moved, moderation.closed; request.not_found for a reason that is not on the list.
    """
    if grounds.reason not in decisions.SUBMISSION_REASONS:
        raise UserError("request.not_found")
    is_legal = grounds.reason == decisions.LEGAL
    subject = _taken(unit, submission, revision, always=is_legal)
    needs_two = is_legal or is_of_many or _many_concerned(unit, subject)
    draft = _draft(unit, subject, "reject", grounds=grounds, batch=batch)
    row = decisions.add(unit, actor, draft, proposed=needs_two)
    if not needs_two:
        _carry_out_rejection(unit, subject, row)
    return row


def ask_citizen(
    unit: Unit, actor: Actor, submission: str, revision: int, question: Grounds, *, batch: str | None = None
) -> Decision:
    """Return a submission to its writer with a question, which goes to the holder of the receipt alone.

    Raises:
        UserError: moderation.moved, moderation.closed; request.not_found without words, or where there is no receipt.
    """
    subject = _taken(unit, submission, revision)
    if not question.text.strip() or not threads.say(unit, subject.submission, question.text.strip(), question.language):
        raise UserError("request.not_found")
    row = decisions.add(unit, actor, _draft(unit, subject, "return", batch=batch))
    review.set_state(unit, subject, "returned", row.id)
    return row


def redact(unit: Unit, actor: Actor, submission: str, revision: int, marked: str, grounds: Grounds) -> Decision:
    """Take the marked parts out of a text. What it was committed to stays in the ledger, and so does what it is now.

    Raises:
        MarksError: see ``redaction.redacted``.
        UserError: moderation.moved, moderation.closed, request.not_found for a reason that is not on the list.
    """
    if grounds.reason not in decisions.REDACTION_REASONS:
        raise UserError("request.not_found")
    subject = _taken(unit, submission, revision, always=True)
    original = review.current_text(unit, subject.submission, subject.review)
    if original is None:
        raise UserError("moderation.closed")
    text, nonce = redacted(original, marked), secrets.token_bytes(NONCE_BYTES)
    commitment = hashlib.sha256(_COMMITTED + nonce + text.encode()).digest()
    row = decisions.add(
        unit, actor, _draft(unit, subject, "redact", grounds=grounds), also={"redacted": b64(commitment)}
    )
    version = 1 + (unit.session.scalar(_versions(submission)) or 0)
    unit.session.add(
        Redaction(
            submission_id=submission,
            version=version,
            decision_id=row.id,
            sealed=unit.at_rest.seal(text, review.redaction_context(submission, version)),
            commitment=commitment,
            nonce=nonce,
        )
    )
    subject.review.text_version = version
    readings.drop(unit, submission)
    unit.session.flush()
    return row


def set_language(unit: Unit, actor: Actor, submission: str, revision: int, language: str) -> Decision:
    """Say which language a submission is really in; it is translated anew. Its community stays what its writer chose.

    Raises:
        UserError: moderation.moved, moderation.closed.
    """
    subject = _taken(unit, submission, revision, always=True)
    row = decisions.add(unit, actor, _draft(unit, subject, "language"))
    subject.review.language, subject.review.language_by = language, "moderator"
    readings.drop(unit, submission)
    unit.session.flush()
    return row


def undo(unit: Unit, actor: Actor, decision: str) -> Decision:
    """Take back the newest decision about a submission: everything is as it was before, and the log shows both.

    What was sent to a citizen stays sent.

    Raises:
        UserError: request.not_found; moderation.moved, if something newer was decided; moderation.closed after the
            freeze, and where the text was erased.
    """
    row = unit.session.get(Decision, decision, with_for_update=True)
    if row is None or row.subject_kind != "submission" or row.code == "undo":
        raise UserError("request.not_found")
    about = unit.session.get_one(SubmissionReview, row.subject_id)
    subject = review.take(unit, row.subject_id, about.revision)
    newest = decisions.newest(unit, row.subject_id)
    if row.state != "final" or newest is None or newest.id != row.id:
        raise UserError("moderation.moved")
    if subject.submission.sealed is None or (_moves(row) and review.is_frozen(unit, row.week_id)):
        raise UserError("moderation.closed")
    return _restore(unit, actor, subject, row)


def second(unit: Unit, actor: Actor, decision: str, *, agrees: bool) -> Decision:
    """Confirm, or refuse, what somebody else proposed about a submission; who proposed it may only take it back.

    Raises:
        UserError: request.not_found; moderation.second_person, for who agrees with oneself.
    """
    row = unit.session.get(Decision, decision, with_for_update=True)
    if row is None or row.state != "proposed" or row.subject_kind != "submission":
        raise UserError("request.not_found")
    if agrees and row.account_id == actor.account:
        raise UserError("moderation.second_person")
    row.second_id, row.state = actor.account, "final" if agrees else "refused"
    if unit.session.get_one(Submission, row.subject_id).state == "withdrawn":
        row.state = "refused"  # its writer was faster: there is nothing left to decide
        unit.session.flush()
        return row
    about = unit.session.get_one(SubmissionReview, row.subject_id)
    subject = review.take(unit, row.subject_id, about.revision)
    unit.session.flush()
    if agrees:
        row.subject_revision = subject.review.revision
        decisions.publish(unit, row)
        if subject.submission.state in _UNDECIDED or not review.is_frozen(unit, row.week_id):
            _carry_out_rejection(unit, subject, row)
        if row.reason == decisions.LEGAL:
            service.erase(unit, subject.submission)
    return row


def _restore(unit: Unit, actor: Actor, subject: Subject, row: Decision) -> Decision:
    """Put back what ``row`` changed, and nothing else: weeks may have gone on since."""
    before = row.before
    if row.code == "return" and subject.submission.state != "returned":
        raise UserError("moderation.closed")  # it was answered, or decided by the clock
    undone = decisions.add(unit, actor, _draft(unit, subject, "undo", supersedes=row.id))
    row.state = "undone"
    if row.code == "redact":
        subject.review.text_version = before["text_version"]
        readings.drop(unit, subject.submission.id)
    elif row.code == "language":
        subject.review.language, subject.review.language_by = before["language"], before["language_by"]
        readings.drop(unit, subject.submission.id)
    else:
        _restore_place(unit, subject, row)
    unit.session.flush()
    return undone


def _restore_place(unit: Unit, subject: Subject, row: Decision) -> None:
    before = row.before
    if _moves(row):
        _merge_again(unit, row)
        _place(unit, subject, before["topics"], only_open=True)
        subject.review.merged_into = before["merged_into"]
    review.set_state(unit, subject, before["state"], before["decision"])


def _moves(row: Decision) -> bool:
    """Whether a decision changed under which topics a submission counts."""
    return row.code in {"accept", "split", "merge", "reject"}


def _place(unit: Unit, subject: Subject, under: Sequence[str], *, only_open: bool = False) -> None:
    """Put a submission under topics, and with it those that were merged into it."""
    wanted = topics.still_open(unit, under) if only_open else under
    topics.place(unit, subject.submission, wanted)
    for other in _merged_into(unit, subject):
        topics.place(unit, other, wanted)


def _many_concerned(unit: Unit, subject: Subject) -> bool:
    """Whether so many stand behind a submission that nobody rejects it alone."""
    behind = topics.supporters(unit, topics.topics_of(unit, subject.submission.id)).values()
    concerned = max((1 + len(_merged_into(unit, subject)), *behind))
    return concerned >= decisions.MANY_SUPPORTERS


def _carry_out_rejection(unit: Unit, subject: Subject, row: Decision) -> None:
    """Reject a submission, and with it those that were merged into it: they say the same.

    What the law forbids is looked at one by one: then those that were merged wait for a decision of their own.
    """
    followers = _merged_into(unit, subject)
    topics.place(unit, subject.submission, ())
    subject.review.merged_into = None
    review.set_state(unit, subject, "rejected", row.id)
    remembered: dict[str, str | None] = {}
    for other in followers:
        topics.place(unit, other, ())
        if row.reason == decisions.LEGAL:
            unit.session.get_one(SubmissionReview, other.id).merged_into = None
            other.decision_id = None
            states.set_state(unit, other, "waiting")
        else:
            remembered[other.id] = other.decision_id
            states.set_state(unit, other, "rejected", decision=row.id)
    row.before = {**row.before, "followers": remembered}
    unit.session.flush()


def _merge_again(unit: Unit, row: Decision) -> None:
    """Give those that were rejected with another back their place behind it."""
    for identifier, decision in row.before.get("followers", {}).items():
        other = unit.session.get(Submission, identifier)
        if other is not None and other.state == "rejected" and other.decision_id == row.id:
            other.decision_id = decision
            states.set_state(unit, other, "merged")


def _merged_into(unit: Unit, subject: Subject) -> list[Submission]:
    """The submissions that were merged into another one and still go where it goes."""
    merged = (
        sa.select(Submission)
        .join(SubmissionReview, SubmissionReview.submission_id == Submission.id)
        .where(SubmissionReview.merged_into == subject.submission.id, Submission.state == "merged")
    )
    # What a frozen week has counted stays where it was counted.
    return [other for other in unit.session.scalars(merged) if not review.is_frozen(unit, other.week_id)]


def _taken(unit: Unit, submission: str, revision: int, *, always: bool = False) -> Subject:
    """The submission, if it may still be decided about; ``always``: whatever moves no ballot, in every state."""
    subject = review.take(unit, submission, revision)
    if decisions.proposed(unit, [submission]):
        raise UserError("moderation.second_person")
    if always:
        return subject
    if subject.submission.state not in _OPEN:
        raise UserError("moderation.closed")
    decided = subject.submission.state not in _UNDECIDED
    if decided and review.is_frozen(unit, subject.submission.week_id):
        raise UserError("moderation.closed")
    return subject


def _versions(submission: str) -> sa.Select[int]:
    return sa.select(sa.func.max(Redaction.version)).where(Redaction.submission_id == submission)


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
