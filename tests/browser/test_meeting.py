"""A hall's video meeting: where its place is allowed, inside the page, with camera and microphone; or else a link.

Chromium gets what the application answers, headers and all; the meeting's own place is played by the test.
"""

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from portal.config import Settings
from portal.server.app import create_app
from portal.server.core.context import EXTENSION
from portal.server.core.migrations import upgrade
from tests.server.townhall.hall_kit import OWN_PAGE, Meeting, meeting

ALLOWED = "https://meet.example.org"
ELSEWHERE = "https://video.example.net"
ROOM = "/TownHall#config.prejoinPageEnabled=false"
OURS = "http://hall.localhost"
FEATURES = ("camera", "microphone", "display-capture", "fullscreen")
NEVER = ("geolocation", "payment", "usb")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Meeting]:
    app = create_app(Settings(data_dir=tmp_path_factory.mktemp("meeting"), worker=False, meeting_origins=(ALLOWED,)))
    upgrade(app.extensions[EXTENSION].database)
    yield meeting(app)
    app.extensions[EXTENSION].database.close()


@pytest.fixture
def visit(browser: Browser, town: Meeting) -> Iterator[Callable[[str], Page]]:
    """Opens a hall's page, as the application answers for it."""
    context = browser.new_context()
    answers = town.desk.app.test_client()

    def answer(route: Route) -> None:
        address = urlsplit(route.request.url)
        if f"{address.scheme}://{address.netloc}" != OURS:
            route.fulfill(body="<h1>A meeting</h1>", content_type="text/html")
        elif address.path.endswith("/events"):
            route.abort()
        else:
            got = answers.get(address.path, query_string=address.query)
            route.fulfill(status=got.status_code, headers=dict(got.headers), body=got.data)

    context.route("**/*", answer)

    def opened(hall: str) -> Page:
        page = context.new_page()
        page.goto(f"{OURS}/hall/{hall}?lang=en")
        return page

    yield opened
    context.close()


def planned(town: Meeting, url: str, *, framed: bool) -> str:
    """A moderator plans a hall with a meeting, by the form; its name."""
    given = {"starts": "2026-11-29T18:00", "minutes": "90", "meeting": url} | ({"framed": "true"} if framed else {})
    response = town.moderator.client.post("/moderate/hall", data=given, headers=OWN_PAGE)
    assert response.status_code == 303, response.text
    return response.headers["Location"].rpartition("/")[2]


def test_a_meeting_at_a_place_that_is_allowed_is_inside_and_may_see_and_hear(
    town: Meeting, visit: Callable[[str], Page]
) -> None:
    page = visit(planned(town, ALLOWED + ROOM, framed=True))
    inside = page.frame_locator("iframe.meeting")
    expect(inside.get_by_role("heading", name="A meeting")).to_be_visible()
    frame = next(frame for frame in page.frames if frame.url.startswith(ALLOWED))
    allows = "(names) => names.filter((name) => document.featurePolicy.allowsFeature(name))"
    assert frame.evaluate(allows, [*FEATURES, *NEVER]) == list(FEATURES)
    assert frame.evaluate("document.referrer") == ""
    expect(page.get_by_role("link", name="Open the video meeting")).to_have_attribute("href", ALLOWED + ROOM)


@pytest.mark.parametrize(("url", "framed"), [(ALLOWED + ROOM, False), (ELSEWHERE + ROOM, True)])
def test_any_other_meeting_is_a_link(town: Meeting, visit: Callable[[str], Page], url: str, *, framed: bool) -> None:
    page = visit(planned(town, url, framed=framed))
    expect(page.get_by_role("link", name="Open the video meeting")).to_have_attribute("href", url)
    expect(page.locator("iframe")).to_have_count(0)
    assert page.evaluate("document.featurePolicy.allowsFeature('camera')") is False


@pytest.mark.parametrize(
    "url",
    [
        "http://meet.example.org/x",
        "javascript:alert(1)",
        "https://name:word@meet.example.org/x",
        "https://",
        "meet.example.org",
    ],
)
def test_what_leads_to_no_meeting_is_refused_and_stays_in_the_form(town: Meeting, url: str) -> None:
    given = {"starts": "2026-11-29T18:00", "minutes": "90", "meeting": url}
    refused = town.moderator.client.post("/moderate/hall?lang=en", data=given, headers=OWN_PAGE)
    assert refused.status_code == 422
    assert "Give an address that begins with https://." in refused.text
    assert f'value="{url}"' in refused.text
