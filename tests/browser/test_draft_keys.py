"""Writing in a draft by the keyboard alone: the cursor is where the keys have put it, at once and across clauses."""

from typing import Final

import pytest
from playwright.sync_api import expect

from tests.browser.navigators.person import Person

PLACE: Final = """() => {
  const { anchorNode, anchorOffset, focusNode, focusOffset } = getSelection();
  const editor = document.querySelector(".clause-editor");
  const before = (node, offset) => {
    const range = document.createRange();
    range.setStart(editor, 0);
    range.setEnd(node, offset);
    return range.toString().length;
  };
  return [editor.textContent, before(anchorNode, anchorOffset), before(focusNode, focusOffset)];
}"""
VIEWS: Final = "They exchanged views on … and agreed on the following."
CLAUSES: Final = [
    "They reaffirmed …",
    "They expressed concern about …",
    "They decided to …",
    "They will meet again in … on …",
]
REAFFIRMED, CONCERN, DECIDED, _ = CLAUSES


@pytest.fixture
def writer(kim: Person, weber: Person) -> Person:
    """Somebody before the text of a joint statement that nobody else has open."""
    kim.creates_room("bilateral", "Keys", with_=[weber])
    kim.begins_draft({"en": "Keys"}, template="statement")
    return kim


def place(writer: Person) -> tuple[str, int, int]:
    """The text of the clause that is open, and where selection and cursor are in it."""
    text, anchor, head = writer.page.evaluate(PLACE)
    return text, anchor, head


def presses(writer: Person, *keys: str) -> None:
    for key in keys:
        writer.page.keyboard.press(key)


def is_at(writer: Person, text: str, offset: int) -> None:
    expect(writer.editor()).to_have_text(text)
    assert place(writer) == (text, offset, offset)


def opens(writer: Person, text: str) -> None:
    writer.page.locator(".clause-text").filter(has_text=text).click()
    expect(writer.editor()).to_be_focused()


def test_a_cursor_put_to_the_start_as_soon_as_a_clause_opens_stays_there(writer: Person) -> None:
    for text in (VIEWS, *CLAUSES):
        opens(writer, text)
        presses(writer, "ControlOrMeta+End", "ControlOrMeta+Home", "ArrowRight", "ArrowRight")
        is_at(writer, text, 2)
    for text in (VIEWS, *CLAUSES):
        writer.goes_to_side("versions")
        writer.goes_to_side("text")
        opens(writer, text)
        presses(writer, "ControlOrMeta+End", "Home", "ArrowRight")
        is_at(writer, text, 1)


def test_keys_lead_through_clauses_divide_join_and_take_back(writer: Person) -> None:
    opens(writer, REAFFIRMED)
    presses(writer, "Home", "ArrowLeft")
    is_at(writer, VIEWS, len(VIEWS))
    presses(writer, "ArrowRight")
    is_at(writer, REAFFIRMED, 0)
    presses(writer, "ArrowDown")
    is_at(writer, CONCERN, 0)
    presses(writer, "ArrowDown", "End", "ArrowRight", "ArrowLeft")
    is_at(writer, DECIDED, len(DECIDED))
    presses(writer, "ControlOrMeta+Home", "ArrowUp", "ArrowUp", "ArrowUp")
    is_at(writer, VIEWS, 0)

    presses(writer, "ArrowDown", *["ArrowRight"] * len("They "), "Enter")
    is_at(writer, "reaffirmed …", 0)
    presses(writer, "Backspace")
    is_at(writer, REAFFIRMED, len("They "))
    presses(writer, *["Shift+ArrowRight"] * len("reaffirmed"))
    assert place(writer) == (REAFFIRMED, len("They "), len("They reaffirmed"))
    writer.page.keyboard.type("recalled")
    is_at(writer, "They recalled …", len("They recalled"))
    presses(writer, "ControlOrMeta+z")
    expect(writer.editor()).to_have_text(REAFFIRMED)
    presses(writer, "ControlOrMeta+Shift+z")
    expect(writer.editor()).to_have_text("They recalled …")


def test_an_input_method_writes_at_the_start_of_a_clause_that_has_just_opened(writer: Person) -> None:
    devtools = writer.page.context.new_cdp_session(writer.page)
    opens(writer, CONCERN)
    presses(writer, "ControlOrMeta+End", "ControlOrMeta+Home")
    for syllable in ("ㅎ", "하", "한"):
        devtools.send("Input.imeSetComposition", {"text": syllable, "selectionStart": 1, "selectionEnd": 1})
    devtools.send("Input.insertText", {"text": "한"})
    is_at(writer, f"한{CONCERN}", 1)
    writer.page.keyboard.type(" ")
    presses(writer, "ControlOrMeta+Home", "ArrowRight")
    is_at(writer, f"한 {CONCERN}", 1)
