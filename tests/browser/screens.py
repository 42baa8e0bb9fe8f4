"""The screens of the portal, each reached as a person reaches it: for pictures and for the tests of accessibility."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from playwright.sync_api import Page

from tests.browser.cast import Cast
from tests.browser.navigators.person import Person
from tests.browser.stage import Stage

ROOM: Final = "Art. 4 — Verification"


@dataclass(frozen=True)
class World:
    """What screens can be made of: a room in which things were said, its people, an invitation that nobody used."""

    stage: Stage
    cast: Cast
    invitation: str


def furnished(cast: Cast) -> None:
    """A room with all that a record can show."""
    kim, lee, weber = cast.kim, cast.lee, cast.weber
    kim.goes_home()
    kim.creates_room("plenary", "Plenary", with_=[lee, weber, cast.administrator])
    kim.says("The session opens at ten. The draft of Art. 4 is in the working group.")
    kim.creates_room("working_group", ROOM, with_=[lee, weber])
    kim.says("We propose on-site inspections twice a year, with fourteen days' notice.")
    for person in (lee, weber):
        person.goes_home()
        person.opens_room(ROOM)
    weber.reads("We propose on-site inspections twice a year")
    weber.replies(
        to="We propose on-site inspections", text="Once a year, with thirty days' notice. 제4조는 다시 논의합시다."
    )
    lee.says("제4조 제2항의 문구를 확인해 주십시오. 검증 주기는 아직 합의되지 않았습니다.")
    weber.says("Thirty days is what the annex says.")
    weber.corrects("Thirty days is what the annex says.", into="Thirty days is what annex II says.")
    kim.reads("Thirty days is what annex II says.")
    kim.marks("Thirty days is what annex II says.", "noted")
    lee.marks("제4조 제2항의 문구를", "agree")
    weber.says("This was for another room.")
    weber.withdraws("This was for another room.", reason="wrong room")
    kim.reads_withdrawal(by=weber.name, reason="wrong room")
    kim.mentions(lee.name, "could you send the table of deadlines?")
    kim.agrees_on({"en": "on-site inspection", "ko": "현장 사찰"}, "As in Annex II, not a visit.")
    kim.forbids("visit", "en", beside="on-site inspection")
    kim.creates_room("bilateral", "Seoul and Berlin", with_=[weber])
    kim.says("A word before the vote?")
    weber.goes_home()
    weber.opens_room(ROOM)
    weber.reads("could you send the table of deadlines?")


Show = Callable[[World, Person], Page]
"""Bring a person, or a stranger in the person's place, to a screen, and give the page on which it is."""


def _room(_world: World, person: Person) -> Page:
    person.goes_home()
    person.opens_room(ROOM)
    person.reads("could you send the table of deadlines?")
    return person.page


def _panel(name: str) -> Show:
    def show(world: World, person: Person) -> Page:
        _room(world, person)
        person.opens_panel(name)
        return person.page

    return show


def _terms(world: World, person: Person) -> Page:
    _panel("terms")(world, person)
    person.term("on-site inspection").wait_for()
    return person.page


def _term(world: World, person: Person) -> Page:
    _terms(world, person)
    person.button("terms.editOf", person.term("on-site inspection")).click()
    person.dialog("terms.editTitle").wait_for()
    return person.page


def _import(world: World, person: Person) -> Page:
    _terms(world, person)
    table = "en,ko,status,note\non-site inspection,현장 조사,,\nannex,부속서,,\nIAEA,,keep,\n"
    person.chooses_glossary("agreed.csv", table.encode()).wait_for()
    return person.page


def _verification(world: World, person: Person) -> Page:
    _room(world, person)
    person.opens_safety_number(world.cast.lee)  # whom nobody verifies in other tests
    return person.page


def _new_room(_world: World, person: Person) -> Page:
    person.goes_home()
    person.button("rooms.new").first.click()
    person.textbox("newRoom.name", person.dialog("newRoom.title")).fill("Art. 12 — Entry into force")
    return person.page


def _settings(section: str) -> Show:
    def show(_world: World, person: Person) -> Page:
        person.opens_settings(section)
        return person.page

    return show


def _administration(section: str) -> Show:
    def show(world: World, person: Person) -> Page:
        administrator = world.cast.administrator
        administrator.lang = person.lang
        administrator.opens_administration(section)
        return administrator.page

    return show


def _home(_world: World, person: Person) -> Page:
    person.goes_home()
    return person.page


def _stranger(world: World, person: Person) -> Person:
    world.stage.empties()  # of the stranger of the screen before
    stranger = Person("Park Ji-ho", world.stage.profile("a stranger", color_scheme="light"), lang=person.lang)
    stranger.profile.opens()
    if person.lang != "en":
        stranger.page.get_by_role("combobox").select_option(value=person.lang)
    stranger.page.locator(f"html[lang='{person.lang}']").wait_for()
    return stranger


def _sign_in(world: World, person: Person) -> Page:
    stranger = _stranger(world, person)
    stranger.is_at_sign_in()
    return stranger.page


def _onboarding(world: World, person: Person) -> Page:
    stranger = _stranger(world, person)
    stranger.opens_invitation(world.invitation)
    stranger.page.reload()
    stranger.opens_invitation(world.invitation)
    stranger.button("onboarding.begin").wait_for()
    return stranger.page


def _recovery_key(world: World, person: Person) -> Page:
    stranger = _stranger(world, person)
    stranger.opens_invitation(world.invitation)
    stranger.answers_onboarding()
    stranger.reads_recovery_key()
    return stranger.page


SCREENS: Final[dict[str, Show]] = {
    "sign-in": _sign_in,
    "onboarding": _onboarding,
    "recovery-key": _recovery_key,
    "home": _home,
    "room": _room,
    "members": _panel("members"),
    "search": _panel("search"),
    "files": _panel("files"),
    "about": _panel("about"),
    "terms": _terms,
    "term": _term,
    "import-terms": _import,
    "verification": _verification,
    "new-room": _new_room,
    "settings": _settings("profile"),
    "settings-languages": _settings("languages"),
    "settings-interpreters": _settings("interpreters"),
    "settings-devices": _settings("devices"),
    "settings-security": _settings("security"),
    "settings-appearance": _settings("appearance"),
    "settings-privacy": _settings("privacy"),
    "settings-ledger": _settings("ledger"),
    "administration": _administration("people"),
    "administration-delegations": _administration("delegations"),
    "administration-invitations": _administration("invitations"),
}
