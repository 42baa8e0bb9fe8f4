"""Everybody's pages in Chromium, in all eight languages, by every rule of axe on a telephone; and no page forgotten."""

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import flask
import pytest
from playwright.sync_api import Browser, Page

from portal.config import Settings
from portal.server.app import create_app
from portal.server.core.catalogues import LANGUAGES
from portal.server.townhall.hall_views import COOKIE
from tests.browser.portal_process import PortalProcess
from tests.browser.test_accessibility import RULES, violations
from tests.server.townhall.hall_kit import Meeting, meeting

PHONE: Final = {"width": 360, "height": 740}
HERE: Final = Path(__file__)
PAGES: Final = (
    "/instruments",
    "/ledger",
    "/verify",
    "/moderation-log",
    "/moderation-policy",
    "/week/{week}",
    "/hall/{hall}/poll/{poll}",
    "/hall/{over}/minutes",
    "/hall/{over}/minutes/{item}",
)
# Each public page, the file that shows it to axe, and the words there that say so.
LOOKED_AT: Final[dict[str, tuple[str, str]]] = {
    "/": ("test_accessibility.py", "SCREENS.items()"),
    "/digest": ("test_official.py", '"/digest"'),
    "/digest/<any(confirm, stop):what>": ("test_official.py", '"/digest/stop?t=x"'),
    "/hall/<name>": ("test_halls.py", 'for path in ("", "/enter"'),
    "/hall/<name>/ask": ("test_halls.py", '"/ask", "/projector", "/minutes"'),
    "/hall/<name>/enter": ("test_halls.py", '"/enter", "/ask"'),
    "/hall/<name>/minutes": (HERE.name, '"/hall/{over}/minutes"'),
    "/hall/<name>/minutes/<item>": (HERE.name, '"/hall/{over}/minutes/{item}"'),
    "/hall/<name>/poll/<int:poll>": (HERE.name, '"/hall/{hall}/poll/{poll}"'),
    "/hall/<name>/projector": ("test_halls.py", '"/projector"'),
    "/instruments": (HERE.name, '"/instruments"'),
    "/ledger": (HERE.name, '"/ledger"'),
    "/moderation-log": (HERE.name, '"/moderation-log"'),
    "/moderation-policy": (HERE.name, '"/moderation-policy"'),
    "/open-data": ("test_official.py", '"/open-data"'),
    "/open-data/answers": ("test_official.py", '"/open-data/answers"'),
    "/open-data/dictionary": ("test_official.py", '"/open-data/dictionary"'),
    "/r": ("test_citizens.py", '"standing"'),
    "/said-done": ("test_agenda.py", '"/said-done"'),
    "/say": ("test_citizens.py", '"text"'),
    "/topics": ("test_citizens.py", '"/topics"'),
    "/topics/support": ("test_citizens.py", '"support"'),
    "/town-hall": ("test_citizens.py", '"/town-hall"'),
    "/verify": (HERE.name, '"/verify"'),
    "/week/<identifier>": (HERE.name, '"/week/{week}"'),
    "/week/<identifier>/objection": ("test_agenda.py", "/objection"),
}
# What only those signed in may see, and the interface of programs.
NOT_PUBLIC: Final = ("/api/", "/moderate", "/official", "/administration/")
# Data, streams, and addresses that only send on: nothing of these is a page.
NO_PAGES: Final = frozenset(
    {
        "/calendar.ics",
        "/feeds/<any(weeks, topics, outcomes):what>.<any(rss, json):form>",
        "/feeds/topics/<topic>.<any(rss, json):form>",
        "/hall/<name>/events",
        "/hall/<name>/minutes.json",
        "/hall/<name>/state",
        "/hand-over",
        "/healthz",
        "/instruments.json",
        "/ledger/checkpoint",
        "/ledger/consistency",
        "/ledger/key",
        "/ledger/milestone",
        "/ledger/policy",
        "/ledger/proof",
        "/ledger/release.json",
        "/ledger/tile/<path:place>",
        "/ledger/verify",
        "/ledger/witnessed",
        "/moderation-log.csv",
        "/moderation-log.json",
        "/open-data/<name>.<any(csv, json):form>",
        "/open-data/<week>/<any(ballots, agenda, account):what>.json",
        "/open-data/dictionary.json",
        "/readyz",
        "/sign-in",
        "/sign-in/done",
        "/static/<name>",
        "/week/",
        "/week/<identifier>/<name>.json",
    }
)


