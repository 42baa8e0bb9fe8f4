"""The citizens' half of the demonstration: a week that was heard, and this week with a queue.

Everything goes through the services that the pages use, with a clock that is turned back and then comes up to now: the
intake with its passes, the moderators' decisions, the weekly clock, the hall's orders, minutes, outcomes. The server
runs meanwhile, and its ledger takes in what is recorded.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from portal.config import Settings
from portal.demo import town_words as words
from portal.demo.programs import DemoError
from portal.demo.town_hall import hold
from portal.demo.town_words import Subject, Texts
from portal.server.app import create_app
from portal.server.core import jobs, logs
from portal.server.core.actor import Actor, Role
from portal.server.core.context import EXTENSION, Portal
from portal.server.core.db import Unit
from portal.server.feedback import moderation, service, topics, weeks
from portal.server.feedback.decisions import Grounds
from portal.server.feedback.feature import Feedback
from portal.server.feedback.proof_of_work import PATIENCE_S
from portal.server.feedback.service import Said
from portal.server.feedback.texts import normalised
from portal.server.feedback.weeks import IntakeWeek
from portal.server.townhall import agenda, clock, minutes, outcomes, planning
from portal.server.townhall.agenda_models import Agenda
from portal.server.townhall.hall_projection import Projection
from portal.server.translation import service as public_texts
from portal.wire.ids import AccountId

T = TypeVar("T")
HOUR_S: Final = 3600
DAY_S: Final = 86_400
HELD_S: Final = 3 * HOUR_S
"""After the beginning of a week's hall, it is one that was held."""
RECENT_S: Final = 5 * DAY_S // 2
"""How long ago the first of what waits came in: little of it is late."""
_WEEKS_BACK: Final = 2
_LEDGER_S: Final = 30.0
_LOOK_S: Final = 0.1
_TICKS: Final = ("feedback.moderation", "official.suggestions")


@dataclass
class _Town:
    """A portal at the time ``now_s``, with the two people who decide there."""

    portal: Portal
    people: tuple[Actor, Actor]
    now_s: int = 0

    def write(self, work: Callable[[Unit], T]) -> T:
        return self.portal.database.write(work)

    def week_of(self, identifier: str, column: str) -> int:
        """A time of a week."""
        found: int = self.portal.database.read(
            lambda unit: getattr(unit.session.get_one(IntakeWeek, identifier), column)
        )
        return found

    def check(self, unit: Unit, key: str, texts: Texts) -> None:
        """Write the translations of a public text, and answer for them."""
        for row in public_texts.languages_of(unit, key)[1:]:
            public_texts.check(unit, self.people[0], key, row.language, texts[row.language], revision=row.revision)


def perform(data: Path, origin: str, moderator: AccountId, administrator: AccountId) -> str:
    """Play the weeks up to now on the data of a running server; return the id of the last one that was heard."""
    now_s = int(time.time())
    with _opened(data, origin, moderator, administrator) as town:
        past, between = last_weeks(town.portal.settings, now_s)
        _begin(town, past)
        _heard(town, past, now_s)
        running: dict[str, Subject] = {}
        if between is not None:
            running = _under_way(town, between, now_s)
        _waiting(town, running, now_s)
    return past.id


@contextmanager
def _opened(data: Path, origin: str, moderator: AccountId, administrator: AccountId) -> Iterator[_Town]:
    logs.configure("error")
    app = create_app(Settings(data_dir=data, public_url=origin, worker=False))
    portal: Portal = app.extensions[EXTENSION]
    people = (_actor(moderator, Role.MODERATOR), _actor(administrator, Role.ADMINISTRATOR))
    town = _Town(portal, people)
    portal.database.clock_ms = lambda: town.now_s * 1000
    try:
        with app.app_context():
            yield town
    finally:
        portal.database.close()


def _actor(account: AccountId, role: Role) -> Actor:
    return Actor(account, None, frozenset({role}), 0, None)


