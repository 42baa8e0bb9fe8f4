"""What a person does in a room's record: reads, writes, answers, corrects, withdraws, marks, sends files."""

import re
from pathlib import Path

from playwright.sync_api import Locator, expect

from tests.browser.navigators.base import Navigator


class Record(Navigator):
    """The record of the open room, and the place to write."""

    @property
    def composer(self) -> Locator:
        return self.textbox("composer.label")

    def message(self, text: str) -> Locator:
        """The message that says ``text``."""
        return self.page.get_by_role("article").filter(has_text=text)

    def types(self, text: str) -> None:
        """Write without sending."""
        self.composer.fill(text)

    def sends(self, text: str) -> None:
        """Write and send, without waiting for the server."""
        self.types(text)
        self.composer.press("Enter")
        expect(self.message(text).first).to_be_visible()

    def says(self, text: str) -> None:
        """Write and send, until the server has it."""
        self.sends(text)
        self.has_sent(text)

    def has_sent(self, text: str) -> None:
        message = self.message(text).last
        expect(message).to_be_visible()
        expect(message).not_to_contain_text(self.words("message.waiting"))
        expect(message).not_to_contain_text(self.words("message.failed"))

    def waits_with(self, text: str) -> None:
        """The message is there and says that it waits to be sent."""
        expect(self.message(text)).to_contain_text(self.words("message.waiting"))

    def reads(self, text: str) -> None:
        expect(self.message(text).first).to_be_visible()

    def reads_all(self, *texts: str) -> None:
        for text in texts:
            self.reads(text)

    def does_not_read(self, text: str) -> None:
        expect(self.page.get_by_text(text)).to_have_count(0)

    def texts(self) -> list[str]:
        """The texts of all messages on the page, as they stand."""
        return self.page.locator("article .message-text").all_inner_texts()

    def points_at(self, text: str) -> Locator:
        """The tools of a message."""
        message = self.message(text).first
        message.hover()
        return message.get_by_role("group", name=self.pattern("message.tools"))

    def replies(self, to: str, text: str) -> None:
        self.button("message.reply", self.points_at(to)).click()
        self.says(text)

    def corrects(self, text: str, into: str) -> None:
        self.picks(self.button("message.more", self.points_at(text)), "message.correct")
        expect(self.composer).to_have_value(text)
        self.composer.fill(into)
        self.composer.press("Enter")
        self.reads(into)

    def reads_correction(self, now: str, before: str) -> None:
        """The new text stands there; the old one can be opened."""
        message = self.message(now)
        expect(message).to_contain_text(self.pattern("message.corrected.one"))
        message.locator("summary").click()
        expect(message.get_by_text(before, exact=True)).to_be_visible()
        message.locator("summary").click()

    def withdraws(self, text: str, reason: str) -> None:
        self.picks(self.button("message.more", self.points_at(text)), "message.withdraw")
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_role("textbox").fill(reason)
        dialog.get_by_role("button").last.click()
        expect(dialog).to_be_hidden()

    def reads_withdrawal(self, by: str, reason: str) -> None:
        withdrawn = self.page.get_by_role("article").filter(has_text=self.pattern("message.withdrawn", name=by))
        expect(withdrawn.filter(has_text=reason)).to_be_visible()

    def marks(self, text: str, mark: str) -> None:
        self.button(f"mark.{mark}", self.points_at(text)).click()

    def sees_mark(self, text: str, mark: str, count: int) -> None:
        name = re.compile(f"{re.escape(self.words(f'mark.{mark}'))}\\s*{count}")
        expect(self.message(text).get_by_role("button", name=name)).to_be_visible()

    def mentions(self, person: str, text: str) -> None:
        """Name somebody through the list that opens at "@", then say something."""
        self.composer.fill("")
        self.composer.press_sequentially(f"@{person[:3]}")
        self.page.get_by_role("option", name=re.compile(re.escape(person))).click()
        self.composer.press_sequentially(text)
        self.composer.press("Enter")
        self.has_sent(text)

    def attaches(self, *paths: Path) -> None:
        """Pick files, without waiting for them to be uploaded."""
        with self.page.expect_file_chooser() as chosen:
            self.button("composer.attach").click()
        chosen.value.set_files(list(paths))

    def transfer(self, name: str) -> Locator:
        """The line of a file on its way."""
        return self.page.get_by_role("listitem").filter(
            has=self.page.get_by_role("button", name=re.compile(re.escape(name)))
        )

    def sends_file(self, path: Path, text: str = "") -> None:
        self.attaches(path)
        expect(self.button("transfer.remove", name=path.name)).to_be_visible()
        self.says_with_file(text, path.name)

    def says_with_file(self, text: str, name: str) -> None:
        """Send what is attached, with a text."""
        self.composer.fill(text)
        self.composer.press("Enter")
        expect(self.button("file.save", name=name).last).to_be_enabled()

    def saves_file(self, name: str) -> bytes:
        """Download a file from the record and return what arrived."""
        with self.page.expect_download() as saved:
            self.button("file.save", name=name).last.click()
        return Path(saved.value.path()).read_bytes()

    def can_not_write(self, key: str) -> None:
        """In place of the composer stands why."""
        self.sees(key)
        expect(self.composer).to_have_count(0)

    def can_not_send(self) -> None:
        """What is typed stays, but there is no way to send it."""
        self.types("this must not go out")
        expect(self.button("composer.send")).to_be_disabled()
        self.composer.press("Enter")
        expect(self.composer).to_have_value("this must not go out")
        self.types("")