@dataclass
class Town:
    """A running portal with a hall that goes on and one that is over, and a visitor's tickets."""

    process: PortalProcess
    app: flask.Flask
    names: dict[str, Any]
    tickets: list[Any]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("everybody") / "data"
    folder.mkdir(mode=0o700)
    shutil.copy(sqlite_template, folder / "portal.sqlite3")
    process = PortalProcess(folder)
    app = create_app(Settings(data_dir=folder, worker=False))  # its origin is that of the kit's requests
    going_on, over = meeting(app), meeting(app)
    database = over.desk.portal.database
    database.clock_ms = lambda: time.time_ns() // 1_000_000  # as the server's own
    for hall in (going_on, over):
        hall.moderator = hall.desk.moderator()
        hall.begin()
    poll = going_on.does("poll", text="Should it stay?", options="Yes\nNo", lang="en")
    ticket = going_on.citizen().enters().client.get_cookie(COOKIE, path=f"/hall/{going_on.name}")
    assert ticket is not None
    cookie = {"name": COOKIE, "value": ticket.value, "domain": "localhost", "path": ticket.path}
    write_minutes(over)
    week = app.test_client().get("/week/").headers["Location"].rsplit("/", 1)[-1]
    names = {"hall": going_on.name, "poll": poll, "over": over.name, "item": over.items["parking"], "week": week}
    with process:
        yield Town(process, app, names, [cookie])
    database.close()


def write_minutes(hall: Meeting) -> None:
    """Close the hall, lay its minutes open, and amend them once: there is something to compare."""
    hall.does("note", text="The mayor promised thirty places.", lang="en")
    hall.does("show_note", note=hall.seq)
    hall.does("close")
    path = f"/moderate/minutes/{hall.name}"
    assert hall.moderator.get(path)
    for after in ("draft", "clerk"):
        assert hall.moderator.post(f"{path}/phase", after=after).status_code == 303
    amended = {"item": hall.items["parking"], "revision": "1", "text": "Forty places.\nBy May.", "lang": "en"}
    assert hall.moderator.post(path, **amended).status_code == 303


@pytest.fixture
def page(browser: Browser, town: Town) -> Iterator[Page]:
    """A telephone in the hall; at the end, nothing must have been refused by the content policy."""
    complaints: list[str] = []
    context = browser.new_context(base_url=town.process.origin, viewport=PHONE)  # type: ignore[arg-type]
    context.add_cookies(town.tickets)
    opened = context.new_page()
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    yield opened
    context.close()
    assert [one for one in complaints if "favicon" not in one] == []


def test_no_rule_is_broken_and_nothing_is_cut_off(page: Page, town: Town) -> None:
    found: list[str] = []
    for pattern in PAGES:
        path = pattern.format(**town.names)
        for language in LANGUAGES:
            answer = page.goto(f"{path}?lang={language}")
            assert answer is not None
            assert (answer.status, page.url) == (200, f"{town.process.origin}{path}?lang={language}")
            assert page.locator("html").get_attribute("lang") == language
            width = page.evaluate("document.documentElement.scrollWidth")
            if width > PHONE["width"]:
                found.append(f"{path} {language}: {width} px wide")
            found += [f"{path} {language}: {line}" for line in violations(page, {"runOnly": RULES})]
    assert found == [], "\n".join(found)


def test_every_public_page_is_looked_at_by_axe(town: Town) -> None:
    """A new route stands in one of the lists: as a page that axe sees somewhere, or as none."""
    rules = {rule.rule for rule in town.app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    public = {rule for rule in rules if not rule.startswith(NOT_PUBLIC)}
    assert public == set(LOOKED_AT) | NO_PAGES
    for file, words in LOOKED_AT.values():
        looked_at = (
            str(PAGES).replace("'", '"') if file == HERE.name else HERE.with_name(file).read_text(encoding="utf-8")
        )
        assert words in looked_at, (file, words)
