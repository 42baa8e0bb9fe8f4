"""What honest people send while they open a room, write, keep a file and begin a draft.

Malformed input is made of it.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from pycrdt import Doc

from portal.bench.honest import Memory, Person
from portal.member.content import Message, encode_content
from portal.member.drafts.drafts import Drafts
from portal.member.drafts.making import found_draft
from portal.member.drafts.writing import begin_text
from portal.member.driver import Driver
from portal.member.making import make_room
from portal.member.member import Member
from portal.member.session import Session, bind, with_passphrase
from portal.member.transport import Http
from portal.member.work import Ask, get, post, put
from portal.wire.drafts.envelope import decode_draft_item
from portal.wire.ids import RoomId, b64, new_id

_FILE_BYTES: Final = 4096


class RecordingHttp(Http):
    """Notes every request that carries something."""

    def __init__(self, origin: str) -> None:
        super().__init__(origin)
        self.asked: list[Ask] = []

    def ask(self, asked: Ask) -> Any:
        """Carry a request out, and keep it."""
        if asked.body is not None:
            self.asked.append(asked)
        return super().ask(asked)


@dataclass(frozen=True, slots=True)
class Recording:
    """Good requests, and the socket events that say the same; ``token`` is the session of who sent them."""

    asked: tuple[Ask, ...]
    events: tuple[tuple[str, list[Any]], ...]
    token: str = field(repr=False)


@dataclass
class Writer:
    """Somebody honest who writes into a room of their own."""

    member: Member
    driver: Driver
    http: RecordingHttp
    room: RoomId

    def write(self, text: str) -> float:
        """Write; return the seconds until it stood in the record."""
        begun_s = time.monotonic()
        content = encode_content(Message(text=text, lang="en"), int(time.time() * 1000))
        self.driver.run(self.member.send(self.room, content))
        return time.monotonic() - begun_s

    def look(self) -> float:
        """Look at the rooms; return the seconds until they came."""
        begun_s = time.monotonic()
        self.driver.run(get("/api/rooms"))
        return time.monotonic() - begun_s


def writer(person: Person) -> Writer:
    """Sign ``person`` in as a whole member, who opens a room."""
    http = RecordingHttp(person.origin)
    driver = Driver(Memory(), http)
    answer, vault_key = driver.run(with_passphrase(person.handle, person.passphrase))
    session: Session = person.session
    member = Member(driver.run(bind(answer, vault_key, session, "browser", time.time)), time.time)
    driver.run(member.load())
    driver.run(member.catch_up())
    return Writer(member, driver, http, driver.run(make_room(member, "working_group", "Room", [])))


def recorded(person: Person) -> Recording:
    """Do everything once and return what was sent."""
    one = writer(person)
    one.write("Good morning")
    _keep_file(one)
    _begin_draft(one)
    _ask_the_rest(one)
    token = one.http.token
    if token is None:
        msg = "the session has no token"
        raise RuntimeError(msg)
    return Recording(tuple(one.http.asked), tuple(_events(one)), token)


def _keep_file(one: Writer) -> None:
    blob = new_id()
    one.driver.run(post(f"/api/rooms/{one.room}/blobs", {"blob": blob, "size_bytes": _FILE_BYTES}))
    one.driver.run(put(f"/api/blobs/{blob}/chunks/0", bytes(_FILE_BYTES)))
    one.driver.run(post(f"/api/blobs/{blob}/complete"))


def _begin_draft(one: Writer) -> None:
    drafts = Drafts(one.member)
    one.driver.run(drafts.sync(one.room))
    doc: Doc[Any] = Doc(client_id=7)
    begin_text(doc, {"en": "Treaty"}, ["en"], [])
    one.driver.run(found_draft(drafts, one.room, doc.get_update(), []))


def _ask_the_rest(one: Writer) -> None:
    """What nobody does in such a day; refusals are answers, too."""
    for ask in _FURTHER:
        one.http.asked.append(ask(one.room))


def _events(one: Writer) -> list[tuple[str, list[Any]]]:
    events: list[tuple[str, list[Any]]] = [
        ("room.open", [one.room, 0]),
        ("room.close", [one.room]),
        ("typing", [one.room, True]),
        ("presence", ["active"]),
        ("aside", [one.room, one.member.account, b64(bytes(1400))]),
    ]
    for asked in one.http.asked:
        if isinstance(asked.body, bytes) and asked.path.endswith("/items"):
            if "/drafts/" in asked.path:
                draft = decode_draft_item(asked.body).draft
                events += [("draft.submit", [one.room, draft, b64(asked.body)]), ("draft.open", [one.room, draft])]
                events += [("draft.cursor", [one.room, draft, b64(bytes(200))]), ("draft.close", [one.room, draft])]
            else:
                events.append(("item.submit", [one.room, b64(asked.body)]))
    return events


_FURTHER: Final[tuple[Callable[[RoomId], Ask], ...]] = (
    lambda _room: Ask("POST", "/api/enrolments", {"request": b64(bytes(200))}),
    lambda _room: Ask("POST", "/api/enrolments/look", {"code": "AAAA AAAA AAAA AAAA"}),
    lambda _room: Ask("POST", "/api/enrolments/state", {"id": new_id(), "secret": b64(bytes(32))}),
    lambda _room: Ask("POST", "/api/invitations/look", {"id": new_id(), "secret": b64(bytes(32))}),
    lambda _room: Ask("POST", "/api/invitations", {"delegation": None, "roles": ["delegate"], "days": 7}),
    lambda _room: Ask("POST", "/api/delegations", {"name": "North", "code": "NO", "colour": "#112233"}),
    lambda _room: Ask("POST", "/api/device-lists", {"accounts": [new_id()]}),
    lambda _room: Ask("POST", "/api/key-packages/claim", {"devices": [new_id()]}),
    lambda _room: Ask("PATCH", "/api/me", {"name": "Somebody", "languages": ["en"], "settings": {"presence": True}}),
    lambda room: Ask("PUT", f"/api/rooms/{room}/cursor", {"number": 1}),
    lambda room: Ask("PATCH", f"/api/rooms/{room}/members/{new_id()}", {"role": "observer"}),
    lambda _room: Ask("POST", "/ledger/cosignatures", b"origin\n1\nAAAA\n\n\xe2\x80\x94 name AAAA\n"),
    lambda _room: Ask("POST", "/api/interpreters/equipment", {"version": "1", "packages": []}),
)
