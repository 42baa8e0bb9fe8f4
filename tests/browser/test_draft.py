"""Delegations write one text: together, each seeing the other's hand, and nobody's words get lost."""

import re
import zlib
from typing import Final

from playwright.sync_api import expect

from tests.browser.navigators.person import Person
from tests.browser.portal_process import PortalProcess
from tests.browser.stored import opened_store

ROOM: Final = "Room with a draft"
TITLE: Final = "Statement on inspections"
SENTENCE: Final = "Each Party shall report every year."
SENT_MS: Final = 1_000
"""By then a letter has come to the other: edits are gathered for 400 ms. If it comes later, less is tested."""


def test_delegations_write_one_text(portal: PortalProcess, cast_offline: tuple[Person, Person]) -> None:
    kim, weber = cast_offline
    kim.creates_room("bilateral", ROOM, with_=[weber])
    kim.begins_draft({"en": TITLE, "ko": "사찰에 관한 성명"})
    kim.opens_clause(kim.words("draft.empty.paragraph"))
    kim.page.keyboard.type(SENTENCE)
    weber.opens_room(ROOM)
    weber.opens_draft(TITLE)
    weber.reads_clause(SENTENCE)

    # Both in one clause: each sees the other's cursor by name and keeps the own one; brackets and options by keyboard.
    weber.writes(" It shall do so in writing.", after=SENTENCE)
    expect(kim.page.locator(f".other-cursor-name[data-name$='{weber.name}']")).to_be_visible()
    kim.reads_clause(f"{SENTENCE} It shall do so in writing.")
    kim.brackets("shall report", in_="every year")
    weber.reads_clause("Each Party [shall report]KR every year. It shall do so in writing.")
    weber.selects("shall report", in_="every year")
    weber.offers("should report")
    compiled = "Each Party [shall report][should report]DE every year. It shall do so in writing."
    kim.reads_clause(compiled)

    # Enter inside of the bracket: both halves stay in it. Undo takes back one's own edits and leaves the others'.
    weber.writes(" Reports are public.", after="in writing.")
    kim.reads_clause(f"{compiled} Reports are public.")  # else the clause that it goes into is split meanwhile
    kim.selects("shall ", in_="every year")
    kim.page.keyboard.press("ArrowRight")
    kim.page.keyboard.press("Enter")
    weber.reads_clause("Each Party [shall")
    kim.page.keyboard.press("ControlOrMeta+z")
    whole = f"{compiled} Reports are public."
    kim.reads_clause(whole)
    weber.reads_clause(whole)

    # An input method at work beside the other's cursor, while the other writes far before it and close to it: the
    # syllables come out whole, in their place.
    devtools = kim.page.context.new_cdp_session(kim.page)
    kim.opens_clause("Reports are public.")
    weber.opens_clause("Reports are public.")
    expect(kim.editor().locator(".other-cursor")).to_have_count(1)
    for syllable in ("ㅎ", "하", "한"):
        devtools.send("Input.imeSetComposition", {"text": syllable, "selectionStart": 1, "selectionEnd": 1})
    weber.reads_clause(f"{whole}한")
    weber.page.keyboard.press("ControlOrMeta+Home")
    weber.page.keyboard.type("Now ")
    expect(kim.editor()).to_contain_text("Now Each Party")
    weber.page.keyboard.press("ControlOrMeta+End")
    for _ in "public.한":
        weber.page.keyboard.press("ArrowLeft")
    weber.page.keyboard.type("all ")
    kim.page.wait_for_timeout(SENT_MS)
    for syllable in ("한ㄱ", "한구", "한국"):
        devtools.send("Input.imeSetComposition", {"text": syllable, "selectionStart": 2, "selectionEnd": 2})
    devtools.send("Input.insertText", {"text": "한국"})
    for person in (kim, weber):
        person.reads_clause(f"Now {compiled} Reports are all public.한국")

    # No server: what is written is kept, seen to be kept, and sent on return.
    portal.kill()
    for person in (kim, weber):
        person.sees("status.offline")
    weber.writes(" (DE)", after="Reports are")
    kim.writes(" (KR)", after="Reports are")
    for person in (kim, weber):
        expect(person.page.locator(".draft-sending")).to_contain_text(person.words("draft.unsent.one", count=1)[2:])
    portal.start()
    for person in (kim, weber):
        expect(person.clause("(DE)").filter(has_text="(KR)")).to_be_visible(timeout=30_000)


def test_a_bracket_is_decided_and_a_clause_agreed_until_it_is_edited(kim: Person, lee: Person, weber: Person) -> None:
    kim.creates_room("bilateral", "Bracket decided", with_=[weber])
    kim.begins_draft({"en": TITLE})
    kim.opens_clause(kim.words("draft.empty.paragraph"))
    kim.page.keyboard.type(SENTENCE)
    kim.brackets("shall", in_=SENTENCE)
    kim.offers("should")
    weber.opens_room("Bracket decided")
    weber.opens_draft(TITLE)
    weber.reads_clause("Each Party [shall][should]KR report every year.")

    decided = kim.inspector().get_by_role("listitem").filter(has_text="should")
    decided.get_by_role("button", name=kim.words("negotiation.bracket.decideFor")).click()
    kim.dialog("negotiation.decide.title").locator("button[type=submit]").click()
    kim.button("draft.clean").click()
    for person in (kim, weber):
        person.reads_clause("Each Party should report every year.")

    for person in (weber, kim):
        person.opens_clause("Each Party should")
        person.inspector().get_by_role("button", name=person.words("negotiation.stance.accept"), exact=True).click()
        person.page.get_by_role("dialog").locator("button[type=submit]").click()
        expect(person.page.get_by_role("dialog")).to_have_count(0)
    kim.button("negotiation.agree.agreed").click()
    kim.dialog("negotiation.agree.title.agreed").locator("button[type=submit]").click()
    for person in (kim, weber):
        expect(person.clause("Each Party should")).to_contain_text(person.words("draft.state.agreed"))
    weber.writes(" Twice.", after="Each Party should")
    for person in (kim, weber):
        expect(person.clause("Twice.")).to_contain_text(person.words("draft.voided"))


