"""The tables of the open data: their columns, what these mean, and their rows; files and dictionary come from here.

Counts of fewer than SMALLEST people are left empty (None), with a column beside that says so: in a region where three
people write Arabic, "2 of them" would name them.
"""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

import sqlalchemy as sa

from portal.server.core.db import Unit
from portal.server.feedback import topics
from portal.server.feedback.models import Ballot, Submission
from portal.server.feedback.moderation_models import Topic
from portal.server.feedback.states import day_text
from portal.server.feedback.weeks import IntakeWeek
from portal.server.official import answers
from portal.server.official.models import TopicClause
from portal.server.townhall import account
from portal.server.townhall.hall_models import Outcome, OutcomeLink
from portal.server.townhall.outcomes import outcome_key
from portal.server.translation import service as public_texts

SMALLEST: Final = 5
PUBLIC_TOPICS: Final = ("published", "closed", "merged")
_STEP: Final = 500
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
Kind = Literal["text", "number", "day", "time", "yes or no"]
Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Column:
    """One column. An empty cell is "not known" or "too few to say", as ``about`` tells."""

    name: str
    kind: Kind
    about: str


@dataclass(frozen=True)
class Table:
    """One table: what a row is, its columns, and how to read all rows."""

    name: str
    about: str
    columns: tuple[Column, ...]
    rows: Callable[[Unit], Iterable[Row]]

    def as_csv(self, unit: Unit) -> str:
        """Return the table as CSV (RFC 4180) with a head line.

        Text that a spreadsheet would take for a formula gets an apostrophe before it.
        """
        out = io.StringIO(newline="")
        writer = csv.writer(out)
        writer.writerow([column.name for column in self.columns])
        writer.writerows([[_cell(value) for value in row] for row in self.rows(unit)])
        return out.getvalue()

    def as_json(self, unit: Unit) -> dict[str, Any]:
        """Return the table as plain values, with its dictionary in the same file."""
        names = [column.name for column in self.columns]
        rows = [dict(zip(names, row, strict=True)) for row in self.rows(unit)]
        return {"table": self.name, **self.dictionary(), "rows": rows}

    def dictionary(self) -> dict[str, Any]:
        """Return what the table and its columns mean."""
        columns = [{"name": one.name, "kind": one.kind, "about": one.about} for one in self.columns]
        return {"about": self.about, "columns": columns}


def shown_count(number: int) -> tuple[int | None, bool]:
    """Return a count as it may be shown, and whether it is kept back for being small."""
    return (None, True) if 0 < number < SMALLEST else (number, False)


def _weeks(unit: Unit) -> Iterable[Row]:
    for week in _frozen(unit):
        found = account.of(unit, week)
        times = (week.opens_s, week.closes_s, week.publishes_s, week.hall_s)
        ends = [found.ends[name] for name in account.COLUMNS]
        yield (week.id, week.state, *map(_time, times), found.received, *ends, found.in_work, found.answered)


def _counts(unit: Unit) -> Iterable[Row]:
    region = sa.func.coalesce(Submission.region_self, "")
    grouped = (
        sa.select(Submission.week_id, Submission.lang, region, sa.func.count())
        .where(Submission.state != "withdrawn", Submission.week_id.in_([week.id for week in _frozen(unit)]))
        .group_by(Submission.week_id, Submission.lang, region)
        .order_by(Submission.week_id, Submission.lang, region)
    )
    for week, language, place, number in unit.connection.execute(grouped):
        yield (week, language, place, *shown_count(number))


def _topics(unit: Unit) -> Iterable[Row]:
    rows = list(unit.session.scalars(sa.select(Topic).where(Topic.status.in_(PUBLIC_TOPICS)).order_by(Topic.week_id)))
    told = {week.id for week in _frozen(unit)}
    for start in range(0, len(rows), _STEP):
        part = rows[start : start + _STEP]
        titles = public_texts.shown(unit, [topics.key_of(row.id) for row in part], "en")
        behind = topics.supporters(unit, [row.id for row in part])
        for row in part:
            title = titles.get(topics.key_of(row.id))
            number = behind[row.id] if row.week_id in told else None
            original, language = ("", "") if title is None else (title.original, title.original_language)
            yield (row.id, row.week_id, row.theme, row.minutes, row.status, original, language, number)


