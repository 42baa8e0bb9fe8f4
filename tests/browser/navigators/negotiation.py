"""Drafts as they are negotiated: brackets, alternatives, positions, acts, silence, signatures, languages."""

import re
from pathlib import Path
from typing import Final

from playwright.sync_api import Locator, expect

from tests.browser.navigators.draft import Drafts

KOREAN: Final = "Korean"
CLAUSES: Final = 8
"""Of the template of a joint statement."""
DEADLINE_MS: Final = 120_000
"""Longer than any silence of the tests runs."""
NAMES: Final = re.compile(r"\b(DE|FR|KR|Germany|France|Korea|Kim|Seo-yeon|Jonas|Weber|Claire|Martin)\b")
"""Of the delegations and people at the table."""


class Negotiation(Drafts):
    """One person's hands in a draft."""

    def turns_to(self, side: str) -> None:
        """One of the draft's sides, and wait until it is there."""
        self.goes_to_side(side)
        tab = self.page.get_by_role("tab", name=self.words(f"draft.tab.{side}"))
        expect(tab).to_have_attribute("aria-selected", "true")

    @property
    def bracket(self) -> Locator:
        return self.inspector().get_by_role("article", name=self.words("negotiation.bracket.label"))

    def looks_at(self, words: str) -> None:
        """The clause with these words, and what stands beside it."""
        self.turns_to("text")
        self.clause(words).first.locator(".clause-text").click()
        expect(self.inspector()).to_be_visible()

    def proposes(self, english: str, korean: str, *, reason: str, source: str) -> None:
        """Other words for the clause that one looks at, with agreed language that they follow."""
        self.button("negotiation.propose.action", self.inspector()).click()
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_label("English").fill(english)
        dialog.get_by_label(KOREAN).fill(korean)
        self.textbox("negotiation.propose.reason", dialog).fill(reason)
        self.button("negotiation.propose.citeAdd", dialog).click()
        self.textbox("negotiation.propose.citeSource", dialog).fill(source)
        self.button("negotiation.propose.submit", dialog).click()
        expect(dialog).to_be_hidden()

    def reads_as(self, reading: str) -> str:
        """What the text says in one of its readings; one that is not the compilation names nobody, not even unseen."""
        self.turns_to("proposals")
        choices = self.page.get_by_role("group", name=self.words("negotiation.reading.title"))
        choices.get_by_text(self.words(f"negotiation.reading.{reading}"), exact=True).click()
        shown = self.page.get_by_label(self.words(f"negotiation.reading.{reading}"), exact=True).and_(
            self.page.locator(".neg-reading")
        )
        expect(shown).to_be_visible()
        if reading != "compilation":
            told = shown.evaluate("element => element.outerHTML")
            assert not NAMES.search(told), told
        return " ".join(shown.inner_text().split())

    def takes_over(self) -> None:
        """The first alternative to the clause becomes an option of a bracket."""
        self.button("negotiation.alternative.take", self.inspector()).first.click()
        dialog = self.dialog("negotiation.take.title")
        self.button("negotiation.take.submit", dialog).click()
        expect(dialog).to_be_hidden()

    def comments(self, text: str) -> None:
        """On the clause that one looks at."""
        self.textbox("negotiation.comment.write", self.inspector()).fill(text)
        self.button("negotiation.comment.send", self.inspector()).click()
        expect(self.inspector().get_by_text(text)).to_be_visible()

    def option(self, words: str) -> Locator:
        return self.bracket.locator(".neg-options > li").filter(has_text=words)

    def signs(self, submit: str, *, shows: str | None = None) -> None:
        """In the open dialog; ``shows`` must stand in what is signed."""
        dialog = self.page.get_by_role("dialog")
        if shows is not None:
            expect(dialog.get_by_role("region", name=self.words("negotiation.sign.what"))).to_contain_text(shows)
        self.button(submit, dialog).click()
        expect(dialog).to_be_hidden()

    def decides(self, words: str, *, resolving: bool = False) -> None:
        self.button(f"negotiation.bracket.{'resolve' if resolving else 'decide'}For", self.option(words)).click()
        self.signs("negotiation.decide.sign", shows=words)

    def accepts_everything(self) -> None:
        """By the matrix: all clauses at once, signed by one act."""
        self.turns_to("positions")
        self._checks_everything()
        several = self.page.get_by_label(self.pattern("negotiation.matrix.several.other", count=CLAUSES))
        several.select_option(label=self.words("negotiation.stance.accept"))
        self.signs("negotiation.position.sign", shows=self.words("negotiation.stance.accept"))

    def _checks_everything(self) -> None:
        boxes = self.page.get_by_role("grid").get_by_role("checkbox")
        expect(boxes).to_have_count(CLAUSES)
        for box in boxes.all():
            box.check()

    def objects_to(self, row: int) -> None:
        """By the keyboard, in the own column of the matrix."""
        self.turns_to("positions")
        cell = self.page.get_by_role("grid").get_by_role("gridcell").first
        cell.focus()
        for _ in range(row):
            self.page.keyboard.press("ArrowDown")
        self.page.keyboard.press("4")
        self.signs("negotiation.position.sign", shows=self.words("negotiation.stance.object"))

    def agrees_everything(self) -> None:
        self.turns_to("positions")
        self._checks_everything()
        self.button("negotiation.agree.several.other", count=CLAUSES).click()
        self.signs("negotiation.agree.sign")

    def fixes_languages(self) -> None:
        """English and Korean become authentic, and this person answers for their saying the same."""
        self.turns_to("languages")
        self.button("negotiation.languages.choose").click()
        self.page.get_by_role("dialog").get_by_label(KOREAN).check()
        self.signs("negotiation.languages.sign", shows=KOREAN)

    def signs_off_translations(self, count: int) -> None:
        self.turns_to("languages")
        one = "negotiation.concord.action"
        self.button(one if count == 1 else "negotiation.concord.several.other", count=count).click()
        self.signs("negotiation.concord.sign")

    def makes_package(self, name: str) -> None:
        """Of the whole draft."""
        self.turns_to("positions")
        self.button("negotiation.package.make").click()
        self.textbox("negotiation.package.name").fill(name)
        self.signs("negotiation.package.sign", shows=name)

    def links_to(self, other: str) -> None:
        """Make the clause that one looks at wait for another."""
        self.picks(self.button("negotiation.clause.more", self.inspector()), "negotiation.link.action")
        self._chooses("negotiation.link.on", other)
        self.signs("negotiation.link.sign")

    def _chooses(self, field: str, option: str) -> None:
        self.page.get_by_role("dialog").get_by_label(self.words(field), exact=True).select_option(label=option)

    def takes_objection_along(self) -> Path:
        """While the server is not there: as a file and a code to be handed over by another way."""
        self.button("negotiation.objection.make").click()
        expect(self.page.get_by_role("img", name=self.words("negotiation.objection.qr"))).to_be_visible()
        with self.page.expect_download() as waiting:
            self.button("negotiation.objection.save").click()
        return Path(waiting.value.path())

    def records_step(self, step: str, day: str) -> None:
        """Of the own delegation, as of that day."""
        self.turns_to("acts")
        self.button("negotiation.lifecycle.record").click()
        self._chooses("negotiation.fact.step", self.words(f"negotiation.step.{step}"))
        self.page.get_by_role("dialog").get_by_label(self.words("negotiation.fact.date")).fill(day)
        self.signs("negotiation.lifecycle.sign", shows=self.words(f"negotiation.step.{step}"))

    @property
    def rectification(self) -> Locator:
        return self.page.get_by_role("region", name=self.words("negotiation.rectify.title"))

    def opens_rectification(self, clause: str, wrong: str, right: str) -> None:
        self.turns_to("acts")
        self.button("negotiation.rectify.open").click()
        self._chooses("negotiation.fact.clause", clause)
        dialog = self.page.get_by_role("dialog")
        self.textbox("negotiation.rectify.from", dialog).fill(wrong)
        self.textbox("negotiation.rectify.to", dialog).fill(right)
        self.signs("negotiation.rectify.openSign", shows=right)

    def objects_to_rectification(self, reason: str) -> None:
        self.turns_to("acts")
        self.button("negotiation.silence.object", self.rectification).click()
        self.textbox("negotiation.silence.breakReason").fill(reason)
        self.signs("negotiation.silence.breakSign", shows=reason)

    def closes_rectification(self, outcome: str) -> None:
        self.button("negotiation.rectify.close", self.rectification).click()
        self.signs(f"negotiation.rectify.close.{outcome}")

    def opens_silence(self, *, seconds: float) -> None:
        """Until so many seconds from now, of this browser's clock."""
        self.turns_to("acts")
        self.button("negotiation.silence.open").click()
        self._fills_deadline(seconds)
        self.signs("negotiation.silence.openSign")

    def extends_silence(self, *, seconds: float) -> None:
        """Until so many seconds from now, of this browser's clock."""
        self.button("negotiation.silence.extend").click()
        self._fills_deadline(seconds)
        self.signs("negotiation.silence.extendSign")

    def _fills_deadline(self, seconds: float) -> None:
        until = self.page.evaluate("ms => new Date(Date.now() + ms).toLocaleString('sv')", seconds * 1000)
        self.page.get_by_role("dialog").locator("input[type=datetime-local]").fill(until.replace(" ", "T"))

    def breaks_silence(self, reason: str) -> None:
        self.button("negotiation.silence.object").click()
        self.textbox("negotiation.silence.breakReason").fill(reason)
        self.signs("negotiation.silence.breakSign", shows=reason)

    def closes_silence(self, outcome: str) -> None:
        """Waits until the deadline if nobody has objected."""
        self.button("negotiation.silence.close").click(timeout=DEADLINE_MS)
        self.signs(f"negotiation.silence.close{outcome}")

    def brings_objection(self, file: Path) -> None:
        """One that was handed over outside of the server."""
        self.button("negotiation.silence.late").click()
        self.page.get_by_role("dialog").locator("input[type=file]").set_input_files(file)
        self.signs("negotiation.silence.lateSign")

    def is_refused_as_objection(self, file: Path) -> None:
        self.button("negotiation.silence.late").click()
        dialog = self.dialog("negotiation.silence.lateTitle")
        dialog.locator("input[type=file]").set_input_files(file)
        expect(dialog).to_contain_text(self.words("negotiation.silence.lateWrong"))
        expect(self.button("negotiation.silence.lateSign", dialog)).to_be_disabled()
        self.button("action.cancel", dialog).click()

    def initials(self) -> None:
        self.button("negotiation.initial.wholeAction").click()
        self.signs("negotiation.initial.sign")

    def opens_signing(self) -> None:
        self.button("negotiation.signing.open").click()
        self.signs("negotiation.signing.openSign")

    def signs_text(self, capacity: str) -> None:
        """When it is this delegation's turn; in both languages at once."""
        self.button("negotiation.signing.sign").click()
        dialog = self.page.get_by_role("dialog")
        expect(dialog).to_contain_text(self.words("negotiation.sign.evidence"))
        self.textbox("negotiation.fact.capacity", dialog).fill(capacity)
        self.signs("negotiation.signing.sign", shows=capacity)

    def proposes_publication(self, title: str) -> Path:
        """In the public register; returns the file that was made for it."""
        self.button("negotiation.register.propose").click()
        dialog = self.page.get_by_role("dialog")
        self.textbox("negotiation.register.titleField", dialog).fill(title)
        with self.page.expect_download() as waiting:
            self.button("negotiation.register.proposeSubmit", dialog).click()
        expect(dialog).to_be_hidden()
        return Path(waiting.value.path())

    def consents_to_publication(self, title: str) -> None:
        """To exactly what somebody else of those who signed has proposed."""
        self.button("negotiation.register.consent").click()
        dialog = self.page.get_by_role("dialog")
        expect(dialog).to_contain_text(title)
        self.button("negotiation.register.consentSubmit", dialog).click()
        expect(dialog).to_be_hidden()
