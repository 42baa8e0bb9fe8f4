"""Two members change who is in the room at the same moment: one is first, the other tries again, both changes count."""

from playwright.sync_api import expect

from tests.browser.navigators.person import Person


def test_two_add_people_at_the_same_time(administrator: Person, kim: Person, lee: Person, weber: Person) -> None:
    kim.creates_room("bilateral", "Before two at once", with_=[weber])
    kim.huddles(with_=weber, name="Two at once")  # in a huddle, all are equal
    kim.says("Let us bring in the others.")
    weber.opens_room("Two at once")
    weber.reads("Let us bring in the others.")
    for person, newcomer in ((kim, lee), (weber, administrator)):
        person.picks(person.button("room.menu"), "addMembers.title")
        dialog = person.dialog("addMembers.title")
        dialog.get_by_role("checkbox", name=newcomer.name).check()
    # Both presses are on their way before either is answered.
    for person in (kim, weber):
        submit = person.button("addMembers.submit", person.dialog("addMembers.title"))
        submit.evaluate("(button) => { setTimeout(() => button.click(), 50); }")
    for person in (kim, weber):
        expect(person.page.get_by_role("dialog")).to_be_hidden()

    for person in (lee, administrator):
        person.opens_room("Two at once")
        person.reads("Let us bring in the others.")
    lee.says("Lee is here.")
    administrator.says("Keller is here.")
    everyone = (administrator, kim, lee, weber)
    for person in everyone:
        person.reads_all("Lee is here.", "Keller is here.")
    assert len({person.room_code() for person in everyone}) == 1


def test_two_write_at_the_same_time(kim: Person, weber: Person) -> None:
    kim.creates_room("bilateral", "Both write", with_=[weber])
    weber.opens_room("Both write")
    for turn in range(5):
        kim.sends(f"Kim's {turn}")
        weber.sends(f"Weber's {turn}")
    said = [f"{name} {turn}" for turn in range(5) for name in ("Kim's", "Weber's")]
    for person in (kim, weber):
        person.reads_all(*said)
        for text in said:
            person.has_sent(text)
    orders = [[text for text in person.texts() if text in said] for person in (kim, weber)]
    assert orders[0] == orders[1]
    assert sorted(orders[0]) == sorted(said)
