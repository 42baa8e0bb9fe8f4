"""Citizens' pages in Chromium: with and without scripts, on a narrow telephone, and by axe in all eight languages."""

from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page, expect

import portal.server.app  # noqa: F401 - all rows, of which topics are some
from portal.server.core.catalogues import LANGUAGES
from portal.server.core.db import Database
from tests.browser.portal_process import PortalProcess
from tests.browser.test_accessibility import COLOURS, RULES, violations
from tests.server.feedback.topics import a_topic

NARROWEST: Final = {"width": 320, "height": 640}
ARABIC: Final = "نريد المزيد من المقاعد قرب النهر حتى يستريح كبار السن في طريقهم إلى السوق."
KOREAN: Final = "강변에 의자를 더 놓아 주세요. 어르신들이 시장 가는 길에 쉴 수 있게요."
PERSONAL: Final = "Please ring 010-1234-5678 about the benches by the river."
EVERYTHING: Final[dict[str, Any]] = {"runOnly": RULES}
STRUCTURE: Final[dict[str, Any]] = {"runOnly": RULES, "rules": {COLOURS: {"enabled": False}}}
COLOURS_ALONE: Final[dict[str, Any]] = {"runOnly": {"type": "rule", "values": [COLOURS]}}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PortalProcess]:
    """A portal of its own, with two topics."""
    with PortalProcess(tmp_path_factory.mktemp("town") / "data") as process:
        database = Database(f"sqlite:///{process.database_path}")
        for title, lang in (("More benches by the river", "en"), ("مقاعد أكثر قرب النهر", "ar")):
            a_topic(database, title, lang=lang)
        database.close()
        yield process


@pytest.fixture
def visit(browser: Browser, town: PortalProcess) -> Iterator[Callable[..., Page]]:
    """Opens a browser at the town hall; at the end, nothing must have been refused or have failed in any."""
    contexts, complaints = [], []

    def opened(**surroundings: Any) -> Page:
        context = browser.new_context(base_url=town.origin, **surroundings)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        # A page that shows a problem says so by its status, too, which Chromium notes there.
        page.on(
            "console",
            lambda line: complaints.append(line.text) if line.type == "error" and not _is_status(line.text) else None,
        )
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def _is_status(line: str) -> bool:
    """Whether it is Chromium's note of a page's own status: that something is to be mended, or not there."""
    return "status of 422" in line or "status of 404" in line


def send(page: Page) -> None:
    """Press the main button of a page of /say."""
    page.locator("#say .button:not([name])").click()


def come_to_check(page: Page, text: str) -> None:
    """Answer everything up to the last page."""
    page.goto("/say")
    page.locator("#f-text").fill(text)
    send(page)
    while (step := page.locator("input[name=at]").input_value()) != "check":
        if step == "privacy":
            page.locator("button[name=kept]").click()
            continue
        if step == "visibility":
            page.locator("input[value=public]").check()
        send(page)


