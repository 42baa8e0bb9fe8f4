"""Sentinels are typed wherever a person types; then they are looked for wherever the server could have kept them.

Looked through: the database with its write-ahead log, the sealed files, all else in the data folder, what the server
wrote to its output, its memory, and all that went over the wire, as a middlebox before the server hears it. To know
that the search would find them, something public that was typed in the same way is found in the same places.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from docx import Document
from playwright.sync_api import Browser, expect

from tests.browser.canary import Scanner, files_below, memory_of
from tests.browser.middlebox import Middlebox
from tests.browser.navigators.negotiation import Negotiation
from tests.browser.navigators.person import Person
from tests.browser.portal_process import PortalProcess
from tests.browser.stage import Stage

# Every sentinel begins with this, so that one search finds all of them; what follows says where it was typed.
STEM = "Kanarienvogel까치Zq7"
PUBLIC = "Öffentlich공개Zq8"


class Typist(Negotiation, Person):
    """Somebody who types wherever one can."""


def sentinel(place: str) -> str:
    return f"{STEM} {place}"


@pytest.fixture(scope="module")
def portal_heard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PortalProcess, Middlebox]]:
    """A server of its own, so that its memory holds nothing but this test, behind a listener."""
    with (
        PortalProcess(tmp_path_factory.mktemp("canary") / "data") as process,
        Middlebox(process.side_port, process.port, listening=True) as middlebox,
    ):
        yield process, middlebox


@pytest.fixture(scope="module")
def typed(
    browser: Browser, portal_heard: tuple[PortalProcess, Middlebox], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Two people type sentinels wherever one can type. Gives the room's id; both stay signed in."""
    portal, _middlebox = portal_heard
    with Stage(browser, portal.side_origin) as stage:
        first, second = (Typist(name, stage.profile(name)) for name in ("Anna Keller", "Jonas Weber"))
        for person in (first, second):
            person.passphrase = f"{sentinel('passphrase')} {person.handle}"
        first.onboards(portal.administrator_link.replace(portal.origin, portal.side_origin))
        first.makes_delegation(f"Delegation {PUBLIC}", "PU")
        second.onboards(first.invites(f"Delegation {PUBLIC}", ["delegate"]).replace(portal.origin, portal.side_origin))
        room = types_everywhere(first, second, tmp_path_factory.mktemp("canary-files"))
        yield room


def types_everywhere(first: Typist, second: Typist, folder: Path) -> str:
    name = sentinel("room name")
    first.creates_room("working_group", name, with_=[second])
    first.says(sentinel("message"))
    first.corrects(sentinel("message"), into=sentinel("correction"))
    second.opens_room(name)
    second.replies(to=sentinel("correction"), text=sentinel("reply"))
    first.reads(sentinel("reply"))
    path = folder / f"{sentinel('file name')}.txt"
    path.write_text(f"{sentinel('file body')}\n" * 3000, encoding="utf-8")
    first.sends_file(path, sentinel("text beside a file"))
    assert STEM.encode() in second.saves_file(path.name)
    first.withdraws(sentinel("correction"), reason=sentinel("reason"))
    second.reads_withdrawal(by=first.name, reason=sentinel("reason"))
    expect(second.searches(STEM).first).to_be_visible()
    types_in_a_draft(first, second)
    acts_in_a_draft(first, second, folder)
    for person in (first, second):
        person.goes_home()
        person.opens_room(name)
    second.types(sentinel("draft"))
    first.types(sentinel("another draft"))
    first.page.wait_for_timeout(1500)  # whatever a draft causes has happened by then
    second.page.reload()
    second.opens_room(name)
    expect(second.composer).to_have_value(sentinel("draft"))
    second.opens_settings("devices")
    second.page.get_by_role("button", name=second.pattern("devices.rename")).click()
    second.textbox("devices.label").fill(sentinel("device"))
    second.button("action.save").click()
    expect(second.page.get_by_text(sentinel("device"))).to_be_visible()
    second.is_in()
    return first.open_room_id()


def types_in_a_draft(first: Typist, second: Typist) -> None:
    """Its title, a clause, an option, an alternative with its reason, a comment."""
    title, clause = sentinel("title"), sentinel("clause")
    second.begins_draft({"en": title})
    second.opens_clause(second.words("draft.empty.paragraph"))
    second.page.keyboard.type(clause)
    second.looks_at(clause)
    second.button("negotiation.propose.action", second.inspector()).click()
    dialog = second.page.get_by_role("dialog")
    dialog.get_by_label("English").fill(sentinel("alternative"))
    second.textbox("negotiation.propose.reason", dialog).fill(sentinel("why"))
    second.button("negotiation.propose.submit", dialog).click()
    expect(dialog).to_be_hidden()
    second.brackets("clause", in_=clause)
    second.offers(sentinel("option"))
    first.opens_draft(title)
    first.looks_at(sentinel("option"))
    expect(first.bracket).to_contain_text(sentinel("option"))
    first.textbox("negotiation.comment.write", first.inspector()).fill(sentinel("comment"))
    first.button("negotiation.comment.send", first.inspector()).click()
    second.looks_at(sentinel("option"))
    for typed in ("alternative", "why", "comment"):
        expect(second.inspector()).to_contain_text(sentinel(typed))


