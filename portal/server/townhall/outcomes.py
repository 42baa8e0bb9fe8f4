"""What came of what people said: answers, actions, referrals, or nothing, with words. The only writer of outcomes.

An outcome is drafted by a moderator, translated, read over by people, and then published: from that moment every
submission under its topics has its answer, which its writer reads with the receipt. A published outcome keeps its
words, whose hash is in the ledger; what changes later is another outcome.
"""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import sqlalchemy as sa

from portal.server.core.catalogues import LANGUAGES, Words
from portal.server.core.db import Unit
from portal.server.feedback import topics
from portal.server.feedback.feature import Answer
from portal.server.feedback.models import Submission
from portal.server.feedback.moderation_models import SubmissionReview, Topic
from portal.server.feedback.states import day_text, today
from portal.server.ledger import service as ledger
from portal.server.townhall.commands import refusal
from portal.server.townhall.hall_models import (
    AnswerDelivery,
    Outcome,
    OutcomeKind,
    OutcomeLink,
    OutcomeStatus,
    OutcomeTopic,
)
from portal.server.translation import service as translation
from portal.wire.agenda import json_text
from portal.wire.errors import UserError
from portal.wire.ids import b64, new_id
from portal.wire.ledger.entries import Kind

LIST_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Drafted:
    """What a moderator writes of an outcome. ``topics`` are those that it answers, ``owner`` the office that acts."""

    kind: OutcomeKind
    owner: str
    text: str
    lang: str
    topics: tuple[str, ...]
    due_day: int | None = None
    hall: str | None = None
    item: str | None = None


@dataclass(frozen=True, slots=True)
class OutcomeView:
    """An outcome for readers of one language; ``titles`` are those of its topics."""

    id: str
    kind: OutcomeKind
    status: OutcomeStatus
    owner: str
    due_day: int | None
    day: int | None
    week: str | None
    hall: str | None
    topics: tuple[str, ...]
    titles: tuple[translation.Shown, ...]
    text: translation.Shown | None
    links: tuple[OutcomeLink, ...]
    answered: int
    """How many submissions it answers."""


def outcome_key(outcome: str) -> str:
    """Return the name of an outcome's words among the public texts."""
    return f"outcome:{outcome}"


def draft(unit: Unit, drafted: Drafted) -> Outcome:
    """Keep a draft, and have it translated.

    Raises:
        UserError: hall.refused, if one of its topics is not there.
    """
    found = {row.id: row for row in unit.session.scalars(sa.select(Topic).where(Topic.id.in_(drafted.topics)))}
    if len(found) != len(set(drafted.topics)):
        raise refusal("topic")
    first = found[drafted.topics[0]] if drafted.topics else None
    row = Outcome(
        id=new_id(),
        hall_id=drafted.hall,
        item=drafted.item,
        topic=None if first is None else first.id,
        week=None if first is None else first.week_id,
        kind=drafted.kind,
        status="draft",
        owner=drafted.owner,
        due_day=drafted.due_day,
        created_ms=unit.now_ms,
        published_day=None,
        ledger_entry=None,
    )
    unit.session.add(row)
    unit.session.flush()
    unit.session.add_all(OutcomeTopic(outcome_id=row.id, topic_id=topic) for topic in found)
    translation.put(unit, outcome_key(row.id), drafted.text, drafted.lang)
    return row


def change(unit: Unit, outcome: str, drafted: Drafted) -> Outcome:
    """Change a draft; its topics stay.

    Raises:
        UserError: request.not_found; hall.refused, once it is published.
    """
    row = _draft(unit, outcome)
    row.kind, row.owner, row.due_day = drafted.kind, drafted.owner, drafted.due_day
    translation.put(unit, outcome_key(row.id), drafted.text, drafted.lang)
    unit.session.flush()
    return row


def discard(unit: Unit, outcome: str) -> None:
    """Remove a draft."""
    row = _draft(unit, outcome)
    translation.drop(unit, [outcome_key(row.id)])
    unit.session.delete(row)
    unit.session.flush()


