"""The week: its times on the wall clock, its steps one by one whatever was missed, and the sum that must come out."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from portal.config import Settings
from portal.server.app import create_app
from portal.server.core.db import Unit
from portal.server.feedback import topics, weeks
from portal.server.feedback.models import Receipt, Submission
from portal.server.ledger import service as ledger
from portal.server.ledger import tree
from portal.server.townhall import account, agenda, agenda_changes, clock, publications
from portal.server.townhall.agenda_models import Publication
from portal.server.townhall.hall_models import AnswerDelivery, Outcome
from portal.server.translation import service as public_texts
from portal.wire.agenda import compute, json_text, parse
from portal.wire.ids import b64, new_id
from portal.wire.ledger.entries import Kind
from tests.server.feedback.desk import words_of
from tests.server.townhall.town import WEDNESDAY, WEEK, Town

SUNDAY_CLOSE = datetime(2026, 11, 29, 18, tzinfo=UTC)


@pytest.fixture
def town(settings: Settings) -> Iterator[Town]:
    """A town on the database under test."""
    made = Town(create_app(settings))
    yield made
    made.portal.database.close()


def frozen_with_two_topics(town: Town) -> tuple[str, str]:
    """60 English voices for buses, 52 Korean for housing; the agenda is drafted."""
    buses, housing = town.topic("Buses", minutes=10), town.topic("Housing", minutes=15)
    town.raised(buses, 60, "en")
    town.raised(housing, 52, "ko")
    town.goes_to(SUNDAY_CLOSE + timedelta(minutes=31))
    return buses, housing


def published_ballots(town: Town, revision: int) -> Publication:
    return town.read(lambda unit: unit.session.get_one(Publication, (WEEK, "ballots", revision)))


def test_a_week_s_times_are_wall_times_of_its_zone() -> None:
    week = weeks.planned(date(2026, 11, 23), "Asia/Seoul", 90)
    zone = ZoneInfo("Asia/Seoul")
    assert week.id == WEEK
    assert datetime.fromtimestamp(week.opens_s, zone) == datetime(2026, 11, 23, tzinfo=zone)
    assert datetime.fromtimestamp(week.closes_s, zone) == datetime(2026, 11, 29, 18, tzinfo=zone)
    assert datetime.fromtimestamp(week.publishes_s, zone) == datetime(2026, 12, 1, 18, tzinfo=zone)
    assert week.answers_s - week.closes_s == 10 * 86_400
    assert [getattr(week, name) for name in weeks.SCHEDULE] == sorted(getattr(week, name) for name in weeks.SCHEDULE)


def test_a_clock_change_on_sunday_moves_no_wall_time() -> None:
    """In Berlin clocks go back on 25 October 2026 and forward on 28 March 2027: weeks of 169 and 167 hours."""
    zone = ZoneInfo("Europe/Berlin")
    for monday, hours in ((date(2026, 10, 19), 169), (date(2026, 10, 26), 168), (date(2027, 3, 22), 167)):
        week, following = (weeks.planned(it, zone.key, 90) for it in (monday, monday + timedelta(weeks=1)))
        assert following.opens_s - week.opens_s == hours * 3600
        assert datetime.fromtimestamp(week.closes_s, zone).hour == 18
        assert week.freezes_s - week.closes_s == 900


def test_a_wall_time_that_the_clock_change_leaves_out_comes_later() -> None:
    # Cairo's clocks went from 00:00 to 01:00 on Friday 25 April 2025: midnight did not exist.
    at = weeks.Moment(4, 0).on(date(2025, 4, 21), ZoneInfo("Africa/Cairo"))
    assert datetime.fromtimestamp(at, ZoneInfo("Africa/Cairo")).isoformat() == "2025-04-25T01:00:00+03:00"


def test_what_is_begun_after_the_close_counts_to_the_next_week(town: Town) -> None:
    def ids(begun: datetime) -> tuple[str, str]:
        current = town.read(lambda unit: weeks.current(unit).id)
        return current, town.read(lambda unit: weeks.for_intake(unit, int(begun.timestamp())).id)

    assert ids(WEDNESDAY) == (WEEK, WEEK)
    town.goes_to(SUNDAY_CLOSE + timedelta(minutes=10))
    assert ids(SUNDAY_CLOSE - timedelta(minutes=2)) == ("2026-W49", WEEK), "a form from before the close is in grace"
    assert ids(SUNDAY_CLOSE + timedelta(minutes=1)) == ("2026-W49", "2026-W49")
    town.goes_to(SUNDAY_CLOSE + timedelta(minutes=16))
    assert ids(SUNDAY_CLOSE - timedelta(minutes=2)) == ("2026-W49", "2026-W49"), "nothing comes to a frozen week"


def test_the_zone_can_be_changed_for_weeks_to_come(town: Town) -> None:
    closes = town.week().closes_s
    town.write(lambda unit: weeks.ensure(unit, "Asia/Tokyo", 60))
    assert (town.week().closes_s, town.week().tz) == (closes, "UTC")
    following = town.week("2026-W49")
    assert (following.tz, following.hall_minutes) == ("Asia/Tokyo", 60)


@pytest.mark.slow
def test_the_ballots_are_in_the_ledger_before_the_beacon_exists(town: Town) -> None:
    buses, housing = frozen_with_two_topics(town)
    week = town.week()
    assert week.state == "drafted"
    frozen, published = (published_ballots(town, revision) for revision in (0, 1))
    assert json.loads(frozen.file)["beacon"] == ""
    assert frozen.file.replace(b'"beacon":""', f'"beacon":"{week.beacon}"'.encode()) == published.file
    (opening,) = town.read(lambda unit: ledger.opened(unit, Kind.BALLOTS, (WEEK,)))
    assert json.loads(opening.statement) == {"week": WEEK, "file": b64(frozen.sha256)}
    assert opening.index is not None
    root = town.read(lambda unit: tree.tree(unit).root((opening.index or 0) + 1))
    assert week.beacon == root.hex()
    result = compute(parse(published.file))
    assert json_text(town.agenda().result) == json_text(result.result())
    assert [item.topic for item in result.items] == [buses, housing]


def test_the_clock_catches_up_with_everything_it_missed(town: Town) -> None:
    """A worker that was away from Friday to Wednesday takes every step, once, in order."""
    buses = town.topic("Buses")
    town.raised(buses, 3)
    town.now = SUNDAY_CLOSE + timedelta(days=3)
    town.looks()
    assert town.week().state == "drafted", "the draft waits for two people, however late it is"
    before = town.read(lambda unit: [(it.what, it.revision, it.sha256) for it in publications.of_week(unit, WEEK)])
    town.looks()
    assert before == town.read(
        lambda unit: [(it.what, it.revision, it.sha256) for it in publications.of_week(unit, WEEK)]
    )
    page = words_of(town.app.test_client().get(f"/week/{WEEK}").text)
    assert "Late This is late: Agenda published in all languages" in page


def test_a_damaged_week_holds_up_no_other(town: Town) -> None:
    def damage(unit: Unit) -> None:
        old = weeks.planned(date(2026, 11, 16), "UTC", 90)
        old.state = "frozen"  # but its ballot file is gone
        unit.session.add(old)

    town.write(damage)
    town.now = SUNDAY_CLOSE + timedelta(minutes=16)
    with pytest.raises(LookupError, match="2026-W47 has no frozen ballot file"):
        clock.tick(town.portal)
    assert town.week().state == "frozen"


@pytest.mark.slow
def test_publish_blocked_until_all_languages_present(town: Town) -> None:
    frozen_with_two_topics(town)
    topic = town.write(lambda unit: next(it.topic_id for it in agenda.items(unit, WEEK)))
    town.write(lambda unit: public_texts.put(unit, f"topic:{topic}", "Other words", "en"))
    town.approve(*town.pair)
    town.goes_to(SUNDAY_CLOSE + timedelta(days=2, minutes=1))
    assert town.week().state == "drafted"
    town.write(lambda unit: town.check(unit, f"topic:{topic}"))
    town.looks()
    assert town.week().state == "published"


def test_one_person_alone_can_not_publish(town: Town) -> None:
    frozen_with_two_topics(town)
    town.approve(town.pair[0], town.pair[0])
    town.goes_to(SUNDAY_CLOSE + timedelta(days=2, minutes=1))
    assert town.week().state == "drafted"
    town.approve(town.pair[1])
    town.looks()
    assert town.week().state == "published"
    assert town.read(lambda unit: {it.state for it in unit.session.scalars(sa.select(Submission))}) == {"on_agenda"}


@pytest.mark.slow
def test_a_topic_merged_away_after_the_freeze_takes_nobody_s_place(town: Town) -> None:
    """What stood in the frozen file came onto the agenda, whatever moderators do to its topic afterwards."""
    buses, housing = frozen_with_two_topics(town)

    def merge(unit: Unit) -> None:
        for submission in topics.members(unit, buses):
            topics.place(unit, unit.session.get_one(Submission, submission), [housing])

    def take_housing_off(unit: Unit) -> None:
        (item,) = [it for it in agenda.items(unit, WEEK) if it.topic_id == housing]
        reason = agenda_changes.Reason("The office is closed", "en")
        agenda_changes.remove(unit, town.pair[0].actor, agenda_changes.begin(unit, WEEK, 1), item.id, reason)
        town.check(unit, *agenda.public_keys(unit, WEEK))

    town.write(merge)
    town.write(take_housing_off)
    town.approve(*town.pair)
    town.goes_to(SUNDAY_CLOSE + timedelta(days=2, minutes=1))
    found = town.read(lambda unit: account.of(unit, town.week()))
    assert (found.ends["on_agenda"], found.ends["deferred"]) == (60, 52)


def test_dropping_a_row_breaks_the_week_account(town: Town) -> None:
    frozen_with_two_topics(town)
    whole = town.read(lambda unit: account.of(unit, town.week()))
    assert (whole.received, whole.in_work, whole.gap) == (112, 112, 0)
    assert town.read(account.strays) == 0

    def drop(unit: Unit) -> None:
        connection = unit.connection
        victim = connection.scalar(sa.select(Submission.id).limit(1))
        connection.execute(sa.delete(Receipt).where(Receipt.submission_id == victim))
        connection.execute(sa.text("DELETE FROM topic_member WHERE submission_id = :id"), {"id": victim})
        connection.execute(sa.delete(Submission).where(Submission.id == victim))

    town.write(drop)
    broken = town.read(lambda unit: account.of(unit, town.week()))
    assert (broken.gap, broken.is_whole) == (1, False)
    assert len(town.read(lambda unit: account.missing(unit, town.week()))) == 1
    assert town.read(account.strays) == 1
    page = town.app.test_client().get(f"/week/{WEEK}").text
    assert "The sum differs from what was received by 1" in page


@pytest.mark.slow
def test_every_submission_has_terminal_state_by_day_10(town: Town) -> None:
    frozen_with_two_topics(town)
    town.approve(*town.pair)
    town.goes_to(SUNDAY_CLOSE + timedelta(days=2, minutes=1))
    town.write(lambda unit: clock.held(unit, WEEK))
    town.write(lambda unit: clock.minuted(unit, WEEK))
    town.goes_to(SUNDAY_CLOSE + timedelta(days=10, minutes=1))
    assert town.week().state == "minuted", "answers are missing"
    page = words_of(town.app.test_client().get(f"/week/{WEEK}").text)
    assert "Ten days are over: 0 still without an end, 112 without an answer" in page
    town.write(answer_all)
    town.looks()
    assert town.week().state == "closed_out"
    found = town.read(lambda unit: publications.newest(unit, WEEK, "account"))
    assert found is not None
    ends = json.loads(found.file)["ends"]
    assert (len(ends), set(ends.values())) == (112, {"on_agenda"})
    assert "Ten days are over" not in town.app.test_client().get(f"/week/{WEEK}").text


def answer_all(unit: Unit) -> None:
    """One outcome answers everything."""
    outcome = Outcome(id=new_id(), kind="answer", status="published", owner="Roads", week=WEEK, created_ms=unit.now_ms)
    unit.session.add(outcome)
    unit.session.flush()
    for submission in unit.session.scalars(sa.select(Submission.id)):
        unit.session.add(AnswerDelivery(submission_id=submission, outcome_id=outcome.id, day=1))
    unit.session.flush()
