"""Setting the demonstration up in a folder, and starting it there again.

    <folder>/demonstration.json   whether it is complete, who can sign in and by which key
             server/              the portal's data
             interpreter/         the interpreter's key store and its language packages
             *.log                what the programs say

The links hold recovery keys: all here is invented, and only this machine reaches it.
"""

import json
import re
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from portal.demo import negotiation, packages, script, town
from portal.demo.company import Attendant, invited_by, join
from portal.demo.programs import DemoError, Program, answer_of, wait_until_ready
from portal.member.content import Message
from portal.translation.packages.store import Store
from portal.wire.ids import AccountId, RoomId

RECORD: Final = "demonstration.json"
DEFAULT_PORT: Final = 8700
_CODE: Final = re.compile(r"^\s+([0-9A-Z]{4}(?: [0-9A-Z]{4}){3})$", re.MULTILINE)
_VARIABLE: Final = "PORTAL_INTERPRETER_PASSPHRASE"
_INTERPRETER_S: Final = 60.0
"""How long it may take to be enrolled, to come in, and to translate a message, on a slow machine."""


@dataclass(frozen=True, slots=True)
class Place:
    """A link for one person."""

    name: str
    delegation: str
    reads: str
    link: str
    moderates: bool = False


@dataclass(frozen=True, slots=True)
class Running:
    """A demonstration that people can open. ``heard`` is its past week of the town hall, None in one made without."""

    origin: str
    places: tuple[Place, ...]
    programs: tuple[Program, ...]
    heard: str | None


@contextmanager
def performed(folder: Path, port: int | None, *, fresh: bool, say: Callable[[str], None]) -> Iterator[Running]:
    """Run the demonstration in ``folder`` on ``port`` of this machine, until the block ends.

    What is there is kept, unless it is to be ``fresh`` or was never completed; its interpreter knows the portal by its
    port, which therefore stays the same. ``say`` is told what is being done. Raises DemoError.
    """
    kept = _read(folder)
    if fresh or kept is None or not kept["complete"]:
        _clear(folder)
        kept = None
    port = _port(port, kept)
    origin = f"http://localhost:{port}"
    with ExitStack() as programs:
        say("starting the portal")
        server = programs.enter_context(_server(folder, port))
        wait_until_ready(server, origin)
        if kept is None:
            kept, interpreter = _set_up(folder, port, programs, say)
        else:
            interpreter = programs.enter_context(_interpreter(folder, kept["passphrase"]))
        yield Running(origin, tuple(_places(origin, kept["people"])), (server, interpreter), kept.get("heard"))


def _port(wanted: int | None, kept: dict[str, Any] | None) -> int:
    """The port to listen on: what is there was made for one."""
    if kept is None:
        return wanted or DEFAULT_PORT
    made_for: int = kept["port"]
    if wanted not in {None, made_for}:
        msg = f"this demonstration was made for port {made_for}; leave --port out, or make it anew on the other port"
        raise DemoError(msg)
    return made_for