def _support(unit: Unit) -> Iterable[Row]:
    for week in _frozen(unit):
        communities = _communities(unit, week.id)
        counts: dict[tuple[str, str], int] = {}
        for ballot, supported in topics.ballots(unit, week.id).items():
            for topic in supported:
                place = (topic, communities.get(ballot, ""))
                counts[place] = counts.get(place, 0) + 1
        for (topic, community), number in sorted(counts.items()):
            yield (week.id, topic, community, *shown_count(number))


def _outcomes(unit: Unit) -> Iterable[Row]:
    published = sa.select(Outcome).where(Outcome.status != "draft").order_by(Outcome.published_day, Outcome.id)
    rows = list(unit.session.scalars(published))
    texts = public_texts.shown(unit, [outcome_key(row.id) for row in rows], "en")
    for row in rows:
        text = texts.get(outcome_key(row.id))
        words = ("", "") if text is None else (text.original, text.original_language)
        days = (_day(row.due_day), _day(row.published_day))
        yield (row.id, row.week, row.topic, row.kind, row.owner, row.status, *days, *words)


def _links(unit: Unit) -> Iterable[Row]:
    rows = (
        sa.select(
            OutcomeLink.document,
            OutcomeLink.clause,
            OutcomeLink.version,
            OutcomeLink.before,
            OutcomeLink.after,
            Outcome.id,
            Outcome.topic,
            Outcome.week,
        )
        .join(Outcome, Outcome.id == OutcomeLink.outcome_id)
        .where(Outcome.status != "draft")
        .order_by(OutcomeLink.document, OutcomeLink.clause, OutcomeLink.version, Outcome.id)
    )
    for row in unit.connection.execute(rows):
        yield tuple(row)


def _topic_clauses(unit: Unit) -> Iterable[Row]:
    rows = (
        sa.select(TopicClause.document, TopicClause.clause, TopicClause.topic_id)
        .join(Topic, Topic.id == TopicClause.topic_id)
        .where(Topic.status.in_(PUBLIC_TOPICS))
        .order_by(TopicClause.document, TopicClause.clause, TopicClause.topic_id)
    )
    for row in unit.connection.execute(rows):
        yield tuple(row)


def _answers(unit: Unit) -> Iterable[Row]:
    for one in answers.scoreboard(unit):
        yield (one.week, _day(one.due_day), one.due, one.given, one.open, one.late, one.median_days)


def _frozen(unit: Unit) -> list[IntakeWeek]:
    """The weeks of which numbers are told: while one is open, who watches them would learn when each person came."""
    rows = sa.select(IntakeWeek).where(IntakeWeek.state.not_in(("open", "closed")))
    return list(unit.session.scalars(rows.order_by(IntakeWeek.id)))


def _communities(unit: Unit, week: str) -> dict[str, str]:
    rows = sa.select(Ballot.id, Ballot.community).where(Ballot.week_id == week)
    return dict(unit.connection.execute(rows).all())


def _time(at_s: int) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _day(day: int | None) -> str | None:
    return None if day is None else day_text(day)


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


