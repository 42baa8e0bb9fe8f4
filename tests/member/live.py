"""A running server, people with browser engines in Node, and Python members in between."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from portal.member.content import Message, encode_content
from portal.member.driver import Driver
from portal.member.member import Member, reopen
from portal.member.session import bind, with_passphrase, with_recovery_key
from portal.member.store import KeyFile, Store
from portal.member.timeline import Said, timeline
from portal.member.transport import Http
from portal.wire.ids import RoomId
from tests.browser.portal_process import PortalProcess
from tests.member.twin import NODE, ROOT

PASSPHRASE: Final = "correct horse battery staple"


class Browsers:
    """The people of static/test/people.ts."""

    def __init__(self, portal: PortalProcess) -> None:
        self._process = subprocess.Popen(
            [NODE, ROOT / "static/test/people.ts"],
            cwd=ROOT / "static",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        link = portal.administrator_link.rpartition("/")[2]
        invitation, _, secret = link.partition(".")
        self.ask("begin", origin=portal.origin, id=invitation, secret=secret, name="Ada")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def ask(self, operation: str, **asked: Any) -> Any:
        """Have somebody do something; returns what came of it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"op": operation, **asked}) + "\n")
        self._process.stdin.flush()
        outcome = json.loads(self._process.stdout.readline())
        assert "error" not in outcome, outcome["error"]
        return outcome["ok"]


class PythonMember:
    """A Python member on a store of its own; ``restart`` takes up what is on the disk."""

    def __init__(self, folder: Path, origin: str) -> None:
        self.folder = folder
        self.key_file = KeyFile.generate(folder.with_name(f"{folder.name}.key"))
        self.store = Store.create(folder, self.key_file)
        self.http = Http(origin)
        self.restart()

    def restart(self) -> None:
        """Open the store again."""
        self.store.close()
        self.store = Store.open(self.folder, self.key_file)
        self.driver = Driver(self.store, self.http)
        self._member = self.driver.run(reopen(time.time))

    @property
    def member(self) -> Member:
        """The member, once somebody is signed in."""
        assert self._member is not None
        return self._member

    def sign_in(self, handle: str, recovery_key: str | None = None) -> None:
        """Sign in, on a new device or on the one that is kept here."""
        work = with_passphrase(handle, PASSPHRASE)
        if recovery_key is not None:
            work = with_recovery_key(handle, recovery_key)
        answer, key = self.driver.run(work)
        before = None if self._member is None else self._member.session
        opened = self.driver.run(bind(answer, key, before, "browser", time.time))
        self._member = Member(opened, time.time)
        self.driver.run(self._member.load())

    def catch_up(self) -> None:
        """Take up everything that the server has."""
        self.driver.run(self.member.catch_up())

    def texts(self, room: str) -> list[str]:
        """What the messages say, as they stand."""
        here = self.member.entry(RoomId(room)).room  # type: ignore[arg-type]
        entries = timeline(here.log, here.people)
        return [entry.text for entry in entries if isinstance(entry, Said)]

    def say(self, room: str, text: str) -> int:
        """Send a message; returns its number."""
        plaintext = encode_content(Message(text, "en"), int(time.time() * 1000))
        return self.driver.run(self.member.send(RoomId(room), plaintext))  # type: ignore[arg-type]

    def close(self) -> None:
        """Let go of the store and the network."""
        self.store.close()
        self.http.close()


@contextmanager
def python_member(folder: Path, origin: str) -> Iterator[PythonMember]:
    """A member that is closed at the end."""
    made = PythonMember(folder, origin)
    try:
        yield made
    finally:
        made.close()
