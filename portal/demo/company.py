"""The people of the demonstration while it is set up: Python members, who afterwards sign in with a browser."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from portal.demo.programs import DemoError
from portal.demo.script import Delegation, Person
from portal.member.content import Content, encode_content
from portal.member.driver import Driver
from portal.member.making import let_in, make_room
from portal.member.member import Member
from portal.member.onboarding import Invited, NewAccount, new_keys, onboard
from portal.member.store import KeyFile, Store
from portal.member.timeline import content_of
from portal.member.translation_content import Translation
from portal.member.transport import Http
from portal.member.work import MemberError, post
from portal.wire.enrolment import enrolment_code, parse_enrolment, read_code
from portal.wire.ids import AccountId, ItemId, RoomId, b64, unb64
from portal.wire.vouching import Vouching, vouching_signed_bytes

_LINK: Final = re.compile(r"#/invitation/([\w-]+)\.([\w-]+)$")
_LOOK_S: Final = 0.3


@dataclass(frozen=True, slots=True)
class Attendant:
    """Somebody who is signed in; ``recovery_key`` is the printed one, with hyphens."""

    person: Person
    recovery_key: str
    member: Member
    driver: Driver

    @property
    def account(self) -> AccountId:
        """Whose account it is."""
        return self.member.account

    def catch_up(self) -> None:
        """Learn what has happened."""
        self.driver.run(self.member.catch_up())

    def makes_delegation(self, delegation: Delegation) -> str:
        """As administrator; returns its id."""
        wish = {"name": delegation.name, "code": delegation.code, "colour": delegation.colour}
        return str(self._post("/api/delegations", wish)["id"])

    def invites(self, person: Person, delegation: str | None) -> Invited:
        """As administrator."""
        answer = self._post("/api/invitations", {"delegation": delegation, "roles": list(person.roles)})
        return Invited(answer["id"], answer["secret"])

    def approves(self, code: str, name: str) -> AccountId:
        """Answer for the interpreter whose program printed ``code``; returns its account.

        Raises:
            DemoError: the server names another request than the one with this code.
        """
        request = unb64(self._post("/api/enrolments/look", {"code": code})["request"])
        if enrolment_code(request) != read_code(code):
            msg = "the server shows another interpreter than the one that was started"
            raise DemoError(msg)
        asked = parse_enrolment(request)
        vouching = Vouching(asked.account, int(time.time()), self.account, "room", asked.sign).to_bytes()
        signature = self.member.vault.sign.sign(vouching_signed_bytes(vouching))
        vouch = {"body": b64(vouching), "sig": b64(signature)}
        wish = {"code": code, "name": name, "languages": ["en", "ko"], "vouch": vouch}
        return AccountId(self._post("/api/enrolments/approve", wish)["account"])

    def founds(self, name: str, people: Sequence[AccountId]) -> RoomId:
        """Make a room with these people in it, whose whole record each of them may read."""
        return self.driver.run(make_room(self.member, "working_group", name, people))

    def lets_in(self, room: RoomId, account: AccountId, within_s: float) -> None:
        """As the room's chair, let somebody in who is about to come: a program offers its keys once it is connected.

        Raises:
            DemoError: it has not within this time.
        """
        until_s = time.monotonic() + within_s
        while time.monotonic() < until_s:
            self.catch_up()
            try:
                if not self.driver.run(let_in(self.member, room, [account])):
                    return
            except MemberError as error:
                if error.code != "person.no_device":
                    raise
            time.sleep(_LOOK_S)
        msg = f"the interpreter could not be let into the room within {within_s:.0f} s"
        raise DemoError(msg)

    def writes(self, room: RoomId, content: Content) -> ItemId:
        """Put something into the record; returns its item."""
        self.catch_up()
        number = self.driver.run(self.member.send(room, encode_content(content, int(time.time() * 1000))))
        row = self.member.entry(room).room.log.row(number)
        if row is None:
            msg = f"what {self.person.name} wrote is not in the record"
            raise DemoError(msg)
        return row.item

    def translation_of(self, room: RoomId, item: ItemId, language: str, within_s: float) -> Translation:
        """Wait until the interpreter has written how a message reads in ``language``.

        Raises:
            DemoError: it has not within this time.
        """
        until_s = time.monotonic() + within_s
        while time.monotonic() < until_s:
            self.catch_up()
            for row in self.member.entry(room).room.log:
                content = content_of(row, self.member.people)
                if isinstance(content, Translation) and (content.target, content.to) == (item, language):
                    return content
            time.sleep(_LOOK_S)
        msg = f"the interpreter has not translated what was said within {within_s:.0f} s"
        raise DemoError(msg)

    def _post(self, path: str, body: Any) -> Any:
        return self.driver.run(post(path, body))


def join(origin: str, folder: Path, person: Person, invited: Invited) -> Attendant:
    """Make an account by an invitation; its store in ``folder`` is for the time of setting up."""
    folder.mkdir(mode=0o700, parents=True)
    store = Store.create(folder / "store", KeyFile.generate(folder / "key"))
    driver = Driver(store, Http(origin))
    keys = new_keys("browser")
    wish = NewAccount(person.handle, person.name, person.languages)
    member = Member(driver.run(onboard(keys, invited, wish, time.time)), time.time)
    driver.run(member.load())
    driver.run(member.catch_up())
    return Attendant(person, "-".join(keys.printed_recovery_key.split()), member, driver)


def invited_by(link: str) -> Invited:
    """The invitation that a link carries; DemoError for another link."""
    found = _LINK.search(link)
    if found is None:
        msg = f"{link} is no invitation"
        raise DemoError(msg)
    return Invited(found[1], found[2])
