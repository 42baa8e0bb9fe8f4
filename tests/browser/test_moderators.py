"""Moderators' pages in Chromium: by keyboard alone, on a narrow telephone without scripts, and by axe."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page, expect

from portal.config import Settings
from portal.server.accounts import sessions
from portal.server.app import create_app
from portal.server.core.db import Unit
from portal.server.feedback import moderation, readings, suggestions, topics, weeks
from portal.server.feedback.decisions import Grounds
from portal.server.feedback.suggestions import About, Duplicates
from portal.server.translation.rendering import Rendering
from tests.browser.portal_process import PortalProcess
from tests.browser.test_accessibility import COLOURS, RULES, violations
from tests.server.feedback.desk import Desk, Moderator

NARROWEST: Final = {"width": 320, "height": 640}
KOREAN: Final = "학교 앞 횡단보도에서 지난달에 사고가 3번 있었습니다."
ENGLISH: Final = "There were 4 accidents at the crossing by the school last month."
PAGES: Final = (
    "/moderate?item={korean}",
    "/moderate?item={copy}",
    "/moderate?shelf=decided",
    "/moderate/topics",
    "/moderate/topics/{topic}",
    "/moderate/second",
    "/moderate/translations?into=ko",
    "/moderation-log",
    "/moderation-policy",
)
LOOKS: Final[dict[str, tuple[str, str, dict[str, Any]]]] = {
    "light": ("light", "en", {"runOnly": RULES}),
    "dark": ("dark", "en", {"runOnly": {"type": "rule", "values": [COLOURS]}}),
    "Korean": ("light", "ko", {"runOnly": RULES, "rules": {COLOURS: {"enabled": False}}}),
    "right to left": ("light", "ar", {"runOnly": RULES, "rules": {COLOURS: {"enabled": False}}}),
}


@dataclass
class Town:
    """A portal with something of everything that moderators meet."""

    process: PortalProcess
    desk: Desk
    ada: Moderator
    names: dict[str, str]

    def session(self) -> str:
        cookie = self.ada.client.get_cookie(sessions.COOKIE)
        assert cookie is not None
        return cookie.value


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("moderators") / "data"
    folder.mkdir(mode=0o700)
    shutil.copy(sqlite_template, folder / "portal.sqlite3")
    process = PortalProcess(folder)
    desk = Desk(create_app(Settings(data_dir=folder, public_url=process.origin)))
    names = furnished(desk, desk.moderator(), desk.moderator())
    with process:
        yield Town(process, desk, desk.moderator(), names)
    desk.portal.database.close()


def furnished(desk: Desk, ada: Moderator, bo: Moderator) -> dict[str, str]:
    """Fill the desk; the ids of what tests open."""

    def make(unit: Unit) -> str:
        return topics.make(unit, ada.actor, weeks.current(unit).id, "Safe crossings", "en", theme="", minutes=10).id

    topic = desk.write(make)
    korean = desk.says(KOREAN, "ko")
    copies = desk.says_all([f"Stop the bridge, which costs {number} million." for number in range(40, 52)])
    accepted, illegal, rejected = desk.says_all(["A zebra crossing, please.", "Forbidden.", "Buy pills."])
    finding = {"sentence": 0, "kind": "number_missing", "detail": "3"}
    made = Rendering(ENGLISH, "done", "ctranslate2 0123456789abcdef", None, "doubtful", [finding])

    def fill(unit: Unit) -> None:
        about = [About(korean, topic, None, 80)]
        suggestions.replace(unit, weeks.current(unit).id, [Duplicates(copies[0], copies, 90)], about)
        readings.take_in(unit, readings.Owed(korean, "", "ko", "en", 0), made)
        moderation.accept(unit, ada.actor, accepted, 0, [topic])
        moderation.reject(unit, ada.actor, illegal, 0, Grounds("illegal", "Section 130."))
        moderation.reject(unit, bo.actor, rejected, 0, Grounds("advertising", "Not a matter of the town."))

    desk.write(fill)
    return {"korean": korean, "copy": copies[0], "topic": topic}


@pytest.fixture
def visit(browser: Browser, town: Town) -> Iterator[Callable[..., Page]]:
    """Opens a signed-in moderator's browser; at the end, nothing must have been refused or have failed in any."""
    contexts, complaints = [], []

    def opened(**surroundings: Any) -> Page:
        context = browser.new_context(base_url=town.process.origin, **surroundings)
        cookie = {"name": sessions.COOKIE, "value": town.session(), "secure": True}
        context.add_cookies([cookie | {"url": town.process.origin.replace("http:", "https:")}])  # type: ignore[list-item]
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [one for one in complaints if "favicon" not in one and "status of 4" not in one] == []


