"""Pages for officials: people by week and part, what was to be expected, what waits; and only for who has a role."""

import re
from datetime import date, timedelta
from html import unescape

import pytest

from portal.server.core.actor import Role
from portal.server.core.db import Unit
from portal.server.feedback import states
from portal.server.feedback.models import Ballot, BallotSupport, Submission
from portal.server.feedback.moderation_models import Topic, TopicMember
from portal.server.feedback.weeks import IntakeWeek, planned
from portal.server.official import statistics
from portal.server.official.statistics import Slice
from portal.server.townhall.hall_models import Outcome, OutcomeLink
from portal.server.translation import service as public_texts
from portal.wire.ids import new_id
from tests.server.feedback.desk import Desk, Moderator, words_of

FIRST = date(2026, 7, 6)
COUNTS = (9, 12, 8, 10, 11, 9, 14, 10, 12, 9, 11, 10, 40, 12)


@pytest.fixture(scope="module")
def official(desk: Desk) -> Moderator:
    desk.write(_past)
    heard = desk.says("Night bus to the harbour, please")
    desk.write(lambda unit: _on_agenda(unit, heard))
    return desk.moderator(Role.CHAIR)


def _past(unit: Unit) -> None:
    """Fourteen closed weeks in which people supported two themes; three Koreans among them in the last."""
    for number, count in enumerate(COUNTS):
        week = planned(FIRST + timedelta(weeks=number), "UTC", 90)
        week.state = "closed_out"
        unit.session.add(week)
        unit.session.flush()
        topic = new_id()
        unit.session.add(
            Topic(id=topic, week_id=week.id, theme="Night <bus>", minutes=10, status="closed", created_ms=0)
        )
        unit.session.flush()
        for person in range(count):
            korean = week.id == planned(FIRST + timedelta(weeks=len(COUNTS) - 1), "UTC", 90).id and person < 3
            ballot = Ballot(id=new_id(), week_id=week.id, community="ko" if korean else "en")
            unit.session.add(ballot)
            unit.session.flush()
            unit.session.add(BallotSupport(ballot_id=ballot.id, topic_id=topic))
    unit.session.flush()


def _on_agenda(unit: Unit, identifier: str) -> None:
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
    unit.session.add(OutcomeLink(outcome_id="o" * 22, document="Transport act", clause="4 (2)", version="3"))


def test_forecast_page_says_self_selected(official: Moderator) -> None:
    page = words_of(official.get("/official"))
    assert "Self-selected contributors, not the population" in page
    assert re.search(r"Of \d+ past intervals \d+ held \(\d+%\)", page)
    assert "Next week" in page


def test_the_drawing_and_the_table_have_the_same_numbers(official: Moderator) -> None:
    page = official.get("/official?theme=Night+%3Cbus%3E")
    assert page.count('class="chart-dot"') == len(COUNTS) + 1
    assert '<polygon class="chart-band"' in page
    rows = re.findall(r'href="/week/2026-W\d+">2026-W\d+</a></th><td>([^<]+)</td>', page)
    assert [int(row) for row in reversed(rows)][: len(COUNTS)] == list(COUNTS)
    assert "outside" in page  # the week of forty
    assert "<bus>" not in page
    assert "Night <bus>" in unescape(page)
    assert "style=" not in page


def test_fewer_than_five_of_a_language_are_not_shown(desk: Desk, official: Moderator) -> None:
    page = words_of(official.get("/official?language=ko"))
    assert "fewer than 5" in page
    series = desk.read(lambda unit: statistics.everyone(unit, Slice(language="ko")))
    assert series.counts[-2] == 3
    assert series.shown[-2] is None


def test_a_region_counts_writers_alone_and_a_theme_each_person_once(desk: Desk) -> None:
    assert desk.read(lambda unit: statistics.everyone(unit, Slice(region="North"))).total == 0
    themes = {one.name: one.total for one in desk.read(lambda unit: statistics.themes(unit, Slice()))}
    assert themes == {"Night <bus>": sum(COUNTS), "Buses": 1}


def test_what_waits_for_an_answer_is_listed_with_its_delay(official: Moderator) -> None:
    page = words_of(official.get("/official/unanswered"))
    assert "A bus at night" in page


def test_an_outcome_leads_to_the_text_that_it_changed(official: Moderator) -> None:
    page = words_of(official.get("/official/changes"))
    assert "Transport act" in page
    assert "4 (2)" in page
    assert "Clause four names the harbour." in page


@pytest.mark.parametrize("path", ["/official", "/official/unanswered", "/official/changes"])
def test_only_officials_see_it(desk: Desk, official: Moderator, path: str) -> None:
    assert desk.app.test_client().get(path).status_code == 401
    assert desk.moderator(Role.DELEGATE).client.get(path).status_code == 403
    assert "<h1>" in official.get(f"{path}?lang=ko")
