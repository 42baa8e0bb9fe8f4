"""Pictures of the screens for docs/screenshots, and what must hold of every screen whoever looks at it.

The pictures are written anew only if WRITE_SCREENSHOTS is set; a person looks at them when they change.
"""

import os
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Page

from tests.browser.screens import SCREENS, World

FOLDER: Final = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
WRITING: Final = bool(os.environ.get("WRITE_SCREENSHOTS"))
DESKTOP: Final = (1440, 900)
PHONE: Final = (360, 740)
NARROWEST: Final = (320, 640)
# Name of the picture: screen, theme, language, size in CSS pixels.
PICTURES: Final = {
    "sign-in": ("sign-in", "light", "en", DESKTOP),
    "onboarding": ("onboarding", "light", "en", DESKTOP),
    "recovery-key": ("recovery-key", "light", "en", DESKTOP),
    "room-light": ("room", "light", "en", DESKTOP),
    "room-dark": ("room", "dark", "en", DESKTOP),
    "room-korean": ("room", "light", "ko", DESKTOP),
    "room-arabic": ("members", "light", "ar", DESKTOP),
    "room-phone": ("room", "light", "en", PHONE),
    "room-phone-dark-korean": ("room", "dark", "ko", PHONE),
    "members": ("members", "light", "en", DESKTOP),
    "terms": ("terms", "light", "en", DESKTOP),
    "terms-import": ("import-terms", "light", "en", DESKTOP),
    "verification": ("verification", "light", "en", DESKTOP),
    "new-room": ("new-room", "light", "en", DESKTOP),
    "administration": ("administration-invitations", "light", "en", DESKTOP),
    "settings": ("settings-devices", "light", "en", DESKTOP),
}


def sized(page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})


def overflow(page: Page) -> list[str]:
    """What sticks out of the page's width, so that one would have to scroll sideways."""
    found: list[str] = page.evaluate(
        """() => {
          const width = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth <= width) return [];
          return [...document.querySelectorAll("body *")]
            .filter((each) => each.getBoundingClientRect().right > width + 1 || each.getBoundingClientRect().left < -1)
            .filter((each) => getComputedStyle(each).position !== "fixed" && each.checkVisibility())
            .slice(0, 5)
            .map((each) => each.outerHTML.slice(0, 120))
            .concat(["page is " + document.documentElement.scrollWidth + " wide"]);
        }"""
    )
    return found


@pytest.mark.parametrize("picture", PICTURES)
def test_picture(world: World, picture: str) -> None:
    screen, theme, language, size = PICTURES[picture]
    weber = world.cast.weber
    administrator = world.cast.administrator
    people = [weber, administrator] if screen.startswith("administration") else [weber]
    path = FOLDER / f"{picture}.png"
    try:
        for person in people:
            person.looks(theme=theme, language=language)
        page = SCREENS[screen](world, weber)
        sized(page, size)
        page.mouse.move(0, 0)
        page.wait_for_timeout(400)  # fonts and transitions have settled by then
        assert overflow(page) == []
        taken = page.screenshot(animations="disabled", caret="hide")
        if WRITING:
            FOLDER.mkdir(parents=True, exist_ok=True)
            path.write_bytes(taken)
        page.keyboard.press("Escape")
    finally:
        for person in people:
            sized(person.page, DESKTOP)
            person.looks(theme="system", language="en")
    assert path.is_file(), f"{path.name} is missing: run this test with WRITE_SCREENSHOTS=1"


def test_no_screen_scrolls_sideways_at_320_pixels(world: World) -> None:
    weber = world.cast.weber
    problems = []
    for name, show in SCREENS.items():
        sized(weber.page, DESKTOP)
        page = show(world, weber)
        sized(page, NARROWEST)
        page.wait_for_timeout(100)
        problems += [f"{name}: {line}" for line in overflow(page)]
        page.keyboard.press("Escape")
        sized(page, DESKTOP)
    assert problems == [], "\n".join(problems)
