"""A delegation's private notes on a shared draft: its people read each other's, nobody else finds that there are any.

Nothing of theirs is lost when two of them begin at once, each without having heard of the other.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.canary import Scanner
from tests.browser.middlebox import Middlebox, Request, Response
from tests.browser.navigators.negotiation import Negotiation
from tests.browser.navigators.person import Person
from tests.browser.portal_process import PortalProcess
from tests.browser.stage import Stage
from tests.browser.stored import opened_store
from tests.browser.test_accessibility import RULES, violations
from tests.browser.test_canary import places

STEM: Final = "Rückfalllinie물러설Zq9"
"""Every private word begins with this, so that one search finds all of them."""
PUBLIC: Final = "Öffentlich공개Zq9"
OURS: Final = f"Republic of {PUBLIC}"
ROOM: Final = "Room of two delegations"
TITLE: Final = "Verification accord"
OTHER_TITLE: Final = "Inspection accord"
CLAUSE: Final = "They decided to"
SENT_MS: Final = 1_000
"""By then a letter has come to the other: edits are gathered for 400 ms. If it comes later, less is tested."""


class Delegate(Negotiation, Person):
    """A person who negotiates, and notes what nobody else is to read."""

    def private(self) -> Locator:
        """The private notes on the clause that one looks at, unfolded."""
        section = self.inspector().locator("details.neg-fallback")
        if section.get_attribute("open") is None:
            section.locator("summary").click()
        return section

    def notes(self, language: str = "English") -> Locator:
        """The fields that one writes notes in."""
        return self.textbox("negotiation.fallback.label", self.private(), language=language)

    def begins_notes(self) -> None:
        """In a new huddle, which is offered where there is no room of the delegation yet."""
        place = self.private().get_by_label(self.words("negotiation.fallback.where"))
        place.select_option(value="")
        self.button("negotiation.fallback.begin", self.private()).click()
        expect(self.notes()).to_have_count(1)


@dataclass
class Delay:
    """Has browsers not hear of drafts that others make, while it lasts; the rest goes through as it is."""

    on: bool = False
    shared: str = ""
    """The room of all delegations."""
    made: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Rooms in which somebody has made a draft, by cookie."""

    def answer(self, request: Request, response: Response) -> Response:
        listing = re.fullmatch(r"/api/rooms/([^/?]+)/drafts", request.path)
        if listing is None:
            return response
        room = listing[1]
        if request.method == "POST":
            self.made[request.cookie].add(room)
        elif self.on and room not in self.made[request.cookie] | {self.shared}:
            return replace(response, body=json.dumps([]).encode())
        return response


@dataclass
class Table:
    """Kim and Lee are of one delegation, Weber of another."""

    stage: Stage
    portal: PortalProcess
    middlebox: Middlebox
    delay: Delay
    administrator: Person
    kim: Delegate
    lee: Delegate
    weber: Delegate


@pytest.fixture(scope="module")
def table(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Table]:
    """Two drafts before three people, at a server whose memory holds nothing but this."""
    with (
        PortalProcess(tmp_path_factory.mktemp("annex") / "data") as portal,
        Middlebox(portal.side_port, portal.port, listening=True) as middlebox,
        Stage(browser, portal.side_origin) as stage,
    ):
        administrator = Person("Anna Keller", stage.profile("Anna Keller"))
        administrator.onboards(portal.administrator_link.replace(portal.origin, portal.side_origin))
        for name, code in ((OURS, "KR"), ("Germany", "DE")):
            administrator.makes_delegation(name, code)
        seated = [
            enrolled(stage, administrator, name, delegation)
            for name, delegation in (("Kim Seo-yeon", OURS), ("Lee Min-jun", OURS), ("Jonas Weber", "Germany"))
        ]
        kim, lee, weber = seated
        for person in seated:
            person.goes_home()
        kim.creates_room("working_group", ROOM, with_=[lee, weber])
        delay = Delay(shared=kim.open_room_id())
        middlebox.on_response = delay.answer
        for title in (TITLE, OTHER_TITLE):
            kim.begins_draft({"en": title, "ko": "합의"}, template="statement")
            kim.goes_home()
            kim.opens_room(ROOM)
        yield Table(stage, portal, middlebox, delay, administrator, kim, lee, weber)


