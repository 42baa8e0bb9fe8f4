"""What the worker suggests to moderators: copies and topics of what citizens sent, and what people decided stays."""

import pytest
import sqlalchemy as sa

from portal.analysis import synthetic
from portal.server.core import jobs
from portal.server.core.db import Unit
from portal.server.feedback import suggestions as shown
from portal.server.feedback import topics
from portal.server.feedback.models import Submission
from portal.server.official import suggestions
from portal.server.official.meanings import Meanings
from portal.wire.ids import new_id
from tests.server.feedback.desk import Desk
from tests.server.official.conftest import works

WEEK = "2026-W48"


@pytest.fixture(scope="module")
def sent(desk: Desk) -> dict[str, synthetic.Submission]:
    """A hundred and twenty submissions by id, with one that is only an emoji; the worker has looked at them."""
    desk.portal.put(Meanings(None, desk.portal.settings.data_dir))  # invented words mean nothing to a real model
    found: dict[str, synthetic.Submission] = {}
    week = synthetic.week(120, seed=8, recipe=synthetic.Recipe(subjects=3, copies=0.3))
    for language in ("en", "ko"):
        ours = [one for one in week if one.language == language]
        found |= dict(zip(desk.says_all([one.text for one in ours], language), ours, strict=True))
    desk.says("🙂🙂")
    suggestions.look(desk.portal)
    assert works(desk) >= 1
    return found


def test_copies_are_marked_and_nothing_else(desk: Desk, sent: dict[str, synthetic.Submission]) -> None:
    marks = desk.read(lambda unit: shown.marks(unit, list(sent)))
    assert marks
    for identifier, mark in marks.items():
        assert sent[identifier].copied_from == sent[mark.representative].copied_from
        assert mark.likeness_percent >= 60


def test_what_is_about_one_subject_is_suggested_together(desk: Desk, sent: dict[str, synthetic.Submission]) -> None:
    first = next(iter(sent))
    alike = desk.read(lambda unit: shown.alike(unit, first))
    same = [sent[other].subject == sent[first].subject for other in alike]
    assert len(same) > 3
    assert sum(same) > 0.9 * len(same)


@pytest.mark.usefixtures("sent")
def test_nothing_is_left_that_tells_when_submissions_came(desk: Desk) -> None:
    kept = desk.read(
        lambda unit: unit.session.scalars(sa.select(jobs.Job).where(jobs.Job.kind == suggestions.JOB)).all()
    )
    assert kept == []


def test_nothing_new_means_nothing_is_reckoned_again(desk: Desk, sent: dict[str, synthetic.Submission]) -> None:
    suggestions.look(desk.portal)
    assert works(desk) == 0


def test_a_topic_that_people_made_is_suggested_for_what_is_like_it(
    desk: Desk, sent: dict[str, synthetic.Submission]
) -> None:
    moderator = desk.moderator()
    subject = [identifier for identifier, one in sent.items() if one.subject == 0 and one.language == "en"]
    topic = desk.write(
        lambda unit: topics.make(unit, moderator.actor, WEEK, "Subject nought", "en", theme="x", minutes=5).id
    )

    def sort(unit: Unit) -> None:
        for one in subject[:6]:
            topics.place(unit, unit.session.get_one(Submission, one), [topic])

    desk.write(sort)
    suggestions.look(desk.portal)
    works(desk)
    found = desk.read(lambda unit: shown.topics_for(unit, subject))
    assert not found.keys() & set(subject[:6])  # what a person has sorted needs no suggestion
    assert {name for name, _ in found.values()} == {topic}
    assert len(found) > 0.8 * len(subject[6:])


def test_what_a_person_said_of_copies_stays(desk: Desk, sent: dict[str, synthetic.Submission]) -> None:
    moderator = desk.moderator()
    marks = desk.read(lambda unit: shown.marks(unit, list(sent)))
    group = next(iter(marks.values())).group
    before = desk.read(lambda unit: shown.members(unit, group))
    desk.write(lambda unit: shown.judge(unit, moderator.actor, group, "confirmed"))
    suggestions.make(desk.portal, {"week": WEEK})
    assert desk.read(lambda unit: shown.members(unit, group)) == before


def test_a_week_without_texts_does_no_harm(desk: Desk) -> None:
    suggestions.make(desk.portal, {"week": "2026-W49"})
    assert desk.read(lambda unit: shown.alike(unit, new_id())) == []


def test_while_much_comes_in_not_each_submission_counts() -> None:
    """A hundred thousand take two minutes: the worker has other things to do in between."""
    names = {suggestions.how_far(came, 0, 0, exactly=False) for came in range(50_000, 52_000)}
    assert len(names) <= 2
    assert len({suggestions.how_far(came, 0, 0, exactly=True) for came in range(50_000, 50_100)}) == 100
