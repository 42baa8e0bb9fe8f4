"""What citizens see of a week: the agenda and its reasons in their language, objections, what was said and done."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from portal.config import Settings
from portal.server.app import create_app
from portal.server.core.catalogues import LANGUAGES
from portal.server.core.db import Unit
from portal.server.feedback import service, topics
from portal.server.feedback.models import Submission
from portal.server.feedback.service import Said
from portal.server.townhall import agenda, clock, outcomes, weekly
from portal.wire.agenda import compute, json_text, parse
from tests.server.feedback.desk import ORIGIN, words_of
from tests.server.townhall.town import WEEK, Town

CLOSE = datetime(2026, 11, 29, 18, tzinfo=UTC)
HEADERS = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="module")
def database_kind() -> str:
    """Pages do not depend on the database; one town serves them all."""
    return "sqlite"


@pytest.fixture
def town(settings: Settings) -> Iterator[Town]:
    """A published week with one topic."""
    made = Town(create_app(settings))
    made.raised(made.topic("Buses"), 3)
    made.goes_to(CLOSE + timedelta(minutes=31))
    made.approve(*made.pair)
    made.goes_to(CLOSE + timedelta(days=2, minutes=1))
    yield made
    made.portal.database.close()


def test_the_week_is_shown_in_every_language_within_15_kb(town: Town) -> None:
    client = town.app.test_client()
    for language in LANGUAGES:
        page = client.get(f"/week/{WEEK}?lang={language}", headers={"Accept-Encoding": "gzip"})
        assert page.status_code == 200
        assert len(page.data) < 8_000
        text = client.get(f"/week/{WEEK}?lang={language}").text
        assert ("Buses (ko)" if language == "ko" else "Buses") in text
        assert not re.search(r">\s*(week|account)\.[a-z_]+", text), "every word is there"
        for other in ("/said-done", f"/week/{WEEK}/objection"):
            assert not re.search(r">\s*(done|object|account)\.[a-z_]+", client.get(f"{other}?lang={language}").text)


def test_original_always_reachable(town: Town) -> None:
    page = words_of(town.app.test_client().get(f"/week/{WEEK}?lang=ko").text)
    assert "Buses (ko)" in page
    assert "원문: Buses" in page


def test_anyone_computes_the_agenda_from_the_file(town: Town) -> None:
    client = town.app.test_client()
    answer = client.get(f"/week/{WEEK}/ballots-1.json")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    computed = re.search(r'data-computed="([^"]+)"', client.get(f"/week/{WEEK}").text)
    assert computed is not None
    assert computed[1].replace("&#34;", '"') == json_text(compute(parse(answer.data)).result())
    assert client.get(f"/week/{WEEK}/ballots-7.json").status_code == 404
    assert client.get(f"/week/{WEEK}/nothing-1.json").status_code == 404
    assert client.get("/week/1999-W01").status_code == 404


def test_an_objection_is_public_and_answered(town: Town) -> None:
    client = town.app.test_client()
    path = f"/week/{WEEK}/objection"
    sent = {"text": "Buses are not urgent this week", "go": "send"}
    refused = client.post(path, data=sent | {"code": "1" * 30}, headers=HEADERS)
    assert refused.status_code == 422
    assert "Buses are not urgent this week" in refused.text, "nothing typed is lost"
    code = town.write(lambda unit: receipt_code(unit, town))
    assert client.post(path, data=sent | {"code": code}, headers=HEADERS).status_code == 303
    assert "Not answered yet" in client.get(f"/week/{WEEK}").text
    moderator = town.pair[0]
    desk = moderator.get(f"/moderate/agenda/{WEEK}")
    name = re.search(r'name="objection" value="([^"]+)"', desk)
    assert name is not None
    answer = {"objection": name[1], "answer": "They were raised most", "language": "en"}
    assert moderator.post(f"/moderate/agenda/{WEEK}/answer", **answer).status_code == 303
    assert "They were raised most" in client.get(f"/week/{WEEK}").text
    turned = {"text": "Other words \u202e than before", "go": "send", "code": code}
    assert client.post(path, data=turned, headers=HEADERS).status_code == 303
    page = client.get(f"/week/{WEEK}").text
    assert "Other words  than before" in page
    assert "They were raised most" not in page, "that was the answer to other words"
    hidden = moderator.post(f"/moderate/agenda/{WEEK}/hide", objection=name[1], cause="abuse")
    assert hidden.status_code == 303
    page = words_of(client.get(f"/week/{WEEK}").text)
    assert "Other words" not in page
    assert "An objection was taken off this page: Attacks people" in page
    town.goes_to(CLOSE + timedelta(days=4))
    assert "The time for objections is over" in client.get(path).text


def receipt_code(unit: Unit, town: Town) -> str:
    feedback = town.feedback
    used = feedback.passes.read(feedback.passes.issue("patience", unit.now_s, 0), "patience")
    return service.take(unit, feedback, Said("A word", "en", "public", unit.now_s), used).code


def test_what_was_said_and_done_is_shown_with_the_sum(town: Town) -> None:
    client = town.app.test_client()
    assert "Nothing is answered yet" in client.get("/said-done").text

    def answer(unit: Unit) -> str:
        (topic,) = topics.published_topics(unit, "en")
        row = outcomes.draft(unit, outcomes.Drafted("action", "Roads", "A bus each ten minutes", "en", (topic.id,)))
        town.check(unit, outcomes.outcome_key(row.id))
        outcomes.publish(unit, row.id)
        return row.id

    outcome = town.write(answer)
    page = client.get("/said-done").text
    assert f'id="{outcome}"' in page
    said = words_of(page)
    assert (
        "You said: Buses We: Action A bus each ten minutes Responsible: Roads. Submissions that this answers: 3" in said
    )
    assert "Received 3 = on the agenda 3 + joined" in said


def test_a_receipt_tells_the_place_on_the_agenda(town: Town) -> None:
    def answers(unit: Unit) -> list[str]:
        submission = unit.session.query(Submission).first()
        assert submission is not None
        return [found.title for found in weekly.place_on_agenda(unit, submission, "en")]

    assert town.read(answers) == [f"On the agenda of week {WEEK}, item 1"]
    assert town.read(lambda unit: len(agenda.items(unit, WEEK))) == 1
    assert town.write(lambda unit: clock.held(unit, WEEK)) is None
