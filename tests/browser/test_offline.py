"""The server is killed while people write, or code is lost on the way: nothing typed is lost, nothing comes twice."""

import sqlite3
from contextlib import closing

from playwright.sync_api import Route, expect

from tests.browser.navigators.person import Person
from tests.browser.portal_process import PortalProcess
from tests.browser.stage import Stage
from tests.browser.words import words

REFUSED = "ERR_CONNECTION_REFUSED|WebSocket connection to|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|ERR_SOCKET"
LOST = 4
"""More often than one file is asked for (static/src/ui/fetching.ts)."""


def test_people_write_on_while_the_server_is_dead(portal: PortalProcess, cast_offline: tuple[Person, Person]) -> None:
    kim, weber = cast_offline
    kim.creates_room("bilateral", "Power cut", with_=[weber])
    kim.says("Before the cut.")
    weber.opens_room("Power cut")
    weber.reads("Before the cut.")

    portal.kill()
    for person in (kim, weber):
        person.sees("status.offline")
    kim.sends("Typed in the dark, one.")
    kim.sends("Typed in the dark, two.")
    weber.sends("Weber in the dark.")
    for person, text in (
        (kim, "Typed in the dark, one."),
        (kim, "Typed in the dark, two."),
        (weber, "Weber in the dark."),
    ):
        person.waits_with(text)
    weber.types("half a sent")
    weber.page.wait_for_timeout(1500)  # a draft is stored within this time
    weber.loses_the_tab()

    portal.start()
    weber.profile.opens()
    weber.opens_room("Power cut")
    expect(weber.composer).to_have_value("half a sent")
    said = ["Typed in the dark, one.", "Typed in the dark, two.", "Weber in the dark."]
    for person in (kim, weber):
        person.sees("status.complete")
        for text in said:
            person.has_sent(text)
            expect(person.message(text)).to_have_count(1)
    assert kim.texts().index(said[0]) < kim.texts().index(said[1])
    weber.types("")
    weber.says("Light again.")
    kim.reads("Light again.")


def test_a_screen_comes_although_its_code_was_lost_on_the_way(stage: Stage) -> None:
    guest = stage.profile("guest")
    guest.watch.expects("net::ERR_FAILED")
    lost: list[str] = []

    def lose(route: Route) -> None:
        # What is fetched as a file, for longer than one fetch is repeated; not the scripts of the first screen.
        if route.request.resource_type == "fetch" and len(lost) < LOST:
            lost.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    guest.page.route("**/static/chunk-*.js", lose)
    page = guest.opens(f"#/invitation/{'A' * 22}.{'A' * 43}")
    expect(page.get_by_text(words("error.invitation.unknown"))).to_be_visible()
    assert len(lost) == LOST


def end_sessions(portal: PortalProcess, person: Person) -> None:
    """Have the person's sessions reached their longest time, while the server does not run."""
    with closing(sqlite3.connect(portal.database_path)) as database, database:
        ended = "UPDATE signed_in_session SET ends_s = created_s, expires_s = created_s WHERE account_id ="
        database.execute(f"{ended} (SELECT id FROM account WHERE handle = ?)", [person.handle])
        assert database.execute("SELECT changes()").fetchone()[0] >= 1


def test_what_waits_goes_out_after_the_sign_in_that_a_session_too_old_asks_for(
    portal: PortalProcess, cast_offline: tuple[Person, Person]
) -> None:
    kim, weber = cast_offline
    kim.creates_room("bilateral", "Thirty days", with_=[weber])
    kim.says("On day one.")
    portal.kill()
    kim.sees("status.offline")
    kim.sends("Typed before the sign-in.")
    kim.waits_with("Typed before the sign-in.")
    end_sessions(portal, kim)
    kim.profile.watch.expects("status of 401")

    portal.start()
    kim.is_at_sign_in()
    kim.signs_in()
    kim.is_in()
    kim.opens_room("Thirty days")
    kim.has_sent("Typed before the sign-in.")
    weber.opens_room("Thirty days")
    weber.reads("Typed before the sign-in.")
    for person in (kim, weber):
        expect(person.message("Typed before the sign-in.")).to_have_count(1)
