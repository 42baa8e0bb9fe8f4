"""All devices of a member are gone, messages come and keys change meanwhile; the printed recovery key is enough."""

from tests.browser.cast import GERMANY, newcomer
from tests.browser.navigators.person import Person
from tests.browser.stage import Stage


def test_the_recovery_key_brings_everything_back(stage: Stage, administrator: Person, kim: Person, lee: Person) -> None:
    berg = newcomer(stage, "Clara Berg")
    berg.onboards(administrator.invites(GERMANY, ["delegate"]))
    kim.creates_room("working_group", "Lost devices", with_=[berg])
    kim.says("Before the loss.")
    berg.opens_room("Lost devices")
    berg.reads("Before the loss.")
    berg.says("Berg was here.")
    kim.reads("Berg was here.")

    stage.leaves(berg.profile)
    kim.says("While nothing of Berg's was there.")
    kim.adds(lee)  # the keys change
    kim.says("Under new keys.")
    kim.removes(lee)  # and again
    kim.says("Under newer keys.")

    berg.profile = stage.profile("Clara Berg, with a new computer")
    berg.signs_in_with_recovery_key()
    berg.opens_room("Lost devices")
    berg.reads_all(
        "Before the loss.",
        "Berg was here.",
        "While nothing of Berg's was there.",
        "Under new keys.",
        "Under newer keys.",
    )
    berg.says("Berg is back.")
    kim.reads("Berg is back.")
    kim.says("Good to have you back.")
    berg.reads("Good to have you back.")
    berg.sees("banner.passphrase.title")
