"""People as Python members, and interpreters as processes of their own, at a running portal."""

import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from portal.interpreter.commands import Kept
from portal.member.content import Content, Message, encode_content, parse_content
from portal.member.driver import Driver
from portal.member.e2ee import opaque
from portal.member.e2ee.private import open_private, open_private_key
from portal.member.e2ee.vouching import vouch
from portal.member.making import let_in, make_room
from portal.member.member import Member, reopen
from portal.member.onboarding import Invited, NewAccount, new_keys, onboard
from portal.member.room import Room
from portal.member.store import KeyFile, Passphrase, Store
from portal.member.timeline import content_of
from portal.member.translation_content import Private, PrivateKey, Translation
from portal.member.transport import Http
from portal.member.work import Ask, read
from portal.wire.enrolment import parse_enrolment
from portal.wire.ids import AccountId, ItemId, RoomId, unb64
from portal.wire.vouching import Readers, Vouching
from tests.browser.portal_process import PortalProcess

PASSPHRASE: Final = "correct horse battery staple"
PORTAL: Final = str(Path(sys.executable).with_name("portal"))
Found = TypeVar("Found")


def until(what: str, look: Callable[[], Found | None], patience_s: float = 90.0) -> Found:
    """Look again and again until there is something; AssertionError with ``what`` if there never is."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(what)


class Somebody:
    """A person with a store and a way to the portal."""

    def __init__(self, folder: Path, origin: str, name: str) -> None:
        self.name = name
        key_file = KeyFile.generate(folder / f"{name}.key")
        self.http = Http(origin)
        self.driver = Driver(Store.create(folder / name, key_file), self.http)
        self.run = self.driver.run
        self.member: Member

    def comes_in(self, invitation: Invited, language: str) -> None:
        """Make an account; Argon2id at next to no cost."""
        stretching, opaque.Stretching = opaque.Stretching, partial(opaque.Stretching, 1, 64, 1)  # type: ignore[misc, assignment]
        try:
            keys = new_keys("browser", PASSPHRASE)
            wish = NewAccount(self.name.lower(), self.name, (language,))
            opened = self.run(onboard(keys, invitation, wish, time.time))
        finally:
            opaque.Stretching = stretching  # type: ignore[misc]
        self.member = Member(opened, time.time)
        self.run(self.member.load())
        self.run(self.member.catch_up())

    @property
    def account(self) -> AccountId:
        """Whose account it is."""
        return self.member.account

    def asks(self, method: Literal["GET", "POST", "PATCH"], path: str, body: Any = None) -> Any:
        """Ask the server."""
        return self.http.ask(Ask(method, path, body))

    def room(self, name: str, *accounts: AccountId) -> RoomId:
        """Make a room with these others."""
        return self.run(make_room(self.member, "huddle", name, accounts))

    def lets_in(self, room: RoomId, account: AccountId) -> None:
        """Let somebody into a room."""
        assert self.run(let_in(self.member, room, [account])) == []

    def puts(self, room: RoomId, content: Content) -> ItemId:
        """Write something into a room; returns its item."""
        if all(room != one.data.room for one in self.member.rooms()):
            self.looks(room)
        number = self.run(self.member.send(room, encode_content(content, int(time.time() * 1000))))
        row = self.member.entry(room).room.log.row(number)
        assert row is not None
        return row.item

    def says(self, room: RoomId, text: str, lang: str = "en") -> ItemId:
        """Send a message."""
        return self.puts(room, Message(text, lang))

    def looks(self, room: RoomId) -> Room:
        """The room as it is now."""
        self.run(self.member.catch_up())
        return self.member.entry(room).room

    def contents(self, room: RoomId) -> list[Content]:
        """Everything in the room that this person can read."""
        here = self.looks(room)
        return [content for row in here.log if (content := content_of(row, here.people)) is not None]

    def translations(self, room: RoomId) -> "Translations":
        """All translations that this person can read, also those for the own delegation."""
        found = Translations()
        here = self.looks(room)
        keys = {}
        for row in here.log:
            content = content_of(row, here.people)
            if isinstance(content, PrivateKey):
                for account, sealed in content.for_:
                    if account == self.account:
                        place, boxes = (room, content.key), self.member.keyholder.boxes()
                        keys[content.key] = open_private_key(sealed, place, account, boxes)
            if isinstance(content, Private):
                found.private += 1
                if content.key not in keys:
                    continue
                content = parse_content(open_private(keys[content.key], row.device, content.sealed))
            if isinstance(content, Translation):
                assert row.account is not None
                found.take(row.account, content)
        return found


@dataclass
class Translations:
    """What interpreters have written into a room, in its order."""

    items: list[Translation] = field(default_factory=list)
    by: dict[tuple[AccountId, ItemId, str], list[Translation]] = field(default_factory=lambda: defaultdict(list))
    private: int = 0

    def take(self, account: AccountId, content: Translation) -> None:
        """Add one."""
        self.items.append(content)
        self.by[account, content.target, content.to].append(content)

    def of(self, target: ItemId, to: str) -> list[Translation]:
        """The items of a message in a language, by anybody."""
        return [
            one for (_, item, language), found in self.by.items() for one in found if (item, language) == (target, to)
        ]

    def text(self, target: ItemId, to: str) -> str | None:
        """The text of the newest series, once it is complete."""
        series: list[Translation] = []
        for one in self.of(target, to):
            series = [*series, one] if one.first else [one]
        sentences = [sentence for one in series for sentence in one.sentences]
        if not series or len(sentences) < series[0].of or series[0].problem is not None:
            return None
        return "".join(one.lead + one.text + (one.tail or "") for one in sentences)

    def problem(self, target: ItemId, to: str) -> str | None:
        """Why there is none, if that was said last."""
        found = self.of(target, to)
        return found[-1].problem if found else None


@dataclass
class Interpreter:
    """An enrolled interpreter: its folder, and its account."""

    data: Path
    passphrase: Path
    account: AccountId
    digits: str
    process: "subprocess.Popen[bytes] | None" = None

    def start(self, *more: str) -> None:
        """Run it."""
        command = [PORTAL, "interpreter", "run", "--data", str(self.data), "--passphrase-file", str(self.passphrase)]
        with (self.data / "log").open("ab") as log:
            self.process = subprocess.Popen([*command, *more], stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(15)

    def stop(self) -> int:
        """End it as systemd would; returns its exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)

    @contextmanager
    def opened(self) -> Iterator[tuple[Driver, Http, Member]]:
        """Its key store in this process, while it does not run."""
        with Store.open(self.data / "store", Passphrase("a passphrase")) as store:
            offline = Driver(store, Http(""))
            kept = offline.run(read("interpreter", Kept))
            assert kept is not None
            http = Http(kept.origin, offline.run(read("token", str)))
            driver = Driver(store, http)
            member = driver.run(reopen(time.time))
            assert member is not None
            yield driver, http, member
            http.close()

    @property
    def log(self) -> str:
        """All that it has written."""
        return (self.data / "log").read_text(encoding="utf-8")

    def status(self) -> str:
        """What it says of itself."""
        command = [PORTAL, "interpreter", "status", "--data", str(self.data)]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


