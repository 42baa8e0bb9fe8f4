"""How a person reads what others wrote in another language, and sees beforehand how others will read."""

from playwright.sync_api import Locator, expect

from tests.browser.navigators.record import Record


class Translation(Record):
    """The record of the open room in the reader's own language, and the place to write."""

    def on_message(self, text: str, key: str) -> Locator:
        """Press a key on the message that says ``text``."""
        message = self.message(text).last
        message.focus()
        self.page.keyboard.press(key)
        return message

    def is_warned(self, text: str, key: str, **values: object) -> Locator:
        """Look at a warning below the message; gives the words in it that are pointed out."""
        message = self.message(text).last
        chip = self.button(f"warning.{key}", message, **values)
        chip.click()
        expect(chip).to_have_attribute("aria-expanded", "true")
        expect(message.get_by_text(self.pattern(f"warning.{key}.text", **values))).to_be_visible()
        return message.locator(".warned-active")

    def translates_by_hand(self, text: str, into: str) -> None:
        """Put a translation of one's own in the place of the one that reads ``text``."""
        self.on_message(text, "t")
        dialog = self.dialog("render.title")
        dialog.get_by_role("textbox").fill(into)
        self.button("render.save", dialog).click()
        expect(dialog).to_be_hidden()
        self.reads(into)

    def previews(self, text: str, *, agreeing: bool = False) -> Locator:
        """Write ``text`` and look how it will read; ``agreeing`` that another delegation's machine sees it."""
        self.types(text)
        self.composer.press("Alt+Enter")
        panel = self.page.get_by_role("region", name=self.words("preview.title"))
        if agreeing:
            self.button("preview.once", panel).click()
        expect(panel.get_by_text(self.words("preview.back"))).to_be_visible()
        return panel
