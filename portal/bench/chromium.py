"""A Chromium to measure in: this machine's own, driven by Playwright of the development packages."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_NAMES: Final = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "chromium-headless-shell",
)
_ARGUMENTS: Final = (
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    *(("--no-sandbox",) if os.geteuid() == 0 else ()),  # Chromium's sandbox refuses to run as root
)


class UnavailableError(Exception):
    """There is nothing to measure in; the message says what is missing."""


@contextmanager
def chromium() -> Iterator["Browser"]:
    """A browser without a window. ``PORTAL_CHROMIUM`` names one that is elsewhere. Raises UnavailableError."""
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 - of the development packages
    except ImportError as error:
        msg = "Playwright is missing: it comes with requirements-dev.txt"
        raise UnavailableError(msg) from error
    executable = os.environ.get("PORTAL_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if executable is None:
        msg = "there is no Chromium on the path; PORTAL_CHROMIUM may name one"
        raise UnavailableError(msg)
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=executable, args=list(_ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()
