"""Fourteen closed weeks of invented people, and one submission that waits for its answer."""

from datetime import date, timedelta

from portal.server.core.db import Unit
from portal.server.feedback import states
from portal.server.feedback.models import Ballot, BallotSupport, Submission
from portal.server.feedback.moderation_models import Topic, TopicMember
from portal.server.feedback.weeks import IntakeWeek, planned
from portal.server.townhall import publications
from portal.server.townhall.hall_models import Outcome, OutcomeLink, OutcomeTopic
from portal.server.translation import service as public_texts
from portal.wire.ids import new_id

FIRST = date(2026, 7, 6)
COUNTS = (9, 12, 8, 10, 11, 9, 14, 10, 12, 9, 11, 10, 40, 12)


def past_weeks(unit: Unit) -> None:
    """Fourteen closed weeks in which people supported two themes; three Koreans among them in the last."""
    for number, count in enumerate(COUNTS):
        week = planned(FIRST + timedelta(weeks=number), "UTC", 90)
        week.state = "closed_out"
        unit.session.add(week)
        unit.session.flush()
        publications.publish(unit, week.id, "agenda", {"week": week.id, "items": []}, revision=1)
        topic = new_id()
        unit.session.add(
            Topic(id=topic, week_id=week.id, theme="Night <bus>", minutes=10, status="closed", created_ms=0)
        )
        unit.session.flush()
        public_texts.put(unit, f"topic:{topic}", "A bus by night", "en")
        for person in range(count):
            korean = week.id == planned(FIRST + timedelta(weeks=len(COUNTS) - 1), "UTC", 90).id and person < 3
            ballot = Ballot(id=new_id(), week_id=week.id, community="ko" if korean else "en")
            unit.session.add(ballot)
            unit.session.flush()
            unit.session.add(BallotSupport(ballot_id=ballot.id, topic_id=topic))
    unit.session.flush()


def put_on_agenda(unit: Unit, identifier: str) -> None:
    """A topic of the submission's week, an outcome about it, and a text that this changed."""
    submission = unit.session.get_one(Submission, identifier)
    states.set_state(unit, submission, "on_agenda")
    topic = Topic(id="t" * 22, week_id=submission.week_id, theme="Buses", minutes=5, status="published", created_ms=0)
    unit.session.add(topic)
    unit.session.flush()
    public_texts.put(unit, f"topic:{topic.id}", "A bus at night", "en")
    unit.session.add(TopicMember(submission_id=identifier, topic_id=topic.id, week_id=submission.week_id, added_ms=0))
    unit.session.get_one(IntakeWeek, submission.week_id).state = "minuted"
    unit.session.add(
        Outcome(id="o" * 22, kind="action", status="published", owner="", topic=topic.id, created_ms=0, published_day=1)
    )
    unit.session.flush()
    public_texts.put(unit, f"outcome:{'o' * 22}", "Clause four names the harbour.", "en")
    unit.session.add(
        OutcomeLink(
            outcome_id="o" * 22,
            document="Transport act",
            clause="4 (2)",
            version="3",
            before="Buses stop at <midnight>.",
            after="Buses stop at the harbour.",
        )
    )
    unit.session.add(OutcomeTopic(outcome_id="o" * 22, topic_id=topic.id))
