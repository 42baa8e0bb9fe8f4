"""What those who come later may read, as the room's maker has fixed it."""

from tests.browser.navigators.person import Person


def test_a_newcomer_reads_everything_where_the_room_says_so(kim: Person, lee: Person, weber: Person) -> None:
    kim.creates_room("working_group", "Open past", with_=[weber], history="all")
    kim.says("Said before Lee came.")
    kim.adds(lee)
    kim.says("Said after Lee came.")
    lee.opens_room("Open past")
    lee.reads_all("Said before Lee came.", "Said after Lee came.")


def test_a_newcomer_reads_nothing_of_before_where_the_room_says_so(kim: Person, lee: Person, weber: Person) -> None:
    kim.creates_room("working_group", "Closed past", with_=[weber], history="none")
    kim.says("Said before Lee came.")
    kim.adds(lee)
    kim.says("Said after Lee came.")
    lee.opens_room("Closed past")
    lee.reads("Said after Lee came.")
    lee.does_not_read("Said before Lee came.")
    lee.says("What did I miss?")
    for person in (kim, weber):
        person.goes_home()
        person.opens_room("Closed past")
        person.reads_all("Said before Lee came.", "Said after Lee came.", "What did I miss?")