@contextmanager
def running(interpreter: Interpreter, *more: str) -> Iterator[Interpreter]:
    """Run it, and end it whatever happens."""
    interpreter.start(*more)
    try:
        yield interpreter
    finally:
        assert interpreter.process is not None
        if interpreter.process.poll() is None:
            interpreter.kill()


class Company:
    """Ada of the Netherlands, who administers and reads English; Min and Jun of Korea, who read Korean."""

    def __init__(self, portal: PortalProcess, folder: Path) -> None:
        self.portal = portal
        self.folder = folder
        identifier, _, secret = portal.administrator_link.rpartition("/")[2].partition(".")
        self.ada = Somebody(folder, portal.origin, "Ada")
        self.ada.comes_in(Invited(identifier, secret), "en")
        roles = ["administrator", "chair", "delegate"]
        netherlands = self._delegation("Netherlands", "NL")
        self.ada.asks("PATCH", f"/api/accounts/{self.ada.account}", {"roles": roles, "delegation": netherlands})
        korea = self._delegation("Korea", "KR")
        self.min, self.jun = (self._invited(name, korea) for name in ("Min", "Jun"))

    def enrolled(self, owner: Somebody, readers: Readers, name: str, packages: Path) -> Interpreter:
        """Enrol an interpreter: its program in a process, its owner with the code that it prints."""
        data, passphrase = self.folder / name, self.folder / f"{name}.passphrase"
        data.mkdir()
        passphrase.write_text("a passphrase\n", encoding="utf-8")
        command = [PORTAL, "interpreter", "enroll", "--portal", self.portal.origin, "--data", str(data)]
        command += ["--passphrase-file", str(passphrase), "--packages", str(packages), "--machine", "booth"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
            assert program.stdout is not None
            shown = [line.strip() for line in _lines(program.stdout, 11)]
            code = next(line for line in shown if len(line) == 19)
            account = self._approves(owner, readers, code, name)
            rest = program.stdout.read()
            assert program.wait(60) == 0
        assert owner.name in rest
        return Interpreter(data, passphrase, account, next(line for line in shown if len(line) == 35))

    def _approves(self, owner: Somebody, readers: Readers, code: str, name: str) -> AccountId:
        shown = owner.asks("POST", "/api/enrolments/look", {"code": code})
        request = parse_enrolment(unb64(shown["request"]))
        word = Vouching(request.account, int(time.time()), owner.account, readers, request.sign)
        signed = vouch(word, owner.member.vault.sign).to_json()
        wish = {"code": code, "name": name, "languages": ["en", "ko"], "vouch": signed}
        owner.asks("POST", "/api/enrolments/approve", wish)
        return request.account

    def _delegation(self, name: str, code: str) -> str:
        made: str = self.ada.asks("POST", "/api/delegations", {"name": name, "code": code, "colour": 1})["id"]
        return made

    def _invited(self, name: str, delegation: str) -> Somebody:
        asked = {"delegation": delegation, "roles": ["chair", "delegate"]}
        made = self.ada.asks("POST", "/api/invitations", asked)
        person = Somebody(self.folder, self.portal.origin, name)
        person.comes_in(Invited(made["id"], made["secret"]), "ko")
        return person


def _lines(stream: Any, most: int) -> Iterator[str]:
    """The lines of a program's greeting, up to the interpreter's digits."""
    for _ in range(most):
        line = stream.readline()
        yield line
        if len(line.strip()) == 35:
            return
