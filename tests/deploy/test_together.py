"""nginx, two portals, a worker, PostgreSQL and Redis as they are deployed, really running, and people at browsers."""

import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Playwright, expect

from tests.browser.cast import GERMANY, newcomer
from tests.browser.navigators.person import Person
from tests.browser.portal_process import free_port
from tests.browser.stage import LAUNCH_ARGUMENTS, Stage
from tests.conftest import TEMPLATE
from tests.deploy.front import NAMES, Front
from tests.deploy.served import Served
from tests.machine.postgresql import Cluster
from tests.machine.redis import Redis

pytestmark = pytest.mark.slow
ROOM: Final = "Art. 4 verification"
FORGIVEN_S: Final = 2.5
"""After this time nginx asks again whom it could not reach (fail_timeout)."""
PATIENCE_S: Final = 30.0


@dataclass
class Installation:
    """All of it, and two people who are in a room: an administrator and a delegate."""

    front: Front
    served: Served
    stage: Stage
    anna: Person
    weber: Person


@pytest.fixture(scope="module")
def deployed(
    tmp_path_factory: pytest.TempPathFactory, nginx: Path, postgresql: Cluster, redis_server: Redis
) -> Iterator[tuple[Front, Served]]:
    folder = tmp_path_factory.mktemp("deployed")
    ports = [free_port(), free_port()]
    front = Front(nginx, folder, port=free_port(), plain_port=free_port(), ports=ports)
    with postgresql.database(TEMPLATE) as url:
        settings: dict[str, str | bool | int] = {
            "public_url": front.origin("PORTAL"),
            "citizens_url": front.origin("CITIZENS"),
            "administration_url": front.origin("ADMINISTRATION"),
            "database_url": url,
            "several": True,
            "redis_url": redis_server.url,
        }
        with Served(folder, ports, settings) as served, front:
            yield front, served


