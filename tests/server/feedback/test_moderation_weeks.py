"""Moderation against the clock: what a week has counted stays where it was counted, whatever people undo later."""

import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from portal.config import Settings
from portal.server.app import create_app
from portal.server.core.db import Unit
from portal.server.feedback import decisions, moderation, review, states, topic_changes, topics, weeks
from portal.server.feedback.decisions import Grounds
from portal.server.feedback.models import Submission
from portal.server.feedback.moderation_models import Topic
from portal.server.feedback.topic_changes import About
from portal.server.feedback.weeks import IntakeWeek, WeekState
from portal.wire.errors import UserError
from tests.server.feedback.desk import ORIGIN, Desk, Moderator

GROUNDS = Grounds("off_topic", "Not here.")


@pytest.fixture
def desk(tmp_path: Path, sqlite_template: Path) -> Iterator[Desk]:
    shutil.copy(sqlite_template, tmp_path / "portal.sqlite3")
    made = Desk(create_app(Settings(data_dir=tmp_path, public_url=ORIGIN)))
    yield made
    made.portal.database.close()


@pytest.fixture
def ada(desk: Desk) -> Moderator:
    return desk.moderator()


def make_topic(desk: Desk, who: Moderator, title: str) -> str:
    def made(unit: Unit) -> str:
        return topics.make(unit, who.actor, weeks.current(unit).id, title, "en", theme="", minutes=10).id

    return desk.write(made)


def come_to(desk: Desk, week: str, state: WeekState) -> None:
    desk.write(
        lambda unit: unit.session.execute(sa.update(IntakeWeek).where(IntakeWeek.id == week).values(state=state))
    )


def put_on_agenda(desk: Desk, said: str) -> None:
    desk.write(lambda unit: states.set_state(unit, unit.session.get_one(Submission, said), "on_agenda"))


def test_undoing_words_or_language_later_moves_nothing(desk: Desk, ada: Moderator) -> None:
    said, under = desk.says("Ask Mr Kim about the bridge."), make_topic(desk, ada, "Bridge")
    redacted = desk.does(
        partial(
            moderation.redact,
            actor=ada.actor,
            submission=said,
            revision=0,
            marked="Ask [[Mr Kim]] about the bridge.",
            grounds=Grounds("personal_data"),
        )
    )
    desk.does(lambda unit: moderation.accept(unit, ada.actor, said, 1, [under]))
    spoken = desk.does(lambda unit: moderation.set_language(unit, ada.actor, said, 2, "fr"))
    come_to(desk, desk.submission(said).week_id, "published")
    put_on_agenda(desk, said)
    decision = desk.submission(said).decision_id
    desk.does(lambda unit: topics.close(unit, [under]))
    desk.does(lambda unit: moderation.undo(unit, ada.actor, spoken.id))
    assert desk.review(said).language == "en"
    again = desk.does(lambda unit: moderation.set_language(unit, ada.actor, said, 4, "fr"))
    with pytest.raises(UserError, match=r"moderation\.moved"):
        desk.does(lambda unit: moderation.undo(unit, ada.actor, redacted.id))
    desk.does(lambda unit: moderation.undo(unit, ada.actor, again.id))
    assert (desk.state(said), desk.submission(said).decision_id) == ("on_agenda", decision)
    assert desk.read(lambda unit: topics.topics_of(unit, said)) == [under]
    assert desk.read(lambda unit: review.shown_text(unit, unit.session.get_one(Submission, said))) != ""


def test_a_question_that_was_answered_is_not_taken_back(desk: Desk, ada: Moderator) -> None:
    said = desk.says("Fix it.")
    asked = desk.does(lambda unit: moderation.ask_citizen(unit, ada.actor, said, 0, Grounds(None, "What?")))
    desk.write(lambda unit: states.set_state(unit, unit.session.get_one(Submission, said), "waiting"))
    with pytest.raises(UserError, match=r"moderation\.closed"):
        desk.does(lambda unit: moderation.undo(unit, ada.actor, asked.id))


