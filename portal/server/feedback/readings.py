"""Submissions in the languages that moderators read: translated by the worker, sealed at rest, corrected by people.

The worker finds by itself what is owed: no job names a submission, so that no time of day is kept beside one.
"""

import json
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import sqlalchemy as sa

from portal.server.accounts.models import Account, AccountRole
from portal.server.core.actor import Actor, Role
from portal.server.core.db import Unit
from portal.server.feedback import review
from portal.server.feedback.models import Submission
from portal.server.feedback.moderation_models import SubmissionReview, SubmissionText
from portal.server.translation.rendering import Rendering
from portal.wire.errors import UserError

LANGUAGES_MAX: Final = 4
"""Languages into which every submission is translated without being asked."""
FALLBACK: Final = "en"
TEXT_CHARS_MAX: Final = 20_000
_UNDECIDED: Final = ("waiting", "returned")


@dataclass(frozen=True, slots=True)
class Owed:
    """A translation that the worker owes; ``version`` is that of the text."""

    submission: str
    text: str
    language: str
    target: str
    version: int


@dataclass(frozen=True, slots=True)
class Owing:
    """A submission that the worker looks at, as it was at that ``revision``. ``text`` is None where there is none.

    ``is_detected``: its language was looked at before.
    """

    submission: str
    revision: int
    text: str | None
    is_detected: bool
    translations: tuple[Owed, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """A submission in one language, as a moderator sees it. ``text`` is None where there is no translation."""

    language: str
    text: str | None
    state: Literal["waiting", "done", "no_model", "failed"]
    origin: Literal["machine", "human"]
    engine: str
    via: str | None
    confidence: Literal["clear", "doubtful", "none"]
    findings: Sequence[dict[str, Any]]
    checked: bool


def base(language: str) -> str:
    """Return a tag's language without region and script."""
    return language.partition("-")[0].lower()


def moderators_languages(unit: Unit) -> list[str]:
    """Return the languages that moderators read, most read first; English where nobody has said."""
    rows = (
        sa.select(Account)
        .join(AccountRole, AccountRole.account_id == Account.id)
        .where(AccountRole.role.in_((Role.MODERATOR, Role.ADMINISTRATOR)), Account.disabled.is_(False))
    )
    first = Counter(base(account.languages[0]) for account in unit.session.scalars(rows).unique() if account.languages)
    ordered = [language for language, _ in sorted(first.items(), key=lambda item: (-item[1], item[0]))]
    return ordered[:LANGUAGES_MAX] or [FALLBACK]


def owed(unit: Unit, limit: int) -> list[Owing]:
    """Return what the worker has not looked at yet, due first: at most ``limit`` submissions, with what each owes."""
    targets = moderators_languages(unit)
    rows = (
        sa.select(Submission, SubmissionReview)
        .join(SubmissionReview, SubmissionReview.submission_id == Submission.id)
        .where(SubmissionReview.owes_translation)
        .order_by(SubmissionReview.due_day, Submission.id)
        .limit(limit)
    )
    return [_owing(unit, submission, about, targets) for submission, about in unit.session.execute(rows).all()]


def is_owed(unit: Unit) -> bool:
    """Whether the worker has something to look at."""
    looked_for = sa.select(SubmissionReview.submission_id).where(SubmissionReview.owes_translation).limit(1)
    asked_for = sa.select(SubmissionText.submission_id).where(SubmissionText.state == "waiting").limit(1)
    return unit.session.scalar(looked_for) is not None or unit.session.scalar(asked_for) is not None


def settle(unit: Unit, looked_at: Sequence[Owing]) -> None:
    """Note that nothing is owed any more, except for what a person changed meanwhile."""
    for one in looked_at:
        same = sa.update(SubmissionReview).where(
            SubmissionReview.submission_id == one.submission, SubmissionReview.revision == one.revision
        )
        unit.session.execute(same.values(owes_translation=False))


def owe_again(unit: Unit) -> None:
    """Have the worker look at everything undecided once more: moderators read other languages than before."""
    undecided = sa.select(Submission.id).where(Submission.state.in_(_UNDECIDED))
    again = sa.update(SubmissionReview).where(SubmissionReview.submission_id.in_(undecided))
    unit.session.execute(again.values(owes_translation=True))


def note_detected(unit: Unit, found: Sequence[tuple[str, str | None, int]]) -> None:
    """Keep (submission, language that its text looks like or None, how sure in percent)."""
    for submission, language, percent in found:
        row = unit.session.get(SubmissionReview, submission)
        if row is not None:
            row.detected, row.detected_percent = language or "und", percent
    unit.session.flush()


def take_in(unit: Unit, job: Owed, made: Rendering) -> None:
    """Keep a translation, unless the text was changed, erased, or translated by a person meanwhile."""
    about = unit.session.get(SubmissionReview, job.submission)
    submission = unit.session.get(Submission, job.submission)
    if about is None or submission is None or submission.sealed is None or about.text_version != job.version:
        return
    row = _row(unit, job.submission, job.target)
    if row.origin == "human" and row.version == job.version:
        return
    text = made.text if made.state == "done" else None
    row.version, row.state, row.origin = job.version, made.state, "machine"
    row.sealed = _sealed(unit, job.submission, job.target, text, made.findings)
    row.engine, row.via, row.confidence, row.warnings = made.engine, made.via, made.confidence, len(made.findings)
    row.checked_by = row.checked_ms = None
    unit.session.flush()


def correct(unit: Unit, actor: Actor, submission: str, language: str, text: str) -> None:
    """Keep a person's translation; it supersedes the machine's.

    Raises:
        UserError: request.not_found, for a submission that is erased.
    """
    about = unit.session.get(SubmissionReview, submission)
    original = unit.session.get(Submission, submission)
    if about is None or original is None or original.sealed is None or not text.strip():
        raise UserError("request.not_found")
    row = _row(unit, submission, language)
    row.version, row.state, row.origin = about.text_version, "done", "human"
    row.sealed = _sealed(unit, submission, language, text.strip()[:TEXT_CHARS_MAX], [])
    row.engine, row.via, row.confidence, row.warnings = "", None, "clear", 0
    row.checked_by, row.checked_ms = actor.account, unit.now_ms
    unit.session.flush()


def ask(unit: Unit, submission: str, language: str) -> None:
    """Have a submission translated into a language that is not among the moderators'."""
    about = unit.session.get(SubmissionReview, submission)
    if about is None:
        raise UserError("request.not_found")
    row = _row(unit, submission, language)
    if row.state != "done" or row.version != about.text_version:
        row.version, row.state, row.sealed = about.text_version, "waiting", None
    unit.session.flush()


def drop(unit: Unit, submission: str) -> None:
    """Drop all translations of a text that was changed, and have the worker make them anew."""
    unit.session.execute(sa.delete(SubmissionText).where(SubmissionText.submission_id == submission))
    unit.session.get_one(SubmissionReview, submission).owes_translation = True
    unit.session.flush()


def ask_again(unit: Unit) -> None:
    """Forget what could not be translated, so that the worker tries once more."""
    stuck = SubmissionText.state.in_(("no_model", "failed"))
    unit.session.execute(sa.delete(SubmissionText).where(stuck))
    owe_again(unit)


def asked(unit: Unit, limit: int) -> list[Owed]:
    """Return what moderators asked for beyond their own languages."""
    rows = (
        sa.select(SubmissionText, Submission, SubmissionReview)
        .join(Submission, Submission.id == SubmissionText.submission_id)
        .join(SubmissionReview, SubmissionReview.submission_id == SubmissionText.submission_id)
        .where(SubmissionText.state == "waiting", Submission.sealed.is_not(None))
        .limit(limit)
    )
    found = []
    for text, submission, about in unit.session.execute(rows):
        words = review.current_text(unit, submission, about)
        if words is not None:
            found.append(Owed(submission.id, words, about.language, text.language, about.text_version))
    return found


def readings(unit: Unit, submissions: Collection[str], language: str) -> dict[str, Reading]:
    """Return the translations of ``submissions`` into ``language`` that are of their present texts."""
    rows = unit.session.execute(
        sa.select(SubmissionText)
        .join(SubmissionReview, SubmissionReview.submission_id == SubmissionText.submission_id)
        .where(
            SubmissionText.submission_id.in_(submissions),
            SubmissionText.language == language,
            SubmissionText.version == SubmissionReview.text_version,
        )
    )
    return {row.submission_id: _reading(unit, row) for (row,) in rows}


def _reading(unit: Unit, row: SubmissionText) -> Reading:
    text, findings = None, []
    if row.sealed is not None:
        opened = json.loads(unit.at_rest.opened(row.sealed, _context(row.submission_id, row.language)))
        text, findings = opened["text"], opened["findings"]
    return Reading(
        row.language,
        text,
        row.state,
        row.origin,
        row.engine,
        row.via,
        row.confidence,
        findings,
        row.checked_ms is not None,
    )


def _owing(unit: Unit, submission: Submission, about: SubmissionReview, targets: Sequence[str]) -> Owing:
    text = review.current_text(unit, submission, about)
    wanted: tuple[Owed, ...] = ()
    if text is not None and submission.state in _UNDECIDED:
        done = {*_languages_done(unit, submission.id, about.text_version), base(about.language)}
        wanted = tuple(
            Owed(submission.id, text, about.language, target, about.text_version)
            for target in targets
            if target not in done
        )
    return Owing(submission.id, about.revision, text, about.detected is not None, wanted)


def _languages_done(unit: Unit, submission: str, version: int) -> set[str]:
    rows = sa.select(SubmissionText.language).where(
        SubmissionText.submission_id == submission, SubmissionText.version == version
    )
    return set(unit.session.scalars(rows))


def _row(unit: Unit, submission: str, language: str) -> SubmissionText:
    row = unit.session.get(SubmissionText, (submission, language))
    if row is None:
        row = SubmissionText(
            submission_id=submission,
            language=language,
            version=0,
            state="waiting",
            origin="machine",
            engine="",
            confidence="none",
            warnings=0,
        )
        unit.session.add(row)
    return row


def _sealed(
    unit: Unit, submission: str, language: str, text: str | None, findings: Sequence[dict[str, Any]]
) -> bytes | None:
    if text is None:
        return None
    content = json.dumps({"text": text, "findings": list(findings)}, ensure_ascii=False)
    return unit.at_rest.seal(content, _context(submission, language))


def _context(submission: str, language: str) -> str:
    return f"translation {submission} {language}"
