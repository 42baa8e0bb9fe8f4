"""Becoming someone: invitation, sign-in, recovery key; and leaving."""

import re

from playwright.sync_api import expect

from tests.browser.navigators.base import Navigator

RECOVERY_GROUPS = 9


class Entry(Navigator):
    """What a person does before the rooms appear."""

    def opens_invitation(self, link: str) -> None:
        self.page.goto(link)

    def onboards(self, link: str) -> None:
        """From the link to the rooms: name, languages, passphrase, recovery key read back."""
        self.opens_invitation(link)
        self.answers_onboarding()
        self.button("onboarding.begin").wait_for(state="detached")
        self.recovery_key = self.reads_recovery_key()
        self.button("recovery.kept").click()
        self.reads_back_recovery_key()
        self.is_in()

    def answers_onboarding(self) -> None:
        """All steps up to the printed recovery key."""
        self.button("onboarding.begin").click()
        self.textbox("person.name").fill(self.name)
        self.textbox("person.handle").fill(self.handle)
        self.button("action.next").click()
        self.sees("person.languages")
        self.button("action.next").click()
        self.field("passphrase.new").fill(self.passphrase)
        self.field("passphrase.again").fill(self.passphrase)
        self.button("action.next").click()

    def reads_recovery_key(self) -> str:
        sheet = self.page.get_by_role("region", name=self.words("recovery.key"))
        expect(sheet.get_by_role("listitem")).to_have_count(RECOVERY_GROUPS)
        return "-".join(group.strip() for group in sheet.get_by_role("listitem").all_inner_texts())

    def reads_back_recovery_key(self) -> None:
        groups = self.recovery_key.split("-")
        asked = self.textbox("recovery.group")
        expect(asked).to_have_count(2)
        for field in asked.all():
            label = field.get_attribute("id") or ""
            text = self.page.locator(f"label[for='{label}']").inner_text()
            number = re.search(r"\d+", text)
            assert number, f"no number in {text!r}"
            field.fill(groups[int(number.group()) - 1].lower())
        self.button("recovery.confirm").click()

    def loses_the_tab(self) -> None:
        """Close the tab without a word; a new, empty one takes its place."""
        before = self.profile.page
        self.profile.page = self.profile.context.new_page()
        before.close(run_before_unload=False)

    def is_in(self) -> None:
        """The rooms are there, and the portal says that everything is backed up and online."""
        expect(self.page.get_by_role("navigation", name=self.words("rooms.title"))).to_be_visible()
        self.sees("status.complete")

    def is_at_sign_in(self) -> None:
        expect(self.page.get_by_role("heading", name=self.words("signIn.title"))).to_be_visible()

    def signs_in(self, passphrase: str | None = None) -> None:
        """With the passphrase; whether it worked is for the caller to see."""
        self.profile.opens()
        self.textbox("person.handle").fill(self.handle)
        self.field("signIn.passphrase").fill(passphrase or self.passphrase)
        self.button("signIn.submit").click()

    def signs_in_with_recovery_key(self) -> None:
        self.profile.opens()
        self.button("signIn.useRecovery").click()
        self.textbox("person.handle").fill(self.handle)
        self.textbox("recovery.key").fill(self.recovery_key.lower().replace("-", " "))
        self.button("signIn.submit").click()

    def signs_out(self) -> None:
        self.opens_account_menu("signOut.action")
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_role("button").last.click()
        self.is_at_sign_in()

    def opens_account_menu(self, item: str) -> None:
        self.picks(self.page.get_by_role("button", name=self.pattern("account.menu")), item)