def publish(unit: Unit, outcome: str) -> int:
    """Publish a draft and deliver it to every submission under its topics; return to how many.

    Raises:
        UserError: request.not_found; hall.refused with reason "unchecked" while a language was not read over, or
            "published".
    """
    row = _draft(unit, outcome)
    if translation.missing(unit, [outcome_key(row.id)]):
        raise refusal("unchecked")
    row.status, row.published_day = "published", today(unit)
    statement = {
        "hall": row.hall_id or "",
        "number": 1,
        "what": f"outcome:{row.kind}",
        "file": b64(hashlib.sha256(file_of(unit, row)).digest()),
    }
    entry = ledger.record_opened(unit, Kind.HALL, statement, subject=outcome_key(row.id), number=1)
    row.ledger_entry = entry.entry
    unit.session.flush()
    answered = deliver(unit, row)
    topics.close(unit, _topics(unit, [row.id]).get(row.id, ()))
    return answered


def file_of(unit: Unit, row: Outcome) -> bytes:
    """Return a published outcome as the file whose hash is in the ledger."""
    texts = {lang: translation.shown(unit, [outcome_key(row.id)], lang) for lang in LANGUAGES}
    value = {
        "outcome": row.id,
        "kind": row.kind,
        "owner": row.owner,
        "topics": sorted(_topics(unit, [row.id]).get(row.id, ())),
        "text": {lang: found[outcome_key(row.id)].text for lang, found in texts.items() if found},
    }
    if row.due_day is not None:
        value["due"] = day_text(row.due_day)
    return json_text(value).encode() + b"\n"


def deliver(unit: Unit, row: Outcome) -> int:
    """Note for every submission under the topics of ``row``, merged ones among them, that it is its answer."""
    under = {it for topic in _topics(unit, [row.id]).get(row.id, ()) for it in topics.members(unit, topic)}
    merged = sa.select(SubmissionReview.submission_id).where(SubmissionReview.merged_into.in_(under))
    all_of_them = under | set(unit.session.scalars(merged))
    known = sa.select(AnswerDelivery.submission_id).where(AnswerDelivery.outcome_id == row.id)
    new = all_of_them - set(unit.session.scalars(known))
    unit.session.add_all(AnswerDelivery(submission_id=it, outcome_id=row.id, day=today(unit)) for it in sorted(new))
    unit.session.flush()
    return len(all_of_them)


def mark_done(unit: Unit, outcome: str) -> None:
    """Note that what a published outcome promised has happened.

    Raises:
        UserError: request.not_found, hall.refused.
    """
    row = _known(unit, outcome)
    if row.status != "published":
        raise refusal("not_published")
    row.status = "done"
    unit.session.flush()


@dataclass(frozen=True, slots=True)
class Changed:
    """A place in a text that an outcome changed, with its words before and after as far as they are given."""

    document: str
    clause: str
    version: str
    before: str = ""
    after: str = ""


def link(unit: Unit, outcome: str, changed: Changed) -> None:
    """Note which text an outcome changed; of a place that is noted already, the words, if some are given.

    Raises:
        UserError: request.not_found.
    """
    row = _known(unit, outcome)
    known = unit.session.get(OutcomeLink, (row.id, changed.document, changed.clause, changed.version))
    if known is None:
        unit.session.add(OutcomeLink(outcome_id=row.id, **asdict(changed)))
    elif changed.before or changed.after:
        known.before, known.after = changed.before, changed.after
    unit.session.flush()


def published(unit: Unit, lang: str, *, week: str | None = None, limit: int = LIST_MAX) -> list[OutcomeView]:
    """Return the published outcomes for readers of ``lang``, newest first; of one ``week`` alone, if it is given."""
    wanted = sa.select(Outcome).where(Outcome.status != "draft")
    if week is not None:
        wanted = wanted.where(Outcome.week == week)
    rows = unit.session.scalars(wanted.order_by(Outcome.published_day.desc(), Outcome.id).limit(limit))
    return _views(unit, list(rows), lang)


