"""A real Chromium, a real server, and the people who meet there."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from tests.browser.portal_process import PortalProcess
from tests.browser.stage import LAUNCH_ARGUMENTS, Stage

PATIENCE_MS = 20_000


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="package")
def browser(playwright: Playwright, chromium: Path) -> Iterator[Browser]:
    """One Chromium for all; each person gets a profile of their own in it."""
    launched = playwright.chromium.launch(executable_path=chromium, args=LAUNCH_ARGUMENTS)
    yield launched
    launched.close()


@pytest.fixture(scope="package")
def chromium() -> Path:
    found = os.environ.get("PORTAL_CHROMIUM") or shutil.which("chromium")
    assert found
    return Path(found)


@pytest.fixture(scope="package")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PortalProcess]:
    """A server that all tests share that neither kill it nor look into what it holds."""
    with PortalProcess(tmp_path_factory.mktemp("portal") / "data") as process:
        yield process


@pytest.fixture
def stage(browser: Browser, portal: PortalProcess) -> Iterator[Stage]:
    """Browser profiles for one test, at the shared server."""
    with Stage(browser, portal.origin) as opened:
        yield opened
