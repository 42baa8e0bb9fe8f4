"""Whoever comes upon an open browser sets no new passphrase; whose it is does."""

from playwright.sync_api import expect

from tests.browser.cast import KOREA, newcomer
from tests.browser.navigators.person import Person
from tests.browser.stage import Stage


def test_a_new_passphrase_is_set_by_who_knows_the_present_one(stage: Stage, administrator: Person) -> None:
    han = newcomer(stage, "Han Seo-yeon")
    han.onboards(administrator.invites(KOREA, ["delegate"]))
    chosen = "a heron walks slowly over nine roofs"
    han.opens_settings("security")
    han.button("passphrase.set").click()
    dialog = han.dialog("passphrase.set")
    for field in ("passphrase.new", "passphrase.again"):
        han.field(field, dialog).fill(chosen)
    expect(han.button("passphrase.set", dialog)).to_be_disabled()
    han.field("newPassphrase.present", dialog).fill("what somebody would guess")
    han.button("passphrase.set", dialog).click()
    expect(dialog.get_by_role("alert")).to_contain_text(han.words("newPassphrase.wrong"))
    dialog.get_by_role("button", name=han.words("signIn.useRecovery")).click()
    expect(han.field("recovery.key", dialog)).to_be_empty()
    dialog.get_by_role("button", name=han.words("action.cancel")).click()

    han.sets_passphrase(chosen)
    elsewhere = newcomer(stage, "Han Seo-yeon")
    elsewhere.signs_in(chosen)
    elsewhere.is_in()
