"""Links that sign somebody in: made for demonstrations, and refused by every other portal."""

from tests.browser.navigators.person import Person
from tests.browser.stage import Stage


def test_a_link_of_a_demonstration_signs_nobody_in_elsewhere(kim: Person, stage: Stage) -> None:
    stranger = Person("Park Ji-ho", stage.profile("somebody with a link"))
    asked: list[str] = []
    stranger.page.on("request", lambda request: asked.append(request.url))
    stranger.profile.opens(f"#/demo/{kim.handle}/{kim.recovery_key.replace(' ', '-')}")
    stranger.sees("demo.refusedText")
    assert kim.recovery_key[:4] not in stranger.page.url  # nor does it stay where it would be synchronised
    assert [url for url in asked if "/api/sign-in" in url] == []
    stranger.button("onboarding.toSignIn").click()
    stranger.is_at_sign_in()
