"""Rooms: making them, opening them, who is in them."""

import re
from collections.abc import Iterable

from playwright.sync_api import Locator, expect

from tests.browser.navigators.base import Navigator


class Rooms(Navigator):
    """The list of rooms, the dialogs about rooms, the panel of members."""

    def goes_home(self) -> None:
        if self.page.get_by_role("dialog").is_visible():
            self.page.keyboard.press("Escape")
            expect(self.page.get_by_role("dialog")).to_be_hidden()
        self.page.goto(f"{self.profile.origin}/#/")
        expect(self.page.get_by_role("navigation", name=self.words("rooms.title"))).to_be_visible()

    def creates_room(
        self, kind: str, name: str, with_: Iterable[Navigator] = (), *, history: str = "all", expected: bool = True
    ) -> None:
        """Make a room and be in it; ``expected=False`` leaves the filled dialog to the caller."""
        self.button("rooms.new").first.click()
        dialog = self.dialog("newRoom.title")
        dialog.get_by_role("radio", name=self.pattern(f"room.kind.{kind}")).check()
        self.textbox("newRoom.name", dialog).fill(name)
        self._picks_people(dialog, with_)
        dialog.get_by_label(self.words(f"history.{history}")).check()
        self.button("newRoom.create", dialog).click()
        if expected:
            expect(dialog).to_be_hidden()
            self.is_in_room(name)

    def huddles(self, with_: Navigator, name: str) -> None:
        """From the list of members: a side room with one of them."""
        self.opens_panel("members")
        self.page.get_by_role("button", name=self.pattern("huddle.with", name=with_.name)).click()
        dialog = self.dialog("huddle.title")
        self.textbox("newRoom.name", dialog).fill(name)
        self.button("huddle.start", dialog).click()
        expect(dialog).to_be_hidden()
        self.is_in_room(name)

    def room_link(self, name: str) -> Locator:
        return self.page.get_by_role("navigation", name=self.words("rooms.title")).get_by_role(
            "link", name=re.compile(re.escape(name))
        )

    def sees_room(self, name: str) -> None:
        expect(self.room_link(name)).to_be_visible()

    def opens_room(self, name: str) -> None:
        self.room_link(name).click()
        self.is_in_room(name)

    def is_in_room(self, name: str) -> None:
        expect(self.page.get_by_role("heading", level=1, name=name)).to_be_visible()
        expect(self.page.get_by_role("list", name=self.words("record.label"))).to_be_visible()

    def opens_room_put_away(self, name: str) -> None:
        """A room that is archived, or in which one is no longer."""
        put_away = self.page.get_by_role("navigation", name=self.words("rooms.title")).locator("details")
        if put_away.get_attribute("open") is None:
            put_away.locator("summary").click()
        self.opens_room(name)

    def open_room_id(self) -> str:
        """The id of the open room, from the address."""
        room = self.page.url.partition("#/room/")[2].partition("/")[0]
        assert room, f"{self.page.url} is no room's address"
        return room

    def asks(self, method: str, path: str, body: object = None) -> int:
        """Ask the server as this person's browser could, past the portal's own client; returns the status."""
        script = """async ([method, path, body]) => {
          const headers = {"Content-Type": "application/json"};
          const options = body === null ? {} : {headers, body: JSON.stringify(body)};
          return (await fetch(path, {method, ...options})).status;
        }"""
        status: int = self.page.evaluate(script, [method, path, body])
        return status

    def adds(self, *people: Navigator) -> None:
        """Let people into the open room."""
        self.picks(self.button("room.menu"), "addMembers.title")
        dialog = self.dialog("addMembers.title")
        self._picks_people(dialog, people)
        self.button("addMembers.submit", dialog).click()
        expect(dialog).to_be_hidden()

    def removes(self, person: Navigator) -> None:
        """Take somebody out of the open room."""
        self.opens_panel("members")
        self.member(person).locator("summary").click()
        self.button("removeMember.of", name=person.name).click()
        dialog = self.page.get_by_role("dialog")
        self.button("removeMember.action", dialog).click()
        expect(dialog).to_be_hidden()
        expect(self.member(person)).to_have_count(0)

    def member(self, person: Navigator) -> Locator:
        """The line of a member in the panel of members."""
        return self._member(person.name)

    def interpreter(self, name: str) -> Locator:
        """The line of an interpreter in the panel of members."""
        return self._member(name)

    def _member(self, name: str) -> Locator:
        """The line with this name of its own: an interpreter's also holds its owner's."""
        named = self.page.locator(".member-name").filter(has_text=name)
        return self.page.get_by_role("tabpanel").get_by_role("listitem").filter(has=named)

    def verification(self, person: Navigator, state: str) -> Locator:
        """The mark at a member that says whether one has verified this person: unverified, verified or changed."""
        return self.button(f"verified.of.{state}", self.member(person), name=person.name)

    def opens_panel(self, name: str) -> Locator:
        """One of members, files, terms, about, search."""
        tab = self.page.get_by_role("tab", name=self.words(f"panel.{name}"))
        panel = self.page.get_by_role("tabpanel")
        if not panel.is_visible():
            self.button("panel.toggle").click()
        tab.click()
        expect(tab).to_have_attribute("aria-selected", "true")
        return panel

    def opens_safety_number(self, other: Navigator) -> str:
        """From the panel of members to the number that two people compare, 60 digits."""
        self.opens_panel("members")
        self.verification(other, "unverified").click()
        groups = self.dialog("verify.title").get_by_role("list", name=self.words("verify.number"))
        expect(groups.get_by_role("listitem")).to_have_count(12)
        return "".join(groups.locator("[aria-hidden]").all_inner_texts())

    def room_code(self) -> str:
        """The open room's code, 30 digits."""
        panel = self.opens_panel("about")
        digits = panel.get_by_role("list", name=self.words("epochCode.title"))
        expect(digits.get_by_role("listitem")).to_have_count(6)
        return re.sub(r"\D", "", "".join(digits.locator("[aria-hidden]").all_inner_texts()))

    def searches(self, text: str) -> Locator:
        """Hits of a search in the open room."""
        panel = self.opens_panel("search")
        panel.get_by_role("searchbox").fill(text)
        expect(panel.get_by_role("status")).not_to_have_text(self.words("search.scope"))
        return panel.get_by_role("listitem")

    def _picks_people(self, dialog: Locator, people: Iterable[Navigator]) -> None:
        for person in people:
            dialog.get_by_role("checkbox", name=re.compile(re.escape(person.name))).check()
