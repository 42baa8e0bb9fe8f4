"""What an administrator does: delegations and invitations."""

from collections.abc import Sequence

from playwright.sync_api import expect

from tests.browser.navigators.base import Navigator


class Administration(Navigator):
    """Screens that only administrators see."""

    def opens_administration(self, section: str) -> None:
        self.profile.opens(f"#/administration/{section}")
        expect(self.page.get_by_role("heading", name=self.words("administration.title"))).to_be_visible()

    def makes_delegation(self, name: str, code: str) -> None:
        self.opens_administration("delegations")
        self.textbox("delegation.name").fill(name)
        self.textbox("delegation.code").fill(code)
        self.button("delegation.create").click()
        expect(self.page.get_by_role("listitem").filter(has_text=name)).to_be_visible()

    def invites(self, delegation: str | None, roles: Sequence[str]) -> str:
        """A link that can be handed to somebody."""
        self.opens_administration("invitations")
        choice = self.field("delegation.label").first
        options = choice.get_by_role("option").all_inner_texts()
        wanted = delegation or self.words("delegation.none")
        choice.select_option(label=next(option for option in options if wanted in option))
        boxes = self.page.get_by_role("group", name=self.words("role.name"))
        for role in ("delegate", "chair", "observer", "moderator", "administrator"):
            boxes.get_by_role("checkbox", name=self.pattern(f"role.{role}")).set_checked(role in roles)
        link = self.page.locator("code").filter(has_text="#/invitation/")
        before = link.all_inner_texts()
        self.button("invitation.make").click()
        expect(link).to_be_visible()
        for earlier in before:
            expect(link).not_to_have_text(earlier)
        return link.inner_text().strip()
