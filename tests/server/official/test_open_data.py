"""Open data: the very bytes that were published; tables that keep small groups to themselves; eight languages."""

import csv
import hashlib
import io

import pytest
from flask.testing import FlaskClient

from portal.config import Settings
from portal.server.app import create_app
from portal.server.core.catalogues import LANGUAGES
from portal.server.core.db import Unit
from portal.server.feedback import states, weeks
from portal.server.feedback.models import Submission
from portal.server.feedback.weeks import IntakeWeek
from portal.server.official import suggestions
from portal.server.official.tables import TABLES
from portal.server.townhall import publications
from portal.server.townhall.hall_models import AnswerDelivery, Outcome
from tests.server.feedback.desk import Desk
from tests.server.official.conftest import Clock

WEEK = "2026-W48"


@pytest.fixture(scope="module")
def reader(desk: Desk, clock: Clock) -> FlaskClient:
    """A closed week: seven wrote in English, three in Korean; five are on the agenda, two of them have an answer."""
    written = desk.says_all([f"Night bus number {number}, please" for number in range(7)])
    desk.says_all([f"밤 버스 {number}" for number in range(3)], "ko")
    desk.write(lambda unit: _settle(unit, written[:5]))
    clock.now_ms += 20 * 86_400_000
    return desk.app.test_client()


def _settle(unit: Unit, heard: list[str]) -> None:
    for identifier in heard:
        states.set_state(unit, unit.session.get_one(Submission, identifier), "on_agenda")
    week = unit.session.get_one(IntakeWeek, WEEK)
    week.state = "held"
    publications.publish(unit, WEEK, "ballots", {"week": WEEK, "ballots": []}, revision=0)
    publications.publish(
        unit, WEEK, "ballots", {"week": WEEK, "ballots": [], "beacon": "ab"}, revision=1, recorded=False
    )
    unit.session.add(
        Outcome(
            id="o" * 22, kind="answer", status="published", owner="=cmd|' /C calc'!A0", created_ms=0, published_day=0
        )
    )
    unit.session.flush()
    closed_day = week.closes_s // 86_400
    for wait, identifier in enumerate(heard[:2], 3):
        unit.session.add(AnswerDelivery(submission_id=identifier, outcome_id="o" * 22, day=closed_day + wait))


def test_a_file_is_what_its_hash_says(reader: FlaskClient) -> None:
    page = reader.get("/open-data").text
    for revision in (0, 1):
        answer = reader.get(f"/open-data/{WEEK}/ballots.json?revision={revision}")
        assert hashlib.sha256(answer.data).hexdigest() in page
        assert "immutable" not in answer.headers["Cache-Control"]
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    newest = reader.get(f"/open-data/{WEEK}/ballots.json?revision=1").data
    assert reader.get(f"/open-data/{WEEK}/ballots.json").data == newest
    assert reader.get(f"/open-data/{WEEK}/agenda.json").status_code == 404
    assert reader.get("/open-data/2026-W01/ballots.json").status_code == 404
    assert reader.get(f"/open-data/{WEEK}/ballots.json?revision={'9' * 30}").status_code == 404
    assert reader.get(f"/open-data/{WEEK}/ballots.json?revision=-1").status_code == 404


@pytest.mark.parametrize("name", TABLES)
def test_each_table_says_the_same_as_csv_and_json(reader: FlaskClient, name: str) -> None:
    table = reader.get(f"/open-data/{name}.json").get_json()
    lines = list(csv.reader(io.StringIO(reader.get(f"/open-data/{name}.csv").data.decode("utf-8-sig"))))
    assert (
        lines[0]
        == [column["name"] for column in table["columns"]]
        == list(table["rows"][0] if table["rows"] else lines[0])
    )
    assert len(lines) == 1 + len(table["rows"])
    assert all(column["about"] and column["kind"] for column in table["columns"])
    assert reader.get("/open-data/dictionary.json").get_json()[name]["columns"] == table["columns"]


def test_groups_of_fewer_than_five_are_not_told(reader: FlaskClient) -> None:
    rows = {row["language"]: row for row in reader.get("/open-data/submissions.json").get_json()["rows"]}
    assert (rows["en"]["submissions"], rows["en"]["fewer_than_5"]) == (7, False)
    assert (rows["ko"]["submissions"], rows["ko"]["fewer_than_5"]) == (None, True)


def test_an_open_week_tells_no_numbers(desk: Desk, reader: FlaskClient, clock: Clock) -> None:
    """Who watches numbers grow learns the minute in which each person came."""
    desk.says_all([f"One more bus {number}" for number in range(6)])
    clock.now_ms += 61_000
    for name in ("weeks", "submissions", "support", "answers"):
        assert {row["week"] for row in reader.get(f"/open-data/{name}.json").get_json()["rows"]} <= {WEEK}


def test_a_spreadsheet_runs_nothing(reader: FlaskClient) -> None:
    (row,) = list(csv.DictReader(io.StringIO(reader.get("/open-data/outcomes.csv").data.decode("utf-8-sig"))))
    assert row["owner"].startswith("'=")
    assert reader.get("/open-data/outcomes.json").get_json()["rows"][0]["owner"].startswith("=")


def test_the_scoreboard_counts_days_and_what_is_late(reader: FlaskClient) -> None:
    row = next(row for row in reader.get("/open-data/answers.json").get_json()["rows"] if row["week"] == WEEK)
    assert (row["due"], row["given"], row["open"], row["late"], row["median_days"]) == (5, 2, 3, 3, 3.5)
    assert "tag-bad" in reader.get("/open-data/answers").text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["/open-data", "/open-data/dictionary", "/open-data/answers", "/digest"])
def test_pages_speak_every_language_and_weigh_little(reader: FlaskClient, path: str, language: str) -> None:
    answer = reader.get(f"{path}?lang={language}", headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    assert len(answer.data) < 12_000
    page = reader.get(f"{path}?lang={language}").text
    assert f'<html lang="{language}"' in page
    assert " data." not in page
    assert ">answers." not in page


def test_there_is_no_other_table(reader: FlaskClient) -> None:
    assert reader.get("/open-data/account.csv").status_code == 404
    assert reader.get("/open-data/submission.json").status_code == 404


@pytest.mark.slow  # a whole portal on a database server
@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_all_of_it_reads_on_postgresql(settings: Settings) -> None:
    app = create_app(settings)
    desk = Desk(app)
    desk.says_all(["Night bus", "Night tram"])
    reader, moderator = app.test_client(), desk.moderator()
    for name in TABLES:
        assert reader.get(f"/open-data/{name}.json").status_code == 200
    for path in ("/official?theme=x", "/official?region=x", "/official?language=en", "/official/unanswered"):
        assert moderator.client.get(path).status_code == 200
    suggestions.make(desk.portal, {"week": desk.read(lambda unit: weeks.current(unit).id)})
    suggestions.look(desk.portal)
    for address in ("/feeds/topics.rss", "/feeds/outcomes.json", "/feeds/weeks.rss", "/calendar.ics"):
        assert reader.get(address).status_code == 200
    desk.portal.database.close()
