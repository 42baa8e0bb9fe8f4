"""The moderators' agenda: every change has a public reason, two people agree, and just that is published."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from werkzeug.test import TestResponse

from portal.config import Settings
from portal.server.app import create_app
from portal.server.core.db import Unit
from portal.server.townhall import agenda, agenda_changes, planning, publications
from portal.server.townhall.agenda_changes import Reason
from portal.server.townhall.agenda_models import AgendaItem
from portal.server.translation import service as public_texts
from portal.wire.errors import UserError
from tests.server.feedback.desk import Moderator, words_of
from tests.server.townhall.town import WEEK, Town

CLOSE = datetime(2026, 11, 29, 18, tzinfo=UTC)
PATH = f"/moderate/agenda/{WEEK}"
WHY = "The guest can only come early"


@pytest.fixture(scope="module")
def database_kind() -> str:
    """What is asked here does not depend on the database; one town serves all."""
    return "sqlite"


@pytest.fixture
def town(settings: Settings) -> Iterator[Town]:
    """Three topics on a drafted agenda."""
    made = Town(create_app(settings))
    for title, count in (("Buses", 9), ("Housing", 7), ("Parks", 5)):
        made.raised(made.topic(title), count)
    made.goes_to(CLOSE + timedelta(minutes=31))
    yield made
    made.portal.database.close()


def order(town: Town) -> list[str]:
    """The items by the first word of their titles, in their order."""
    return town.read(lambda unit: [title_of(unit, item) for item in agenda.items(unit, WEEK)])


def title_of(unit: Unit, item: AgendaItem) -> str:
    texts = public_texts.shown(unit, [agenda.key_of(item)], "en")
    return texts[agenda.key_of(item)].text.split()[0]


def ids(town: Town) -> dict[str, str]:
    return town.read(lambda unit: {title_of(unit, item): item.id for item in agenda.items(unit, WEEK)})


def changed(town: Town, by: Moderator, title: str, do: str, **fields: str) -> TestResponse:
    sent = {"reason": WHY, "language": "en", "revision": str(town.agenda().revision)} | fields
    return by.post(f"{PATH}/change", item=ids(town)[title], do=do, **sent)


def test_manual_move_without_reason_refused(town: Town) -> None:
    first, _ = town.pair
    for reason in ("", "      short       "):
        answer = changed(town, first, "Parks", "top", reason=reason)
        assert answer.status_code == 422
        assert "Give a public reason of 10 to 500 characters" in answer.text
    assert order(town) == ["Buses", "Housing", "Parks"]
    with pytest.raises(ValueError, match="a public reason"):
        Reason("  too short", "en")


def test_an_item_goes_where_the_button_or_the_number_says(town: Town) -> None:
    steps = [
        ("up", "9", ["Buses", "Parks", "Housing"]),
        ("top", "9", ["Parks", "Buses", "Housing"]),
        ("to", "2", ["Buses", "Parks", "Housing"]),
        ("down", "9", ["Buses", "Housing", "Parks"]),
        ("to", "1", ["Parks", "Buses", "Housing"]),
        ("bottom", "9", ["Buses", "Housing", "Parks"]),
    ]
    for do, place, expected in steps:
        assert changed(town, town.pair[0], "Parks", do, place=place).status_code == 303
        assert order(town) == expected
    assert town.agenda().revision == 1 + len(steps)


def test_a_change_is_public_with_its_reason_and_voids_approvals(town: Town) -> None:
    town.approve(*town.pair)
    assert changed(town, town.pair[0], "Buses", "minutes", minutes="15").status_code == 303
    assert town.read(lambda unit: agenda.approvals(unit, town.agenda())) == []
    page = words_of(town.app.test_client().get(f"/week/{WEEK}").text)
    assert "Buses : minutes changed from 10 to 15" in page.replace("Buses:", "Buses :")
    assert WHY in page


def test_a_title_that_is_worded_anew_voids_approvals(town: Town) -> None:
    town.approve(*town.pair)
    key = town.read(lambda unit: agenda.key_of(agenda.items(unit, WEEK)[0]))
    town.write(lambda unit: public_texts.put(unit, key, "Buses, but cheaper", "en"))
    assert town.read(lambda unit: agenda.approvals(unit, town.agenda())) == []
    town.approve(*town.pair)
    assert len(town.read(lambda unit: agenda.approvals(unit, town.agenda()))) == 2


def test_two_moderators_acting_at_once_do_not_undo_each_other(town: Town) -> None:
    seen = str(town.agenda().revision)
    assert changed(town, town.pair[0], "Parks", "top", revision=seen).status_code == 303
    late = changed(town, town.pair[1], "Buses", "bottom", revision=seen, reason="Typed with much care")
    assert late.status_code == 409
    assert "Somebody else changed the agenda meanwhile" in late.text
    assert "Typed with much care" in late.text
    assert order(town) == ["Parks", "Buses", "Housing"]


def test_minutes_that_do_not_fit_stop_the_publication(town: Town) -> None:
    town.write(lambda unit: town.check(unit, *agenda.public_keys(unit, WEEK)))
    changed(town, town.pair[0], "Buses", "minutes", minutes="85")
    town.write(lambda unit: town.check(unit, *agenda.public_keys(unit, WEEK)))
    town.approve(*town.pair)
    assert "15 minutes too many" in words_of(town.pair[0].get(PATH))
    revision = str(town.agenda().revision)
    town.pair[0].post(f"{PATH}/publish", revision=revision)
    assert town.week().state == "drafted"


def test_what_two_people_approved_is_published_and_shown_until_a_new_edition(town: Town) -> None:
    first, second = town.pair
    for moderator in (first, second):
        assert moderator.post(f"{PATH}/approve", revision=str(town.agenda().revision)).status_code == 303
    assert first.post(f"{PATH}/publish", revision=str(town.agenda().revision)).status_code == 303
    assert town.week().state == "published"
    assert town.read(lambda unit: planning.of_week(unit, WEEK)) is not None
    changed(town, first, "Parks", "top")
    page = town.app.test_client().get(f"/week/{WEEK}").text
    titles = re.findall(r"<h3><span[^>]*>(\w+)", page)
    assert titles == ["Buses", "Housing", "Parks"], "the edition that was published"
    town.write(lambda unit: town.check(unit, *agenda.public_keys(unit, WEEK)))
    town.approve(first, second)
    second.post(f"{PATH}/publish", revision=str(town.agenda().revision))
    page = town.app.test_client().get(f"/week/{WEEK}").text
    assert re.findall(r"<h3><span[^>]*>(\w+)", page) == ["Parks", "Buses", "Housing"]
    newest = town.read(lambda unit: publications.newest(unit, WEEK, "agenda"))
    assert newest is not None
    assert newest.revision == 2
    assert json.loads(newest.file)["changes"][0]["reason"]["en"] == WHY


def test_an_internal_item_and_its_reason_are_never_public(town: Town) -> None:
    first = town.pair[0]
    revision = str(town.agenda().revision)
    sent = first.post(
        f"{PATH}/add",
        revision=revision,
        topic="internal",
        title="Soundcheck secret",
        place="1",
        minutes="5",
        reason="Nobody outside shall know",
        language="en",
    )
    assert sent.status_code == 303
    assert "Soundcheck secret" in first.get(PATH)
    public = town.app.test_client().get(f"/week/{WEEK}").text
    assert "Soundcheck" not in public
    assert "Nobody outside" not in public
    assert town.read(lambda unit: agenda.blocked(unit, town.week(), town.agenda()).texts_missing) == []


def test_nothing_is_changed_after_the_hall(town: Town) -> None:
    def held(unit: Unit) -> None:
        unit.session.get_one(type(town.week()), WEEK).state = "held"

    town.write(held)
    assert changed(town, town.pair[0], "Parks", "top").status_code == 409
    with pytest.raises(UserError, match=r"moderation\.closed"):
        town.write(lambda unit: agenda_changes.begin(unit, WEEK, 1))


def test_citizens_do_not_come_in(town: Town) -> None:
    assert town.app.test_client().get(PATH).status_code == 401
