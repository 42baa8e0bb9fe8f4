"""A server that alters, drops, reorders or replays items, or shows two histories: people are told, sending stops.

The hostile server is a middlebox before the real one: it changes what one member is shown, by record and by socket.
"""

import re
import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.cast import GERMANY, KOREA
from tests.browser.middlebox import Middlebox, Request, Response, unchanged, unchanged_frame
from tests.browser.navigators.person import Person
from tests.browser.portal_process import PortalProcess
from tests.browser.record_stream import Row, read_rows, write_rows
from tests.browser.stage import Stage
from tests.browser.test_accessibility import RULES, violations
from tests.browser.test_screenshots import DESKTOP, PHONE, overflow, sized

RECORD = re.compile(r"^/api/rooms/[^/]+/record\?")
TEXT_ITEMS = re.compile(r"^/api/rooms/[^/]+/drafts/[^/]+/streams/text/items\?")
HEADER_BYTES = 142
DRAFT_HEADER_BYTES = 175
"""Of a draft's item; its signature follows, as in a room's."""
CONTENT = 1
"""Envelope byte 1: the item's kind."""

Tampering = Callable[[list[Row]], list[Row]]


@pytest.fixture(scope="module")
def portal_tampered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PortalProcess, Middlebox]]:
    with (
        PortalProcess(tmp_path_factory.mktemp("hostile") / "data") as process,
        Middlebox(process.side_port, process.port) as middlebox,
    ):
        yield process, middlebox


@pytest.fixture(scope="module")
def pair(browser: Browser, portal_tampered: tuple[PortalProcess, Middlebox]) -> Iterator[tuple[Person, Person]]:
    """Kim comes straight to the server, Weber through the middlebox."""
    portal, _middlebox = portal_tampered
    with Stage(browser, portal.origin) as stage:
        administrator = Person("Anna Keller", stage.profile("Anna Keller"))
        administrator.onboards(portal.administrator_link)
        administrator.makes_delegation(KOREA, "KR")
        administrator.makes_delegation(GERMANY, "DE")
        kim = Person("Kim Seo-yeon", stage.profile("Kim Seo-yeon"))
        kim.onboards(administrator.invites(KOREA, ["delegate"]))
        weber = Person("Jonas Weber", stage.profile("Jonas Weber", origin=portal.side_origin))
        weber.onboards(administrator.invites(GERMANY, ["delegate"]).replace(portal.origin, portal.side_origin))
        yield kim, weber


@pytest.fixture
def hostile(portal_tampered: tuple[PortalProcess, Middlebox]) -> Iterator[Middlebox]:
    _portal, middlebox = portal_tampered
    yield middlebox
    middlebox.closed = False
    middlebox.on_response = unchanged
    middlebox.on_frame = unchanged_frame


def contents(rows: list[Row]) -> list[int]:
    """The places in ``rows`` of items of content."""
    return [at for at, row in enumerate(rows) if row.envelope[1] == CONTENT]


def altered(rows: list[Row]) -> list[Row]:
    """One bit of the last message's ciphertext is another one."""
    at = contents(rows)[-1]
    envelope = bytearray(rows[at].envelope)
    envelope[-1] ^= 1
    return [*rows[:at], Row(rows[at].number, rows[at].at_ms, bytes(envelope)), *rows[at + 1 :]]


def resigned(rows: list[Row]) -> list[Row]:
    """The last message comes with the signature of the one before."""
    before, at = contents(rows)[-2:]
    other = rows[before].envelope[HEADER_BYTES : HEADER_BYTES + 64]
    envelope = rows[at].envelope
    swapped = envelope[:HEADER_BYTES] + other + envelope[HEADER_BYTES + 64 :]
    return [*rows[:at], Row(rows[at].number, rows[at].at_ms, swapped), *rows[at + 1 :]]


def dropped(rows: list[Row]) -> list[Row]:
    """The message before the last is left out, and the last one gets its number."""
    before, at = contents(rows)[-2:]
    return [*rows[:before], Row(rows[before].number, rows[at].at_ms, rows[at].envelope)]


def reordered(rows: list[Row]) -> list[Row]:
    """The last two messages come in the other order."""
    before, at = contents(rows)[-2:]
    first, second = rows[before], rows[at]
    return [
        *rows[:before],
        Row(first.number, first.at_ms, second.envelope),
        Row(second.number, second.at_ms, first.envelope),
    ]


def replayed(rows: list[Row]) -> list[Row]:
    """The last message comes a second time, under the next number."""
    last = rows[-1]
    return [*rows, Row(last.number + 1, last.at_ms, last.envelope)]


@pytest.mark.parametrize("tampering", [altered, resigned, dropped, reordered, replayed])
def test_a_record_that_was_tampered_with_is_noticed(
    pair: tuple[Person, Person], hostile: Middlebox, tampering: Tampering
) -> None:
    kim, weber = pair
    name = f"Tampering: {tampering.__name__}"
    for person in pair:
        person.goes_home()
    kim.creates_room("bilateral", name, with_=[weber])
    kim.says("First.")
    weber.opens_room(name)
    weber.reads("First.")
    weber.says("Second.")
    kim.reads("Second.")
    weber.profile.watch.expects("WebSocket|net::ERR_")
    hostile.closed = True
    hostile.cut()
    weber.sees("status.offline")
    kim.says("Third.")
    kim.says("Fourth.")

    tampered = []

    def change(request: Request, response: Response) -> Response:
        if not RECORD.match(request.path) or response.status != 200:
            return response
        rows = list(read_rows(response.body))
        if len(contents(rows)) < 2:
            return response
        tampered.append(request.path)
        return Response(response.status, response.headers, write_rows(tampering(rows)))

    hostile.on_response = change
    hostile.on_frame = without_items
    hostile.closed = False
    is_warned(weber)
    assert tampered, "nothing was tampered with"
    weber.can_not_send()


