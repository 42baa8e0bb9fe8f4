"""Which clause of which text people's topics are about: said by officials, counted for them, the only writer.

A topic is found to be about a clause in two ways: an official says so, or an outcome that answers the topic changed
that clause. Texts are named by hand, since drafts are sealed; those of the public register are offered by their titles.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

import sqlalchemy as sa

from portal.server.core.db import Unit
from portal.server.drafts import instruments
from portal.server.feedback import topics
from portal.server.feedback.moderation_models import Topic
from portal.server.feedback.states import today
from portal.server.feedback.topics import TopicView
from portal.server.official.models import TopicClause
from portal.server.townhall.hall_models import Outcome, OutcomeLink, OutcomeTopic
from portal.wire.errors import UserError

PUBLIC: Final = ("published", "closed")
CHOICES_MAX: Final = 300
_Place: TypeAlias = tuple[str, str, str]
"""Topic, document, clause."""
_PARTS: Final = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class About:
    """A topic about one clause. ``said``: an official said so; ``changed``: an outcome about it changed the clause."""

    topic: TopicView
    said: bool
    changed: bool


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause with the topics about it, those with most people first."""

    name: str
    topics: tuple[About, ...]

    @property
    def supporters(self) -> int:
        """Supporters of its topics; who supports two of them counts twice."""
        return sum(about.topic.supporters for about in self.topics)


@dataclass(frozen=True, slots=True)
class Document:
    """A text with the clauses that people speak about, in the order of their numbers."""

    name: str
    clauses: tuple[Clause, ...]


def say(unit: Unit, topic: str, document: str, clause: str) -> None:
    """Note that a public topic is about ``clause`` of ``document``; once is enough.

    Raises:
        UserError: request.not_found.
    """
    row = unit.session.get(Topic, topic)
    if row is None or row.status not in PUBLIC:
        raise UserError("request.not_found")
    if unit.session.get(TopicClause, (topic, document, clause)) is None:
        unit.session.add(TopicClause(topic_id=topic, document=document, clause=clause, day=today(unit)))
        unit.session.flush()


def unsay(unit: Unit, topic: str, document: str, clause: str) -> None:
    """Take that back; nothing happens if nobody said it."""
    named = (TopicClause.topic_id == topic, TopicClause.document == document, TopicClause.clause == clause)
    unit.session.execute(sa.delete(TopicClause).where(*named))


def clause_map(unit: Unit, language: str) -> list[Document]:
    """Return every text that topics are about, for readers of ``language``."""
    said, changed = _said(unit), _changed(unit)
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for topic, document, clause in said | changed:
        found[document][clause].add(topic)
    names = {topic for clauses in found.values() for about in clauses.values() for topic in about}
    views = {topic: view for topic in names if (view := topics.view(unit, topic, language)) is not None}

    def about(document: str, clause: str, of: Iterable[str]) -> tuple[About, ...]:
        there = [About(views[it], (it, document, clause) in said, (it, document, clause) in changed) for it in of]
        return tuple(sorted(there, key=lambda one: (-one.topic.supporters, one.topic.id)))

    return [
        Document(
            document,
            tuple(Clause(name, about(document, name, of)) for name, of in sorted(clauses.items(), key=_by_number)),
        )
        for document, clauses in sorted(found.items())
    ]


def choices(unit: Unit, language: str) -> list[TopicView]:
    """Return the topics that can be said to be about something, the newest week first."""
    rows = sa.select(Topic.id).where(Topic.status.in_(PUBLIC)).order_by(Topic.week_id.desc(), Topic.id)
    found = (topics.view(unit, topic, language) for topic in unit.session.scalars(rows.limit(CHOICES_MAX)))
    return [view for view in found if view is not None]


def documents(unit: Unit) -> list[str]:
    """Return the texts that are named already, and those of the public register."""
    named = unit.session.scalars(sa.union(sa.select(TopicClause.document), sa.select(OutcomeLink.document)))
    return sorted({*named, *(one.title for one in instruments.published(unit))})


def _said(unit: Unit) -> set[_Place]:
    rows = sa.select(TopicClause.topic_id, TopicClause.document, TopicClause.clause)
    public = rows.join(Topic, Topic.id == TopicClause.topic_id).where(Topic.status.in_(PUBLIC))
    return {(topic, document, clause) for topic, document, clause in unit.session.execute(public)}


def _changed(unit: Unit) -> set[_Place]:
    rows = (
        sa.select(OutcomeTopic.topic_id, OutcomeLink.document, OutcomeLink.clause)
        .join(Outcome, Outcome.id == OutcomeLink.outcome_id)
        .join(OutcomeTopic, OutcomeTopic.outcome_id == Outcome.id)
        .where(Outcome.status != "draft", OutcomeLink.clause != "")
    )
    return {(topic, document, clause) for topic, document, clause in unit.session.execute(rows)}


def _by_number(item: tuple[str, object]) -> tuple[tuple[int, int, str], ...]:
    """Article 10 comes after Article 9."""
    return tuple((1, int(part), "") if part.isdecimal() else (0, 0, part) for part in _PARTS.split(item[0]))