def enrolled(stage: Stage, administrator: Person, name: str, delegation: str) -> Delegate:
    person = Delegate(name, stage.profile(name))
    link = administrator.invites(delegation, ["chair", "delegate"])
    person.onboards(f"{stage.origin}/#{link.partition('#')[2]}")
    return person


def look_at(title: str, *people: Delegate) -> None:
    for person in people:
        person.goes_home()
        person.opens_room(ROOM)
        person.opens_draft(title)
        person.looks_at(CLAUSE)


def test_a_colleague_reads_a_private_note_and_nobody_else_finds_it(table: Table) -> None:
    kim, lee, weber = table.kim, table.lee, table.weber
    look_at(TITLE, kim, lee, weber)
    expect(lee.button("negotiation.fallback.begin", lee.private())).to_be_visible()
    kim.begins_notes()
    kim.notes().fill(f"{STEM} may")
    # Lee has looked before there was anything, and hears of it.
    expect(lee.notes()).to_have_value(f"{STEM} may", timeout=30_000)
    expect(lee.private()).to_contain_text(kim.name)
    lee.notes().press("End")
    lee.notes().press_sequentially(", at last")
    expect(kim.notes()).to_have_value(f"{STEM} may, at last")
    expect(kim.private().locator("summary")).to_contain_text(kim.words("negotiation.fallback.count.one", count=1))
    # Both write in one note at once, each at an end of it.
    kim.notes().press("Home")
    kim.notes().press_sequentially("KIM ")
    lee.notes().press_sequentially(" LEE")
    for person in (kim, lee):
        expect(person.notes()).to_have_value(f"KIM {STEM} may, at last LEE")
    a_syllable_stays_whole(kim, lee)
    # Another column has its own note, and shows this one.
    kim.shows_column("ko")
    kim.notes("Korean").fill(f"{STEM} 수락할 수 있음")
    expect(kim.notes()).to_have_value(f"NOW KIM {STEM} may, at last LEE한")
    expect(lee.notes("Korean")).to_have_value(f"{STEM} 수락할 수 있음")
    nobody_else_finds_it(table)
    # A room of the whole delegation is there now: it is the first choice for notes on the other draft.
    look_at(OTHER_TITLE, kim)
    place = kim.private().get_by_label(kim.words("negotiation.fallback.where"))
    expect(place.locator("option:checked")).to_contain_text(kim.words("negotiation.fallback.title", title=TITLE))
    for person in (kim, lee):
        expect(place.locator("option:checked")).to_contain_text(person.name)


def a_syllable_stays_whole(kim: Delegate, lee: Delegate) -> None:
    """An input method at work at one end of a note, while another person writes at its other end."""
    devtools = lee.page.context.new_cdp_session(lee.page)
    lee.notes().press("End")
    for syllable, letters in (("ㅎ", "NO"), ("하", "W ")):
        devtools.send("Input.imeSetComposition", {"text": syllable, "selectionStart": 1, "selectionEnd": 1})
        kim.notes().press("Home")
        for _ in range(0 if syllable == "ㅎ" else 2):
            kim.notes().press("ArrowRight")
        kim.notes().press_sequentially(letters)
        lee.page.wait_for_timeout(SENT_MS)
    devtools.send("Input.insertText", {"text": "한"})
    for person in (kim, lee):
        expect(person.notes()).to_have_value(f"NOW KIM {STEM} may, at last LEE한")