def test_a_draft_that_was_tampered_with_is_noticed_and_shows_again_after_going_on(
    pair: tuple[Person, Person], hostile: Middlebox
) -> None:
    """What is forged does not count; nothing can be written until the person goes on, and then it shows who parted."""
    kim, weber = pair
    for person in pair:
        person.goes_home()
    kim.creates_room("bilateral", "A tampered draft", with_=[weber])
    kim.begins_draft({"en": "Tampered"}, template="statement")
    weber.opens_room("A tampered draft")
    weber.opens_draft("Tampered")
    weber.profile.watch.expects("WebSocket|net::ERR_")
    hostile.closed = True
    hostile.cut()
    kim.writes(" This is Kim's.", after="They reaffirmed …")
    kim.sees("draft.sent")
    tampered = []

    def change(request: Request, response: Response) -> Response:
        rows = list(read_rows(response.body)) if TEXT_ITEMS.match(request.path) and response.status == 200 else []
        if not rows:
            return response
        tampered.append(request.path)
        last = bytearray(rows[-1].envelope)
        last[DRAFT_HEADER_BYTES] ^= 1
        forged = [*rows[:-1], Row(rows[-1].number, rows[-1].at_ms, bytes(last))]
        return Response(response.status, response.headers, write_rows(forged))

    hostile.on_response = change
    hostile.on_frame = without_draft_items
    hostile.closed = False
    banner = weber.page.get_by_role("alert").filter(has=weber.page.locator("details"))
    expect(banner).to_contain_text(weber.words("draft.problem.forged.title"))
    assert tampered, "nothing was tampered with"
    assert violations(weber.page, {"runOnly": RULES}) == []
    sized(weber.page, PHONE)
    assert overflow(weber.page) == []
    sized(weber.page, DESKTOP)
    expect(weber.page.get_by_text("This is Kim's.")).to_have_count(0)

    weber.clause("They decided to …").first.locator(".clause-text").click()
    expect(weber.inspector()).to_be_visible()
    expect(weber.editor()).to_have_count(0)
    weber.button("room.problem.way.continue", banner).click()
    asked = weber.dialog("room.problem.way.continue")
    expect(asked).to_contain_text(weber.words("draft.answer.continue.advice"))
    assert violations(weber.page, {"runOnly": RULES}) == []
    weber.button("room.problem.way.continue", asked).click()
    expect(banner).to_be_hidden()
    # The others have another draft before them, as he was told it could be: his next edit shows it, and counts nowhere.
    weber.writes(" This is Weber's.", after="They decided to …")
    weber.sees("draft.problem.fork.title")
    expect(kim.page.get_by_text("This is Weber's.")).to_have_count(0)


def without_draft_items(_request: Request, text: str) -> list[str]:
    """No item of a draft comes by socket: all must be fetched."""
    return [] if re.match(r'^42(/[^,]*,)?\d*\["draft.item"', text) else [text]


def without_items(_request: Request, text: str) -> list[str]:
    """No item comes by socket: all must be fetched."""
    return [] if re.match(r'^42(/[^,]*,)?\d*\["item"', text) else [text]


def is_warned(person: Person) -> None:
    """A banner says in words that something is wrong with the record, and gives the evidence."""
    banner = person.page.get_by_role("alert").filter(has=person.page.locator("details"))
    banner.wait_for()
    titles = [person.words(f"room.problem.{kind}.title") for kind in ("fork", "dropped", "forged", "commit-refused")]
    assert any(title in banner.inner_text() for title in titles), banner.inner_text()


def test_two_histories_are_noticed_at_the_first_message_across(
    pair: tuple[Person, Person], portal_tampered: tuple[PortalProcess, Middlebox], hostile: Middlebox
) -> None:
    """The host forks the record: each of two members talks to a server of one's own, which began as the same one."""
    portal, _middlebox = portal_tampered
    kim, weber = pair
    for person in pair:
        person.goes_home()
    kim.creates_room("bilateral", "Two histories", with_=[weber])
    kim.says("Common past.")
    weber.opens_room("Two histories")
    weber.reads("Common past.")
    weber.says("Agreed.")
    kim.reads("Agreed.")

    for person in pair:
        person.profile.watch.expects("WebSocket|net::ERR_|^console error: member: ")
    portal.stop()
    twin_dir = portal.data_dir.with_name("twin")
    shutil.copytree(portal.data_dir, twin_dir)
    twin = PortalProcess(twin_dir, side_port=portal.side_port)
    hostile.upstream = twin.port
    portal.start()
    with twin:
        try:
            for person in pair:
                person.is_in()
            kim.says("Only in Kim's history.")
            weber.says("Only in Weber's history.")
            kim.does_not_read("Only in Weber's history.")
        finally:
            hostile.upstream = portal.port
            hostile.cut()
    kim.says("Across the fork.")
    is_warned(weber)
    weber.can_not_send()
    weber.does_not_read("Across the fork.")

    # The others agree on one history: Weber puts his own away and reads theirs.
    weber.button("room.problem.way.reread").click()
    asked = weber.dialog("room.problem.way.reread")
    weber.button("room.problem.way.reread", asked).click()
    expect(asked).to_be_hidden()
    weber.sees("room.answer.reread.parted")
    weber.reads("Across the fork.")
    weber.does_not_read("Only in Weber's history.")
    weber.says("In one history again.")
    kim.reads("In one history again.")
    panel = weber.opens_panel("about")
    expect(panel).to_contain_text(weber.words("room.problem.fork.title"))
    with weber.page.expect_download() as saving:
        weber.button("room.problem.save", panel).click()
    assert "portal room evidence" in saving.value.path().read_text(encoding="utf-8")
