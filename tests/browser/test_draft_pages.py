"""Every side of a draft by axe, in light and dark, Korean and mirrored, with a column in Arabic; and on a phone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import pytest
from playwright.sync_api import expect

from tests.browser.cast import Cast
from tests.browser.navigators.negotiation import Negotiation
from tests.browser.navigators.person import Person
from tests.browser.test_accessibility import LOOKS, violations
from tests.browser.test_screenshots import DESKTOP, overflow, sized

ROOM: Final = "Pages of a draft"
TITLES: Final = {"en": "Verification accord", "ko": "검증 합의", "ar": "اتفاق التحقق"}
DECIDED: Final = "They decided to"
ARABIC: Final = "قرر الطرفان السماح للمفتشين بالدخول خلال 24 ساعة."
PHONES: Final = ((390, 844), (360, 740))


class Delegate(Negotiation, Person):
    """A person who negotiates."""


@dataclass(frozen=True)
class Table:
    """Before a draft in which something stands on every side. ``address`` is the draft's text, as a fragment."""

    weber: Delegate
    address: str


@pytest.fixture
def table(everyone: Cast) -> Iterator[Table]:
    kim, weber = (Delegate(person.name, person.profile) for person in (everyone.kim, everyone.weber))
    yield furnished(kim, weber)
    sized(weber.page, DESKTOP)
    weber.looks(theme="system", language="en")


def furnished(kim: Delegate, weber: Delegate) -> Table:
    """Brackets, options, an alternative, a comment, positions, a decision, a package, versions, languages."""
    kim.creates_room("bilateral", ROOM, with_=[weber])
    kim.begins_draft(TITLES, template="statement")
    kim.writes("verification", after="They reaffirmed")
    kim.brackets("reaffirmed", in_="They reaffirmed")
    kim.offers("confirmed")
    kim.brackets("concern", in_="They expressed")
    kim.offers("deep concern")
    kim.reads_clause("They expressed [concern][deep concern]KR about …")
    weber.opens_room(ROOM)
    weber.opens_draft(TITLES["en"])
    weber.looks_at(DECIDED)
    weber.proposes(
        "They decided to admit inspectors within 24 hours.",
        "양측은 24시간 이내에 사찰관을 받아들이기로 하였다.",
        reason="Short notice is what works.",
        source="CWC, Part II, para. 20",
    )
    weber.comments("Is this the wording of Annex II?")
    weber.objects_to(row=2)
    kim.shows_column("ar")
    for words in (DECIDED, "verification"):
        kim.clause(words).first.locator(".clause-text").click()
        expect(kim.editor()).to_be_focused()
        kim.page.keyboard.type(ARABIC)
    presses = ["ControlOrMeta+End", *["Shift+ArrowRight"] * len(" ساعة."), "ControlOrMeta+["]  # back, in Arabic
    for key in presses:
        kim.page.keyboard.press(key)
    kim.shows_column("en")
    kim.looks_at("They expressed")
    kim.decides("deep concern")
    kim.makes_package("Verification")
    kim.accepts_everything()
    kim.fixes_languages()
    kim.button("negotiation.concord.several.other").click()
    kim.signs("negotiation.concord.sign")
    kim.turns_to("versions")
    for _ in range(2):
        kim.button("exchange.keep").click()
        kim.button("exchange.keep", kim.dialog("exchange.keepTitle")).click()
        expect(kim.dialog("exchange.keepTitle")).to_be_hidden()
        kim.turns_to("text")
        kim.writes(" again", after="They will meet")
        kim.turns_to("versions")
    expect(kim.page.locator(".redline-sheet ins").first).to_be_visible()
    weber.turns_to("acts")
    return Table(weber, weber.page.url.partition("#")[2].removesuffix("/acts"))


Show = Callable[[Delegate, str], None]
"""Bring a person to a side of the draft at this address."""


def _side(name: str) -> Show:
    def show(person: Delegate, address: str) -> None:
        person.profile.opens(f"#{address}/{name}")
        expect(person.page.locator(".draft-body > *").first).to_be_visible()

    return show


def _list(person: Delegate, _address: str) -> None:
    person.goes_home()
    person.opens_room(ROOM)
    person.opens_panel("drafts")
    expect(person.page.locator(".drafts-list .hit")).to_be_visible()


def _new(person: Delegate, address: str) -> None:
    _list(person, address)
    person.button("draft.new").click()
    expect(person.dialog("draft.new")).to_be_visible()


def _text(lang: str) -> Show:
    def show(person: Delegate, address: str) -> None:
        _side("text")(person, address)
        person.shows_column(lang)

    return show


def _clause(person: Delegate, address: str) -> None:
    _text("en")(person, address)
    person.page.locator(".clause-text").filter(has_text="They expressed").click()
    expect(person.editor()).to_be_focused()
    expect(person.inspector().get_by_role("article").first).to_be_attached()


def _arabic(person: Delegate, address: str) -> None:
    _text("ar")(person, address)
    person.page.locator(".clause-text").filter(has_text="قرر").first.click()
    expect(person.editor()).to_be_focused()


def _versions(person: Delegate, address: str) -> None:
    _text("en")(person, address)
    _side("versions")(person, address)
    expect(person.page.locator(".redline-sheet ins").first).to_be_visible()


def _export(person: Delegate, address: str) -> None:
    _versions(person, address)
    person.button("exchange.export").click()
    expect(person.dialog("exchange.exportTitle")).to_be_visible()


PAGES: Final[dict[str, Show]] = {
    "list": _list,
    "new": _new,
    "text": _text("en"),
    "clause": _clause,
    "korean": _text("ko"),
    "arabic": _arabic,
    "positions": _side("positions"),
    "proposals": _side("proposals"),
    "acts": _side("acts"),
    "languages": _side("languages"),
    "versions": _versions,
    "export": _export,
}


def test_no_side_of_a_draft_breaks_a_rule_or_scrolls_sideways(table: Table) -> None:
    weber, problems = table.weber, list[str]()
    for look, (theme, language, options) in LOOKS.items():
        weber.looks(theme=theme, language=language)
        for name, show in PAGES.items():
            show(weber, table.address)
            problems += [f"{look}, {name}: {line}" for line in violations(weber.page, options)]
            for phone in PHONES:
                sized(weber.page, phone)
                problems += [f"{look}, {name}, {phone[0]} pixels: {line}" for line in overflow(weber.page)]
            if look == "light":
                problems += [f"phone, {name}: {line}" for line in violations(weber.page, options)]
            sized(weber.page, DESKTOP)
            weber.page.keyboard.press("Escape")
            expect(weber.page.get_by_role("dialog")).to_be_hidden()
    assert problems == [], "\n".join(problems)