def test_who_may_only_propose_hands_in_other_words(kim: Person, weber: Person) -> None:
    kim.creates_room("bilateral", "Proposals", with_=[weber])
    kim.begins_draft({"en": TITLE}, template="statement", pens="own")
    weber.opens_room("Proposals")
    weber.opens_draft(TITLE)
    weber.sees("draft.mode.propose")
    weber.opens_clause("They reaffirmed")
    weber.page.keyboard.type(" their commitment")
    weber.button("draft.propose.submit").click()
    weber.sees("draft.propose.done")
    kim.goes_to_side("proposals")
    expect(kim.page.get_by_text("their commitment")).to_be_visible(timeout=20_000)
    expect(kim.page.locator(".clause", has_text="their commitment")).to_have_count(0)


def test_a_secretariat_of_no_delegation_puts_a_neutral_text_on_the_table(administrator: Person, weber: Person) -> None:
    """It leads the draft in its own name: its bracket is no delegation's, and it takes no position."""
    administrator.creates_room("working_group", "Secretariat's text", with_=[weber])
    administrator.begins_draft({"en": TITLE})
    administrator.opens_clause(administrator.words("draft.empty.paragraph"))
    administrator.page.keyboard.type(SENTENCE)
    administrator.brackets("shall", in_=SENTENCE)
    weber.opens_room("Secretariat's text")
    weber.opens_draft(TITLE)
    weber.reads_clause("Each Party [shall] report every year.")
    missing = administrator.words("negotiation.position.missing")
    administrator.opens_clause("Each Party")
    expect(administrator.inspector()).to_contain_text(missing)
    expect(administrator.button("negotiation.stance.accept", administrator.inspector())).to_have_count(0)
    weber.opens_clause("Each Party")
    weber.button("negotiation.stance.accept", weber.inspector()).click()
    weber.page.get_by_role("dialog").locator("button[type=submit]").click()
    expect(administrator.inspector()).not_to_contain_text(missing)


def test_who_comes_later_reads_what_stands_and_who_goes_writes_no_more(kim: Person, lee: Person, weber: Person) -> None:
    """In a room without a past for newcomers: what was deleted before stays unread, what is there can be edited."""
    kim.creates_room("working_group", "Draft without a past", with_=[weber], history="none")
    kim.begins_draft({"en": "Accord on ports"})
    kim.opens_clause(kim.words("draft.empty.paragraph"))
    kim.page.keyboard.type("We would settle for 5 percent. Ports are open.")
    weber.opens_room("Draft without a past")
    weber.opens_draft("Accord on ports")
    weber.reads_clause("We would settle for 5 percent. Ports are open.")
    kim.selects("We would settle for 5 percent. ", in_="Ports are open")
    kim.page.keyboard.press("Delete")
    weber.reads_clause("Ports are open.")

    kim.goes_home()
    kim.opens_room("Draft without a past")
    kim.adds(lee)
    lee.opens_room("Draft without a past")
    lee.opens_draft("Accord on ports")
    lee.reads_clause("Ports are open.")
    kim.opens_draft("Accord on ports")
    kim.goes_to_side("text")
    gives_a_pen(kim, lee)
    lee.writes(" Day and night.", after="Ports are open.")
    weber.reads_clause("Ports are open. Day and night.")
    held = b"\n".join(unpacked(value) for value in opened_store(lee.page).values())
    assert b"Ports are open." in held, "the search looks at nothing"
    assert b"5 percent" not in held

    lee.writes(" Unless it storms", after="Day and night.")
    kim.goes_home()
    kim.opens_room("Draft without a past")
    expect(lee.editor()).to_be_focused()
    lee.profile.watch.expects("net::ERR_|WebSocket connection to")
    lee.profile.context.set_offline(True)
    lee.page.keyboard.type(", which Lee alone decides.")
    kim.removes(lee)
    lee.profile.context.set_offline(False)
    lee.sees("composer.removed")
    lee.sees("draft.outside.unsent")
    expect(lee.editor()).to_have_count(0)
    lee.reads_clause("Ports are open. Day and night. Unless it storms, which Lee alone decides.")
    weber.writes(" Always.", after="Day and night.")
    kim.opens_draft("Accord on ports")
    expect(kim.clause("Always.").first).not_to_contain_text("Lee alone")
    expect(weber.clause("Always.").first).not_to_contain_text("Lee alone")


def gives_a_pen(chair: Person, to: Person) -> None:
    """In the table of the draft that is open, which the chair signs."""
    chair.button("draft.rights").click()
    dialog = chair.page.get_by_role("dialog")
    dialog.get_by_label(chair.words("negotiation.rights.of", name=to.name)).select_option("pen")
    chair.button("negotiation.rights.sign", dialog).click()
    expect(dialog).to_be_hidden()


def unpacked(value: bytes) -> bytes:
    """What a browser keeps, and the states in it: JSON about a state, then the state by RFC 1951."""
    states = [value[found.end() :] for found in re.finditer(rb'\{"clients":.*?"v":1\}', value, re.DOTALL)]
    return b"\n".join([value, *(zlib.decompressobj(-zlib.MAX_WBITS).decompress(state) for state in states)])
