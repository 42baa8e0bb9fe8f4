"""Agreed language in a draft: cited by the keyboard, read by the other delegation, changed, taken back, exported."""

from pathlib import Path
from typing import Final

from playwright.sync_api import Locator, expect

from tests.browser.navigators.person import Person
from tests.browser.test_accessibility import RULES, violations
from tests.browser.test_draft_versions import exports
from tests.browser.test_screenshots import DESKTOP, PHONE, overflow, sized

TITLE: Final = "Statement on force"
CLAUSE: Final = "They reaffirmed …"
OTHER: Final = "They decided to …"
WORDS: Final = "reaffirmed"
CHARTER: Final = "UN Charter, Article 2(4)"
DECLARATION: Final = "Friendly Relations Declaration (1970)"


def dialog(person: Person) -> Locator:
    return person.dialog("draft.cite")


def sources(person: Person) -> Locator:
    return person.page.get_by_role("region", name=person.words("draft.sources"))


def test_agreed_language_is_cited_read_changed_and_exported(kim: Person, weber: Person, tmp_path: Path) -> None:
    kim.creates_room("bilateral", "Agreed language", with_=[weber])
    kim.begins_draft({"en": TITLE}, template="statement")
    weber.opens_room("Agreed language")
    weber.opens_draft(TITLE)

    kim.page.keyboard.press("Escape")
    kim.selects(WORDS, in_=CLAUSE)
    kim.page.keyboard.press("ControlOrMeta+Shift+L")
    expect(dialog(kim)).to_contain_text(WORDS)
    kim.page.keyboard.type(CHARTER)
    assert violations(kim.page, {"runOnly": RULES}) == []
    kim.page.keyboard.press("Enter")
    expect(dialog(kim)).to_be_hidden()
    expect(kim.inspector()).to_contain_text(CHARTER)
    # The words are marked, and nothing else of the clause.
    expect(kim.editor().locator(".cited")).to_have_text(WORDS)

    # The other sees what is cited below the text, goes to the clause, and reads it beside it.
    expect(sources(weber)).to_contain_text(CHARTER)
    sources(weber).get_by_role("button").press("Enter")
    expect(weber.inspector().locator("q")).to_have_text(WORDS)
    expect(weber.inspector()).to_contain_text(CHARTER)
    assert violations(weber.page, {"runOnly": RULES}) == []
    sized(weber.page, PHONE)
    assert overflow(weber.page) == []
    sized(weber.page, DESKTOP)

    # With the cursor inside, the whole citation is meant; what is known is offered.
    weber.button("draft.cite.change", weber.inspector()).click()
    field = dialog(weber).get_by_role("combobox", name=weber.words("draft.cite.source"))
    expect(field).to_have_value(CHARTER)
    expect(dialog(weber).locator("datalist option")).to_have_attribute("value", CHARTER)
    field.fill(DECLARATION)
    weber.button("draft.cite.submit", dialog(weber)).click()
    expect(sources(kim)).to_contain_text(DECLARATION)
    expect(sources(kim)).not_to_contain_text(CHARTER)
    kim.goes_to_side("versions")
    html = exports(kim, "html", tmp_path / "out.html").read_text("utf-8")
    assert f'<q>{WORDS}</q> — <cite dir="auto">{DECLARATION}</cite>' in html

    # Undo is one's own; who wants it gone takes it away.
    kim.goes_to_side("text")
    kim.opens_clause(CLAUSE)
    kim.page.keyboard.press("ControlOrMeta+Home")
    for _ in "They rea":
        kim.page.keyboard.press("ArrowRight")
    kim.page.keyboard.press("ControlOrMeta+Shift+L")
    kim.button("draft.cite.remove", dialog(kim)).click()
    expect(sources(weber)).to_be_hidden()
    kim.opens_clause(CLAUSE)
    kim.page.keyboard.press("ControlOrMeta+z")
    expect(sources(weber)).to_contain_text(DECLARATION)

    # Copied words take along where they were agreed.
    kim.selects(WORDS, in_=CLAUSE)
    kim.page.keyboard.press("ControlOrMeta+c")
    kim.opens_clause(OTHER)
    kim.page.keyboard.press("ControlOrMeta+v")
    expect(sources(weber).get_by_role("button")).to_have_count(2)
    weber.reads_clause(f"{OTHER}{WORDS}")


def test_without_a_selection_it_says_what_to_do(kim: Person, weber: Person) -> None:
    kim.creates_room("bilateral", "Nothing to cite", with_=[weber])
    kim.begins_draft({"en": "Nothing to cite"}, template="statement")
    kim.opens_clause(CLAUSE)
    kim.button("draft.cite").click()
    expect(kim.page.get_by_text(kim.words("draft.selectFirst"))).to_be_visible()
    expect(dialog(kim)).to_be_hidden()
