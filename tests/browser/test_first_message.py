"""From an invitation to a conversation: two delegations, two people, their own browsers."""

import re

from playwright.sync_api import expect

from tests.browser.navigators.person import Person


def test_two_delegations_talk(kim: Person, weber: Person) -> None:
    kim.creates_room("bilateral", "Art. 4 verification", with_=[weber])
    kim.says("We propose on-site inspections twice a year.")
    weber.opens_room("Art. 4 verification")
    weber.reads("We propose on-site inspections twice a year.")
    weber.says("Twice is too often. Once?")
    kim.reads("Twice is too often. Once?")


def test_answers_corrections_withdrawals_and_marks_are_seen_by_the_other(kim: Person, weber: Person) -> None:
    kim.creates_room("bilateral", "Art. 5 notice", with_=[weber])
    kim.says("Notice of thirty days.")
    weber.opens_room("Art. 5 notice")
    weber.replies(to="Notice of thirty days.", text="We need sixty.")
    answer = kim.message("We need sixty.")
    expect(answer.get_by_role("button", name=re.compile("Notice of thirty days"))).to_be_visible()

    weber.corrects("We need sixty.", into="We need ninety.")
    kim.reads_correction(now="We need ninety.", before="We need sixty.")

    kim.marks("We need ninety.", "noted")
    weber.sees_mark("We need ninety.", "noted", 1)
    kim.marks("We need ninety.", "noted")
    expect(weber.message("We need ninety.").get_by_text(weber.words("mark.noted"))).to_have_count(0)

    kim.withdraws("Notice of thirty days.", reason="superseded")
    weber.reads_withdrawal(by=kim.name, reason="superseded")


def test_somebody_who_is_named_learns_of_it(kim: Person, weber: Person) -> None:
    kim.creates_room("bilateral", "Art. 6 signatures", with_=[weber])
    weber.sees_room("Art. 6 signatures")
    kim.mentions(weber.name, "who signs for you?")
    expect(weber.room_link("Art. 6 signatures")).to_contain_text(weber.words("rooms.mentioned"))
    weber.opens_room("Art. 6 signatures")
    expect(weber.message("who signs for you?")).to_contain_text(weber.name)


def test_the_room_shows_who_is_there_and_one_code_for_all(kim: Person, weber: Person) -> None:
    kim.creates_room("bilateral", "Art. 7 seat", with_=[weber])
    kim.says("Geneva?")
    weber.opens_room("Art. 7 seat")
    weber.reads("Geneva?")
    kim.opens_panel("members")
    expect(kim.verification(weber, "unverified")).to_be_visible()
    expect(kim.member(weber)).to_contain_text(kim.words("device.browser.one", count=1))
    assert kim.room_code() == weber.room_code()


def test_people_compare_safety_numbers(kim: Person, weber: Person) -> None:
    kim.creates_room("bilateral", "Art. 8 costs", with_=[weber])
    weber.opens_room("Art. 8 costs")
    numbers = {person.opens_safety_number(other) for person, other in ((kim, weber), (weber, kim))}
    assert len(numbers) == 1
    assert re.fullmatch(r"\d{60}", numbers.pop())
    for person, other in ((kim, weber), (weber, kim)):
        dialog = person.dialog("verify.title", name=other.name)
        person.button("verify.match", dialog).click()
        expect(dialog).to_be_hidden()
        expect(person.verification(other, "verified")).to_be_visible()


def test_what_was_said_is_found_again(kim: Person, weber: Person) -> None:
    kim.creates_room("bilateral", "Art. 9 search", with_=[weber])
    kim.says("The depositary is in Bern.")
    kim.says("The secretariat is in Seoul.")
    weber.opens_room("Art. 9 search")
    weber.reads("The secretariat is in Seoul.")
    hits = weber.searches("depositary")
    expect(hits).to_have_count(1)
    expect(hits).to_contain_text("The depositary is in Bern.")


def test_a_new_name_of_a_room_reaches_the_others(kim: Person, weber: Person) -> None:
    kim.creates_room("bilateral", "Art. 10 draft", with_=[weber])
    weber.sees_room("Art. 10 draft")
    kim.picks(kim.button("room.menu"), "rename.title")
    dialog = kim.dialog("rename.title")
    kim.textbox("newRoom.name", dialog).fill("Art. 10 final")
    kim.button("action.save", dialog).click()
    weber.sees_room("Art. 10 final")