def last_weeks(settings: Settings, now_s: int) -> tuple[IntakeWeek, IntakeWeek | None]:
    """Return the last week whose hall is over at ``now_s``, and the one after it if its intake is over, too."""
    today = datetime.fromtimestamp(now_s, ZoneInfo(settings.time_zone)).date()
    monday = today - timedelta(days=today.weekday())
    back = [monday - timedelta(weeks=number) for number in range(_WEEKS_BACK, -1, -1)]
    planned = [weeks.planned(day, settings.time_zone, settings.hall_minutes) for day in back]
    place = max(number for number, week in enumerate(planned) if week.hall_s + HELD_S <= now_s or number == 0)
    after = next((week for week in planned[place + 1 :] if week.closes_s <= now_s), None)
    return planned[place], after


def _begin(town: _Town, week: IntakeWeek) -> None:
    """Go to the Monday of a week; it and the next ones have rows from then on."""
    settings = town.portal.settings
    town.now_s = week.opens_s + 8 * HOUR_S
    town.write(lambda unit: weeks.ensure(unit, settings.time_zone, settings.hall_minutes))


def _heard(town: _Town, week: IntakeWeek, until_s: int) -> None:
    """A whole week, from the first submission to the answers."""
    subjects = _raised(town, week, words.PAST)
    _advertised(town, week)
    _counted(town, week, until_s)
    town.now_s = week.publishes_s - HOUR_S
    town.write(lambda unit: _approved(unit, week.id, town.people))
    _step(town, week.id, "publishes_s")
    town.now_s = week.hall_s
    hall = town.write(lambda unit: planning.for_week(unit, week.id).id)
    hold(town.portal, hall, subjects, town)
    town.now_s = min(week.hall_s + 20 * HOUR_S, until_s)
    town.write(lambda unit: _minuted(unit, town, hall, subjects))
    town.write(lambda unit: _answered(unit, town, hall, list(subjects)))
    town.now_s = until_s
    clock.advance(town.portal, week.id, early=True)


def _under_way(town: _Town, week: IntakeWeek, until_s: int) -> dict[str, Subject]:
    """A week whose intake is over and whose hall is still to come: as far as it can be by now."""
    town.now_s = week.opens_s + 8 * HOUR_S
    subjects = _raised(town, week, words.RUNNING)
    if not _counted(town, week, until_s):
        return subjects
    is_due = week.publishes_s <= until_s
    town.now_s = min(week.publishes_s - HOUR_S, until_s)
    town.write(lambda unit: _approved(unit, week.id, town.people if is_due else town.people[1:]))
    if is_due:
        _step(town, week.id, "publishes_s")
    return subjects


def _waiting(town: _Town, running: dict[str, Subject], now_s: int) -> None:
    """The week that runs: topics that one can support, and what waits for the moderators."""
    town.now_s = now_s
    opens_s = town.portal.database.read(lambda unit: weeks.current(unit).opens_s)
    begun_s = min(max(opens_s, now_s - RECENT_S), now_s)
    town.now_s = begun_s
    if not running:
        town.write(lambda unit: _topics(unit, town, words.RUNNING))
    for number, (lang, text) in enumerate(words.QUEUE):
        town.now_s = begun_s + number * (now_s - begun_s) // len(words.QUEUE)
        town.write(lambda unit, lang=lang, text=text: _say(unit, town, lang, text))  # type: ignore[misc]
    town.now_s = now_s
    for tick in _TICKS:
        jobs.look_after(town.portal, tick)
    jobs.run_due(town.portal)


def _topics(unit: Unit, town: _Town, subjects: Iterable[Subject]) -> dict[str, Subject]:
    """A moderator makes a topic of each; what they are about by topic."""
    week = weeks.current(unit).id
    made = {}
    for one in subjects:
        lang, title = next(iter(one.title.items()))
        row = topics.make(unit, town.people[0], week, title, lang, theme=one.theme, minutes=one.minutes)
        town.check(unit, topics.key_of(row.id), one.title)
        made[row.id] = one
    return made


def _raised(town: _Town, week: IntakeWeek, about: Sequence[Subject]) -> dict[str, Subject]:
    """People say what they have to say on the days of a week, and a moderator puts it under its topic."""
    subjects = town.write(lambda unit: _topics(unit, town, about))
    said = [(topic, *line) for topic, one in subjects.items() for line in _lines(one)]
    first: dict[str, str] = {}
    for day in range(6):
        town.now_s = week.opens_s + day * DAY_S + 12 * HOUR_S
        town.write(lambda unit, day=day: _sorted(unit, town, said[day::6], list(subjects), first))  # type: ignore[misc]
    return subjects


