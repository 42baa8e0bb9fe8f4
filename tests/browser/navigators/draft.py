"""Drafts: beginning and opening one, writing its clauses, bracketing, offering words."""

import re
from collections.abc import Mapping
from typing import Final

from playwright.sync_api import Locator, expect

from tests.browser.navigators.rooms import Rooms

FIRST_SIGHT_MS: Final = 20_000
"""The first draft brings its scripts, and its key may come by way of another member."""
WORDS: Final = """element => {
  const copy = element.cloneNode(true);
  for (const sign of copy.querySelectorAll(".sign, .other-cursor")) sign.remove();
  return copy.textContent;
}"""
"""The words of a clause without the signs around them: what the cursor walks through."""


class Drafts(Rooms):
    """The list of a room's drafts, the text of one, its editor."""

    def begins_draft(self, titles: Mapping[str, str], *, template: str = "empty", pens: str = "all") -> None:
        """Begin a draft in the room that is open; ``titles`` by language, the drafting language first."""
        self.opens_panel("drafts")
        self.button("draft.new").click()
        dialog = self.dialog("draft.new")
        first, *others = titles
        dialog.get_by_label(self.words("draft.template"), exact=True).select_option(template)
        dialog.get_by_label(self.words("draft.drafting")).select_option(first)
        for lang in others:
            dialog.get_by_role("checkbox", name=self.words_of_language(lang)).check()
        for lang, title in titles.items():
            self.textbox("draft.titleIn", dialog, language=self.words_of_language(lang)).fill(title)
        dialog.get_by_label(self.words(f"draft.pens.{pens}")).check()
        self.button("draft.create", dialog).click()
        self.is_in_draft(titles[first])

    def words_of_language(self, lang: str) -> str:
        """What a language is called on this page."""
        name: str = self.page.evaluate(
            "([tag, shown]) => new Intl.DisplayNames([shown], {type: 'language'}).of(tag)", [lang, self.lang]
        )
        return name

    def opens_draft(self, title: str) -> None:
        """From the room that is open."""
        link = self.opens_panel("drafts").get_by_role("link", name=re.compile(re.escape(title)))
        expect(link).to_be_visible()
        link.click()
        self.is_in_draft(title)

    def is_in_draft(self, title: str) -> None:
        heading = self.page.get_by_role("heading", level=1, name=title)
        expect(heading).to_be_visible(timeout=FIRST_SIGHT_MS)
        expect(self.page.get_by_role("toolbar", name=self.words("draft.tools"))).to_be_visible()

    def clause(self, words: str) -> Locator:
        """The clause in which these words stand, at rest or open."""
        return self.page.get_by_role("listitem").filter(has_text=words).filter(has=self.page.locator(".clause-text"))

    def editor(self) -> Locator:
        return self.page.locator(".clause-editor")

    def opens_clause(self, words: str) -> Locator:
        """Put the cursor at the end of a clause."""
        row = self.clause(words).first
        row.locator(".clause-text").click()
        expect(self.editor()).to_be_focused()
        self.page.keyboard.press("ControlOrMeta+End")
        return self.editor()

    def writes(self, words: str, *, after: str) -> None:
        """Type at the end of the clause that has ``after``."""
        self.opens_clause(after)
        self.page.keyboard.type(words)

    def selects(self, words: str, *, in_: str) -> None:
        """Select words in a clause with the keyboard, as somebody does who does not use the mouse."""
        begin = self.opens_clause(in_).evaluate(WORDS).index(words)
        self.page.keyboard.press("ControlOrMeta+Home")
        for _ in range(begin):
            self.page.keyboard.press("ArrowRight")
        for _ in words:
            self.page.keyboard.press("Shift+ArrowRight")

    def brackets(self, words: str, *, in_: str) -> None:
        self.selects(words, in_=in_)
        self.page.keyboard.press("ControlOrMeta+[")

    def offers(self, words: str) -> None:
        """Offer other words for the bracket in which the cursor is."""
        self.button("draft.offer").click()
        dialog = self.dialog("draft.offer")
        self.textbox("draft.offer.words", dialog).fill(words)
        self.button("draft.offer.submit", dialog).click()
        expect(dialog).to_be_hidden()

    def reads_clause(self, words: str) -> None:
        """A clause reads so, with the signs of its brackets and the letters of who is behind them."""
        pattern = re.compile(rf"^\W*{re.escape(words)}\W*$")
        expect(self.page.locator(".clause-text").filter(has_text=pattern).first).to_be_visible(timeout=FIRST_SIGHT_MS)

    def goes_to_side(self, name: str) -> None:
        """One of text, positions, proposals, acts, languages, versions."""
        self.page.get_by_role("tab", name=self.words(f"draft.tab.{name}")).click()

    def shows_column(self, lang: str) -> None:
        """Read and write this language from now on."""
        self.page.get_by_role("combobox", name=self.whole("draft.column")).select_option(value=lang)
        expect(self.page.locator(f".text-page[lang={lang}]")).to_be_visible()

    def inspector(self) -> Locator:
        return self.page.get_by_role("complementary", name=self.words("draft.inspector"))
