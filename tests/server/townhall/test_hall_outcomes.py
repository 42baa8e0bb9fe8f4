"""From a closed hall to minutes, from minutes to an outcome, from an outcome to the answer that a receipt shows."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime

import flask
import pytest

from portal.config import Settings
from portal.server.app import create_app
from portal.server.core.context import EXTENSION
from portal.server.core.db import Unit
from portal.server.feedback.feature import Answer, Feedback
from portal.server.feedback.models import Submission
from portal.server.ledger import service as ledger
from portal.server.townhall import minutes, outcomes, planning
from portal.server.townhall.hall_models import AnswerDelivery
from portal.wire.ids import b64
from portal.wire.ledger.entries import Kind
from tests.server.townhall.hall_kit import Meeting, meeting, shared_portal
from tests.server.townhall.town import WEEK, Town


@pytest.fixture(scope="module")
def portal_of_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[flask.Flask]:
    app = shared_portal(tmp_path_factory.mktemp("halls"))
    yield app
    app.extensions[EXTENSION].database.close()


@pytest.fixture
def hall(portal_of_all: flask.Flask) -> Meeting:
    made = meeting(portal_of_all)
    made.begin()
    made.does("note", text="The mayor promised thirty places.", lang="en")
    made.does("show_note", note=made.seq)
    made.does("start", item=made.items["staff"])
    made.does("note", text="About somebody's salary", lang="en")
    made.does("close")
    return made


def checked(hall: Meeting, *keys: str) -> None:
    """A person has read these texts over in every language."""
    hall.desk.write(lambda unit: Town.check(_Reader(hall), unit, *keys))  # type: ignore[arg-type]


class _Reader:
    """Who reads over: what ``Town.check`` needs of a town."""

    def __init__(self, hall: Meeting) -> None:
        self.pair = [hall.moderator]


def test_minutes_revision_history(hall: Meeting) -> None:
    desk, parking = hall.moderator, hall.items["parking"]
    page = desk.get(f"/moderate/minutes/{hall.name}")
    assert "The mayor promised thirty places." in page
    assert "salary" not in page, "an internal item has no minutes"
    path = f"/moderate/minutes/{hall.name}"
    reader = hall.desk.app.test_client()
    assert "promised" not in reader.get(f"/hall/{hall.name}/minutes").text

    text = "The mayor promised forty places.\nBy May."
    sent = {"item": parking, "revision": "1", "text": text, "lang": "en"}
    assert desk.post(path, **sent).status_code == 303
    late = hall.desk.moderator().post(path, **(sent | {"text": "What another one was writing"}))
    assert late.status_code == 409
    assert "What another one was writing" in late.text
    assert "promised forty" in late.text

    for after in ("draft", "clerk"):
        assert desk.post(f"{path}/phase", after=after).status_code == 303
    assert desk.post(f"{path}/phase", after="clerk").status_code == 409, "somebody else did it already"
    assert desk.post(path, item=parking, revision="2", text=text + "\nSeen to be short.", lang="en").status_code == 303
    assert "promised forty" in reader.get(f"/hall/{hall.name}/minutes?lang=ko").text, (
        "the original, until it is checked"
    )
    history = reader.get(f"/hall/{hall.name}/minutes/{parking}").text
    assert "<ins>Seen to be short.</ins>" in history
    assert "thirty" not in history, "what was never public does not become so"
    rows = hall.desk.read(lambda unit: minutes.revisions(unit, hall.name, parking, public=False))
    assert [(row.revision, row.phase) for row in rows] == [(3, "amend"), (2, "draft"), (1, "draft")]


def test_minutes_are_final_only_when_every_language_was_read_over(hall: Meeting) -> None:
    desk, path = hall.moderator, f"/moderate/minutes/{hall.name}"
    desk.get(path)
    for after in ("draft", "clerk"):
        desk.post(f"{path}/phase", after=after)
    assert "Somebody has to read over every language first." in desk.post(f"{path}/phase", after="amend").text
    checked(hall, *(minutes.minute_key(hall.name, hall.items[item]) for item in ("parking",)))
    assert desk.post(f"{path}/phase", after="amend").status_code == 303
    file = hall.desk.app.test_client().get(f"/hall/{hall.name}/minutes.json").data
    assert sorted(json.loads(file)["items"][0]["text"]) == ["ar", "en", "es", "fr", "ja", "ko", "ru", "zh"]
    opening = hall.desk.read(lambda unit: ledger.opened(unit, Kind.HALL, [f"minutes:{hall.name}"]))[0]
    assert json.loads(opening.statement)["file"] == b64(hashlib.sha256(file).digest())
    refused = desk.post(path, item=hall.items["parking"], revision="1", text="Changed", lang="en")
    assert "The minutes are final" in refused.text
    desk.post(f"{path}/phase", after="final")
    assert desk.post(path, item=hall.items["parking"], revision="1", text="Changed", lang="en").status_code == 303
    assert hall.desk.app.test_client().get(f"/hall/{hall.name}/minutes.json").data == file


def test_there_are_no_minutes_of_a_hall_that_goes_on(portal_of_all: flask.Flask) -> None:
    made = meeting(portal_of_all)
    made.begin()
    assert "is not over" in made.moderator.client.get(f"/moderate/minutes/{made.name}").text


def test_an_outcome_answers_every_submission_under_its_topics(settings: Settings) -> None:
    town = Town(create_app(settings))
    desk = town.pair[0]
    topic, other = town.topic("Parking"), town.topic("School")
    said = town.raised(topic, 3, "ko")
    form = {"kind": "action", "owner": "Roads office", "due": "2026-12-24", "text": "Thirty places.", "lang": "en"}
    assert "Choose at least one topic" in desk.post("/moderate/outcomes", **form).text
    assert desk.post("/moderate/outcomes", **form, topics=[topic, other]).status_code == 303
    view = town.read(lambda unit: outcomes.drafts(unit, "en"))[0]
    assert town.read(lambda unit: _answers(unit, town, said[0])) == [], "a draft answers nobody"
    assert "read over every language" in desk.post("/moderate/outcomes/publish", outcome=view.id).text
    town.write(lambda unit: town.check(unit, outcomes.outcome_key(view.id)))
    assert desk.post("/moderate/outcomes/publish", outcome=view.id).status_code == 303

    assert town.read(lambda unit: unit.session.query(AnswerDelivery).count()) == 3
    answer = town.read(lambda unit: _answers(unit, town, said[0], "ko"))[0]
    assert "Roads office" in answer.title
    assert "12월 24일" in answer.title
    assert answer.text == "Thirty places. (ko)"
    assert "It answers 3 submissions." in desk.get("/moderate/outcomes?lang=en")
    assert "It is published already" in desk.post("/moderate/outcomes/publish", outcome=view.id).text
    opening = town.read(lambda unit: ledger.opened(unit, Kind.HALL, [f"outcome:{view.id}"]))[0]
    assert json.loads(opening.statement)["what"] == "outcome:action"
    fields = {"outcome": view.id, "document": "Traffic plan", "clause": "§ 4", "version": "2027"}
    assert desk.post("/moderate/outcomes/link", **fields).status_code == 303
    assert town.read(lambda unit: outcomes.published(unit, "en", week=WEEK))[0].links[0].clause == "§ 4"
    words = {"before": "Twenty places.", "after": "Thirty places."}
    assert desk.post("/moderate/outcomes/link", **fields, **words).status_code == 303
    link = town.read(lambda unit: outcomes.published(unit, "en", week=WEEK))[0].links[0]
    assert (link.before, link.after) == ("Twenty places.", "Thirty places.")
    town.portal.database.close()


def _answers(unit: Unit, town: Town, submission: str, lang: str = "en") -> list[Answer]:
    row = unit.session.get_one(Submission, submission)
    return [answer for of in town.portal.get(Feedback).answers for answer in of(unit, row, lang)]


def test_a_week_s_hall_has_its_published_agenda(settings: Settings) -> None:
    town = Town(create_app(settings))
    topic = town.topic("Parking")
    town.raised(topic, 3)
    assert town.write(lambda unit: planning.take_agenda(unit, planning.for_week(unit, WEEK))) == 0
    town.goes_to(datetime(2026, 11, 29, 19, tzinfo=UTC))
    town.approve(*town.pair)
    town.goes_to(datetime(2026, 12, 1, 18, 1, tzinfo=UTC))
    assert town.week().state == "published"
    hall = town.write(lambda unit: planning.for_week(unit, WEEK))
    again = town.write(lambda unit: planning.for_week(unit, WEEK))
    assert hall.id == again.id
    view = town.app.test_client().get(f"/hall/{hall.id}/state?lang=ko").get_json()
    assert [item["title"]["text"] for item in view["items"]] == ["Parking (ko)"]
    town.portal.database.close()
