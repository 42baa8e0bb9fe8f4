"""A portal in the same process, asked by Python members through Flask's test client: no sockets, no network."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import flask

from portal.config import Settings
from portal.member.driver import Driver
from portal.member.member import Member
from portal.member.onboarding import Invited, NewAccount, new_keys, onboard
from portal.member.session import Opened
from portal.member.store import KeyFile, Store
from portal.member.work import Ask, MemberError
from portal.server.accounts import service
from portal.server.app import create_app
from portal.server.core.context import EXTENSION, Portal
from portal.server.core.limits import limiter
from portal.server.rooms.feature import Rooms
from tests.server.accounts.people import ORIGIN, Browser

PASSPHRASE: Final = "correct horse battery staple"


@dataclass
class Inside:
    """The way to the application of one browser or program."""

    app: flask.Flask
    lose: str | None = None
    """The path whose next answer is lost on the way."""
    asked: list[Ask] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.browser = Browser(self.app)

    def ask(self, asked: Ask) -> Any:
        """Carry a request out; MemberError with the server's code."""
        self.asked.append(asked)
        answer = self.browser.send(asked.method, asked.path, asked.body)
        if asked.path == self.lose:
            self.lose = None
            raise MemberError("network.timeout")
        if answer.status_code >= 400:
            error = answer.get_json()["error"]
            raise MemberError(error["code"], **error["detail"])
        return answer.data if asked.octets else answer.get_json()


@dataclass
class Inhabitant:
    """Somebody, or some program, with a store and a way to the application."""

    store: Store
    http: Inside

    def __post_init__(self) -> None:
        self.driver = Driver(self.store, self.http)
        self.run = self.driver.run

    @property
    def member(self) -> Member:
        """The member, after ``comes_in`` or ``opens``."""
        assert self._member is not None
        return self._member

    def opens(self, opened: Opened) -> Member:
        """Be a member from now on, with everything that the server has."""
        self._member = Member(opened, time.time)
        self.run(self._member.load())
        if self.offers:
            self.run(self._member.catch_up())
        return self._member

    def comes_in(self, invitation: Any, handle: str, name: str) -> Member:
        """Make an account."""
        invited, wish = Invited(invitation["id"], invitation["secret"]), NewAccount(handle, name, ("en", "ko"))
        keys = new_keys("browser", PASSPHRASE)
        self.recovery_key = keys.printed_recovery_key
        return self.opens(self.run(onboard(keys, invited, wish, time.time)))

    def asks(self, method: Any, path: str, body: Any = None) -> Any:
        """Ask the server as whoever is signed in here."""
        return self.http.ask(Ask(method, path, body))

    recovery_key: str = ""
    offers: bool = True
    """Whether it goes on, once it is in, to what every member does: among that, offer keys."""
    _member: Member | None = None


def newcomer(app: flask.Flask, folder: Path, name: str) -> Inhabitant:
    """Nobody yet: an empty store, and a way to the application."""
    key_file = KeyFile.generate(folder / f"{name}.key")
    return Inhabitant(Store.create(folder / name, key_file), Inside(app))


@contextmanager
def settled(folder: Path, empty: Path) -> Iterator[flask.Flask]:
    """An application on a copy of this empty database."""
    shutil.copy(empty, folder / "portal.sqlite3")
    url = f"sqlite:///{folder / 'portal.sqlite3'}"
    app = create_app(Settings(data_dir=folder, database_url=url, public_url=ORIGIN))
    portal: Portal = app.extensions[EXTENSION]
    limiter.enabled = False
    rooms = portal.get(Rooms)
    rooms.start()
    yield app
    rooms.close()
    portal.database.close()
    limiter.enabled = True


def administrator(app: flask.Flask, folder: Path) -> Inhabitant:
    """The first administrator, who is a chair of the delegation NL as well."""
    portal: Portal = app.extensions[EXTENSION]
    link = portal.database.write(service.first_administrator_invitation)
    assert link is not None
    ada = newcomer(app, folder, "ada")
    ada.comes_in({"id": link.id, "secret": link.secret}, "ada", "Ada")
    delegation = ada.asks("POST", "/api/delegations", {"name": "Netherlands", "code": "NL", "colour": 1})
    roles = {"roles": ["administrator", "chair", "delegate"], "delegation": delegation["id"]}
    ada.asks("PATCH", f"/api/accounts/{ada.member.account}", roles)
    return ada
