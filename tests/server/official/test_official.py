"""Pages for officials: people by week and part, what was to be expected, what waits; and only for who has a role."""

import re
from html import unescape

import pytest

from portal.server.core.actor import Role
from portal.server.official import statistics
from portal.server.official.statistics import Slice
from portal.server.townhall.redline import redline
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


def test_a_changed_clause_is_shown_word_by_word(official: Moderator) -> None:
    page = official.get("/official/changes")
    assert "Buses stop at <del>&lt;midnight&gt;</del><ins>the harbour</ins>." in page


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("", "all new"),
        ("gone", ""),
        ("제4조 보고한다", "제4조 보고하여야 한다"),
        ("a" * 2000, "a" * 1999 + "b"),
        ("第四条を", "第五条を"),
    ],
)
def test_a_redline_holds_both_texts_whole(before: str, after: str) -> None:
    runs = redline(before, after)
    assert "".join(run.text for run in runs if run.kind != "new") == before
    assert "".join(run.text for run in runs if run.kind != "gone") == after


def test_topics_stand_beside_the_clauses_that_they_are_about(official: Moderator) -> None:
    page = official.get("/official/clauses")
    assert "An outcome changed it" in page
    fields = {"topic": "t" * 22, "document": "Harbour treaty"}
    for clause in ("Art. 10", "Art. 9"):
        assert official.post("/official/clauses", clause=clause, **fields).status_code == 303
    page = words_of(official.get("/official/clauses"))
    assert page.index("Harbour treaty") < page.index("Art. 9") < page.index("Art. 10") < page.index("Transport act")
    assert "A bus at night" in page
    rows = official.get("/open-data/topic_clauses.json")
    assert '"Art. 9"' in rows
    assert official.post("/official/clauses/remove", clause="Art. 9", **fields).status_code == 303
    page = words_of(official.get("/official/clauses"))
    assert "Art. 9" not in page
    assert "Art. 10" in page


def test_what_is_no_clause_comes_back_with_what_was_typed(official: Moderator) -> None:
    missing = official.post("/official/clauses", topic="t" * 22, document="Harbour treaty", clause=" ")
    assert missing.status_code == 422
    assert "Name the clause." in missing.text
    assert 'value="Harbour treaty"' in missing.text
    unknown = official.post("/official/clauses", topic="x" * 22, document="Harbour treaty", clause="1")
    assert unknown.status_code == 404


@pytest.mark.parametrize("path", ["/official", "/official/unanswered", "/official/changes", "/official/clauses"])
def test_only_officials_see_it(desk: Desk, official: Moderator, path: str) -> None:
    assert desk.app.test_client().get(path).status_code == 401
    assert desk.moderator(Role.DELEGATE).client.get(path).status_code == 403
    assert "<h1>" in official.get(f"{path}?lang=ko")
