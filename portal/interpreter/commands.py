"""The command ``portal interpreter``: enrol a machine, run it, and say what it does.

Exit status: 0 done, 1 failed (the reason is on stderr), 2 wrongly asked, 3 ended: its owner or an administrator has
ended it, and starting it again is of no use.
"""

import argparse
import getpass
import os
import platform
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import structlog

from portal import __version__
from portal.interpreter import logs
from portal.interpreter.enrolling import approved, offer_keys
from portal.interpreter.process import Interpreter, Limits, StalledError, Wish
from portal.interpreter.status import Status, describe, read_status, write_status
from portal.interpreter.studio import Studio
from portal.interpreter.terminal import say
from portal.interpreter.witnessing import folder_of, witnessing
from portal.member.driver import Driver
from portal.member.e2ee.identity import grouped, safety_half
from portal.member.e2ee.refusal import Refusal
from portal.member.enrolment import Approval, kept_approval, sign_in_again
from portal.member.member import Member, reopen
from portal.member.people import Person
from portal.member.session import Session
from portal.member.store import Passphrase, Store, StoreError, exists, is_in_use
from portal.member.transport import AddressError, Http, origin_of
from portal.member.work import CLIENT_CODES, MemberError, is_passing, post, read, write
from portal.translation.packages.store import Store as Packages
from portal.witness import telling
from portal.witness.keys import KeysError, read_keys
from portal.witness.state import StateError

EXIT_FAULT: Final = 1
EXIT_ENDED: Final = 3
EXIT_INTERRUPTED: Final = 130
LANGUAGES: Final = ("en", "ko", "zh", "ja", "ru", "fr", "es", "ar")
"""Languages that people of a portal may read; texts are told apart among these."""
_VARIABLE: Final = "PORTAL_INTERPRETER_PASSPHRASE"
_CREDENTIAL: Final = "passphrase"
_SIGN_IN_S: Final = 30.0
_HINTS: Final = {
    "enrolment.unknown": "nobody has typed the code in time; ask again: portal interpreter enroll",
    "session.required": "this interpreter was ended: its account is no longer valid",
    "session.device_required": "this interpreter was ended: its account or device is no longer valid",
    "signin.refused": "this interpreter was ended: its account is no longer valid",
    "invitation.unknown": "the approval came too late; ask again: portal interpreter enroll",
    "invitation.expired": "the approval came too late; ask again: portal interpreter enroll",
}

_log = structlog.get_logger(__name__)


class AskedWrongError(Exception):
    """A command that can not be done as it was asked; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What the interpreter needs to start; kept under "interpreter"."""

    origin: str
    packages: str


