"""Honest people under an attack: each has an account, signs in with a passphrase, and opens a socket.

What is timed is what a person waits for: the whole sign-in with OPAQUE and Argon2id, the vault opened, this device
bound, a ticket, and a socket that was accepted.
"""

import secrets
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from portal.bench.dialects import Listener, open_socketio
from portal.bench.process import ServerProcess, free_port
from portal.member.driver import Driver
from portal.member.onboarding import Invited, NewAccount, new_keys, onboard
from portal.member.session import Session, bind, with_passphrase
from portal.member.transport import Http, ticket_of
from portal.server.accounts import service
from portal.server.core import migrations
from portal.server.core.db import Database

SOCKET_PATH: Final = "/socket.io/?EIO=4&transport=websocket"
USUAL_FILES: Final = 1024
"""How many files a process may open on most systems, unless it asks for more."""
_USUAL: Final = ("/bin/sh", "-c", f'ulimit -S -n {USUAL_FILES}; PORTAL_WORKER=false exec "$@"', "sh")
_PORTAL: Final = ("portal", "run")
_UNLIMITED: Final = "portal.bench.servers.portal_server"


class Memory:
    """What a client keeps, in memory alone."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def get(self, name: str, kind: type[Any]) -> Any:  # noqa: ARG002 - as the store's
        """Return the value under ``name``, or None."""
        return self.values.get(name)

    def all(self, family: str, kind: type[Any]) -> dict[str, Any]:  # noqa: ARG002 - as the store's
        """Return all values of a family."""
        head = f"{family}/"
        return {name.removeprefix(head): value for name, value in self.values.items() if name.startswith(head)}

    def write(self, changes: Mapping[str, Any]) -> None:
        """Keep ``changes``."""
        self.values |= changes


@dataclass
class Person:
    """Somebody with an account at the server on ``port``."""

    port: int
    handle: str
    passphrase: str = field(repr=False)
    session: Session = field(repr=False)

    @property
    def origin(self) -> str:
        """The portal's address."""
        return f"http://127.0.0.1:{self.port}"

    def sign_in(self) -> tuple[float, Http, Listener]:
        """Sign in anew; return the seconds that it took, the session, and the open socket. Raises MemberError."""
        begun_s = time.monotonic()
        http = Http(self.origin)
        driver = Driver(Memory(), http)
        answer, vault_key = driver.run(with_passphrase(self.handle, self.passphrase))
        driver.run(bind(answer, vault_key, self.session, "browser", time.time))
        listener = open_socketio(self.port, SOCKET_PATH, ticket_of(http), mark=b"none")
        return time.monotonic() - begun_s, http, listener


@dataclass(frozen=True, slots=True)
class Besieged:
    """A portal as people run it, its log, and its honest people."""

    server: ServerProcess
    log: Path
    people: tuple[Person, ...]

    @property
    def port(self) -> int:
        """Where it listens."""
        return self.server.port

    def high_kib(self) -> int:
        """The most memory that the process ever had resident since ``forget_high``."""
        return self._status("VmHWM")

    def forget_high(self) -> None:
        """Begin to look for the highest memory anew (proc_pid_clear_refs(5))."""
        Path(f"/proc/{self.server.pid}/clear_refs").write_text("5")

    def _status(self, name: str) -> int:
        for line in Path(f"/proc/{self.server.pid}/status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1])
        return 0


@contextmanager
def besieged(folder: Path, people: int, *, core: int | None, unlimited: bool = False) -> Iterator[Besieged]:
    """``portal run`` in ``folder`` with ``people`` accounts, allowed only as many files as most systems allow at first.

    ``unlimited`` lifts the limits on how often a peer may ask, which would end most malformed input unread.
    """
    port, url = free_port(), f"sqlite:///{folder}/portal.sqlite3"
    if unlimited:
        migrated = Database(url)
        migrations.upgrade(migrated)
        migrated.close()
    program = (
        [_UNLIMITED, str(port), str(folder), url] if unlimited else [*_PORTAL, f"--data={folder}", f"--port={port}"]
    )
    command = [*_USUAL, sys.executable, "-m", *program]
    log = folder / "server.log"
    with log.open("w") as errors, ServerProcess(command, port, core=core, errors=errors) as server:
        yield Besieged(server, log, _enrolled(port, _invited(url, people)))


def _invited(url: str, people: int) -> list[Invited]:
    """Invitations from where the server's owner stands."""
    database = Database(url)
    issued = [database.write(service.administrator_invitation) for _ in range(people)]
    database.close()
    return [Invited(one.id, one.secret) for one in issued]


def _enrolled(port: int, invited: Sequence[Invited]) -> tuple[Person, ...]:
    people = []
    for number, invitation in enumerate(invited):
        passphrase = secrets.token_urlsafe(18)
        wish = NewAccount(f"honest{number}", f"Honest {number}", ("en",))
        driver = Driver(Memory(), Http(f"http://127.0.0.1:{port}"))
        opened = driver.run(onboard(new_keys("browser", passphrase), invitation, wish, time.time))
        people.append(Person(port, wish.handle, passphrase, opened.session))
    return tuple(people)