def drafts(unit: Unit, lang: str) -> list[OutcomeView]:
    """Return the drafts, oldest first."""
    rows = unit.session.scalars(sa.select(Outcome).where(Outcome.status == "draft").order_by(Outcome.created_ms))
    return _views(unit, list(rows), lang)


def without_answer(unit: Unit, lang: str) -> list[topics.TopicView]:
    """Return the published topics that no outcome answers, not even as a draft."""
    answered = set(unit.session.scalars(sa.select(OutcomeTopic.topic_id)))
    return [topic for topic in topics.published_topics(unit, lang) if topic.id not in answered]


def answers_for(unit: Unit, submission: Submission, lang: str) -> list[Answer]:
    """Return what came of ``submission``, for whoever holds its receipt (``Feedback.answers``)."""
    delivered = (
        sa.select(Outcome)
        .join(AnswerDelivery, AnswerDelivery.outcome_id == Outcome.id)
        .where(AnswerDelivery.submission_id == submission.id, Outcome.status != "draft")
        .order_by(Outcome.published_day.desc(), Outcome.id)
    )
    words = Words("outcomes", lang)
    return [_answer(words, view) for view in _views(unit, list(unit.session.scalars(delivered)), lang)]


def _answer(words: Words, view: OutcomeView) -> Answer:
    title = words(f"kind.{view.kind}")
    if view.owner:
        title = words("by", what=title, owner=view.owner)
    if view.due_day is not None:
        title = words("until", what=title, day=words.date(day_text(view.due_day)))
    text = "" if view.text is None else view.text.text
    lang = words.language if view.text is None else view.text.language
    day = "" if view.day is None else day_text(view.day)
    return Answer(title, text, lang, address=f"/said-done#{view.id}", day=day)


def _known(unit: Unit, outcome: str) -> Outcome:
    row = unit.session.get(Outcome, outcome, with_for_update=True)
    if row is None:
        raise UserError("request.not_found")
    return row


def _draft(unit: Unit, outcome: str) -> Outcome:
    row = _known(unit, outcome)
    if row.status != "draft":
        raise refusal("published")
    return row


def _topics(unit: Unit, found: Collection[str]) -> dict[str, list[str]]:
    rows = unit.session.execute(
        sa.select(OutcomeTopic.outcome_id, OutcomeTopic.topic_id)
        .where(OutcomeTopic.outcome_id.in_(found))
        .order_by(OutcomeTopic.topic_id)
    )
    by_outcome: dict[str, list[str]] = {}
    for outcome, topic in rows:
        by_outcome.setdefault(outcome, []).append(topic)
    return by_outcome


def _views(unit: Unit, rows: Sequence[Outcome], lang: str) -> list[OutcomeView]:
    of_topics = _topics(unit, [row.id for row in rows])
    keys: Iterable[Any] = {topics.key_of(topic) for found in of_topics.values() for topic in found}
    shown = translation.shown(unit, [*keys, *(outcome_key(row.id) for row in rows)], lang)
    return [_view(unit, row, tuple(of_topics.get(row.id, ())), shown) for row in rows]


def _view(unit: Unit, row: Outcome, about: tuple[str, ...], shown: dict[str, translation.Shown]) -> OutcomeView:
    links = unit.session.scalars(sa.select(OutcomeLink).where(OutcomeLink.outcome_id == row.id))
    count = sa.select(sa.func.count()).where(AnswerDelivery.outcome_id == row.id)
    return OutcomeView(
        id=row.id,
        kind=row.kind,
        status=row.status,
        owner=row.owner,
        due_day=row.due_day,
        day=row.published_day,
        week=row.week,
        hall=row.hall_id,
        topics=about,
        titles=tuple(shown[topics.key_of(topic)] for topic in about if topics.key_of(topic) in shown),
        text=shown.get(outcome_key(row.id)),
        links=tuple(links),
        answered=unit.session.scalar(count) or 0,
    )
