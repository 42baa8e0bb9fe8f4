"""What all navigators share: a person at a page, who finds things by the words that stand there."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.stage import Profile
from tests.browser.words import pattern, words


class Navigator:
    """A person before a browser. ``profile`` is the browser that the person uses now."""

    def __init__(self, name: str, profile: Profile, lang: str = "en") -> None:
        self.name = name
        self.handle = re.sub(r"[^a-z]+", ".", name.lower()).strip(".")
        self.passphrase = f"{self.handle} keeps seven umbrellas in Bern"
        self.recovery_key = ""
        self.profile = profile
        self.lang = lang

    @property
    def page(self) -> Page:
        return self.profile.page

    def words(self, key: str, **values: object) -> str:
        return words(key, self.lang, **values)

    def pattern(self, key: str, **values: object) -> re.Pattern[str]:
        return pattern(key, self.lang, **values)

    def whole(self, key: str, **values: object) -> re.Pattern[str]:
        """Nothing but this text; texts in another direction than the page's stand between marks that isolate them."""
        return re.compile(f"^[\u2066-\u2069\\s]*{self.pattern(key, **values).pattern}[\u2066-\u2069\\s]*$")

    def button(self, key: str, within: Locator | None = None, **values: object) -> Locator:
        return (within or self.page.locator("body")).get_by_role("button", name=self.whole(key, **values))

    def field(self, key: str, within: Locator | None = None, **values: object) -> Locator:
        return (within or self.page.locator("body")).get_by_label(self.pattern(key, **values))

    def textbox(self, key: str, within: Locator | None = None, **values: object) -> Locator:
        return (within or self.page.locator("body")).get_by_role("textbox", name=self.whole(key, **values))

    def dialog(self, key: str, **values: object) -> Locator:
        """The open dialog of this title."""
        return self.page.get_by_role("dialog", name=self.pattern(key, **values))

    def picks(self, menu: Locator, key: str, **values: object) -> None:
        """Open a menu and choose an item."""
        menu.click()
        self.page.get_by_role("menuitem", name=self.pattern(key, **values)).click()

    def sees(self, key: str, **values: object) -> Locator:
        """This sentence of the catalogue stands on the page."""
        found = self.page.get_by_text(self.pattern(key, **values)).filter(visible=True).first
        expect(found).to_be_visible()
        return found

    def does_not_see(self, key: str, **values: object) -> None:
        expect(self.page.get_by_text(self.pattern(key, **values)).filter(visible=True)).to_have_count(0)
