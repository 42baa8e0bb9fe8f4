"""The host puts another key in the place of a person's own: nobody sends to it before having looked at it."""

from playwright.sync_api import expect

from tests.browser.cast import KOREA, newcomer
from tests.browser.ghost import replaced_identity
from tests.browser.navigators.person import Person
from tests.browser.portal_process import PortalProcess
from tests.browser.stage import Stage


def test_a_changed_key_stops_sending_until_it_is_acknowledged(
    stage: Stage, portal: PortalProcess, cast_offline: tuple[Person, Person], administrator: Person
) -> None:
    _kim, weber = cast_offline
    yoon = newcomer(stage, "Yoon Seo-ah")
    yoon.onboards(administrator.invites(KOREA, ["delegate"]))
    yoon.creates_room("bilateral", "Changed key", with_=[weber])
    yoon.says("It is me.")
    weber.opens_room("Changed key")
    weber.reads("It is me.")
    weber.says("I know.")
    stage.leaves(yoon.profile)

    portal.stop()
    replaced_identity(portal.database_path, yoon.handle)
    portal.start()

    weber.is_in()
    weber.page.reload()
    weber.opens_room("Changed key")
    weber.sees("composer.keyChanged.title")
    weber.can_not_send()
    weber.opens_panel("members")
    weber.verification(yoon, "changed").click()
    dialog = weber.dialog("changedKey.title", name=yoon.name)
    weber.button("changedKey.accept", dialog).click()
    expect(dialog).to_be_hidden()
    weber.does_not_see("composer.keyChanged.title")
    weber.says("Now I have looked.")
