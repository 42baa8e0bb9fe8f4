"""The moderators' queue: what waits, oldest first, each with its clock, its marks and what is suggested. Only reads."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

import sqlalchemy as sa

from portal.server.core.db import Unit
from portal.server.feedback import decisions, readings, review, suggestions, threads, topics
from portal.server.feedback.models import Submission
from portal.server.feedback.moderation_models import (
    Decision,
    DuplicateGroup,
    DuplicateMember,
    Redaction,
    SubmissionReview,
    SubmissionText,
    TopicMember,
)
from portal.server.feedback.states import day_text, today
from portal.server.feedback.threads import Message

Shelf = Literal["waiting", "returned", "decided", "all"]
MarkName = Literal["", "overdue", "campaign", "doubtful", "private"]
SHELVES: Final[tuple[Shelf, ...]] = get_args(Shelf)
MARKS: Final[tuple[MarkName, ...]] = get_args(MarkName)
PAGE: Final = 40
SNIPPET_CHARS: Final = 140
ALIKE_SHOWN: Final = 20
_DECIDED: Final = ("accepted", "merged", "deferred", "rejected", "on_agenda")


@dataclass(frozen=True, slots=True)
class Filter:
    """What of the queue is shown. ``written``: a language that submissions are in, "" for all; ``page`` from 1."""

    shelf: Shelf = "waiting"
    mark: MarkName = ""
    written: str = ""
    week: str = ""
    group: str = ""
    """Near duplicates of one group alone."""
    page: int = 1


@dataclass(frozen=True, slots=True)
class Line:
    """One submission in the list. ``due_in_days``: 0 is today, less than that is too late."""

    id: str
    revision: int
    text: str
    text_language: str
    language: str
    state: str
    due_in_days: int
    is_private: bool
    is_translated: bool
    copies: int
    is_campaign: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of the queue, and how much there is of it."""

    lines: Sequence[Line]
    total: int
    pages: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """What waits for a second person."""

    id: str
    reason: str
    text: str
    text_language: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class Item:
    """Everything that a moderator sees of one submission."""

    id: str
    revision: int
    week: str
    state: str
    lane: str
    received_day: int
    due_in_days: int
    is_private: bool
    original: str | None
    language: str
    declared: str
    looks_like: str | None
    looks_like_percent: int
    redactions: int
    reading: readings.Reading | None
    is_coming: bool
    """Whether the worker translates it into the reader's language by itself."""
    mark: suggestions.Mark | None
    copies: Sequence[Line]
    alike: Sequence[Line]
    suggested: tuple[str, int] | None
    under: Sequence[str]
    merged_into: str | None
    history: Sequence[decisions.DecisionView]
    undoable: str | None
    proposal: Proposal | None
    thread: Sequence[Message]
    is_frozen: bool


