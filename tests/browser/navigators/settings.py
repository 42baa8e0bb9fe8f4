"""What a person sets up: devices, passphrase, the look."""

from playwright.sync_api import Locator, expect

from tests.browser.navigators.base import Navigator


class Settings(Navigator):
    """Settings of the account and of the browser."""

    def opens_settings(self, section: str) -> None:
        self.profile.opens(f"#/settings/{section}")
        expect(self.page.get_by_role("heading", name=self.words("settings.title"))).to_be_visible()

    def devices(self) -> Locator:
        """The lines of the devices that are not revoked."""
        self.opens_settings("devices")
        rename = self.page.get_by_role("button", name=self.pattern("devices.rename"))
        lines = self.page.get_by_role("listitem").filter(has=rename)
        expect(lines.filter(has_text=self.words("devices.this"))).to_be_visible()
        return lines

    def revokes_the_other_device(self) -> None:
        other = self.devices().filter(has_not_text=self.words("devices.this"))
        other.get_by_role("button", name=self.pattern("devices.revoke")).click()
        dialog = self.page.get_by_role("dialog")
        self.button("revoke.action", dialog).click()
        expect(dialog).to_be_hidden()

    def connects_interpreter(self, code: str, name: str, *, for_: str = "room") -> None:
        """Approve the interpreter that shows this code, and wait for its account; ``for_`` as in the vouching."""
        self.opens_settings("interpreters")
        self.textbox("connect.code").fill(code)
        self.button("action.next").click()
        self.textbox("connect.name").fill(name)
        self.page.get_by_role("radio", name=self.pattern(f"connect.audience.{for_}")).check()
        self.button("connect.approve").click()
        self.sees("connect.readyTitle", name=name)

    def ends_interpreter(self, name: str) -> None:
        """As the one who answers for it."""
        self.opens_settings("interpreters")
        self.button("endInterpreter.of", name=name).click()
        dialog = self.page.get_by_role("dialog")
        self.button("endInterpreter.action", dialog).click()
        expect(dialog).to_be_hidden()

    def sets_passphrase(self, passphrase: str) -> None:
        self.opens_settings("security")
        self.button("passphrase.set").click()
        dialog = self.dialog("passphrase.set")
        self.field("newPassphrase.present", dialog).fill(self.passphrase)
        self.field("passphrase.new", dialog).fill(passphrase)
        self.field("passphrase.again", dialog).fill(passphrase)
        self.button("passphrase.set", dialog).click()
        expect(dialog).to_be_hidden()
        self.passphrase = passphrase

    def looks(self, *, theme: str | None = None, language: str | None = None) -> None:
        """Choose how this browser shows the portal."""
        self.opens_settings("appearance")
        if theme is not None:
            self.page.get_by_role("radio", name=self.words(f"settings.theme.{theme}")).first.check(force=True)
        if language is not None:
            self.field("settings.interfaceLanguage").select_option(value=language)
            self.lang = language
            expect(self.page.locator("html")).to_have_attribute("lang", language)