def acts_in_a_draft(first: Typist, second: Typist, folder: Path) -> None:
    """In the draft that both have open: words from a file, what acts say of them, and what a version is called.

    The other reads all of it, so all of it has gone by way of the server.
    """
    clause = sentinel("imported")
    document = Document()
    document.add_paragraph(clause)
    path = folder / "imported.docx"
    document.save(str(path))
    second.turns_to("versions")
    second.button("exchange.import").click()
    dialog = second.dialog("exchange.importTitle")
    dialog.locator("input[type=file]").set_input_files(path)
    second.button("exchange.importDo.one", dialog, count=1).click()
    expect(dialog).to_be_hidden()
    second.button("exchange.keep").click()
    dialog = second.dialog("exchange.keepTitle")
    second.textbox("exchange.keepName", dialog).fill(sentinel("version"))
    second.button("exchange.keep", dialog).click()
    expect(dialog).to_be_hidden()

    second.looks_at(clause)
    second.button("negotiation.stance.reserve", second.inspector()).click()
    second.textbox("negotiation.position.note").fill(sentinel("note on a position"))
    second.signs("negotiation.position.sign")
    first.looks_at(clause)
    expect(first.inspector()).to_contain_text(sentinel("note on a position"))
    second.button("negotiation.stance.accept", second.inspector()).click()
    second.signs("negotiation.position.sign")
    second.sees("negotiation.agree.nothingInTheWay")  # what stands above the button has moved by then
    second.button("negotiation.agree.agreed", second.inspector()).click()
    second.signs("negotiation.agree.sign")
    second.picks(second.button("negotiation.clause.more", second.inspector()), "negotiation.reopen.action")
    second.textbox("negotiation.reopen.reason").fill(sentinel("why opened again"))
    second.signs("negotiation.reopen.sign", shows=sentinel("why opened again"))

    first.turns_to("acts")
    expect(first.page.get_by_text(sentinel("why opened again")).first).to_be_visible()
    first.turns_to("versions")
    expect(first.page.get_by_text(sentinel("version")).first).to_be_visible()


def places(
    portal: PortalProcess, middlebox: Middlebox
) -> dict[str, list[tuple[str, bytes]] | Iterator[tuple[str, bytes]]]:
    return {
        "data folder": files_below(portal.data_dir),
        "output": [("output", portal.output_path.read_bytes())],
        "memory": memory_of(portal.pid),
        "wire": middlebox.heard.all(),
    }


@pytest.mark.parametrize("place", ["data folder", "output", "memory", "wire"])
def test_nothing_that_was_typed_is_found_at_the_server(
    portal_heard: tuple[PortalProcess, Middlebox], typed: str, place: str
) -> None:
    hits = Scanner(STEM).in_blocks(places(*portal_heard)[place])
    assert hits == [], "\n".join(str(hit) for hit in hits[:20])


@pytest.mark.parametrize("place", ["data folder", "memory", "wire"])
def test_what_is_public_is_found_there(portal_heard: tuple[PortalProcess, Middlebox], typed: str, place: str) -> None:
    hits = Scanner(PUBLIC).in_blocks(places(*portal_heard)[place])
    assert hits, f"the search of {place} would find nothing"


def test_the_places_that_hold_nothing_public_were_really_looked_at(
    portal_heard: tuple[PortalProcess, Middlebox], typed: str
) -> None:
    portal, middlebox = portal_heard
    frames = [raw for place, raw in middlebox.heard.all() if place.startswith("frame")]
    assert any(typed.encode() in raw for raw in frames), "no frame names the room: the sockets were not heard"
    uploads = [raw for place, raw in middlebox.heard.all() if re.match(r"request PUT /api/blobs/\S+/chunks/0$", place)]
    assert uploads, "no file was heard on its way up"
    sealed = uploads[0][-64:]
    assert any(sealed in raw for _, raw in files_below(portal.data_dir / "blobs")), "the stored file was not looked at"
    assert "The portal is open at" in portal.output


def test_the_search_through_the_wire_would_find_a_message(
    portal_heard: tuple[PortalProcess, Middlebox], typed: str
) -> None:
    """The listener hears the bodies that browsers send: the sign-in names are in them, as they must be."""
    _portal, middlebox = portal_heard
    bodies = [raw for place, raw in middlebox.heard.all() if place == "request POST /api/onboarding/finish"]
    assert len(bodies) == 2
    assert all(b'"handle"' in raw for raw in bodies)