def listing(unit: Unit, chosen: Filter, language: str) -> Listing:
    """Return one page of the queue as a reader of ``language`` sees it."""
    found = _filtered(unit, chosen)
    total = unit.session.scalar(found.with_only_columns(sa.func.count())) or 0
    page = _ordered(found).offset((chosen.page - 1) * PAGE).limit(PAGE)
    return Listing(_named(unit, list(unit.session.scalars(page)), language), total, max(1, -(-total // PAGE)))


def first(unit: Unit, chosen: Filter) -> str | None:
    """Return the first submission of the filtered queue's page; None if it is empty."""
    return unit.session.scalar(_ordered(_filtered(unit, chosen)).offset((chosen.page - 1) * PAGE).limit(1))


def after(unit: Unit, chosen: Filter, submission: str) -> str | None:
    """Return what follows ``submission`` in the filtered queue, which it may have left; the first after the last."""
    here = unit.session.get(SubmissionReview, submission)
    if here is None:
        return first(unit, chosen)
    place = sa.tuple_(SubmissionReview.due_day, Submission.id) > (here.due_day, submission)
    following = unit.session.scalar(_ordered(_filtered(unit, chosen).where(place)).limit(1))
    return following or first(unit, replace(chosen, page=1))


def everything(unit: Unit, chosen: Filter, limit: int) -> list[tuple[str, int]]:
    """Return (submission, revision) of the first ``limit`` of all that is filtered, on every page."""
    rows = _filtered(unit, chosen).order_by(SubmissionReview.due_day, Submission.id).limit(limit)
    return [(submission.id, about.revision) for submission, about in unit.session.execute(rows)]


def counts(unit: Unit) -> dict[str, int]:
    """Return how many submissions wait, are with their writers, are too late, and how many proposals wait."""
    states = sa.select(Submission.state, sa.func.count()).group_by(Submission.state)
    by_state: dict[str, int] = {row[0]: row[1] for row in unit.session.execute(states)}
    late = _filtered(unit, Filter(mark="overdue")).with_only_columns(sa.func.count())
    second = sa.select(sa.func.count()).where(Decision.state == "proposed")
    return {
        "waiting": by_state.get("waiting", 0),
        "returned": by_state.get("returned", 0),
        "overdue": unit.session.scalar(late) or 0,
        "second": unit.session.scalar(second) or 0,
    }


def languages(unit: Unit) -> list[str]:
    """Return the languages that submissions are in."""
    return sorted(unit.session.scalars(sa.select(SubmissionReview.language).distinct()))


def item(unit: Unit, submission: str, language: str, reader: str) -> Item | None:
    """Return one submission as the moderator ``reader`` (account) of ``language`` sees it; None if there is none."""
    row = unit.session.get(Submission, submission)
    about = unit.session.get(SubmissionReview, submission)
    if row is None or about is None:
        return None
    mark = suggestions.marks(unit, [submission]).get(submission)
    copies = [] if mark is None else [one for one in suggestions.members(unit, mark.group) if one != submission]
    reading = readings.readings(unit, [submission], language).get(submission)
    newest = decisions.newest(unit, submission)
    redactions = sa.select(sa.func.count()).where(Redaction.submission_id == submission)
    return Item(
        id=submission,
        revision=about.revision,
        week=row.week_id,
        state=row.state,
        lane=row.lane,
        received_day=row.received_day,
        due_in_days=about.due_day - today(unit),
        is_private=row.visibility == "moderators",
        original=review.current_text(unit, row, about),
        language=about.language,
        declared=row.lang,
        looks_like=_other_language(about),
        looks_like_percent=about.detected_percent or 0,
        redactions=unit.session.scalar(redactions) or 0,
        reading=reading,
        is_coming=_is_coming(unit, row, reading, language),
        mark=mark,
        copies=_named(unit, copies[:ALIKE_SHOWN], language),
        alike=_named(unit, suggestions.alike(unit, submission, ALIKE_SHOWN), language),
        suggested=suggestions.topics_for(unit, [submission]).get(submission),
        under=topics.topics_of(unit, submission),
        merged_into=about.merged_into,
        history=decisions.of(unit, submission, language),
        undoable=None if newest is None else newest.id,
        proposal=_proposal(unit, submission, reader),
        thread=threads.for_desk(unit, row),
        is_frozen=review.is_frozen(unit, row.week_id),
    )


@dataclass(frozen=True, slots=True)
class Exported:
    """One row of an export, and its place in the queue's order."""

    place: tuple[int, str]
    row: tuple[object, ...]


def exported(unit: Unit, chosen: Filter, *, after: tuple[int, str] | None, limit: int) -> list[Exported]:
    """Return the next rows of the filtered queue for an export, with whole texts in their own languages."""
    rows = _filtered(unit, chosen).order_by(SubmissionReview.due_day, Submission.id).limit(limit)
    if after is not None:
        rows = rows.where(sa.tuple_(SubmissionReview.due_day, Submission.id) > after)
    found = unit.session.execute(rows).all()
    marks = suggestions.marks(unit, [submission.id for submission, _ in found])
    return [
        Exported((about.due_day, submission.id), _export_row(unit, submission, about, marks.get(submission.id)))
        for submission, about in found
    ]


def _export_row(
    unit: Unit, submission: Submission, about: SubmissionReview, mark: suggestions.Mark | None
) -> tuple[object, ...]:
    return (
        submission.id,
        submission.week_id,
        day_text(submission.received_day),
        about.due_day - today(unit),
        submission.state,
        about.language,
        submission.visibility,
        1 if mark is None else mark.size,
        mark is not None and mark.is_campaign,
        " ".join(topics.topics_of(unit, submission.id)),
        review.current_text(unit, submission, about) or "",
    )


def lines_under(unit: Unit, topic: str, language: str, limit: int = 200) -> list[Line]:
    """Return the submissions under a topic."""
    rows = (
        sa.select(Submission, SubmissionReview)
        .join(SubmissionReview, SubmissionReview.submission_id == Submission.id)
        .join(TopicMember, TopicMember.submission_id == Submission.id)
        .where(TopicMember.topic_id == topic, Submission.state != "withdrawn")
        .order_by(SubmissionReview.due_day, Submission.id)
        .limit(limit)
    )
    return _lines(unit, rows, language)


def _proposal(unit: Unit, submission: str, reader: str) -> Proposal | None:
    row = next(iter(decisions.proposed(unit, [submission])), None)
    if row is None:
        return None
    return Proposal(row.id, row.reason or "", row.text, row.text_language, row.account_id == reader)


def _is_coming(unit: Unit, row: Submission, reading: readings.Reading | None, language: str) -> bool:
    if reading is not None:
        return reading.state == "waiting"
    return row.state in {"waiting", "returned"} and language in readings.moderators_languages(unit)


def _other_language(about: SubmissionReview) -> str | None:
    """The language that the text looks like, where that is another one than it is taken for, and nobody has looked."""
    sure = (about.detected_percent or 0) >= SURE_PERCENT and about.detected not in {None, "und"}
    differs = about.detected != readings.base(about.language)
    return about.detected if sure and differs and about.language_by == "citizen" else None


SURE_PERCENT: Final = 80
"""From how sure a detection is on, a moderator is told that a text looks like another language."""


def _ordered(rows: sa.Select[Submission, SubmissionReview]) -> sa.Select[str]:
    """The ids alone, those due first: sorting a hundred thousand must not carry their texts along."""
    return rows.with_only_columns(Submission.id).order_by(SubmissionReview.due_day, Submission.id)


def _filtered(unit: Unit, chosen: Filter) -> sa.Select[Submission, SubmissionReview]:
    rows = sa.select(Submission, SubmissionReview).join(
        SubmissionReview, SubmissionReview.submission_id == Submission.id
    )
    match chosen.shelf:
        case "waiting" | "returned":
            rows = rows.where(Submission.state == chosen.shelf)
        case "decided":
            rows = rows.where(Submission.state.in_(_DECIDED))
        case "all":
            rows = rows.where(Submission.state != "withdrawn")
    if chosen.written:
        rows = rows.where(SubmissionReview.language == chosen.written)
    if chosen.week:
        rows = rows.where(Submission.week_id == chosen.week)
    if chosen.group:
        copies = sa.select(DuplicateMember.submission_id).where(DuplicateMember.group_id == chosen.group)
        rows = rows.where(Submission.id.in_(copies))
    return _marked(unit, rows, chosen.mark)


def _marked(
    unit: Unit, rows: sa.Select[Submission, SubmissionReview], mark: MarkName
) -> sa.Select[Submission, SubmissionReview]:
    match mark:
        case "overdue":
            return rows.where(SubmissionReview.due_day < today(unit))
        case "private":
            return rows.where(Submission.visibility == "moderators")
        case "campaign":
            campaign = (
                sa.select(DuplicateMember.submission_id)
                .join(DuplicateGroup, DuplicateGroup.id == DuplicateMember.group_id)
                .where(DuplicateGroup.is_campaign, DuplicateGroup.state != "dismissed")
            )
            return rows.where(Submission.id.in_(campaign))
        case "doubtful":
            doubtful = sa.select(SubmissionText.submission_id).where(
                SubmissionText.confidence != "clear", SubmissionText.checked_ms.is_(None)
            )
            return rows.where(Submission.id.in_(doubtful))
        case "":
            return rows


def _named(unit: Unit, submissions: Sequence[str], language: str) -> list[Line]:
    rows = (
        sa.select(Submission, SubmissionReview)
        .join(SubmissionReview, SubmissionReview.submission_id == Submission.id)
        .where(Submission.id.in_(submissions), Submission.state != "withdrawn")
        .order_by(SubmissionReview.due_day, Submission.id)
    )
    return _lines(unit, rows, language)


def _lines(unit: Unit, rows: sa.Select[Submission, SubmissionReview], language: str) -> list[Line]:
    found = unit.session.execute(rows).all()
    identifiers = [submission.id for submission, _ in found]
    translated = readings.readings(unit, identifiers, language)
    marks = suggestions.marks(unit, identifiers)
    lines = []
    for submission, about in found:
        reading, mark = translated.get(submission.id), marks.get(submission.id)
        in_own = reading is not None and reading.text is not None
        text = reading.text if reading is not None and reading.text else review.current_text(unit, submission, about)
        lines.append(
            Line(
                submission.id,
                about.revision,
                _snippet(text or ""),
                language if in_own else about.language,
                about.language,
                submission.state,
                about.due_day - today(unit),
                submission.visibility == "moderators",
                in_own,
                0 if mark is None else mark.size,
                mark is not None and mark.is_campaign,
            )
        )
    return lines


def _snippet(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= SNIPPET_CHARS else flat[: SNIPPET_CHARS - 1].rstrip() + "…"