def test_a_submission_is_decided_undone_and_decided_again_by_keyboard_alone(
    visit: Callable[..., Page], town: Town
) -> None:
    page, said = visit(locale="en"), town.names["korean"]
    page.goto(f"/moderate?item={said}")
    expect(page.locator(".citizen").first).to_have_text(KOREAN)
    expect(page.locator(".citizen").nth(1)).to_have_text(ENGLISH)
    expect(page.locator(".warnings")).to_contain_text("a number is missing")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.keyboard.type("cross")
    page.keyboard.press("Enter")  # ticks the only topic that is left
    page.keyboard.press("Control+Enter")
    expect(page.locator(".flash")).to_contain_text("Put under a topic")
    assert town.desk.state(said) == "accepted"
    page.keyboard.press("u")
    expect(page.locator(".citizen").first).to_have_text(KOREAN)
    assert town.desk.state(said) == "waiting"
    page.keyboard.press("r")
    page.keyboard.press("Space")  # the first reason
    page.keyboard.press("Control+Enter")
    expect(page.locator(".flash")).to_contain_text("Rejected")
    assert town.desk.state(said) == "rejected"
    page.keyboard.press("u")
    expect(page.locator(".flash")).to_contain_text("Taken back")


def test_parts_are_taken_out_by_marking_them(visit: Callable[..., Page], town: Town) -> None:
    said = town.desk.says("Mrs Winter of number nine is loud.")
    page = visit(locale="en")
    page.goto(f"/moderate?item={said}")
    page.keyboard.press("d")
    field = page.locator("#f-marked")
    field.evaluate("field => { field.focus(); field.setSelectionRange(0, field.value.indexOf(' is loud')); }")
    page.keyboard.press("Control+d")
    expect(field).to_have_value("[[Mrs Winter of number nine]] is loud.")
    page.locator("[name=cause]").first.check()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".citizen").first).to_have_text("████ is loud.")
    expect(page.locator(".item-facts")).to_contain_text("parts taken out")


def test_single_keys_can_be_switched_off(visit: Callable[..., Page], town: Town) -> None:
    page = visit(locale="en")
    page.goto(f"/moderate?item={town.names['korean']}")
    page.keyboard.press("?")
    page.locator("#keys-on").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    expect(page.locator("details[data-key=a]")).not_to_have_attribute("open", "")
    page.reload()
    page.keyboard.press("a")
    expect(page.locator("details[data-key=a]")).not_to_have_attribute("open", "")


def test_all_of_it_on_a_narrow_telephone_without_scripts(visit: Callable[..., Page], town: Town) -> None:
    said = town.desk.says("A bench at the bus stop.")
    page = visit(viewport=NARROWEST, java_script_enabled=False, locale="ko")
    page.goto(f"/moderate?item={said}")
    assert page.locator("html").get_attribute("lang") == "ko"
    act = page.locator("details.act[data-key=a]")
    act.locator("summary").first.click()
    act.locator("[name=topics]").first.check()
    act.locator("form > .button").click()
    expect(page.locator(".flash")).to_be_visible()
    assert town.desk.state(said) == "accepted"
    page.locator(".flash button").click()
    assert town.desk.state(said) == "waiting"


def test_nothing_is_cut_off_on_a_narrow_telephone(visit: Callable[..., Page], town: Town) -> None:
    page = visit(viewport=NARROWEST, locale="en")
    widths = {}
    for path in PAGES:
        page.goto(path.format(**town.names))
        widths[path] = page.evaluate("document.documentElement.scrollWidth")
    assert {path: width for path, width in widths.items() if width > NARROWEST["width"]} == {}


@pytest.mark.parametrize("look", LOOKS)
def test_no_page_breaks_a_rule(visit: Callable[..., Page], town: Town, look: str) -> None:
    theme, language, options = LOOKS[look]
    page = visit(color_scheme=theme, locale=language)
    problems = []
    for path in PAGES:
        page.goto(path.format(**town.names))
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.name = ''; one.open = true; })")
        problems += [f"{path}: {line}" for line in violations(page, options)]
    assert problems == [], "\n".join(problems)
