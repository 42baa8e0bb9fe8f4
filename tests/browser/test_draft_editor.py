"""What an editor is expected to do: write from right to left, find and replace, take what Word has copied."""

import re
from typing import Final

from playwright.sync_api import expect

from tests.browser.navigators.person import Person

TITLE: Final = "بيان"
VOWED: Final = "تتعهد "
WORDS: Final = "الأطراف بالإبلاغ"
YEARLY: Final = " كل سنة وفق ISO 4217."
OFFSET: Final = """() => {
  const { focusNode, focusOffset } = getSelection();
  const range = document.createRange();
  range.setStart(document.querySelector(".clause-editor"), 0);
  range.setEnd(focusNode, focusOffset);
  const part = range.cloneContents();
  for (const sign of part.querySelectorAll(".sign, .other-cursor")) sign.remove();
  return part.textContent.length;
}"""
"""How many letters stand before the cursor, whichever way they run."""
WORD_HTML: Final = """<html xmlns:o="urn:schemas-microsoft-com:office:office"><head>
<style>p.MsoNormal{mso-style-parent:""}</style></head><body><!--StartFragment-->
<p class=MsoNormal style='mso-margin-top-alt:auto'><span lang=EN-GB>The Parties
<b style='mso-bidi-font-weight:normal'>shall</b> confer.<o:p></o:p></span></p>
<p class=MsoListParagraph style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><span lang=EN-GB>They shall publish it.
<script>alert(1)</script><o:p></o:p></span></p><!--EndFragment--></body></html>"""
PASTE: Final = """(element, html) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/html", html);
  clipboardData.setData("text/plain", "The Parties shall confer. They shall publish it.");
  element.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""


def presses(person: Person, key: str, times: int = 1) -> None:
    for _ in range(times):
        person.page.keyboard.press(key)


def offset(person: Person) -> int:
    found: int = person.page.evaluate(OFFSET)
    return found


def test_a_text_from_right_to_left_is_written_bracketed_and_divided(kim: Person, weber: Person) -> None:
    kim.creates_room("bilateral", "Right to left", with_=[weber])
    kim.begins_draft({"ar": TITLE})
    kim.opens_clause(kim.words("draft.empty.paragraph"))
    kim.page.keyboard.type(VOWED + WORDS + YEARLY)
    column = kim.page.locator(".text-page[lang=ar] .clauses")
    assert column.evaluate("(element) => getComputedStyle(element).direction") == "rtl"
    assert kim.editor().evaluate("(element) => getComputedStyle(element).direction") == "rtl"
    weber.opens_room("Right to left")
    weber.opens_draft(TITLE)
    weber.reads_clause(VOWED + WORDS + YEARLY)

    # To the left is onward. The keyboard selects the words and brackets them; the other offers others.
    presses(kim, "ControlOrMeta+Home")
    presses(kim, "ArrowLeft", len(VOWED))
    assert offset(kim) == len(VOWED)
    presses(kim, "Shift+ArrowLeft", len(WORDS))
    presses(kim, "ControlOrMeta+[")
    bracketed = f"{VOWED}[{WORDS}]KR{YEARLY}"
    weber.reads_clause(bracketed)
    weber.opens_clause(VOWED)
    expect(kim.page.locator(f".other-cursor-name[data-name$='{weber.name}']")).to_be_visible()

    # Through the bracket and back, letter by letter: the cursor is lost in no place. At the bracket's end it stands
    # twice on the way out, inside and outside.
    presses(kim, "ControlOrMeta+Home")
    arabic = len(VOWED + WORDS + " كل سنة")
    end = len(VOWED + WORDS)
    walked = []
    for _ in range(arabic + 1):
        presses(kim, "ArrowLeft")
        walked.append(offset(kim))
    assert walked == [*range(1, end + 1), *range(end, arabic + 1)]
    presses(kim, "ArrowRight", arabic)
    assert offset(kim) == 0

    # Written inside, and divided there: both halves stay in the bracket. Undo puts it together again.
    presses(kim, "ArrowLeft", len(VOWED) + len("الأطراف"))
    kim.page.keyboard.type(" كافة")
    grown = bracketed.replace("الأطراف", "الأطراف كافة")
    weber.reads_clause(grown)
    presses(kim, "Enter")
    weber.reads_clause(f"{VOWED}[الأطراف كافة")
    expect(weber.page.locator(".clause-text").filter(has_text=re.compile(r"^\W*بالإبلاغ\W*KR?"))).to_be_visible()
    presses(kim, "ControlOrMeta+z")
    for person in (weber, kim):
        person.reads_clause(grown)


def test_words_are_found_replaced_pasted_noted_moved_and_taken_back(kim: Person, weber: Person) -> None:
    kim.creates_room("bilateral", "Tools", with_=[weber])
    kim.begins_draft({"en": "Tools"}, template="statement")
    weber.opens_room("Tools")
    weber.opens_draft("Tools")

    # Pasted from Word: its paragraphs become clauses, with the marks that the text knows and nothing else.
    kim.opens_clause("They decided to")
    presses(kim, "ControlOrMeta+a")
    presses(kim, "ControlOrMeta")  # as before a "v": the editor looks where the selection is
    kim.editor().evaluate(PASTE, WORD_HTML)
    for person in (kim, weber):
        person.reads_clause("The Parties shall confer.")
        person.reads_clause("They shall publish it.")
        expect(person.page.locator(".clause").filter(has_text="They decided to")).to_have_count(0)
        expect(person.page.locator(".clause-text").filter(has_text="confer").locator("strong, b")).to_have_text("shall")
        expect(person.page.get_by_text("alert(1)")).to_have_count(0)

    # Found whatever the case, also in brackets, which stay; replaced as one step that one's own undo takes back alone.
    kim.brackets("shall publish", in_="publish it")
    weber.reads_clause("They [shall publish]KR it.")
    kim.button("draft.find").click()
    search = kim.page.get_by_role("search")
    search.get_by_label(kim.words("draft.find.find"), exact=True).fill("SHALL")
    expect(search.get_by_role("status")).to_have_text(kim.words("draft.find.at", at=1, of=2))
    presses(kim, "Enter")
    expect(search.get_by_role("status")).to_have_text(kim.words("draft.find.at", at=2, of=2))
    search.get_by_label(kim.words("draft.find.other")).fill("should")
    search.get_by_role("button", name=kim.words("draft.find.all")).click()
    for person in (kim, weber):
        person.reads_clause("The Parties should confer.")
        person.reads_clause("They [should publish]KR it.")
    expect(search.get_by_role("status")).to_have_text(kim.words("draft.find.none"))
    presses(kim, "Escape")
    expect(search).to_have_count(0)
    weber.writes(" At once.", after="The Parties should")
    kim.reads_clause("The Parties should confer. At once.")
    kim.opens_clause("The Parties should")
    presses(kim, "ControlOrMeta+z")
    for person in (kim, weber):
        person.reads_clause("The Parties shall confer. At once.")
        person.reads_clause("They [shall publish]KR it.")
    presses(kim, "ControlOrMeta+Shift+z")
    for person in (kim, weber):
        person.reads_clause("The Parties should confer. At once.")

    # A clause goes up by keyboard, for both; where it was is taken by the one before it.
    order = (
        "(clauses) => clauses.map((clause) => clause.textContent).findIndex((text) => text.includes('should confer'))"
    )
    before = weber.page.locator(".clause-text").evaluate_all(order)
    kim.opens_clause("The Parties should")
    presses(kim, "Alt+Shift+ArrowUp")
    expect(weber.page.locator(".clause-text").nth(before - 1)).to_contain_text("should confer")
    expect(kim.page.locator(".clause-text").nth(before - 1)).to_contain_text("should confer")
