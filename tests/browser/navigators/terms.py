"""The glossary of a room: agreeing on terms, changing them, files in and out."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from playwright.sync_api import FilePayload, Locator, expect

from tests.browser.navigators.rooms import Rooms

LANGUAGES: Final = {"en": "English", "ko": "Korean"}


class Terms(Rooms):
    """The panel of terms of the open room."""

    def agrees_on(self, words: Mapping[str, str], note: str = "") -> None:
        """A new term: a word a language, all of them to be used."""
        self.opens_panel("terms")
        self.button("terms.add").click()
        dialog = self.dialog("terms.addTitle")
        lines = dialog.get_by_role("listitem")
        while lines.count() < len(words):
            self.button("terms.another", dialog).click()
        for line, (language, word) in zip(lines.all(), words.items(), strict=False):
            self.field("terms.language", line).select_option(language)
            self.textbox("terms.wordIn", line, language=LANGUAGES[language]).fill(word)
        self.field("terms.note", dialog).fill(note)
        self.button("terms.save", dialog).click()
        expect(dialog).to_be_hidden()

    def term(self, word: str) -> Locator:
        """The line of the panel that holds this word."""
        shown = self.page.locator(".term-text").filter(has_text=re.compile(f"^{word}$"))
        return self.page.get_by_role("tabpanel").locator(".term").filter(has=shown)

    def forbids(self, word: str, language: str, *, beside: str) -> None:
        """Say of a word that it is not to be used for what ``beside`` means."""
        self.button("terms.editOf", self.term(beside)).click()
        dialog = self.dialog("terms.editTitle")
        self.button("terms.another", dialog).click()
        line = dialog.get_by_role("listitem").last
        self.field("terms.language", line).select_option(language)
        self.textbox("terms.wordIn", line, language=LANGUAGES[language]).fill(word)
        self.field("terms.statusOf", line, language=LANGUAGES[language]).select_option("forbidden")
        self.button("action.save", dialog).click()
        expect(dialog).to_be_hidden()

    def removes_term(self, word: str) -> None:
        self.button("terms.removeOf", self.term(word)).click()
        dialog = self.dialog("terms.removeTitle")
        self.button("terms.remove", dialog).click()
        expect(dialog).to_be_hidden()

    def chooses_glossary(self, name: str, content: bytes) -> Locator:
        """Offer a file for import; gives the dialog that shows what would change."""
        self.opens_panel("terms")
        with self.page.expect_file_chooser() as chosen:
            self.button("terms.import").click()
        chosen.value.set_files([FilePayload(name=name, mimeType="application/octet-stream", buffer=content)])
        return self.dialog("terms.importTitle", name=name)

    def exports_terms(self, form: str) -> bytes:
        self.opens_panel("terms")
        self.button("terms.export").click()
        with self.page.expect_download() as download:
            self.page.get_by_role("menuitem", name=self.words(f"terms.export.{form}")).click()
        return Path(download.value.path()).read_bytes()
