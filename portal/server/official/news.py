"""What there is to tell of weeks, topics and outcomes, for feeds, the calendar and the digest; public things alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from portal.server.core.catalogues import Words
from portal.server.core.db import Unit
from portal.server.feedback import topics
from portal.server.feedback.moderation_models import Topic
from portal.server.feedback.weeks import IntakeWeek
from portal.server.official.feeds import Entry, Event
from portal.server.townhall import publications
from portal.server.townhall.hall_models import Outcome
from portal.server.townhall.outcomes import outcome_key
from portal.server.translation import service as public_texts

PART: Final = "data"
WEEKS: Final = 12
ENTRIES: Final = 50
_DAY_S: Final = 86_400
_UNSEEN: Final = frozenset({"proposed", "rejected"})


@dataclass(frozen=True, slots=True)
class Line:
    """One item of a published agenda, in one reader's language as far as it was translated."""

    title: str
    language: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Result:
    """One published outcome."""

    id: str
    text: str
    language: str
    kind: str
    owner: str
    topic: str | None
    day: int


def published_weeks(unit: Unit) -> list[IntakeWeek]:
    """Return the weeks whose agenda is out, the newest first."""
    out = sa.select(IntakeWeek).where(IntakeWeek.state.in_(("published", "held", "minuted", "closed_out")))
    return list(unit.session.scalars(out.order_by(IntakeWeek.id.desc()).limit(WEEKS)))


def agenda_lines(unit: Unit, week: str, language: str) -> list[Line]:
    """Return the published agenda of ``week``; empty before it is published."""
    file = publications.newest(unit, week, "agenda")
    items = [] if file is None else publications.value_of(file)["items"]
    return [_line(item["titles"], item["minutes"], language) for item in items]


def results(unit: Unit, language: str, *, since_day: int = 0, limit: int = ENTRIES) -> list[Result]:
    """Return the outcomes that were published from ``since_day`` on, the newest first."""
    there = sa.select(Outcome).where(Outcome.published_day >= since_day, Outcome.status != "draft")
    rows = list(unit.session.scalars(there.order_by(Outcome.published_day.desc(), Outcome.id).limit(limit)))
    texts = public_texts.shown(unit, [outcome_key(row.id) for row in rows], language)
    found = []
    for row in rows:
        shown = texts.get(outcome_key(row.id))
        text, spoken = ("", language) if shown is None else (shown.text, shown.language)
        found.append(Result(row.id, text, spoken, row.kind, row.owner, row.topic, row.published_day or 0))
    return found


def week_entries(unit: Unit, words: Words, base: str) -> list[Entry]:
    """Return one entry for each agenda that is out."""
    found = []
    for week in published_weeks(unit):
        lines = agenda_lines(unit, week.id, words.language)
        listed = "\n".join(words("letter.item", title=line.title, n=line.minutes) for line in lines)
        when = words("letter.hall", when=words.moment(week.hall_s * 1000, week.tz))
        title = words("feed.agenda", week=week.id)
        address = f"{base}/week/{week.id}"
        found.append(Entry(address, title, f"{when}\n\n{listed}", address, week.publishes_s, words.language))
    return found


def topic_entries(unit: Unit, words: Words, base: str) -> list[Entry]:
    """Return one entry for each topic that can be supported, the newest first."""
    newest = sa.select(Topic.id, Topic.created_ms).where(Topic.status == "published")
    made = dict(unit.session.execute(newest.order_by(Topic.created_ms.desc()).limit(ENTRIES)).all())
    views = {view.id: view for view in topics.published_topics(unit, words.language) if view.id in made}
    found = []
    for identifier, view in sorted(views.items(), key=lambda pair: (-made[pair[0]], pair[0])):
        # No number: who watches it grow would see when people come.
        text = f"{view.theme}\n{words('week.name', week=view.week)}"
        address = f"{base}/topics#{identifier}"
        at_s = made[identifier] // (1000 * _DAY_S) * _DAY_S
        found.append(Entry(f"{base}/topics/{identifier}", view.title, text, address, at_s, view.title_language))
    return found


def story_of(unit: Unit, words: Words, base: str, topic: str) -> tuple[str, list[Entry]] | None:
    """Return a topic's title and what became of it, the newest first; None if citizens never saw such a topic."""
    row = unit.session.get(Topic, topic)
    view = None if row is None or row.status in _UNSEEN else topics.view(unit, topic, words.language)
    if row is None or view is None:
        return None
    at_s = row.created_ms // (1000 * _DAY_S) * _DAY_S
    begun = Entry(f"{base}/topics/{topic}", view.title, view.theme, f"{base}/topics#{topic}", at_s, view.title_language)
    there = sa.select(Outcome.id).where(Outcome.topic == topic)
    ours = set(unit.session.scalars(there))
    outcomes = [entry for entry in outcome_entries(unit, words, base) if entry.id.rpartition("/")[2] in ours]
    story = [begun, *_listings(unit, words, base, topic), *outcomes]
    return view.title, sorted(story, key=lambda entry: (entry.at_s, entry.id), reverse=True)


def _listings(unit: Unit, words: Words, base: str, topic: str) -> list[Entry]:
    """One entry for each published agenda that has the topic."""
    found = []
    for week in published_weeks(unit):
        file = publications.newest(unit, week.id, "agenda")
        items = [] if file is None else publications.value_of(file)["items"]
        line = next(
            (_line(item["titles"], item["minutes"], words.language) for item in items if item.get("topic") == topic),
            None,
        )
        if line is None:
            continue
        address = f"{base}/week/{week.id}"
        text = words("letter.hall", when=words.moment(week.hall_s * 1000, week.tz))
        title = words("feed.topic_listed", week=week.id)
        found.append(Entry(f"{address}#{topic}", title, text, address, week.publishes_s, words.language))
    return found


def outcome_entries(unit: Unit, words: Words, base: str) -> list[Entry]:
    """Return one entry for each outcome, the newest first."""
    found = []
    for result in results(unit, words.language):
        title = words(f"outcome.{result.kind}") + (f": {result.owner}" if result.owner else "")
        address = f"{base}/said-done#{result.id}"
        at_s = result.day * _DAY_S
        found.append(Entry(f"{base}/said-done/{result.id}", title, result.text, address, at_s, result.language))
    return found


def dates(unit: Unit, words: Words, base: str) -> list[Event]:
    """Return the dates of the last weeks and those to come: until when to write, agenda, town hall."""
    rows = sa.select(IntakeWeek).order_by(IntakeWeek.id.desc()).limit(WEEKS)
    found = []
    for week in unit.session.scalars(rows):
        address = f"{base}/week/{week.id}"
        when = (
            ("close", week.closes_s, 0, f"{base}/say"),
            ("agenda", week.publishes_s, 0, address),
            ("hall", week.hall_s, week.hall_minutes, address),
        )
        found += [
            Event(
                f"{week.id}-{name}", words(f"date.{name}", week=week.id), words(f"date.{name}_about"), link, at_s, lasts
            )
            for name, at_s, lasts, link in when
        ]
    return sorted(found, key=lambda event: (event.begins_s, event.id))


def _line(titles: Mapping[str, str], minutes: int, language: str) -> Line:
    for wanted in (language, "en"):
        if wanted in titles:
            return Line(titles[wanted], wanted, minutes)
    first: Sequence[tuple[str, str]] = sorted(titles.items()) or [("en", "")]
    return Line(first[0][1], first[0][0], minutes)