_WEEK: Final = Column("week", "text", "ISO 8601 week of intake, such as 2026-W48.")
_TOPIC: Final = Column("topic", "text", "Id of a topic, as in the ballot file.")
_FEW: Final = Column("fewer_than_5", "yes or no", "The count is one to four, and therefore left empty.")
TABLES: Final[Mapping[str, Table]] = {
    table.name: table
    for table in (
        Table(
            "weeks",
            "One row for each frozen week: its times and its account."
            " received = on_agenda + merged + deferred + rejected + withdrawn"
            " + in_work; anything else means that something was lost.",
            (
                _WEEK,
                Column("state", "text", "open, closed, frozen, drafted, published, held, minuted or closed_out."),
                Column("opens", "time", "When intake begins, UTC."),
                Column("closes", "time", "When intake ends, UTC; 15 minutes of grace follow."),
                Column("publishes", "time", "When the agenda is due, UTC."),
                Column("hall", "time", "When the town hall begins, UTC."),
                Column("received", "number", "Submissions, as fixed when the week was frozen."),
                *(Column(name, "number", "Submissions that came to this end.") for name in account.COLUMNS),
                Column("in_work", "number", "Submissions without an end yet."),
                Column(
                    "answered", "number", "Submissions, on the agenda or deferred, that a published outcome answers."
                ),
            ),
            _weeks,
        ),
        Table(
            "submissions",
            "One row for each frozen week, language and region: how many submissions, withdrawn ones left out.",
            (
                _WEEK,
                Column("language", "text", "BCP 47 tag that the writer confirmed."),
                Column("region", "text", "What the writer chose to say; empty if nothing."),
                Column("submissions", "number", "How many; empty where fewer_than_5."),
                _FEW,
            ),
            _counts,
        ),
        Table(
            "topics",
            "One row for each topic that was ever public.",
            (
                _TOPIC,
                _WEEK,
                Column("theme", "text", "Topics of one theme share at most 20 minutes of an agenda."),
                Column("minutes", "number", "Minutes that the topic asks for."),
                Column("status", "text", "published, closed (a town hall has treated it) or merged into another."),
                Column("title", "text", "Its title as it was written."),
                Column("title_language", "text", "BCP 47 tag of that."),
                Column(
                    "supporters",
                    "number",
                    "Distinct ballots of its submissions and of its supporters; empty until its week is frozen.",
                ),
            ),
            _topics,
        ),
        Table(
            "support",
            "One row for each frozen week, topic and community: how many ballots stand behind the topic.",
            (
                _WEEK,
                _TOPIC,
                Column("community", "text", "Language of the ballots."),
                Column("ballots", "number", "How many; empty where fewer_than_5."),
                _FEW,
            ),
            _support,
        ),
        Table(
            "outcomes",
            "One row for each published outcome of a town hall.",
            (
                Column("outcome", "text", "Id."),
                _WEEK,
                _TOPIC,
                Column("kind", "text", "answer, action, refer (passed on) or none."),
                Column("owner", "text", "The office in charge."),
                Column("status", "text", "published or done."),
                Column("due", "day", "Until when it is to be done."),
                Column("published", "day", "Day of publication, UTC."),
                Column("text", "text", "As it was written."),
                Column("text_language", "text", "BCP 47 tag of that."),
            ),
            _outcomes,
        ),
        Table(
            "changed_texts",
            "One row for each place in a text that an outcome changed.",
            (
                Column("document", "text", "The text."),
                Column("clause", "text", "The place in it."),
                Column("version", "text", "The version in which it changed."),
                Column("before", "text", "How it read before; empty where nobody gave it."),
                Column("after", "text", "How it reads since; likewise."),
                Column("outcome", "text", "Id of the outcome."),
                _TOPIC,
                _WEEK,
            ),
            _links,
        ),
        Table(
            "topic_clauses",
            "One row for each clause of a text that officials say a topic is about.",
            (
                Column("document", "text", "The text."),
                Column("clause", "text", "The place in it."),
                _TOPIC,
            ),
            _topic_clauses,
        ),
        Table(
            "answers",
            "One row for each closed week: how answers come along. Each is due ten days after the week's close.",
            (
                _WEEK,
                Column("due_day", "day", "Until when answers are due, UTC."),
                Column("due", "number", "Submissions that were on the agenda or put off."),
                Column("given", "number", "Of these, how many have an answer."),
                Column("open", "number", "Of these, how many have none."),
                Column("late", "number", "Of the open ones, how many are past their day."),
                Column("median_days", "number", "Days from the week's close to the answer, median of those given."),
            ),
            _answers,
        ),
    )
}
