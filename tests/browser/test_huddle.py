"""A side room in two clicks, of which the others do not learn."""

from playwright.sync_api import expect

from tests.browser.navigators.person import Person


def test_the_others_do_not_learn_of_a_huddle(kim: Person, lee: Person, weber: Person) -> None:
    kim.creates_room("plenary", "Plenary with a corridor", with_=[lee, weber])
    for person in (lee, weber):
        person.opens_room("Plenary with a corridor")
    before = len(weber.profile.heard)
    kim.huddles(with_=lee, name="Corridor")
    kim.says("Shall we give in?")
    lee.opens_room("Corridor")
    lee.reads("Shall we give in?")
    lee.says("Not yet.")
    kim.reads("Not yet.")

    room = kim.open_room_id()
    kim.opens_room("Plenary with a corridor")
    kim.says("Back in the hall.")
    weber.reads("Back in the hall.")  # whatever the huddle caused has passed by then
    expect(weber.room_link("Corridor")).to_have_count(0)
    assert all(room not in text for text in weber.profile.heard[before:])
    assert weber.asks("GET", f"/api/rooms/{room}") == 404