def test_decisions_that_move_ballots_end_with_the_freeze(desk: Desk, ada: Moderator) -> None:
    said, under = desk.says("Count me."), make_topic(desk, ada, "Counting")
    accepted = desk.does(lambda unit: moderation.accept(unit, ada.actor, said, 0, [under]))
    late = desk.says("Count me, too.")
    come_to(desk, desk.submission(said).week_id, "frozen")
    with pytest.raises(UserError, match=r"moderation\.closed"):
        desk.does(lambda unit: moderation.undo(unit, ada.actor, accepted.id))
    with pytest.raises(UserError, match=r"moderation\.closed"):
        desk.does(lambda unit: moderation.reject(unit, ada.actor, said, 1, GROUNDS))
    desk.does(lambda unit: moderation.accept(unit, ada.actor, late, 0, [under]))
    assert desk.state(late) == "deferred"


def test_what_the_law_forbids_can_go_at_any_time_and_the_count_stays(desk: Desk, ada: Moderator) -> None:
    bo, said, under = desk.moderator(), desk.says("Forbidden words."), make_topic(desk, ada, "Whatever")
    desk.does(lambda unit: moderation.accept(unit, ada.actor, said, 0, [under]))
    come_to(desk, desk.submission(said).week_id, "published")
    put_on_agenda(desk, said)
    page = ada.get(f"/moderate?shelf=decided&item={said}")
    assert "Only what the law forbids" in page
    ada.post(f"/moderate/s/{said}/reject", revision="1", reason="illegal", why="Section 130.", why_language="en")
    row = desk.read(lambda unit: decisions.proposed(unit, [said]))[0]
    desk.does(lambda unit: moderation.second(unit, bo.actor, row.id, agrees=True))
    assert desk.submission(said).sealed is None
    assert desk.state(said) == "on_agenda"
    assert desk.read(lambda unit: topics.supporters(unit, [under])) == {under: 1}


def test_a_topic_of_an_earlier_week_does_not_move_while_a_later_one_counts_it(desk: Desk, ada: Moderator) -> None:
    carried, other = make_topic(desk, ada, "Carried over"), make_topic(desk, ada, "Other")
    said = desk.says("Still waiting for it.")
    desk.does(lambda unit: moderation.accept(unit, ada.actor, said, 0, [carried]))

    def age(unit: Unit) -> None:
        """Both topics were born in a week whose hall was held long ago."""
        current = weeks.current(unit)
        before = IntakeWeek(**{c.name: getattr(current, c.name) for c in IntakeWeek.__table__.columns} | EARLIER)
        unit.session.add(before)
        unit.session.flush()
        unit.session.execute(sa.update(Topic).values(week_id=before.id))

    desk.write(age)
    come_to(desk, desk.submission(said).week_id, "drafted")
    about = About("Else", "en", "", 20)
    attempts = (
        lambda unit: topic_changes.merge(unit, ada.actor, carried, 0, other, GROUNDS),
        lambda unit: topic_changes.merge(unit, ada.actor, other, 0, carried, GROUNDS),
        lambda unit: topic_changes.split(unit, ada.actor, carried, 0, [said], about, GROUNDS),
        lambda unit: topic_changes.reject(unit, ada.actor, carried, 0, GROUNDS),
        lambda unit: topic_changes.change(unit, ada.actor, carried, 0, about, GROUNDS),
    )
    for attempt in attempts:
        with pytest.raises(UserError, match=r"moderation\.closed"):
            desk.does(attempt)
    come_to(desk, desk.submission(said).week_id, "held")
    put_on_agenda(desk, said)
    desk.does(lambda unit: topic_changes.reject(unit, ada.actor, carried, 0, GROUNDS))
    assert desk.state(said) == "on_agenda"  # the account of its week says so


EARLIER = {"id": "2001-W01", "state": "held", "opens_s": 0, "closes_s": 1, "freezes_s": 2}
