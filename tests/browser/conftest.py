"""A real Chromium, a real server, and the people who meet there."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.cast import KOREA, Cast, assembled
from tests.browser.navigators.person import Person
from tests.browser.portal_process import PortalProcess
from tests.browser.screens import World, furnished
from tests.browser.stage import Stage


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browsers are slow, all of them."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PortalProcess]:
    """A server that all tests share that neither kill it nor look into what it holds; kept while others run between."""
    with PortalProcess(tmp_path_factory.mktemp("portal") / "data") as process:
        yield process


@pytest.fixture
def stage(browser: Browser, portal: PortalProcess) -> Iterator[Stage]:
    """Browser profiles for one test, at the shared server."""
    with Stage(browser, portal.origin) as opened:
        yield opened


@pytest.fixture(scope="session")
def cast(browser: Browser, portal: PortalProcess) -> Iterator[Cast]:
    """The people whom all tests share, at the shared server."""
    with Stage(browser, portal.origin) as stage:
        yield assembled(stage, portal)


@pytest.fixture
def everyone(cast: Cast) -> Iterator[Cast]:
    """The shared people at their rooms; after the test, nothing may have gone wrong in their browsers unseen."""
    for person in cast.everyone:
        person.goes_home()
    yield cast
    for person in cast.everyone:
        person.profile.watch.verify()


@pytest.fixture
def administrator(everyone: Cast) -> Person:
    return everyone.administrator


@pytest.fixture
def kim(everyone: Cast) -> Person:
    return everyone.kim


@pytest.fixture
def lee(everyone: Cast) -> Person:
    return everyone.lee


@pytest.fixture
def weber(everyone: Cast) -> Person:
    return everyone.weber


@pytest.fixture
def cast_offline(everyone: Cast) -> Iterator[tuple[Person, Person]]:
    """Kim and Weber, for a test in which the server is killed: all browsers will say that they can not reach it."""
    for person in everyone.everyone:
        person.profile.watch.expects("net::ERR_|WebSocket connection to")
    yield everyone.kim, everyone.weber
    for person in everyone.everyone:
        person.is_in()


@pytest.fixture(scope="session")
def furnished_world(browser: Browser, portal: PortalProcess, cast: Cast) -> Iterator[World]:
    """The shared people, after a day of negotiating."""
    with Stage(browser, portal.origin) as strangers:
        furnished(cast)
        yield World(strangers, cast, cast.administrator.invites(KOREA, ["delegate"]))


@pytest.fixture
def world(furnished_world: World, everyone: Cast) -> World:
    return furnished_world
