"""Somebody is removed from a room: what was read stays, what comes is closed, also to all that was ever held."""

from playwright.sync_api import expect

from tests.browser.navigators.person import Person
from tests.browser.old_keys import last_content, opens
from tests.browser.portal_process import PortalProcess
from tests.browser.stored import opened_store


def test_a_removed_member_reads_no_further(portal: PortalProcess, kim: Person, lee: Person, weber: Person) -> None:
    kim.creates_room("working_group", "Removal", with_=[lee, weber])
    kim.says("All three read this.")
    lee.opens_room("Removal")
    lee.reads("All three read this.")
    room = lee.open_room_id()
    held = opened_store(lee.page)
    assert opens(last_content(portal.database_path, room), held.values()), "the search does not find what is held"

    kim.removes(lee)
    lee.can_not_write("composer.removed")
    kim.says("Only two read this.")
    weber.opens_room("Removal")
    weber.reads("Only two read this.")
    lee.reads("All three read this.")
    lee.does_not_read("Only two read this.")

    held |= {f"afterwards {name}": value for name, value in opened_store(lee.page).items()}
    assert not opens(last_content(portal.database_path, room), held.values())


def test_a_removed_member_does_not_come_back_by_itself(kim: Person, lee: Person, weber: Person) -> None:
    kim.creates_room("working_group", "Closed door", with_=[lee, weber])
    lee.opens_room("Closed door")
    room = lee.open_room_id()
    kim.removes(lee)
    lee.can_not_write("composer.removed")
    kim.says("Said behind the door.")
    said = lee.asks("GET", f"/api/rooms/{room}/record?after=0&limit=100")
    asked = {
        "read": said,
        "rejoin": lee.asks("POST", f"/api/rooms/{room}/rejoin", {}),
        "keys": lee.asks("GET", f"/api/rooms/{room}/grants"),
        "shares": lee.asks("GET", f"/api/rooms/{room}/shares"),
        "welcome": lee.asks("GET", f"/api/rooms/{room}/welcome"),
    }
    assert set(asked.values()) == {404}
    lee.page.reload()
    lee.opens_room_put_away("Closed door")
    lee.can_not_write("composer.removed")
    lee.does_not_read("Said behind the door.")
    weber.opens_room("Closed door")
    weber.opens_panel("members")
    expect(weber.member(lee)).to_have_count(0)


def test_who_is_let_in_again_reads_on(kim: Person, lee: Person, weber: Person) -> None:
    kim.creates_room("working_group", "Back again", with_=[lee, weber], history="none")
    kim.says("First.")
    lee.opens_room("Back again")
    lee.reads("First.")
    kim.removes(lee)
    lee.can_not_write("composer.removed")
    kim.says("While Lee was away.")
    kim.adds(lee)
    kim.says("Welcome back.")
    lee.reads("Welcome back.")
    lee.does_not_read("While Lee was away.")
    lee.says("Thank you.")
    weber.opens_room("Back again")
    weber.reads_all("First.", "While Lee was away.", "Welcome back.", "Thank you.")
