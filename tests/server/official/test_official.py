"""Pages for officials: people by week and part, what was to be expected, what waits; and only for who has a role."""

import re
from html import unescape

import pytest

from portal.server.core.actor import Role
from portal.server.official import statistics
from portal.server.official.statistics import Slice
from tests.server.feedback.desk import Desk, Moderator, words_of
from tests.server.official.past import COUNTS, past_weeks, put_on_agenda


@pytest.fixture(scope="module")
def official(desk: Desk) -> Moderator:
    desk.write(past_weeks)
    heard = desk.says("Night bus to the harbour, please")
    desk.write(lambda unit: put_on_agenda(unit, heard))
    return desk.moderator(Role.CHAIR)


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