def assert_nothing_is_cut_off(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth")


@pytest.mark.slow
def test_from_a_thought_to_its_answer_on_a_narrow_telephone_in_arabic(visit: Callable[..., Page]) -> None:
    page = visit(viewport=NARROWEST, locale="ar")
    page.goto("/town-hall")
    assert_nothing_is_cut_off(page)
    page.locator("main .button").click()
    page.locator("#f-text").fill("٠٥٠١٢٣٤٥٦٧")
    expect(page.locator("#personal")).to_be_visible()  # the script warns while one writes
    come_to_check(page, ARABIC)
    assert_nothing_is_cut_off(page)
    send(page)  # the work is done by then, or the page waits for it
    code = page.locator("#code").inner_text()
    assert len("".join(code.split())) == 30
    assert_nothing_is_cut_off(page)
    page.goto("/r#" + "".join(code.split()))
    expect(page.locator("#f-code")).to_have_value(" ".join(code.split()))
    assert "#" not in page.url
    page.locator("main .button").click()
    expect(page.locator("main .written").first).to_have_text(ARABIC)
    assert page.locator("main .written").first.get_attribute("lang") == "ar"
    assert_nothing_is_cut_off(page)


@pytest.mark.slow
def test_without_a_script_patience_does_it(visit: Callable[..., Page]) -> None:
    page = visit(java_script_enabled=False, viewport={"width": 360, "height": 640}, locale="ko", color_scheme="dark")
    come_to_check(page, KOREAN)
    send(page)
    button = page.locator(".after .button")
    expect(button).to_be_hidden()
    expect(button).to_be_visible()  # by style alone, when the time is over
    button.click()
    code = page.locator("#code").inner_text()
    page.locator("form[action='/r/kept'] .button").click()
    page.goto("/r")
    page.locator("#f-code").fill(code[:-1] + str((int(code[-1]) + 1) % 10))
    page.locator("main .button").click()
    expect(page.locator(".problems")).to_contain_text("잘못 입력한 숫자")
    page.locator("#f-code").fill(code)
    page.locator("main .button").click()
    expect(page.locator("main .written").first).to_have_text(KOREAN)


@pytest.mark.slow
def test_axe_wcag22_all_pages_8_languages_rtl(visit: Callable[..., Page]) -> None:
    """Every citizen's page: colours in both themes, structure once and mirrored in Arabic, words in each language."""
    page = visit(locale="en")
    found: list[str] = []
    for name, show in PAGES.items():
        show(page)
        page.emulate_media(color_scheme="dark")
        found += [f"{name} dark: {line}" for line in violations(page, COLOURS_ALONE)]
        page.emulate_media(color_scheme="light")
        for language, own_name in LANGUAGES.items():
            if page.locator("html").get_attribute("lang") != language:
                page.locator(".tongues").get_by_text(own_name, exact=True).click()
            expect(page.locator("html")).to_have_attribute("lang", language)
            options = EVERYTHING if language == "en" else STRUCTURE  # colours depend on the theme alone
            found += [f"{name} {language}: {line}" for line in violations(page, options)]
        page.locator(".tongues").get_by_text("English", exact=True).click()
    assert found == [], "\n".join(found)


def _show_text(page: Page) -> None:
    page.goto("/say")
    send(page)


def _show_privacy(page: Page) -> None:
    page.goto("/say")
    page.locator("#f-text").fill(PERSONAL)
    send(page)


def _show_language(page: Page) -> None:
    page.goto("/say")
    page.locator("#f-text").fill("🌳🌳")
    send(page)


def _show_similar(page: Page) -> None:
    _show_privacy(page)
    page.locator("button[name=kept]").click()


def _show_visibility(page: Page) -> None:
    _show_similar(page)
    send(page)
    send(page)  # nothing chosen: with its problem


def _show_receipt(page: Page) -> None:
    come_to_check(page, PERSONAL)
    send(page)
    expect(page.locator("#code")).to_be_visible()
    page.locator("summary").click()


def _show_standing(page: Page) -> None:
    _show_receipt(page)
    code = page.locator("#code").inner_text()
    page.goto("/r")
    page.locator("#f-code").fill(code)
    page.locator("main .button").click()


def _show_typing_error(page: Page) -> None:
    page.goto("/r")
    page.locator("#f-code").fill("123")
    page.locator("main .button").click()


def _show_support(page: Page) -> None:
    page.goto("/topics")
    page.locator(".items a").first.click()


PAGES: Final[dict[str, Callable[[Page], object]]] = {
    "front": lambda page: page.goto("/town-hall"),
    "text": _show_text,
    "privacy": _show_privacy,
    "language": _show_language,
    "similar": _show_similar,
    "visibility": _show_visibility,
    "check": lambda page: come_to_check(page, PERSONAL),
    "receipt": _show_receipt,
    "standing": _show_standing,
    "topics": lambda page: page.goto("/topics"),
    "support": _show_support,
    "nowhere": lambda page: page.goto("/topics/support?topic=none"),
}
