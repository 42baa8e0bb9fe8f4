"""An installation in which something of everything was done, by real members and a real citizen."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import flask
import pytest

from portal.config import Settings
from portal.member.content import File, Message, encode_content
from portal.member.e2ee import opaque
from portal.member.roomdata import RoomProblem
from portal.member.session import bind, with_recovery_key
from portal.member.store import KeyFile, Store
from portal.member.timeline import Said, timeline
from portal.member.transfers import Download, LocalFile, upload
from portal.server.app import create_app
from portal.server.core.context import EXTENSION, Portal
from portal.server.core.limits import limiter
from portal.server.feedback import weeks
from portal.server.feedback.feature import Feedback
from portal.server.ledger.feature import Ledger
from portal.server.rooms.feature import Rooms
from portal.wire.ids import BlobId, RoomId
from tests.member.drafts.table import Negotiator, Table, negotiator, opened
from tests.member.inside import Inhabitant, Inside, administrator, newcomer
from tests.server.accounts.people import ORIGIN
from tests.server.feedback.citizen import Citizen

SAID: Final = "Please light the path along the river."
ATTACHED: Final = bytes(range(256)) * 700


@dataclass
class Living:
    """Who is there, and what they have in their hands."""

    app: flask.Flask
    data: Path
    folder: Path
    ada: Negotiator
    bob: Negotiator
    table: Table
    attached: File
    receipt: str

    @property
    def both(self) -> tuple[Negotiator, Negotiator]:
        return self.ada, self.bob

    def says(self, who: Negotiator, text: str) -> int:
        """Say something in the room; returns its number."""
        return says(who.person, self.table.room, text)

    def texts(self, who: Negotiator) -> list[str]:
        """What somebody reads in the room, after everything that the server has."""
        return reads(who.person, self.table.room)

    def problem(self, who: Negotiator) -> RoomProblem | None:
        """What stands against reading and writing in the room, as somebody's program says."""
        return who.person.member.entry(self.table.room).room.problem

    def puts(self, who: Negotiator, content: bytes) -> BlobId:
        """Put a file into the room, of which no message tells; returns its id."""
        local = LocalFile(lambda begin, end: content[begin:end], len(content), "file.bin")
        return who.person.run(upload(self.table.room, local)).blob

    def downloads(self, who: Negotiator) -> bytes:
        """Fetch the file that Bob has put into the room."""
        coming, pieces = Download(self.attached), []
        while (piece := who.person.run(coming.next())) is not None:
            pieces.append(piece)
        return b"".join(pieces)

    def at(self, app: flask.Flask, folder: Path) -> "Living":
        """The same people at another server of this name, with copies of what is on their devices."""
        folder.mkdir()
        ada, bob = (Negotiator(moved(who.person, app, self.folder, folder), who.delegation) for who in self.both)
        return replace(self, app=app, ada=ada, bob=bob)


def says(person: Inhabitant, room: RoomId, text: str) -> int:
    """Say something in a room; returns its number."""
    plaintext = encode_content(Message(text, "en"), int(time.time() * 1000))
    return person.run(person.member.send(room, plaintext))


def reads(person: Inhabitant, room: RoomId) -> list[str]:
    """What somebody reads in a room, after everything that the server has."""
    person.run(person.member.catch_up())
    here = person.member.entry(room).room
    return [entry.text for entry in timeline(here.log, here.people) if isinstance(entry, Said)]


def moved(person: Inhabitant, app: flask.Flask, there: Path, folder: Path) -> Inhabitant:
    """Somebody on a copy of a device, signed in anew with the recovery key."""
    before = person.member.session
    shutil.copytree(there / before.handle, folder / before.handle)
    store = Store.open(folder / before.handle, KeyFile(there / f"{before.handle}.key"))
    copy = Inhabitant(store, Inside(app))
    copy.recovery_key = person.recovery_key
    answer, key = copy.run(with_recovery_key(before.handle, person.recovery_key))
    copy.opens(copy.run(bind(answer, key, before, "browser", time.time)))
    return copy


def anew(person: Inhabitant, app: flask.Flask, folder: Path) -> Inhabitant:
    """Somebody whose devices are all gone: a new one, let in by the recovery key."""
    fresh = newcomer(app, folder, "fresh")
    answer, key = fresh.run(with_recovery_key(person.member.session.handle, person.recovery_key))
    fresh.opens(fresh.run(bind(answer, key, None, "browser", time.time)))
    return fresh


def let_enter(app: flask.Flask) -> Ledger:
    """Let all that waits enter the ledger, rooms' and drafts' heads as well."""
    portal: Portal = app.extensions[EXTENSION]
    ledger = portal.get(Ledger)
    ledger.release_held()
    ledger.record_regularly()
    ledger.sequence()
    return ledger


@contextmanager
def running(data: Path, database_url: str = "") -> Iterator[flask.Flask]:
    """The application of an installation that is there already."""
    app = create_app(Settings(data_dir=data, database_url=database_url, public_url=ORIGIN))
    portal: Portal = app.extensions[EXTENSION]
    portal.database.deliver = lambda _outbox: None
    rooms = portal.get(Rooms)
    limiter.enabled = False
    rooms.start()
    try:
        yield app
    finally:
        rooms.close()
        portal.database.close()
        limiter.enabled = True


@contextmanager
def cheaply() -> Iterator[None]:
    """Argon2id at next to no cost."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opaque, "Stretching", partial(opaque.Stretching, 1, 64, 1))
        yield


def settle(app: flask.Flask, data: Path, folder: Path) -> Living:
    """Two delegations with a room, a draft and a file; a citizen with a receipt; all of it in the ledger."""
    person = administrator(app, folder)
    netherlands = next(one["id"] for one in person.asks("GET", "/api/delegations") if one["code"] == "NL")
    person.run(person.member.people.fetch_all())
    ada = Negotiator(person, netherlands)
    bob = negotiator(person, app, folder, "bob", "KR")
    table = opened(ada, [(bob, "pen")])
    local = LocalFile(lambda begin, end: ATTACHED[begin:end], len(ATTACHED), "map.bin")
    attached = bob.person.run(upload(table.room, local))
    living = Living(app, data, folder, ada, bob, table, attached, "")
    for text in ("We propose 12 %.", "합의합니다. 🕊️"):
        living.says(bob, text)
    table.writes(bob, 2, "The Parties shall meet twice.")
    portal: Portal = app.extensions[EXTENSION]
    portal.database.write(lambda unit: weeks.ensure(unit, "UTC", 90))
    portal.get(Feedback).load.base_cost = 16
    citizen = Citizen(app)
    code = citizen.say(SAID)
    let_enter(app)
    living.receipt = citizen.send(citizen.follow(code).form("/r/file")).html
    return living
