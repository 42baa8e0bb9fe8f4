"""A portal whose clock tests set, with citizens who say things and moderators who put them under topics."""

from datetime import UTC, datetime

import flask

from portal.server.core.db import Unit
from portal.server.feedback import states, topics, weeks
from portal.server.feedback.models import Submission, SubmissionState
from portal.server.feedback.weeks import IntakeWeek
from portal.server.ledger.feature import Ledger
from portal.server.townhall import agenda, clock
from portal.server.townhall.agenda_models import Agenda
from portal.server.translation import service as public_texts
from tests.server.feedback.desk import Desk, Moderator

WEEK = "2026-W48"
WEDNESDAY = datetime(2026, 11, 25, 12, tzinfo=UTC)


class Town(Desk):
    """The desk of one portal, on a Wednesday of WEEK; ``goes_to`` moves the clock and lets a worker look."""

    def __init__(self, app: flask.Flask) -> None:
        self.now = WEDNESDAY
        database = app.extensions["portal"].database
        database.clock_ms = lambda: int(self.now.timestamp() * 1000)
        super().__init__(app)
        self.pair = [self.moderator(), self.moderator()]

    def goes_to(self, now: datetime) -> None:
        """It is ``now``; the ledger and the clock have had their turns."""
        self.now = now
        self.looks()
        self.pair = [self.moderator(), self.moderator()]  # those of before are signed out by now

    def looks(self) -> None:
        """The ledger takes in what waits, the clock does what is due, and again."""
        for _ in range(2):
            self.portal.get(Ledger).sequence()
            clock.tick(self.portal)

    def week(self, identifier: str = WEEK) -> IntakeWeek:
        return self.read(lambda unit: unit.session.get_one(IntakeWeek, identifier))

    def topic(self, title: str, *, minutes: int = 10) -> str:
        """A topic that is checked in every language."""

        def make(unit: Unit) -> str:
            row = topics.make(unit, self.pair[0].actor, weeks.current(unit).id, title, "en", theme="", minutes=minutes)
            self.check(unit, topics.key_of(row.id))
            return row.id

        return self.write(make)

    def check(self, unit: Unit, *keys: str) -> None:
        """A moderator has read these texts over in all languages."""
        for key, language in public_texts.missing(unit, keys):
            original, *others = public_texts.languages_of(unit, key)
            row = next(it for it in others if it.language == language)
            text = f"{original.text} ({language})"
            public_texts.check(unit, self.pair[0].actor, key, language, text, revision=row.revision)

    def raised(self, topic: str, count: int, lang: str = "en", state: SubmissionState = "accepted") -> list[str]:
        """So many people raise ``topic``; their submissions."""
        said = self.says_all([f"{topic} {lang} {number}" for number in range(count)], lang)
        self.write(lambda unit: self._place(unit, said, topic, state))
        return said

    def agenda(self) -> Agenda:
        return self.read(lambda unit: unit.session.get_one(Agenda, WEEK))

    def approve(self, *moderators: Moderator) -> None:
        """These moderators agree with the agenda as it stands."""
        for moderator in moderators:
            self._approve(moderator)

    def _approve(self, moderator: Moderator) -> None:
        self.write(lambda unit: agenda.approve(unit, moderator.actor, unit.session.get_one(Agenda, WEEK)))

    def _place(self, unit: Unit, said: list[str], topic: str, state: SubmissionState) -> None:
        for identifier in said:
            submission = unit.session.get_one(Submission, identifier)
            topics.place(unit, submission, [topic])
            states.set_state(unit, submission, state)