def main(arguments: Sequence[str]) -> int:
    """Run ``portal interpreter``; returns the exit status."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except (AskedWrongError, AddressError, StoreError, Refusal, KeysError, StateError) as error:
        return _failed(str(error))
    except MemberError as error:
        return _failed(_words(error))
    except StalledError:
        return _failed("the models hang again and again; start it anew")
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    words = "Translate what is said in rooms, on this machine, as a member that everybody sees."
    parser = argparse.ArgumentParser(prog="portal interpreter", description=words)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--data", type=Path, required=True, metavar="DIR", help="where this interpreter keeps its keys")
    secret = argparse.ArgumentParser(add_help=False)
    words = (
        f"its first line opens the key store; else ${_VARIABLE}, a systemd credential called {_CREDENTIAL}, a prompt"
    )
    secret.add_argument("--passphrase-file", type=Path, metavar="FILE", help=words)
    tasks = parser.add_subparsers(required=True, metavar="task")

    words = "ask to be let in: prints a code that a person types into a signed-in browser"
    enroll = tasks.add_parser("enroll", parents=[common, secret], help=words)
    enroll.add_argument("--portal", required=True, metavar="URL", help="such as https://portal.example")
    words = "folder of the language packages (default: languages in the data folder)"
    enroll.add_argument("--packages", type=Path, metavar="DIR", help=words)
    words = "what to call this machine (default: its own name)"
    enroll.add_argument("--machine", default=platform.node(), metavar="NAME", help=words)
    enroll.set_defaults(command=_enroll)

    run = tasks.add_parser("run", parents=[common, secret], help="translate, until it is stopped")
    words = "messages of each room's past to translate, the newest (default: 1000)"
    run.add_argument("--backfill", type=int, default=1000, metavar="N", help=words)
    words = "how long a model may take for a sentence, before it counts as hanging (default: 120)"
    run.add_argument("--patience", type=float, default=120.0, metavar="SECONDS", help=words)
    words = "cosign the portal's ledger as well, with the keys of: portal witness keygen --keys KEYFILE"
    run.add_argument("--witness", type=Path, metavar="KEYFILE", help=words)
    run.set_defaults(command=_run)

    words = "whose key is another one than before, so that nothing is translated in their rooms; and to accept it"
    keys = tasks.add_parser("keys", parents=[common, secret], help=words)
    words = "the handle of somebody whose digits you have compared with theirs"
    keys.add_argument("--accept", metavar="HANDLE", help=words)
    keys.set_defaults(command=_keys)

    status = tasks.add_parser("status", parents=[common], help="what it does")
    status.set_defaults(command=_status)
    return parser


# enroll


def _enroll(options: argparse.Namespace) -> int:
    origin, folder = origin_of(options.portal), _store(options)
    opener = _opener(options, new=not exists(folder))
    with (Store.open if exists(folder) else Store.create)(folder, opener) as store:
        http = Http(origin)
        driver = Driver(store, http)
        if driver.run(read("interpreter", Kept)) is not None:
            msg = (
                f"{options.data} holds an interpreter already: start it with run, or choose another folder: --data DIR"
            )
            raise AskedWrongError(msg)
        # An account that was made before, by a run that was broken off, is the one to go on with.
        made = driver.run(read("session", Session)) is not None
        approval = (driver.run(kept_approval()) if made else None) or approved(driver, options.machine, origin)
        packages = str((options.packages or options.data / "languages").resolve())
        driver.run(write({"interpreter": Kept(origin, packages), "token": http.token}))
        offer_keys(driver)
        http.close()
    _greet(options, approval)
    return 0


def _greet(options: argparse.Namespace, approval: Approval) -> None:
    whom = "everybody in the rooms" if approval.vouching.readers == "room" else "your own delegation alone"
    say(f"{approval.owner_name} answers for this interpreter. Compare their safety digits with them:\n")
    say(f"    {approval.digits}\n")
    say(f"It will translate for {whom}. Start it, then add it to a room:\n")
    say(f"    portal interpreter run --data {options.data}")


# run


def _run(options: argparse.Namespace) -> int:
    keys = None if options.witness is None else read_keys(options.witness)
    with _opened(options) as (store, kept), witnessing(kept.origin, keys, options.data):
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        logs.configure()
        http = Http(kept.origin, Driver(store, Http("")).run(read("token", str)))
        driver = Driver(store, http)
        approval = driver.run(kept_approval())
        if approval is None:
            msg = f"{options.data} holds no approval; enrol it: portal interpreter enroll"
            raise AskedWrongError(msg)
        status = _beginning(kept, approval)
        while not stop.is_set():
            try:
                status = _work(options, (driver, http, kept), status, stop)
            except MemberError as error:
                # A session may lapse; an account that was ended lets nobody sign in again.
                if not error.code.startswith("session.") or not _signed_in_again(driver, http, stop):
                    write_status(options.data, replace(status, state="ended", ended=_words(error)))
                    _log.error("ended", code=error.code)
                    return EXIT_ENDED
        http.close()
    return 0


def _work(
    options: argparse.Namespace, parts: tuple[Driver, Http, Kept], status: Status, stop: threading.Event
) -> Status:
    """Interpret until ``stop``, and tell in between what is done."""
    driver, http, kept = parts
    member = driver.run(reopen(time.time))
    if member is None:
        raise MemberError("session.required")
    status = replace(status, handle=member.session.handle)
    wish = Wish(
        private=status.private,
        backfill=options.backfill,
        limits=Limits(live_still_s=options.patience, backfill_still_s=5 * options.patience),
    )
    packages = Packages(Path(kept.packages))
    _report_equipment(driver, packages)
    studio = Studio(packages, LANGUAGES)
    _log.info("started", portal=kept.origin, private=status.private)
    write_status(options.data, status)
    told = status

    def tell(interpreter: Interpreter) -> None:
        nonlocal told
        report = interpreter.report(status)
        if report != told:
            write_status(options.data, report)
            told = report

    Interpreter(driver, http, member, studio, wish, tell).run(stop)
    _log.info("stopped")
    return status


def _report_equipment(driver: Driver, packages: Packages) -> None:
    """Let the ledger hold what this machine translates with."""
    held = [
        {"pair": "_".join(one.pair), "version": one.metadata.version, "sha256": one.digest}
        for one in packages.installed()
    ]
    try:
        driver.run(post("/api/interpreters/equipment", {"version": __version__, "packages": held}, repeatable=True))
    except MemberError as error:
        if error.code.startswith("session."):
            raise
        _log.warning("equipment not entered", code=error.code)  # an older portal, or a busy one: the work goes on


def _beginning(kept: Kept, approval: Approval) -> Status:
    private = approval.vouching.readers == "delegation"
    return Status(
        portal=kept.origin,
        handle="",
        owner=approval.owner_name,
        readers=(),
        private=private,
        state="starting",
        since_s=int(time.time()),
    )


def _signed_in_again(driver: Driver, http: Http, stop: threading.Event) -> bool:
    """Sign in with the passphrase that is kept in the store; False if the account is no longer valid."""
    while not stop.is_set():
        try:
            driver.run(sign_in_again(time.time))
        except MemberError as error:
            if is_passing(error):
                stop.wait(_SIGN_IN_S)
                continue
            return False
        driver.run(write({"token": http.token}))
        _log.info("signed in again")
        return True
    return True


# keys


def _keys(options: argparse.Namespace) -> int:
    with _opened(options) as (store, kept):
        http = Http(kept.origin, Driver(store, Http("")).run(read("token", str)))
        driver = Driver(store, http)
        member = driver.run(reopen(time.time))
        if member is None:
            raise MemberError("session.required")
        driver.run(member.catch_up())
        changed = {
            person.handle: person
            for account in sorted({one for room in member.rooms() for one in room.data.membership.accounts})
            if member.people.key_changed(account) and (person := member.people.person(account)) is not None
        }
        if options.accept is None:
            _list_changed(member, list(changed.values()))
        elif options.accept in changed:
            driver.run(member.people.acknowledge(changed[options.accept].account))
            say(f"The key of {changed[options.accept].name} is accepted.")
        else:
            msg = f"the key of {options.accept} has not changed, or they are in no room with this interpreter"
            raise AskedWrongError(msg)
        http.close()
    return 0


def _list_changed(member: Member, changed: Sequence[Person]) -> None:
    for person in changed:
        digits = grouped(safety_half(person.account, member.people.devices(person.account).sign))
        say(f"{person.name} ({person.handle}) has another key than before. Ask them for these digits, face to face:\n")
        say(f"    {digits}\n\nIf they are the same: portal interpreter keys --data DIR --accept {person.handle}")
    if not changed:
        say("Everybody has the key that they had before.")


# status


def _status(options: argparse.Namespace) -> int:
    status = read_status(options.data)
    if not exists(_store(options)):
        msg = f"{options.data} holds no interpreter: portal interpreter enroll --portal URL --data {options.data}"
        raise AskedWrongError(msg)
    if status is None:
        say("It was never started. Start it: portal interpreter run")
        return 0
    for line in describe(status, running=is_in_use(_store(options))):
        say(line)
    remembered = folder_of(options.data).read()
    if remembered is not None:
        say("As a witness of the ledger:")
        for line in telling.describe(remembered):
            say(line)
    return 0


# common


def _store(options: argparse.Namespace) -> Path:
    folder: Path = options.data / "store"
    return folder


@contextmanager
def _opened(options: argparse.Namespace) -> Iterator[tuple[Store, Kept]]:
    """The key store of an enrolled interpreter."""
    folder = _store(options)
    words = f"{options.data} holds no interpreter: portal interpreter enroll --portal URL --data {options.data}"
    if not exists(folder):
        raise AskedWrongError(words)
    with Store.open(folder, _opener(options, new=False)) as store:
        kept = Driver(store, Http("")).run(read("interpreter", Kept))
        if kept is None:
            raise AskedWrongError(words)
        yield store, kept


def _opener(options: argparse.Namespace, *, new: bool) -> Passphrase:
    """What opens the key store: from a file, the environment, systemd, or whoever sits here."""
    given = _given(options)
    if given is not None:
        if not given:
            msg = "the passphrase of the key store is empty"
            raise AskedWrongError(msg)
        return Passphrase(given)
    if not new:
        return Passphrase(getpass.getpass("Passphrase of this interpreter's key store: "))
    passphrase = getpass.getpass("A new passphrase, for this interpreter's key store on this machine: ")
    if getpass.getpass("The same once more: ") != passphrase or not passphrase:
        msg = "the two are not the same, or empty; nothing was made"
        raise AskedWrongError(msg)
    return Passphrase(passphrase)


def _given(options: argparse.Namespace) -> str | None:
    """The passphrase that is given without a prompt."""
    folder, file = os.environ.get("CREDENTIALS_DIRECTORY"), options.passphrase_file
    if file is None and _VARIABLE in os.environ:
        return os.environ[_VARIABLE]
    if file is None and folder is not None and (Path(folder) / _CREDENTIAL).exists():
        file = Path(folder) / _CREDENTIAL
    if file is None:
        return None
    try:
        return next(iter(file.read_text("utf-8").splitlines()), "")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"the passphrase can not be read from {file}: {error}"
        raise AskedWrongError(msg) from error


def _words(error: MemberError) -> str:
    return _HINTS.get(error.code) or CLIENT_CODES.get(error.code) or str(error)


def _failed(reason: str) -> int:
    print(f"portal interpreter: {reason}", file=sys.stderr)
    return EXIT_FAULT
