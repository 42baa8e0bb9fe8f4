"""A hall over HTTP: who may do what, what is refused with which words, and that nothing is done twice or lost."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import flask
import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from portal.config import Settings
from portal.server.app import create_app
from portal.server.core.actor import Role
from portal.server.core.context import EXTENSION
from portal.server.core.db import Unit
from portal.server.townhall.citizens import HANDS_MAX
from portal.server.townhall.hall_live import Halls, LiveHall
from portal.server.townhall.hall_log import DAY_MS, hall_named
from portal.server.townhall.hall_models import HallEvent
from portal.server.translation import service as translation
from portal.server.translation.rendering import Rendering
from portal.wire.ids import new_id
from tests.server.townhall.hall_kit import OWN_PAGE, Meeting, meeting, server_sent, shared_portal, text_of


@pytest.fixture(scope="module")
def portal_of_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[flask.Flask]:
    app = shared_portal(tmp_path_factory.mktemp("halls"))
    yield app
    app.extensions[EXTENSION].database.close()


@pytest.fixture
def hall(portal_of_all: flask.Flask) -> Meeting:
    return meeting(portal_of_all)


@pytest.fixture
def own_hall(settings: Settings) -> Iterator[Meeting]:
    """A hall in a portal of its own, on each kind of database."""
    made = meeting(create_app(settings))
    yield made
    made.desk.portal.database.close()


def restarted(hall: Meeting) -> LiveHall:
    """The hall as a server sees it that has just started."""
    old = hall.halls
    return Halls(old.database, old.tickets).find(hall.name)


def test_two_moderators_same_seq_one_wins(own_hall: Meeting) -> None:
    hall = own_hall
    other = hall.desk.moderator()
    hall.does("open")
    seen = hall.seq
    assert hall.sends("start", item=hall.items["parking"], seq=seen).status_code == 200
    late = hall.sends("note", by=other, seq=seen, text="What I was writing", lang="en")
    assert late.status_code == 409
    assert late.get_json()["error"]["code"] == "hall.moved"
    # Without scripts the page comes again with what was written, to be sent once the hall was looked at.
    data = {"command": "note", "key": new_id(), "expected_seq": seen, "text": "What I was writing", "lang": "en"}
    page = other.post(f"/moderate/hall/{hall.name}/cmd?order=note", **{k: str(v) for k, v in data.items()})
    assert page.status_code == 409
    assert "What I was writing" in page.text
    assert hall.state.notes == {}
    hall.does("note", by=other, text="What I was writing", lang="en")
    assert len(hall.state.notes) == 1


def test_a_quick_moderator_is_not_in_their_own_way(hall: Meeting) -> None:
    hall.does("open")
    first = hall.sends("next").get_json()
    assert first["last"] == first["seq"] + 1, "the item, and the projector"
    assert hall.sends("pause", seq=first["last"]).status_code == 200
    assert hall.sends("resume", seq=first["last"]).status_code == 409


def test_orders_at_one_moment_are_numbered_without_a_gap(own_hall: Meeting) -> None:
    """From many threads: each of the citizens' orders has its number; of the moderators' exactly one wins."""
    hall = own_hall
    hall.begin()
    seen = hall.seq
    moderators = [hall.desk.moderator() for _ in range(4)]
    citizens = [hall.citizen().enters() for _ in range(4)]

    def order(number: int) -> int:
        if number % 2:
            return citizens[number // 2].sends("ask", text=f"Question {number}", lang="en").status_code
        return hall.sends("extend", by=moderators[number // 2], seq=seen, seconds=60).status_code

    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(order, range(8)))
    assert sorted(statuses) == [200] * 5 + [409] * 3
    assert statuses[1::2] == [200] * 4
    assert hall.seq == seen + 5
    assert hall.view()["now"]["timer"]["budget_s"] == 21 * 60
    assert len(hall.state.questions) == 4


def test_what_citizens_do_never_stands_in_a_moderator_s_way(hall: Meeting) -> None:
    hall.begin()
    seen = hall.seq
    hall.citizen().enters().does("ask", text="Why?", lang="en")
    hall.does("pause", seq=seen)


def test_sending_an_order_again_does_it_once(hall: Meeting) -> None:
    hall.begin()
    key = new_id()
    first = hall.does("extend", seconds=60, key=key)
    assert hall.does("extend", seconds=60, key=key) == first
    timer = hall.view()["now"]["timer"]
    assert timer["budget_s"] == 21 * 60
    citizen = hall.citizen().enters()
    asked = [citizen.does("ask", text="Why?", lang="en", key="A" * 22) for _ in "12"]
    assert [answer["repeated"] for answer in asked] == [False, True]
    assert len(hall.state.questions) == 1


def test_timer_survives_server_restart(hall: Meeting) -> None:
    hall.begin()
    hall.clock.pass_s(100)
    hall.does("pause")
    hall.clock.pass_s(50)
    before = hall.live.projection.state.item
    after_restart = restarted(hall)
    after_restart.fresh()
    item = after_restart.projection.state.item
    assert item is not None
    assert before is not None
    assert item.timer == before.timer
    assert item.timer is not None
    assert item.timer.elapsed_ms(hall.clock.now_ms) == 100_000
    hall.does("resume")
    hall.clock.pass_s(20)
    after_restart.fresh()
    timer = after_restart.projection.published.document("en")["now"]["timer"]
    assert timer == hall.view()["now"]["timer"]
    item = after_restart.projection.state.item
    assert item is not None
    assert item.timer is not None
    assert item.timer.elapsed_ms(hall.clock.now_ms) == 120_000


def test_live_resume_from_last_event_id_loses_nothing(own_hall: Meeting) -> None:
    hall = own_hall
    hall.begin()
    citizen = hall.citizen().enters("ko")
    stream = hall.live.follow("en", None)
    seq, name, known = server_sent(stream, 1)[0]
    assert name == "snapshot"
    stream.close()  # type: ignore[attr-defined]

    number = citizen.does("ask", text="왜요?", lang="ko")["seq"]
    hall.does("show", question=number)
    citizen.does("hand")
    hall.does("note", text="It was said", lang="en")
    note = hall.seq
    hall.does("show_note", note=note)
    hall.does("poll", text="Yes?", options="yes\nno", lang="en")

    resumed = hall.live.follow("en", seq)
    frames = [found for found in _until(resumed, hall.seq) if found[1] == "patch"]
    assert frames, "what happened meanwhile came as changes, not as a whole page"
    for _, _, patch in frames:
        _apply(known, patch)
    known["seq"] = hall.seq
    assert known == hall.view()
    # Someone who comes back to a server that was started meanwhile gets the whole view.
    after_restart = restarted(hall)
    after_restart.fresh()
    assert server_sent(after_restart.follow("en", seq), 1)[0][1:] == ("snapshot", hall.view())
    # A number that this hall never had is no reason to stay silent.
    assert server_sent(hall.live.follow("en", 10**9), 1)[0][1] == "snapshot"


def _until(stream: Iterator[bytes], seq: int) -> Iterator[tuple[int, str, Any]]:
    for found in iter(lambda: server_sent(stream, 1), []):
        yield from found
        if found[-1][0] == seq:
            return


def _apply(known: dict[str, Any], patch: dict[str, Any]) -> None:
    for path, value in patch.items():
        name, _, number = path.partition(".")
        if not number:
            known[name] = value
        elif value is None:
            known[name].pop(number)
        else:
            known[name][number] = value


def test_a_stream_is_bounded_whoever_is_slow(hall: Meeting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.server.townhall.hall_projection.FRAMES_MAX", 4)
    hall.begin()
    stream = hall.live.follow("en", None)
    server_sent(stream, 1)
    for _ in range(6):
        hall.does("extend", seconds=10)
    projection = hall.live.projection
    assert len(projection.frames_after(projection.newest_frame - 4) or ()) == 4
    assert projection.frames_after(projection.newest_frame - 5) is None
    assert server_sent(stream, 1)[0][1:] == ("snapshot", hall.view())


def test_projector_never_shows_internal_item(hall: Meeting) -> None:
    hall.begin("parking")
    assert hall.refused("project", what="item", id=hall.items["staff"]) == "internal"
    assert hall.refused("preview", what="item", id=hall.items["staff"]) == "internal"
    hall.does("start", item=hall.items["staff"])
    assert hall.refused("poll", text="Raise?", options="yes\nno", lang="en") == "internal"
    citizen = hall.citizen().enters()
    for lang in ("en", "ar"):
        view = hall.view(lang)
        assert view["now"] is None
        assert view["recess"] is True
        assert view["slide"]["what"] == "blank"
        assert "staff" not in str(view)
        for path in ("", "/projector"):
            assert "staff" not in citizen.page(path, lang)
    assert "About staff" in hall.moderator.get(f"/moderate/hall/{hall.name}")
    # "Back" leads to what was shown before, not to the item that is current.
    hall.does("back")
    assert hall.view()["slide"] == {"what": "item", "id": hall.items["parking"]}


def test_undo_for_ten_seconds(hall: Meeting) -> None:
    hall.begin()
    before = hall.view()
    hall.does("next")
    hall.clock.pass_s(9)
    hall.does("undo")
    after = hall.view()
    assert {**after, "seq": 0} == {**before, "seq": 0}
    hall.does("next")
    hall.clock.pass_s(11)
    assert hall.refused("undo") == "nothing_to_undo"
    hall.does("close")
    hall.does("undo")
    assert hall.view()["standing"] == "open"
    assert hall.desk.read(lambda unit: hall_named(unit, hall.name).standing) == "open"


def test_a_withdrawn_topic_on_a_running_agenda_is_answered_for_everyone(hall: Meeting) -> None:
    hall.begin("parking")
    hall.does("withdraw", item=hall.items["parking"], text="Its writers took it back", lang="en")
    view = hall.view()
    assert view["now"] is None
    assert view["slide"]["what"] == "blank"
    gone = next(item for item in view["items"] if item["id"] == hall.items["parking"])
    assert gone["standing"] == "withdrawn"
    assert gone["reason"]["text"] == "Its writers took it back"
    assert hall.refused("start", item=hall.items["parking"]) == "item"
    assert hall.citizen().enters().refused("hand") == "no_item"


def test_a_question_is_shown_only_by_a_moderator_and_can_be_erased(hall: Meeting) -> None:
    hall.begin()
    citizen = hall.citizen().enters()
    number = citizen.does("ask", text="Is 010-1234-5678 the mayor's?", lang="en")["seq"]
    assert "010-1234" not in str(hall.view())
    hall.does("show", question=number)
    assert "010-1234" in str(hall.view())
    hall.does("erase", question=number)
    assert "010-1234" not in str(hall.view())
    assert "010-1234" not in hall.moderator.get(f"/moderate/hall/{hall.name}")
    assert hall.refused("show", question=number) == "question"
    assert hall.refused("undo") == "final"
    for _ in "12":
        citizen.does("ask", text="Another?", lang="en")
    assert citizen.refused("ask", text="A fourth?", lang="en") == "too_many_questions"


def test_upvotes_become_one_event(own_hall: Meeting) -> None:
    hall = own_hall
    hall.begin()
    asker = hall.citizen().enters()
    number = asker.does("ask", text="Why?", lang="en")["seq"]
    hall.does("show", question=number)
    voters = [hall.citizen().enters() for _ in range(3)]
    for voter in [*voters, voters[0]]:
        voter.does("upvote", question=number)
    assert hall.view()["questions"][str(number)]["votes"] == 3
    hall.does("answered", question=number)
    assert asker.refused("upvote", question=number) == "question"


def test_only_moderators_run_a_hall(hall: Meeting) -> None:
    stranger = hall.desk.app.test_client()
    assert stranger.get(f"/moderate/hall/{hall.name}").status_code == 401
    assert stranger.get(f"/moderate/hall/{hall.name}/events").status_code == 401
    delegate = hall.desk.moderator(Role.DELEGATE)
    assert hall.sends("open", by=delegate).status_code == 403
    assert hall.view()["standing"] == "planned"


@pytest.mark.parametrize("name", ["A" * 22, "no"])
def test_a_hall_that_is_not_there(hall: Meeting, name: str) -> None:
    client = hall.desk.app.test_client()
    paths = ("", "/state", "/events", "/projector")
    assert [client.get(f"/hall/{name}{path}").status_code for path in paths] == [404] * 4


def test_a_citizen_s_page_works_without_scripts(hall: Meeting) -> None:
    hall.begin()
    citizen = hall.citizen()
    assert 'http-equiv="refresh"' in citizen.page()
    assert citizen.client.get(f"/hall/{hall.name}/ask").headers["Location"] == f"/hall/{hall.name}/enter?then=ask"
    citizen.enters("ko")

    def send(order: str, **fields: str) -> TestResponse:
        data = {"command": order, "key": new_id(), **fields}
        return citizen.client.post(f"/hall/{hall.name}/cmd?order={order}", data=data, headers=OWN_PAGE)

    empty = send("ask", text="  \u202e ", lang="ko")
    assert empty.status_code == 422
    assert "Write your question" in empty.text
    taken = send("ask", text="언제 하나요?", lang="ko")
    assert taken.headers["Location"] == f"/hall/{hall.name}?said=ask"
    send("hand")
    assert f"You are number {hall.seq}" in text_of(citizen.page())
    send("lower")
    hall.does("show", question=next(iter(hall.state.questions)))
    page = citizen.page(lang="ar")
    assert '<html lang="ar" dir="rtl">' in page
    assert 'lang="ko" dir="auto">언제 하나요?' in page


def test_coming_in_costs_work_once_or_patience(hall: Meeting) -> None:
    citizen, data = hall.citizen(), {"community": "en"}
    path = f"/hall/{hall.name}/enter"
    paid = citizen.work()
    assert citizen.client.post(path, data=data | paid, headers=OWN_PAGE).status_code == 303
    again = hall.citizen().client.post(path, data=data | paid, headers=OWN_PAGE)
    assert again.status_code == 422, "the same work does not pay for a second ticket"
    assert "Set-Cookie" not in again.headers
    # Without a script, and so without a solution, one waits.
    waiting = hall.citizen()
    page = waiting.client.post(path, data=data | paid | {"solution": ""}, headers=OWN_PAGE).text
    found = re.search(r'name="patience" value="([^"]+)"', page)
    assert found is not None
    wait = data | {"patience": found[1]}
    assert waiting.client.post(path, data=wait, headers=OWN_PAGE).status_code == 422
    hall.clock.pass_s(20)
    assert waiting.client.post(path, data=wait, headers=OWN_PAGE).status_code == 303


def test_a_ticket_counts_in_its_own_hall_alone(hall: Meeting) -> None:
    hall.begin()
    citizen = hall.citizen().enters()
    cookie = citizen.client.get_cookie("hall", path=f"/hall/{hall.name}")
    assert cookie is not None
    other = hall.halls.tickets.issue(new_id(), "en")
    forged = cookie.value[:-1] + ("A" if cookie.value[-1] != "A" else "B")
    for text in (other, forged, cookie.value.replace("en.", "ko."), "", "..", "en." + "é" * 43 + "." + "A" * 22):
        citizen.client.set_cookie("hall", text, path=f"/hall/{hall.name}")
        assert citizen.refused("hand") == "hall.ticket"


def test_a_translation_that_arrives_later_reaches_whoever_follows(hall: Meeting) -> None:
    hall.begin()
    number = hall.citizen().enters().does("ask", text="Why?", lang="en")["seq"]
    hall.does("show", question=number)
    stream = hall.live.follow("ko", None)
    snapshot = server_sent(stream, 1)[0][2]
    assert snapshot["questions"][str(number)]["text"] == {"text": "Why?", "lang": "en"}
    key = hall.state.questions[number].text

    def arrives(unit: Unit) -> None:
        _, _, _, digest = translation.waiting(unit, key)[0]
        translation.take_in(unit, key, "ko", digest, Rendering("왜요?", "done", "engine", None, "clear", []))

    hall.desk.write(arrives)
    hall.live.fresh()
    (seq, name, patch) = server_sent(stream, 1)[0]
    assert (seq, name) == (hall.seq, "patch"), "no event, for nobody did anything"
    words = patch[f"questions.{number}"]["text"]
    assert words == {"text": "왜요?", "lang": "ko", "by": "machine", "original": "Why?", "original_lang": "en"}
    # Who was away and had seen the same event gets it, too.
    assert server_sent(hall.live.follow("ko", seq), 1)[-1][2][f"questions.{number}"]["text"] == words
    # A note is shown in translation only once a person has read it over.
    hall.does("note", text="Thirty places", lang="en")
    note = hall.seq
    hall.does("show_note", note=note)
    key = hall.state.notes[note].text
    hall.desk.write(arrives)
    assert hall.view("ko")["notes"][str(note)]["text"]["text"] == "Thirty places"
    row = hall.desk.read(lambda unit: next(it for it in translation.languages_of(unit, key) if it.language == "ko"))
    text = "서른 자리"
    hall.desk.write(lambda unit: translation.check(unit, hall.moderator.actor, key, "ko", text, revision=row.revision))
    assert hall.view("ko")["notes"][str(note)]["text"]["by"] == "checked"


def test_of_what_citizens_do_only_the_day_is_noted(hall: Meeting) -> None:
    hall.begin()
    citizen = hall.citizen().enters()
    citizen.does("ask", text="Why?", lang="en")
    citizen.does("hand")
    times = hall.desk.read(
        lambda unit: unit.session.scalars(
            sa.select(HallEvent.at_ms).where(HallEvent.hall_id == hall.name, HallEvent.actor == "citizen")
        ).all()
    )
    assert len(times) == 2
    assert {at_ms % DAY_MS for at_ms in times} == {0}


def test_one_ticket_can_not_fill_the_log_with_hands(hall: Meeting) -> None:
    hall.begin()
    citizen = hall.citizen().enters()
    citizen.does("hand", order="true")
    citizen.does("lower")
    assert citizen.refused("hand", order="true") == "order_used", "a point of order is no way past the queue"
    for _ in range(HANDS_MAX - 1):
        citizen.does("hand")
        citizen.does("lower")
    assert citizen.refused("hand") == "too_many_hands"
    hall.does("start", item=hall.items["school"])
    citizen.does("hand")


def test_numbers_without_end_are_refused(hall: Meeting) -> None:
    hall.begin()
    citizen, long = hall.citizen().enters(), "9" * 10_000
    headers = OWN_PAGE
    data = {"command": "vote", "key": new_id(), "poll": long, "option": "0"}
    path = f"/hall/{hall.name}/cmd?order=vote"
    assert citizen.client.post(path, data=data, headers=headers).status_code == 400
    assert hall.refused("project", what="poll", id=long) == "poll"
    assert citizen.client.get(f"/hall/{hall.name}/enter?then=poll/{long}").status_code == 200
