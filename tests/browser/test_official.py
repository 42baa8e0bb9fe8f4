"""Open data, the letter's pages and the officials' in Chromium: by axe, in both themes and mirrored, on a telephone."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page

from portal.config import Settings
from portal.server.accounts import sessions
from portal.server.app import create_app
from portal.server.core.actor import Role
from portal.server.core.catalogues import LANGUAGES
from tests.browser.portal_process import PortalProcess
from tests.browser.test_accessibility import violations
from tests.browser.test_citizens import COLOURS_ALONE, STRUCTURE
from tests.server.feedback.desk import Desk
from tests.server.official.past import past_weeks, put_on_agenda

PUBLIC: Final = ("/open-data", "/open-data/answers", "/open-data/dictionary", "/digest", "/digest/stop?t=x")
OFFICIAL: Final = (
    "/official",
    "/official?language=ko",
    "/official/unanswered",
    "/official/clauses",
    "/official/changes",
)
ADMINISTRATORS: Final = ("/administration/health",)


@dataclass
class Town:
    """A portal with a past, and the session of somebody who may see the officials' pages."""

    process: PortalProcess
    session: str


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("officials") / "data"
    folder.mkdir(mode=0o700)
    shutil.copy(sqlite_template, folder / "portal.sqlite3")
    process = PortalProcess(folder)
    desk = Desk(create_app(Settings(data_dir=folder, public_url=process.origin)))
    desk.write(past_weeks)
    heard = desk.says("Night bus to the harbour, please")
    desk.write(lambda unit: put_on_agenda(unit, heard))
    cookie = desk.moderator(Role.CHAIR, Role.ADMINISTRATOR).client.get_cookie(sessions.COOKIE)
    assert cookie is not None
    with process:
        yield Town(process, cookie.value)
    desk.portal.database.close()


@pytest.fixture
def page(browser: Browser, town: Town) -> Iterator[Page]:
    """A narrow telephone, signed in; at the end, nothing must have been refused by the content policy."""
    complaints: list[str] = []
    context = browser.new_context(base_url=town.process.origin, viewport={"width": 320, "height": 640})
    cookie = {"name": sessions.COOKIE, "value": town.session, "domain": "localhost", "path": "/"}
    context.add_cookies([cookie | {"secure": True, "httpOnly": True, "sameSite": "Strict"}])  # type: ignore[list-item]
    opened = context.new_page()
    opened.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    yield opened
    context.close()
    assert complaints == []


@pytest.mark.slow
@pytest.mark.parametrize("paths", [PUBLIC, (*OFFICIAL, *ADMINISTRATORS)], ids=["public", "official"])
def test_axe_finds_nothing_and_nothing_is_cut_off(page: Page, paths: tuple[str, ...]) -> None:
    found: list[str] = []
    for path in paths:
        join = "&" if "?" in path else "?"
        for language in LANGUAGES if paths is PUBLIC else ("en", "ko", "ar"):
            page.goto(f"{path}{join}lang={language}")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, language)
            found += [f"{path} {language}: {line}" for line in violations(page, STRUCTURE)]
        for dark in (False, True):
            page.emulate_media(color_scheme="dark" if dark else "light")
            found += [f"{path} dark={dark}: {line}" for line in violations(page, COLOURS_ALONE)]
    assert found == [], "\n".join(found)