def nobody_else_finds_it(table: Table) -> None:
    """Not in the page, the storage and the frames of another delegation's browser, not at the server."""
    kim, weber = table.kim, table.weber
    scanner = Scanner(STEM)
    look_at(TITLE, weber)
    expect(weber.button("negotiation.fallback.begin", weber.private())).to_be_visible()
    kept = list(opened_store(weber.page).items())
    assert any(name.startswith("drafts:") for name, _ in kept), "no draft is kept: the storage was not looked at"
    assert scanner.in_blocks([*kept, *((name, name.encode()) for name, _ in kept)]) == []
    assert scanner.in_bytes(weber.page.content().encode(), "page") == []
    hidden = table.delay.made[cookie_of(kim)] - {table.delay.shared}
    assert len(hidden) == 1
    for room in hidden:
        assert weber.asks("GET", f"/api/rooms/{room}/drafts") == missing_to(weber)
        assert not any(room in frame for frame in weber.profile.heard)
        assert not any(room.encode() in value for _, value in kept)
    assert scanner.in_blocks(list(opened_store(kim.page).items())), "a search of the storage would find nothing"
    for place, blocks in places(table.portal, table.middlebox).items():
        hits = scanner.in_blocks(blocks)
        assert hits == [], f"{place}: " + "\n".join(str(hit) for hit in hits[:20])
    for place, blocks in places(table.portal, table.middlebox).items():
        if place != "output":
            assert Scanner(PUBLIC).in_blocks(blocks), f"the search of {place} would find nothing"


def missing_to(person: Delegate) -> int:
    """What the server says of a room that there is not."""
    return person.asks("GET", f"/api/rooms/{'A' * 22}/drafts")


def cookie_of(person: Delegate) -> str:
    cookies = person.page.context.cookies()
    return "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in cookies)


def test_two_who_begin_at_once_keep_all_and_write_to_one(table: Table) -> None:
    kim, lee = table.kim, table.lee
    look_at(OTHER_TITLE, kim, lee)
    table.delay.on = True
    for person in (kim, lee):
        person.begins_notes()
        person.notes().fill(f"{STEM} {person.name}")
    for person in (kim, lee):
        expect(person.notes()).to_have_value(f"{STEM} {person.name}")
    table.delay.on = False
    # Lee's browser hears that something is new among the delegation's rooms, and now finds what Kim began before.
    kim.goes_home()
    kim.creates_room("huddle", "Another huddle", with_=[lee])
    expect(lee.notes()).to_have_value(f"{STEM} {kim.name}", timeout=30_000)
    look_at(OTHER_TITLE, kim)
    for person in (kim, lee):
        expect(person.notes()).to_have_count(1)
        left = person.private().get_by_role("listitem").filter(has_text=f"{STEM} {lee.name}")
        expect(left).to_have_count(1)
        expect(person.button("negotiation.fallback.take", left)).to_be_visible()
        assert violations(person.page, {"runOnly": RULES}) == []
    lee.button("negotiation.fallback.take", lee.private()).click()
    for person in (kim, lee):
        expect(person.notes()).to_have_count(2)
        expect(person.button("negotiation.fallback.take", person.private())).to_have_count(0)
    # From here on both write to the same, and it stays so when they come back.
    kim.notes().nth(1).fill(f"{STEM} agreed")
    expect(lee.notes().nth(1)).to_have_value(f"{STEM} agreed")
    look_at(OTHER_TITLE, lee)
    expect(lee.notes().first).to_have_value(f"{STEM} {kim.name}")
    expect(lee.notes().nth(1)).to_have_value(f"{STEM} agreed")
    expect(lee.button("negotiation.fallback.take", lee.private())).to_have_count(0)


def test_who_joins_the_delegation_later_reads_and_then_writes(table: Table) -> None:
    kim = table.kim
    park = enrolled(table.stage, table.administrator, "Park Ji-ho", OURS)
    kim.goes_home()
    for room in (ROOM, kim.words("negotiation.fallback.title", title=TITLE)):
        kim.opens_room(room)
        kim.adds(park)
    park.goes_home()
    look_at(TITLE, kim, park)
    expect(park.private()).to_contain_text(f"NOW KIM {STEM} may, at last LEE한", timeout=60_000)
    expect(park.private()).to_contain_text(park.words("negotiation.fallback.onlyRead"))
    expect(park.private().get_by_role("textbox")).to_have_count(0)
    expect(kim.private()).to_contain_text(kim.words("negotiation.fallback.unlisted", names=park.name))
    kim.button("negotiation.fallback.letWrite", kim.private()).click()
    park.notes().fill(f"{STEM} by Park")
    expect(kim.notes()).to_have_value(f"{STEM} by Park")
    expect(kim.button("negotiation.fallback.letWrite", kim.private())).to_have_count(0)
