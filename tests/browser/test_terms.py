"""A room's glossary: agreed on by one, seen by all, and the same in files as in the interpreter's program."""

from typing import Final

from playwright.sync_api import expect

from portal.translation.exchange import read_csv, read_tbx, write_csv
from portal.translation.glossary import Concept, Glossary, Status, Term
from tests.browser.navigators.person import Person

ROOM: Final = "Room with a glossary"
ARMISTICE: Final = Concept(
    (Term("en", "armistice"), Term("en", "truce", Status.FORBIDDEN), Term("ko", "정전협정")), "not a peace treaty"
)
PROTOCOL: Final = Concept((Term("en", "protocol"), Term("ko", "의정서")))


def test_terms_are_agreed_on_imported_and_exported(kim: Person, weber: Person) -> None:
    kim.creates_room("working_group", ROOM, with_=[weber])
    kim.agrees_on({"en": "armistice", "ko": "정전협정"}, "not a peace treaty")
    weber.opens_room(ROOM)
    weber.opens_panel("terms")
    expect(weber.term("armistice")).to_contain_text(kim.name)
    weber.forbids("truce", "en", beside="armistice")
    expect(kim.term("truce")).to_contain_text(weber.name)
    expect(kim.term("truce")).to_contain_text(kim.words("terms.status.forbidden"))

    dialog = weber.chooses_glossary("agreed.csv", write_csv(Glossary((ARMISTICE, PROTOCOL))))
    expect(dialog).to_contain_text(weber.words("terms.importAdded.one", count=1))
    expect(dialog).to_contain_text(weber.words("terms.importSame.one", count=1))
    weber.button("terms.take.one", dialog, count=1).click()
    expect(kim.term("protocol")).to_contain_text("의정서")
    weber.chooses_glossary("broken.csv", b"en,ko,status\nannex,,liked\n")
    weber.sees("terms.fault.status", line=2, status="liked")

    for read, form in ((read_csv, "csv"), (read_tbx, "tbx")):
        exported = read(kim.exports_terms(form)).concepts
        assert {(frozenset(one.terms), one.note) for one in exported} == {
            (frozenset(one.terms), one.note) for one in (ARMISTICE, PROTOCOL)
        }

    kim.removes_term("protocol")
    expect(weber.term("protocol")).to_have_count(0)
