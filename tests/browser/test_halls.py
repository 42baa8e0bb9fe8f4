"""A hall in Chromium: citizens on telephones, a moderator at the keyboard, a projector, a reader without scripts."""

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from portal.config import Settings
from portal.server.accounts import sessions
from portal.server.app import create_app
from portal.server.core.catalogues import LANGUAGES
from tests.browser.portal_process import PortalProcess
from tests.browser.test_accessibility import COLOURS, RULES, violations
from tests.server.townhall.hall_kit import Meeting, meeting

PHONE: Final = {"width": 360, "height": 740}
STRUCTURE: Final[dict[str, Any]] = {"runOnly": RULES, "rules": {COLOURS: {"enabled": False}}}
COLOURS_ALONE: Final[dict[str, Any]] = {"runOnly": {"type": "rule", "values": [COLOURS]}}
ASKED: Final = {
    "en": "Why is there no bus after eight?",
    "ko": "밤에 버스가 왜 없나요?",
    "ar": "لماذا لا توجد حافلة ليلًا؟",
}


@dataclass
class Town:
    """A running portal with one hall."""

    process: PortalProcess
    meeting: Meeting

    @property
    def address(self) -> str:
        return f"/hall/{self.meeting.name}"

    def session(self) -> Any:
        cookie = self.meeting.moderator.client.get_cookie(sessions.COOKIE)
        assert cookie is not None
        return {"name": sessions.COOKIE, "value": cookie.value, "domain": "localhost", "path": "/", "secure": True}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("halls") / "data"
    folder.mkdir(mode=0o700)
    shutil.copy(sqlite_template, folder / "portal.sqlite3")
    process = PortalProcess(folder)
    made = meeting(create_app(Settings(data_dir=folder, public_url=process.origin)))
    made.desk.portal.database.clock_ms = lambda: time.time_ns() // 1_000_000  # as the server's own
    made.moderator = made.desk.moderator()
    with process:
        yield Town(process, made)
    made.desk.portal.database.close()


@pytest.fixture
def visit(browser: Browser, town: Town) -> Iterator[Callable[..., Page]]:
    """Opens a browser; at the end, nothing must have been refused or have failed in any."""
    contexts, complaints = [], []

    def opened(*cookies: Any, **surroundings: Any) -> Page:
        context = browser.new_context(base_url=town.process.origin, **surroundings)
        context.add_cookies(list(cookies))
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if _is_complaint(line) else None)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def _is_complaint(line: ConsoleMessage) -> bool:
    return line.type == "error" and not line.location["url"].endswith("/favicon.ico")


def citizen(visit: Callable[..., Page], town: Town, lang: str) -> Page:
    """Somebody at a telephone, who has come in."""
    page = visit(viewport=PHONE, locale=lang)
    page.goto(f"{town.address}/enter")
    page.locator("main .button").click()  # the script works first
    expect(page.locator("#hall")).to_be_visible()
    return page


def take_back_the_next_item(desk: Page, item: str, following: str) -> None:
    """Bring ``item`` back by undoing "next"; where the seconds for that had passed, start ``item`` and try anew."""
    current, undo = desk.locator(".current"), desk.locator("[data-press=u]")
    for _ in range(10):
        if undo.count():
            desk.keyboard.press("u")
            refused = desk.locator("#refused .problems")
            expect(current.filter(has_text=item).or_(refused).first).to_be_visible()
            if not refused.count():
                return
        desk.locator(".agenda > li", has_text=item).get_by_role("button", name="Begin").click()
        expect(current).to_contain_text(item)
        desk.keyboard.press("n")
        expect(current).to_contain_text(following)
    pytest.fail("an order could not be taken back")


