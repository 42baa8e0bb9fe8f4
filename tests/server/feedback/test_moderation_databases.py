"""Moderation on both kinds of database: people who really act at the same moment, and every query once."""

import threading
from collections.abc import Iterator
from functools import partial

import pytest

from portal.config import Settings
from portal.server.app import create_app
from portal.server.core.db import Unit
from portal.server.feedback import (
    decisions,
    moderation,
    queue,
    readings,
    suggestions,
    surges,
    topic_changes,
    topics,
    weeks,
)
from portal.server.feedback.decisions import Grounds
from portal.server.feedback.queue import MARKS, SHELVES, Filter
from portal.server.feedback.suggestions import About, Duplicates
from portal.server.feedback.topic_changes import About as Naming
from portal.server.translation import service as public_texts
from portal.wire.errors import UserError
from tests.server.feedback.desk import Desk, Moderator


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    made = Desk(create_app(settings))
    yield made
    made.portal.database.close()


def made_topic(desk: Desk, who: Moderator, title: str) -> str:
    def make(unit: Unit) -> str:
        return topics.make(unit, who.actor, weeks.current(unit).id, title, "en", theme="", minutes=10).id

    return desk.write(make)


def test_of_many_who_decide_at_the_same_moment_one_wins_and_all_others_are_told(desk: Desk) -> None:
    people = [desk.moderator() for _ in range(4)]
    said = desk.says("Everybody reads this at once.")
    together = threading.Barrier(len(people))
    outcomes: list[str] = []

    def decide(who: Moderator) -> None:
        together.wait()
        try:
            desk.does(partial(moderation.reject, actor=who.actor, submission=said, revision=0, grounds=GROUNDS))
            outcomes.append("done")
        except UserError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=decide, args=(who,)) for who in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", *["moderation.moved"] * 3]
    assert len(desk.read(lambda unit: decisions.of(unit, said, "en"))) == 1


def test_everything_works_on_this_database(desk: Desk) -> None:
    ada, bo = desk.moderator(), desk.moderator(languages=("ko", "en"))
    one, other = made_topic(desk, ada, "One"), made_topic(desk, ada, "Other")
    first, second, third, fourth = desk.says_all(["A first thing.", "A second.", "A third.", "Say Kim did it."])
    desk.does(lambda unit: moderation.accept(unit, ada.actor, first, 0, [one, other]))
    desk.does(lambda unit: moderation.merge(unit, ada.actor, second, 0, first))
    desk.does(
        lambda unit: moderation.redact(unit, ada.actor, fourth, 0, "Say [[Kim]] did it.", Grounds("personal_data"))
    )
    proposal = desk.does(lambda unit: moderation.reject(unit, ada.actor, third, 0, Grounds("illegal", "Why.")))
    desk.does(lambda unit: moderation.second(unit, bo.actor, proposal.id, agrees=True))
    merged = desk.does(lambda unit: topic_changes.merge(unit, ada.actor, one, 0, other, Grounds(None, "Same.")))
    assert desk.read(lambda unit: topics.supporters(unit, [one, other])) == {one: 0, other: 2}
    desk.does(lambda unit: topic_changes.undo(unit, bo.actor, merged.id))
    assert desk.read(lambda unit: topics.supporters(unit, [one, other])) == {one: 2, other: 2}
    desk.does(
        lambda unit: topic_changes.split(
            unit, ada.actor, one, 2, [second], Naming("New", "en", "", 5), Grounds(None, "Two matters.")
        )
    )
    desk.does(lambda unit: topic_changes.reject(unit, ada.actor, other, 0, Grounds("local", "The county.")))
    assert desk.state(first) == "accepted"  # it is under the other topic, too

    def looked_at(unit: Unit) -> None:
        week = weeks.current(unit).id
        for shelf in SHELVES:
            for mark in MARKS:
                chosen = Filter(shelf, mark, "en", week)
                found = queue.listing(unit, chosen, "ko")
                assert found.total == len(found.lines) == len(queue.everything(unit, chosen, 100))
                assert (queue.first(unit, chosen) is None) == (found.total == 0)
        assert queue.counts(unit) == {"waiting": 1, "returned": 0, "overdue": 0, "second": 0}
        assert queue.item(unit, fourth, "ko", ada.account) is not None
        assert len(queue.lines_under(unit, one, "en")) == 1
        assert surges.now(unit) == []
        assert readings.moderators_languages(unit) == ["en", "ko"]
        owing = {one.submission: len(one.translations) for one in readings.owed(unit, 10)}
        assert owing == {first: 0, second: 0, third: 0, fourth: 1}  # what is decided needs no translation
        assert decisions.log_size(unit) == len(decisions.log(unit, "en", limit=100))
        assert decisions.weeks_of_log(unit) == [week]
        assert public_texts.unchecked_counts(unit)["ko"] == len(public_texts.unchecked(unit, "ko"))
        assert set(topics.ballots(unit, week)) <= {row.ballot_id for row in map(desk.submission, (first, second))}

    desk.read(looked_at)
    everything = desk.read(lambda unit: readings.owed(unit, 10))
    desk.does(partial(moderation.set_language, actor=ada.actor, submission=fourth, revision=1, language="ko"))
    desk.does(partial(readings.settle, looked_at=everything))
    assert [one.submission for one in desk.read(lambda unit: readings.owed(unit, 10))] == [fourth]


def test_suggestions_are_replaced_and_what_people_said_of_them_stays(desk: Desk) -> None:
    ada = desk.moderator()
    under, said = made_topic(desk, ada, "Alike"), desk.says_all([f"Alike {number}." for number in range(4)])

    def suggest(unit: Unit) -> None:
        week = weeks.current(unit).id
        pairs = [Duplicates(said[0], said[:2], 91), Duplicates(said[2], [*said[2:], "nobody-of-this-week----"], 70)]
        suggestions.replace(unit, week, pairs, [About(said[0], under, None, 80), About(said[1], None, "c1", 40)])

    desk.does(suggest)
    group = desk.read(lambda unit: suggestions.marks(unit, said))[said[0]].group
    desk.does(lambda unit: suggestions.judge(unit, ada.actor, group, "dismissed"))
    desk.does(suggest)
    found = desk.read(lambda unit: suggestions.marks(unit, said))
    assert {one: mark.size for one, mark in found.items()} == {said[2]: 2, said[3]: 2}
    assert desk.read(lambda unit: suggestions.topics_for(unit, said)) == {said[0]: (under, 80)}
    assert desk.read(lambda unit: suggestions.alike(unit, said[1])) == []


GROUNDS = Grounds("off_topic", "Not here.")