@pytest.fixture(scope="module")
def stage(playwright: Playwright, chromium: Path, deployed: tuple[Front, Served]) -> Iterator[Stage]:
    names = ", ".join(f"MAP {name} 127.0.0.1" for name in NAMES.values())
    others = [argument for argument in LAUNCH_ARGUMENTS if not argument.startswith("--host-resolver-rules")]
    browser = playwright.chromium.launch(
        executable_path=chromium, args=[*others, f"--host-resolver-rules={names}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
    )
    hosts, trusting = frozenset(NAMES.values()), {"ignore_https_errors": True}
    with Stage(browser, deployed[0].origin("PORTAL"), hosts=hosts, surroundings=trusting) as opened:
        yield opened
    browser.close()


@pytest.fixture(scope="module")
def installation(deployed: tuple[Front, Served], stage: Stage) -> Installation:
    """Two people who have signed in and share a room."""
    front, served = deployed
    anna, weber = newcomer(stage, "Anna Keller"), newcomer(stage, "Jonas Weber")
    anna.onboards(served.administrator_link)
    anna.makes_delegation(GERMANY, "DE")
    weber.onboards(anna.invites(GERMANY, ["delegate"]))
    for person in (anna, weber):
        person.profile.watch.expects("net::ERR_|WebSocket connection to|status of 50[234]|401 .*/moderate/topics")
    anna.goes_home()
    anna.creates_room("plenary", ROOM, with_=[weber])
    weber.opens_room(ROOM)
    return Installation(front, served, stage, anna, weber)


def eventually(holds: Callable[[], bool], what: str) -> None:
    """Wait until it ``holds``."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, f"not within {PATIENCE_S} s: {what}"
        time.sleep(0.1)


def test_members_at_two_processes_talk_and_the_end_of_one_loses_nothing(installation: Installation) -> None:
    served, anna, weber = installation.served, installation.anna, installation.weber
    first, second = served.ports
    anna.says("We propose on-site inspections twice a year.")
    weber.reads("We propose on-site inspections twice a year.")

    # All go over to the second and stay there; then Weber comes back to where nginx wants him: to the first, or, if
    # that is the second, when all have gone over to the first.
    served.kills(first)
    eventually(lambda: served.sockets(second) == 2, "both at the process that is left")
    anna.says("One of the two is gone.")
    weber.reads("One of the two is gone.")
    served.starts(first)
    _comes_back(weber)
    if served.sockets(first) == 0:
        served.kills(second)
        eventually(lambda: served.sockets(first) == 2, "both at the other process")
        served.starts(second)
        _comes_back(weber)
    eventually(lambda: (served.sockets(first), served.sockets(second)) == (1, 1), "each at a process of their own")

    for person, other, words in ((anna, weber, "Once a year?"), (weber, anna, "Once, with thirty days' notice.")):
        person.opens_room(ROOM)
        person.says(words)
        other.reads(words)


def test_a_file_goes_through_the_proxy_and_none_of_it_stays_there(installation: Installation, tmp_path: Path) -> None:
    path = tmp_path / "annex.pdf"
    path.write_bytes(os.urandom(3_300_001))
    installation.anna.sends_file(path, "Annex two, as promised.")
    installation.weber.reads("Annex two, as promised.")
    assert installation.weber.saves_file(path.name) == path.read_bytes()
    lying_about = [path for path in (installation.front.folder / "tmp").rglob("*") if path.is_file()]
    assert [path.name for path in lying_about] == ["nginx.pid"]


def _comes_back(person: Person) -> None:
    """Open the page anew, once nginx asks all processes again."""
    time.sleep(FORGIVEN_S)
    person.page.reload()
    person.is_in()


def test_a_sign_in_is_taken_over_to_the_pages_of_administration(installation: Installation) -> None:
    anna, staff = installation.anna, installation.front.origin("ADMINISTRATION")
    page = anna.profile.context.new_page()
    page.goto(f"{staff}/moderate/topics")
    page.get_by_role("link", name=re.compile("^Sign in$")).click()
    page.wait_for_url(f"{staff}/moderate/topics")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.close()
    names = {(cookie["domain"], cookie["name"]): cookie["value"] for cookie in anna.profile.context.cookies()}
    held = [names[(NAMES[f"{name}_NAME"], "__Host-portal")] for name in ("PORTAL", "ADMINISTRATION")]
    assert held[0] != held[1]


def test_citizens_find_their_pages_at_their_own_name(installation: Installation) -> None:
    front = installation.front
    profile = installation.stage.profile("a citizen", origin=front.origin("CITIZENS"))
    profile.page.goto(f"{front.origin('PORTAL')}/verify")
    assert profile.page.url == f"{front.origin('CITIZENS')}/verify"
    profile.page.goto(f"{front.origin('CITIZENS')}/")
    expect(profile.page.get_by_role("heading", level=1)).to_be_visible()
    assert profile.page.url == f"{front.origin('CITIZENS')}/town-hall"
    assert profile.context.cookies() == []


@pytest.mark.parametrize(
    ("which", "path", "status"),
    [
        ("PORTAL", "/", 200),
        ("PORTAL", "/api/me", 401),
        ("PORTAL", "/ledger/checkpoint", 200),
        ("PORTAL", "/town-hall", 308),
        ("CITIZENS", "/town-hall", 200),
        ("CITIZENS", "/ledger/checkpoint", 200),
        ("CITIZENS", "/api/me", 404),
        ("CITIZENS", "/moderate", 308),
        ("ADMINISTRATION", "/moderate", 401),
        ("ADMINISTRATION", "/readyz", 200),
        ("ADMINISTRATION", "/town-hall", 308),
        ("ADMINISTRATION", "/api/me", 404),
    ],
)
def test_each_name_answers_what_is_its_own(installation: Installation, which: str, path: str, status: int) -> None:
    answer = installation.front.ask(which, path)
    assert answer.status == status, answer.text
    assert "Strict-Transport-Security" in answer.headers


def test_a_proxy_that_passes_another_name_on_is_seen_at_once(installation: Installation) -> None:
    answer = installation.front.ask("CITIZENS", "/town-hall", name=NAMES["CITIZENS_NAME"].upper())
    assert answer.status == 200
    for port in installation.served.ports:
        assert installation.served.status(port, "/town-hall") == 421


def test_files_of_pages_come_out_of_the_proxy_s_store(installation: Installation) -> None:
    front = installation.front
    found = re.search(r'src="(/static/[^"]+)"', front.ask("PORTAL", "/").text)
    assert found is not None
    first = front.ask("PORTAL", found[1])
    assert (first.status, first.headers["Cache-Control"]) == (200, "public, max-age=31536000, immutable")
    assert front.ask("PORTAL", found[1]).body == first.body
    kept = [path for path in (front.folder / "cache").rglob("*") if path.is_file()]
    assert any(found[1].encode() in path.read_bytes()[:2000] for path in kept)
    assert not any(b"no-store" in path.read_bytes()[:2000] for path in kept)