def _clear(folder: Path) -> None:
    """Take away what a demonstration left in ``folder``, and nothing else's; mark it as a demonstration's."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / RECORD).exists():
            msg = f"{folder} holds something else than a demonstration; choose another folder: --data DIR"
            raise DemoError(msg)
        shutil.rmtree(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(folder, {"v": 1, "complete": False})


def _server(folder: Path, port: int) -> Program:
    address = ("--host", "127.0.0.1", "--port", str(port), "--public-url", f"http://localhost:{port}")
    arguments = ("run", "--data", str(folder / "server"), *address)
    return Program(folder / "server.log", *arguments, PORTAL_DEMONSTRATION="true", PORTAL_WORKER="false")


def _interpreter(folder: Path, passphrase: str) -> Program:
    arguments = ("interpreter", "run", "--data", str(folder / "interpreter"))
    return Program(folder / "interpreter.log", *arguments, **{_VARIABLE: passphrase})


def _set_up(folder: Path, port: int, programs: ExitStack, say: Callable[[str], None]) -> tuple[dict[str, Any], Program]:
    """Invite and enrol everybody, found the room, have the exchange; what is kept, and the running interpreter."""
    origin = f"http://localhost:{port}"
    say("building two small language packages")
    packages.install(Store(folder / "interpreter/languages"))
    stores = Path(programs.enter_context(tempfile.TemporaryDirectory()))
    say("inviting two delegations")
    company = _company(folder, origin, stores)
    say("enrolling the interpreter")
    owner = company[script.OWNER]
    passphrase = secrets.token_urlsafe(24)
    interpreter = _enrol(folder, origin, owner, passphrase)
    running = programs.enter_context(_interpreter(folder, passphrase))
    say("founding a room and negotiating in it")
    room = _found(company, interpreter)
    _exchange(company, room, running)
    say("putting a draft on the table")
    negotiation.perform(company, room)
    say("hearing the citizens for a week")
    heard = _hear(folder, origin, company)
    people = [_entry(one) for one in company.values()]
    kept = {"v": 1, "complete": True, "port": port, "passphrase": passphrase, "people": people, "heard": heard}
    _write(folder, kept)
    return kept, running


def _company(folder: Path, origin: str, stores: Path) -> dict[str, Attendant]:
    """Everybody with an account, by handle."""
    link = answer_of("admin", "invite-link", "--data", str(folder / "server"))
    secretariat = join(origin, stores / script.ADMINISTRATOR, script.SECRETARIAT, invited_by(link))
    delegations = {one.code: secretariat.makes_delegation(one) for one in script.DELEGATIONS}
    company = {}
    for person in (*script.NEGOTIATORS, script.OBSERVER, script.MODERATOR):
        delegation = None if person.delegation is None else delegations[person.delegation]
        company[person.handle] = join(origin, stores / person.handle, person, secretariat.invites(person, delegation))
    return company | {script.ADMINISTRATOR: secretariat}


def _enrol(folder: Path, origin: str, owner: Attendant, passphrase: str) -> AccountId:
    """As a person would: start the program, read its code, approve it."""
    data = str(folder / "interpreter")
    arguments = ("interpreter", "enroll", "--data", data, "--portal", origin, "--machine", script.MACHINE)
    with Program(folder / "enrolment.log", *arguments, **{_VARIABLE: passphrase}) as program:
        code = program.find(_CODE, _INTERPRETER_S)
        account = owner.approves(code, script.INTERPRETER_NAME)
        program.ends(_INTERPRETER_S)
    return account


def _found(company: dict[str, Attendant], interpreter: AccountId) -> RoomId:
    """The room of everybody but the administrator and the moderator of the citizens."""
    owner = company[script.OWNER]
    owner.catch_up()
    absent = (owner.person, script.SECRETARIAT, script.MODERATOR)
    people = [one.account for one in company.values() if one.person not in absent]
    room = owner.founds(script.ROOM_NAME, people)
    owner.lets_in(room, interpreter, _INTERPRETER_S)
    return room


def _exchange(company: dict[str, Attendant], room: RoomId, interpreter: Program) -> None:
    """Say every line, and wait until each is translated for those who speak the other language."""
    said = [(line, company[line.by].writes(room, Message(line.text, line.lang))) for line in script.EXCHANGE]
    for line, item in said:
        interpreter.require()
        other = "ko" if line.lang == "en" else "en"
        company[line.by].translation_of(room, item, other, _INTERPRETER_S)


def _hear(folder: Path, origin: str, company: dict[str, Attendant]) -> str:
    """Play the citizens' weeks; the one that was heard."""
    moderator, administrator = company[script.MODERATOR.handle], company[script.ADMINISTRATOR]
    return town.perform(folder / "server", origin, moderator.account, administrator.account)


def _entry(attendant: Attendant) -> dict[str, Any]:
    person = attendant.person
    named = next((one.name for one in script.DELEGATIONS if one.code == person.delegation), "")
    return {
        "handle": person.handle,
        "name": person.name,
        "delegation": named,
        "reads": person.reads,
        "recovery_key": attendant.recovery_key,
        "opens": "/moderate" if person == script.MODERATOR else "",
    }


def _places(origin: str, people: list[dict[str, Any]]) -> Iterator[Place]:
    for one in people:
        opens = one.get("opens", "")
        onward = f"?next={quote(opens, safe='/')}" if opens else ""
        link = f"{origin}/{onward}#/demo/{one['handle']}/{one['recovery_key']}"
        yield Place(one["name"], one["delegation"], one["reads"], link, moderates=bool(opens))


def _read(folder: Path) -> dict[str, Any] | None:
    """What is kept of a demonstration; None where there is none."""
    if not (folder / RECORD).exists():
        return None
    try:
        record: dict[str, Any] = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except ValueError as error:
        msg = f"{folder / RECORD} is damaged; delete the folder"
        raise DemoError(msg) from error
    return record


def _write(folder: Path, record: dict[str, Any]) -> None:
    file = folder / f"{RECORD}.new"
    file.touch(mode=0o600)
    file.write_text(json.dumps(record, ensure_ascii=False, indent=1), encoding="utf-8")
    file.replace(folder / RECORD)
