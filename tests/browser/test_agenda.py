"""The week's pages in Chromium: the agenda recomputed, dragged and moved by buttons, in eight languages, on a phone."""

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
from portal.server.core.catalogues import LANGUAGES
from portal.server.core.db import Unit
from portal.server.feedback import states, topics, weeks
from portal.server.feedback.models import Submission
from portal.server.ledger.feature import Ledger
from portal.server.townhall import agenda, agenda_changes, clock
from portal.server.townhall.agenda_models import Agenda
from portal.server.translation import service as public_texts
from tests.browser.portal_process import PortalProcess
from tests.browser.test_accessibility import RULES, violations
from tests.server.feedback.desk import Desk, Moderator

TITLES: Final = ("Buses", "Housing", "Parks", "Roads")
WHY: Final = "The guest can only come early"
NARROWEST: Final = {"width": 320, "height": 640}


@dataclass
class Week:
    """A portal with a drafted agenda of four topics."""

    process: PortalProcess
    desk: Desk
    ada: Moderator
    name: str

    def order(self) -> list[str]:
        def titles(unit: Unit) -> list[str]:
            items = agenda.items(unit, self.name)
            shown = public_texts.shown(unit, [agenda.key_of(item) for item in items], "en")
            return [shown[agenda.key_of(item)].text for item in items]

        return self.desk.read(titles)

    def back_to_the_start(self) -> None:
        """Put the items where the rule had them."""

        def put(unit: Unit) -> None:
            row = unit.session.get_one(Agenda, self.name)
            wanted = sorted(agenda.items(unit, self.name), key=lambda item: item.computed_position or 0)
            reason = agenda_changes.Reason("Back to what was computed", "en")
            for place, item in enumerate(wanted, 1):
                agenda_changes.move(unit, self.ada.actor, row, item.id, place, reason)

        self.desk.write(put)


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Week]:
    folder = tmp_path_factory.mktemp("agenda") / "data"
    folder.mkdir(mode=0o700)
    shutil.copy(sqlite_template, folder / "portal.sqlite3")
    process = PortalProcess(folder)
    desk = Desk(create_app(Settings(data_dir=folder, public_url=process.origin)))
    made = Week(process, desk, desk.moderator(), desk.read(lambda unit: weeks.current(unit).id))
    for number, title in enumerate(TITLES):
        raise_topic(made, title, 9 - number)
    for _ in ("closed", "frozen", "drafted"):
        desk.portal.get(Ledger).sequence()
        clock.advance(desk.portal, made.name, early=True)
    with process:
        yield made
    desk.portal.database.close()


def raise_topic(week: Week, title: str, count: int) -> None:
    """So many people raise a new topic."""
    said = week.desk.says_all([f"{title}, number {number}" for number in range(count)])

    def make(unit: Unit) -> None:
        topic = topics.make(unit, week.ada.actor, week.name, title, "en", theme=title, minutes=10).id
        for identifier in said:
            submission = unit.session.get_one(Submission, identifier)
            topics.place(unit, submission, [topic])
            states.set_state(unit, submission, "accepted")

    week.desk.write(make)


@pytest.fixture
def visit(browser: Browser, week: Week) -> Iterator[Callable[..., Page]]:
    """Opens a moderator's browser; at the end, nothing must have failed in any."""
    contexts, complaints = [], []

    def opened(**surroundings: Any) -> Page:
        context = browser.new_context(base_url=week.process.origin, **surroundings)
        session = week.ada.client.get_cookie(sessions.COOKIE)
        assert session is not None
        cookie = {"name": sessions.COOKIE, "value": session.value, "secure": True}
        context.add_cookies([cookie | {"url": week.process.origin.replace("http:", "https:")}])  # type: ignore[list-item]
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [one for one in complaints if "favicon" not in one] == []


def test_agenda_reorder_by_buttons_equals_drag(visit: Callable[..., Page], week: Week) -> None:
    start = week.order()
    assert start == list(TITLES)
    page = visit(locale="en")
    path = f"/moderate/agenda/{week.name}"
    outcomes = []
    for way in (dragged, moved_by_number, moved_by_buttons):
        page.goto(path)
        way(page)
        expect(page.locator(".agenda-desk > li").nth(1)).to_contain_text("Roads")
        outcomes.append(week.order())
        week.back_to_the_start()
        assert week.order() == start
    assert outcomes == [["Buses", "Roads", "Housing", "Parks"]] * 3


def item(page: Page, title: str) -> Any:
    return page.locator(".agenda-desk > li", has=page.get_by_role("heading", name=title))


def dragged(page: Page) -> None:
    """Drop the last on the second: the place is filled in, and the reason is asked for."""
    item(page, "Roads").locator(".handle").drag_to(item(page, "Housing"))
    expect(item(page, "Roads").locator("[name=place]")).to_have_value("2")
    expect(item(page, "Roads").locator("[name=reason]")).to_be_focused()
    page.keyboard.type(WHY)
    page.keyboard.press("Enter")


def moved_by_number(page: Page) -> None:
    item(page, "Roads").locator("summary").click()
    item(page, "Roads").locator("[name=reason]").fill(WHY)
    item(page, "Roads").locator("[name=place]").fill("2")
    item(page, "Roads").get_by_role("button", name="Move there").click()


def moved_by_buttons(page: Page) -> None:
    for above in ("Parks", "Housing"):
        item(page, "Roads").locator("summary").click()
        item(page, "Roads").locator("[name=reason]").fill(f"{WHY}, before {above}")
        item(page, "Roads").get_by_role("button", name="Up").click()
        expect(page.locator("main")).to_contain_text(f"{WHY}, before {above}")


def test_the_browser_computes_the_same_agenda(visit: Callable[..., Page], week: Week) -> None:
    page = visit(locale="en")
    page.goto(f"/week/{week.name}")
    page.get_by_role("button", name="Compute it again here").click()
    expect(page.locator("#recompute .verdict")).to_have_text(
        "Your browser computed the same agenda from the published ballots."
    )
    page.route("**/ballots-1.json", lambda route: route.fulfill(body='{"week": "2026-W48"}'))
    page.get_by_role("button", name="Compute it again here").click()
    expect(page.locator("#recompute .verdict")).to_contain_text("ANOTHER agenda")


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing_on_the_pages_of_a_week(language: str, visit: Callable[..., Page], week: Week) -> None:
    page = visit(viewport=NARROWEST, color_scheme="dark" if language == "ar" else "light")
    options = {"runOnly": RULES}
    for path in (f"/week/{week.name}", "/said-done", f"/week/{week.name}/objection", f"/moderate/agenda/{week.name}"):
        page.goto(f"{path}?lang={language}")
        assert violations(page, options) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROWEST["width"], path
