"""The portal twice in one browser: one tab holds the keys, the other one says so and can take over."""

from playwright.sync_api import expect

from tests.browser.navigators.person import Person


def test_the_second_tab_offers_to_take_over(kim: Person, weber: Person) -> None:
    kim.creates_room("bilateral", "Two tabs", with_=[weber])
    kim.says("From the first tab.")
    first = kim.profile.page
    second = kim.profile.context.new_page()
    try:
        kim.profile.page = second
        kim.profile.opens()
        kim.sees("elsewhere.title")
        kim.button("elsewhere.use").click()
        kim.is_in()
        kim.opens_room("Two tabs")
        kim.reads("From the first tab.")
        kim.says("From the second tab.")
        expect(first.get_by_role("heading", name=kim.words("elsewhere.title"))).to_be_visible()
        weber.opens_room("Two tabs")
        weber.reads_all("From the first tab.", "From the second tab.")
    finally:
        kim.profile.page = first
        second.close()
    kim.button("elsewhere.use").click()
    kim.is_in()
    kim.opens_room("Two tabs")
    kim.says("From the first tab again.")
    weber.reads("From the first tab again.")
