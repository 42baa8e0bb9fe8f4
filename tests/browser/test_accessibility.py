"""Every screen by axe against WCAG 2.2 AA, in light and dark, in Korean, and mirrored; and everything by keyboard."""

from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Page, expect

from tests.browser.navigators.person import Person
from tests.browser.screens import ROOM, SCREENS, World

AXE: Final = Path(__file__).resolve().parents[2] / "static/node_modules/axe-core/axe.min.js"
RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS: Final = "color-contrast"
# Colours depend on the theme alone, everything else on the language alone: each is looked at once.
LOOKS: Final[dict[str, tuple[str, str, dict[str, Any]]]] = {
    "light": ("light", "en", {"runOnly": RULES}),
    "dark": ("dark", "en", {"runOnly": {"type": "rule", "values": [COLOURS]}}),
    "Korean": ("light", "ko", {"runOnly": RULES, "rules": {COLOURS: {"enabled": False}}}),
    "right to left": ("light", "ar", {"runOnly": RULES, "rules": {COLOURS: {"enabled": False}}}),
}


def violations(page: Page, options: dict[str, Any]) -> list[str]:
    """What axe finds on the page, one line a finding; ``options`` are those of ``axe.run``."""
    if not page.evaluate("'axe' in window"):
        # "0": what a script ends with is sent back, and axe is a large object.
        page.evaluate(f"{AXE.read_text(encoding='utf-8')}; 0")
    # Selectors, and the places where a rule holds, are the most of axe's work, and nobody reads them here.
    brief = {"resultTypes": ["violations"], "selectors": False}
    found: list[dict[str, Any]] = page.evaluate(
        "(options) => axe.run(options).then((result) => result.violations)", options | brief
    )
    return [
        f"{rule['id']} ({rule['impact']}): {node['html'][:160]}: {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("look", LOOKS)
def test_no_screen_breaks_a_rule(world: World, look: str) -> None:
    theme, language, options = LOOKS[look]
    weber = world.cast.weber
    problems = []
    try:
        for person in (weber, world.cast.administrator):
            person.looks(theme=theme, language=language)
        for name, show in SCREENS.items():
            page = show(world, weber)
            problems += [f"{name}: {line}" for line in violations(page, options)]
            page.keyboard.press("Escape")
    finally:
        for person in (weber, world.cast.administrator):
            person.looks(theme="system", language="en")
    assert problems == [], "\n".join(problems)


def focused(page: Page) -> str:
    """The accessible name of what has the focus, or its role where it has none."""
    name: str = page.evaluate(
        """() => {
          const at = document.activeElement;
          const label = at.labels?.[0]?.innerText;
          return at.getAttribute("aria-label") || label || at.innerText || at.placeholder || at.tagName;
        }"""
    )
    return name.strip()


def tabs_to(person: Person, text: str, most: int = 60) -> None:
    """Press Tab until what is called ``text`` has the focus."""
    seen = []
    for _ in range(most):
        person.page.keyboard.press("Tab")
        seen.append(focused(person.page))
        if text in seen[-1]:
            return
    pytest.fail(f"no {text!r} within {most} tabs; seen: {seen}")


def test_from_sign_in_to_a_sent_message_without_a_mouse(world: World) -> None:
    kim = world.cast.kim
    blind = Person(kim.name, world.stage.profile("keyboard only"))
    blind.profile.opens()
    blind.is_at_sign_in()
    keyboard = blind.page.keyboard
    expect(blind.textbox("person.handle")).to_be_focused()
    keyboard.type(kim.handle)
    tabs_to(blind, blind.words("signIn.passphrase"))
    keyboard.type(kim.passphrase)
    keyboard.press("Enter")
    blind.is_in()
    blind.room_link(ROOM).wait_for()
    tabs_to(blind, ROOM)
    keyboard.press("Enter")
    blind.is_in_room(ROOM)
    expect(blind.composer).to_be_focused()
    keyboard.type("Sent without a mouse.")
    keyboard.press("Enter")
    blind.has_sent("Sent without a mouse.")


def test_the_palette_leads_to_a_room(world: World) -> None:
    weber = world.cast.weber
    weber.goes_home()
    weber.page.keyboard.press("Control+k")
    dialog = weber.page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    weber.page.keyboard.type("Verif")
    weber.page.keyboard.press("Enter")
    weber.is_in_room(ROOM)


def test_the_question_mark_lists_the_shortcuts(world: World) -> None:
    weber = world.cast.weber
    weber.goes_home()
    weber.page.keyboard.press("?")
    dialog = weber.page.get_by_role("dialog", name=weber.words("shortcut.title"))
    expect(dialog).to_be_visible()
    weber.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_keys_lead_from_room_to_room_and_through_the_panels(world: World) -> None:
    weber = world.cast.weber
    weber.goes_home()
    weber.opens_room(ROOM)
    keyboard = weber.page.keyboard
    expect(weber.composer).to_be_focused()
    keyboard.press("Alt+ArrowDown")
    expect(weber.page.get_by_role("heading", level=1, name=ROOM)).to_be_hidden()
    keyboard.press("Alt+ArrowUp")  # and not: correct the last own message, which the same key does alone
    weber.is_in_room(ROOM)
    expect(weber.composer).to_be_focused()
    keyboard.press("Shift+Tab")
    keyboard.press("m")
    expect(weber.page.get_by_role("tab", name=weber.words("panel.members"))).to_be_focused()
    keyboard.press("Escape")
    expect(weber.page.get_by_role("tab")).to_have_count(0)
    expect(weber.composer).to_be_focused()
    keyboard.press("Shift+Tab")
    keyboard.press("/")
    expect(weber.page.get_by_role("searchbox")).to_be_focused()