def test_three_citizens_a_moderator_and_a_projector(visit: Callable[..., Page], town: Town) -> None:
    desk = visit(town.session(), viewport={"width": 1400, "height": 900}, locale="en")
    desk.goto(f"/moderate{town.address}")
    desk.keyboard.press("o")
    expect(desk.get_by_role("button", name="Next item")).to_be_visible()
    desk.keyboard.press("n")
    expect(desk.locator(".current")).to_have_text("About welcome")
    desk.keyboard.press("n")
    expect(desk.locator(".current")).to_have_text("About parking")

    citizens = {lang: citizen(visit, town, lang) for lang in ASKED}
    for lang, page in citizens.items():
        page.goto(f"{town.address}/ask")
        page.locator("#f-text").fill(ASKED[lang])
        page.locator("main .button").click()
        page.locator("form[action$='order=hand'] button").first.click()
        expect(page.locator("form[action$='order=lower']")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    for left in (3, 2, 1):
        expect(desk.locator("#h-questions")).to_contain_text(str(left))
        desk.keyboard.press("s")
    for page in citizens.values():
        expect(page.locator("[data-each=asked] > li")).to_have_count(3)
        expect(page.locator("[data-each=queue] > li")).to_have_count(3)
    assert citizens["en"].locator("[data-each=asked] [lang=ar]").first.get_attribute("dir") == "auto"

    citizens["en"].locator("[data-each=asked] > li").nth(1).locator("button").click()
    expect(citizens["ko"].locator("[data-each=asked] > li").first).to_contain_text(ASKED["ko"])
    wall = visit(viewport={"width": 1600, "height": 900}, locale="en")
    wall.goto(f"{town.address}/projector?with=ar")
    expect(wall.locator("h1:visible")).to_have_text(["About parking", "About parking"])
    smallest = (
        "Math.min(...[...document.querySelectorAll('main *')].map((e) => parseFloat(getComputedStyle(e).fontSize)))"
    )
    assert wall.evaluate(smallest) >= 32

    desk.keyboard.press("c")
    expect(citizens["ar"].locator("[data-text='speaker.number']")).to_be_visible()
    expect(citizens["ar"].locator("[data-each=queue] > li")).to_have_count(2)

    desk.keyboard.press("n")
    expect(desk.locator(".current")).to_contain_text("About staff")
    expect(wall.locator("h1:visible")).to_have_text(["Town hall", "المجلس المفتوح"])
    expect(citizens["en"].get_by_text("The hall will go on shortly.")).to_be_visible()
    take_back_the_next_item(desk, "About parking", "About staff")
    expect(wall.locator("h1:visible")).to_have_text(["About parking", "About parking"])
    expect(citizens["en"].locator(".now")).to_contain_text("About parking")

    plain = visit(viewport=PHONE, java_script_enabled=False, locale="ko")
    plain.goto(town.address)
    expect(plain.locator(".now")).to_contain_text("About parking")
    expect(plain.locator("[data-each=asked] > li").first).to_contain_text(ASKED["ko"])


def test_axe_finds_nothing_in_any_language(visit: Callable[..., Page], town: Town) -> None:
    reader = citizen(visit, town, "en")
    problems = []
    for lang in LANGUAGES:
        for path in ("", "/enter", "/ask", "/projector", "/minutes"):
            reader.goto(f"{town.address}{path}?lang={lang}")
            problems += [f"{lang} {path}: {line}" for line in violations(reader, STRUCTURE)]
    desk = visit(town.session(), viewport={"width": 1400, "height": 900}, locale="en")
    for theme in ("light", "dark"):
        for page, paths in (
            (reader, (town.address,)),
            (desk, (f"/moderate{town.address}", "/moderate/hall", "/moderate/outcomes")),
        ):
            page.emulate_media(color_scheme=theme)
            for path in paths:
                page.goto(f"{path}?lang=en")
                problems += [f"{theme} {path}: {line}" for line in violations(page, COLOURS_ALONE)]
    for path in (f"/moderate{town.address}", "/moderate/hall", "/moderate/outcomes"):
        desk.goto(f"{path}?lang=ko")
        problems += [f"{path}: {line}" for line in violations(desk, STRUCTURE)]
    assert problems == [], "\n".join(problems)