def _lines(subject: Subject) -> Iterator[tuple[str, str]]:
    """(language, text) of everybody who raises a subject."""
    for lang, number in subject.voices.items():
        closings = words.CLOSINGS[lang]
        for place in range(number):
            yield lang, subject.said[lang] + closings[place % len(closings)]


def _sorted(
    unit: Unit, town: _Town, said: Iterable[tuple[str, str, str]], known: Sequence[str], first: dict[str, str]
) -> None:
    """Take in what was said, and accept it; what was said before, by ``first``, is merged into that."""
    for number, (topic, lang, text) in enumerate(said):
        others = [known[(known.index(topic) + 1) % len(known)]] if number % 3 == 0 else []
        submission = _say(unit, town, lang, text, tuple(others))
        if text in first:
            moderation.merge(unit, town.people[0], submission, 0, first[text])
        else:
            first[text] = submission
            moderation.accept(unit, town.people[0], submission, 0, [topic])


def _say(unit: Unit, town: _Town, lang: str, text: str, supports: tuple[str, ...] = ()) -> str:
    """Somebody without a script waits, and says something; the submission."""
    feedback = town.portal.get(Feedback)
    waited = feedback.passes.issue("patience", unit.now_s - PATIENCE_S, PATIENCE_S)
    used = feedback.passes.waited(waited, unit.now_s)
    said = Said(normalised(text), lang, "public", unit.now_s, supports=supports)
    receipt = service.take(unit, feedback, said, used).receipt
    return str(receipt.submission_id)


def _advertised(town: _Town, week: IntakeWeek) -> None:
    """What has no place on an agenda is rejected, for a reason that everybody can read."""
    town.now_s = week.opens_s + 5 * DAY_S + 14 * HOUR_S
    grounds = Grounds("advertising", words.REFUSAL, "en")

    def work(unit: Unit) -> None:
        for lang, text in words.ADVERTISEMENTS:
            moderation.reject(unit, town.people[0], _say(unit, town, lang, text), 0, grounds)

    town.write(work)


def _counted(town: _Town, week: IntakeWeek, until_s: int) -> bool:
    """Close the intake, freeze it and have the agenda computed, as far as it is time; whether there is an agenda."""
    for column in ("closes_s", "freezes_s", "drafts_s"):
        if getattr(week, column) > until_s:
            return False
        _step(town, week.id, column)
    return True


def _step(town: _Town, identifier: str, column: str) -> None:
    """Take the step of the clock that is due at the time ``column``; the server's ledger has to follow first."""
    town.now_s = max(town.now_s, town.week_of(identifier, column))
    deadline_s = time.monotonic() + _LEDGER_S
    while clock.advance(town.portal, identifier) is None:
        if time.monotonic() > deadline_s:
            msg = f"the week {identifier} of the demonstration can not go on at {column}"
            raise DemoError(msg)
        time.sleep(_LOOK_S)


def _approved(unit: Unit, week: str, people: Iterable[Actor]) -> None:
    row = unit.session.get_one(Agenda, week)
    for person in people:
        agenda.approve(unit, person, row)


def _minuted(unit: Unit, town: _Town, hall: str, subjects: dict[str, Subject]) -> None:
    """Write the minutes of each item in all languages, lay them open, and make them final."""
    projection = Projection(hall)
    minutes.begin(unit, projection)
    state = projection.catch_up(unit)
    for item in state.items.values():
        noted = subjects[str(item.topic)].noted
        minutes.write(unit, town.people[0], hall, item.id, noted["en"], "en", revision=1)
        town.check(unit, minutes.minute_key(hall, item.id), noted)
    for phase in ("draft", "clerk", "amend"):
        minutes.advance(unit, hall, phase)


def _answered(unit: Unit, town: _Town, hall: str, about: Sequence[str]) -> None:
    for result in words.RESULTS:
        lang, text = next(iter(result.text.items()))
        subjects = tuple(about[place] for place in result.about)
        due_day = unit.now_s // DAY_S + result.days
        drafted = outcomes.Drafted(result.kind, result.owner, text, lang, subjects, due_day=due_day, hall=hall)
        row = outcomes.draft(unit, drafted)
        town.check(unit, outcomes.outcome_key(row.id), result.text)
        outcomes.publish(unit, row.id)
