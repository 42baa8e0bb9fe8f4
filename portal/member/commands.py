"""The command ``portal room``: a member of the rooms on the command line, for people and for scripts.

With ``--json`` every line that is written is one JSON object. Exit status: 0 done, 1 failed (the reason is on stderr),
2 wrongly asked.
"""

import argparse
import getpass
import mimetypes
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from portal.member.console import AskedWrongError, SignedIn, opener, printable, say, signed_in, warn
from portal.member.content import File, Message, encode_content, parse_content
from portal.member.drafts.commands import add_draft_tasks
from portal.member.driver import Driver
from portal.member.e2ee.refusal import Refusal
from portal.member.e2ee.verify import verify_bundle
from portal.member.exports import record_bundle
from portal.member.follower import Follower
from portal.member.interpreters import vouched
from portal.member.ledger_commands import add_ledger_tasks, heed, is_evidence, verify_file
from portal.member.making_commands import add_making_tasks
from portal.member.member import Member
from portal.member.room import Room
from portal.member.rows import Row
from portal.member.session import Session, bind, with_passphrase, with_recovery_key
from portal.member.store import KeyFile, Store, StoreError, exists
from portal.member.timeline import Entry, Said, timeline
from portal.member.transfers import Download, LocalFile, upload
from portal.member.transport import AddressError, Http, origin_of
from portal.member.work import CLIENT_CODES, MemberError, read, write
from portal.wire.ids import RoomId

EXIT_FAULT: Final = 1
EXIT_INTERRUPTED: Final = 130
_HINTS: Final = {
    "signin.refused": "that is not the handle and the passphrase (or recovery key) of an account",
    "session.required": "you are signed out; sign in again: portal room sign-in",
    "session.device_required": "this device was taken off the account; sign in again: portal room sign-in",
    "room.not_found": "there is no such room for this account",
    "room.archived": "the room is archived",
    "role.required": "your role in the portal does not allow it",
    "room.role_required": "your role in this room does not allow it",
    "draft.not_found": "there is no such draft for this account",
    "draft.right_required": "your right in this draft does not allow it",
}


def main(arguments: Sequence[str]) -> int:
    """Run ``portal room``; returns the exit status."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], None] = options.command
    try:
        command(options)
    except (AskedWrongError, AddressError, StoreError, Refusal) as error:
        return _failed(str(error))
    except MemberError as error:
        return _failed(_HINTS.get(error.code) or CLIENT_CODES.get(error.code) or str(error))
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="portal room", description="Read and write in rooms from this machine.")
    default = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "portal-member"
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--store", type=Path, default=default, metavar="DIR", help=f"key store (default: {default})")
    common.add_argument("--key-file", type=Path, metavar="FILE", help="opens the store instead of a passphrase")
    common.add_argument("--json", action="store_true", help="write one JSON object a line")
    tasks = parser.add_subparsers(required=True, metavar="task")

    sign_in = tasks.add_parser("sign-in", parents=[common], help="sign in and make this machine a device of yours")
    sign_in.add_argument("address", help="of the portal, such as https://portal.example")
    sign_in.add_argument("handle", help="the name that you sign in with")
    sign_in.add_argument("--recovery", action="store_true", help="with the printed recovery key")
    sign_in.add_argument("--passphrase-file", type=Path, metavar="FILE", help="its first line instead of a prompt")
    sign_in.set_defaults(command=_sign_in)

    listing = tasks.add_parser("list", parents=[common], help="all rooms")
    listing.set_defaults(command=_list)

    reading = _room_task(tasks, common, "read", "what was said in a room", _read)
    reading.add_argument("--after", type=int, default=0, metavar="N", help="only what stands behind number N")
    reading.add_argument("--limit", type=int, default=0, metavar="N", help="only the newest N lines")
    reading.add_argument("--files", type=Path, metavar="DIR", help="save the files that messages carry here")
    reading.add_argument("--follow", action="store_true", help="go on with what is said from now on")

    sending = _room_task(tasks, common, "send", "say something in a room", _send)
    sending.add_argument("text", help="the message; - reads it from standard input")
    sending.add_argument("--lang", default="en", metavar="TAG", help="language of the text (default: en)")
    sending.add_argument("--file", type=Path, action="append", default=[], metavar="FILE", help="attach a file")

    export = _room_task(tasks, common, "export", "the record, for others to verify", _export)
    export.add_argument("file", type=Path, help="the bundle to write (JSON lines)")

    _room_task(tasks, common, "members", "who is in a room", _members)
    add_making_tasks(tasks, common)
    add_ledger_tasks(tasks, common)
    add_draft_tasks(tasks, common)

    words = "check an exported record (who said what, in which order, with nothing left out), or evidence of a ledger"
    verify = tasks.add_parser("verify", help=words, description=words)
    verify.add_argument("file", type=Path, help="the bundle (JSON lines)")
    verify.add_argument("--json", action="store_true", help="write one JSON object")
    verify.set_defaults(command=_verify)
    return parser


def _room_task(
    tasks: Any,
    common: argparse.ArgumentParser,
    name: str,
    words: str,
    command: Callable[[argparse.Namespace], None],
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = tasks.add_parser(name, parents=[common], help=words)
    parser.add_argument("room", help="its name, or its id")
    parser.set_defaults(command=command)
    return parser


def _sign_in(options: argparse.Namespace) -> None:
    origin = origin_of(options.address)
    if options.key_file is not None and not options.key_file.exists() and not exists(options.store):
        KeyFile.generate(options.key_file)
    opens = opener(options)
    with (Store.open if exists(options.store) else Store.create)(options.store, opens) as store:
        http = Http(origin)
        driver = Driver(store, http)
        secret = _secret(options)
        work = (
            with_recovery_key(options.handle, secret) if options.recovery else with_passphrase(options.handle, secret)
        )
        answer, vault_key = driver.run(work)
        before = driver.run(read("session", Session))
        if before is not None and before.account != answer["account"]:
            msg = f"this store belongs to {before.handle}; choose another folder: --store DIR"
            raise AskedWrongError(msg)
        opened = driver.run(bind(answer, vault_key, before, "browser", time.time))
        driver.run(write({"origin": origin, "token": http.token}))
        member = Member(opened, time.time)
        driver.run(member.load())
        driver.run(member.catch_up())
        fields = {"account": opened.session.account, "device": opened.session.device, "handle": opened.session.handle}
        say(options, fields, f"Signed in as {opened.session.handle}; this machine is device {opened.session.device}.")
        heed(driver, member)


def _secret(options: argparse.Namespace) -> str:
    if options.passphrase_file is not None:
        lines = options.passphrase_file.read_text("utf-8").splitlines()
        return str(lines[0]) if lines else ""
    return getpass.getpass("Recovery key: " if options.recovery else f"Passphrase of {options.handle}: ")


def _list(options: argparse.Namespace) -> None:
    with signed_in(options) as session:
        session.driver.run(session.member.catch_up())
        for room in sorted(session.member.rooms(), key=lambda one: one.data.name or ""):
            data, problem, gate = room.data, room.problem, room.gate()
            fields = {
                "room": data.room,
                "name": data.name,
                "kind": data.kind,
                "state": data.state,
                "standing": data.standing,
                "role": data.role,
                "number": data.number,
                "members": list(data.membership.accounts),
                "writable": gate is None,
                "reason": None if gate is None else gate.code,
                "problem": None if problem is None else problem.kind,
            }
            note = "" if gate is None else f"  [{CLIENT_CODES.get(gate.code) or _HINTS.get(gate.code, gate.code)}]"
            say(options, fields, f"{data.room}  {data.name or '(not readable yet)'}  {data.number} items{note}")
        heed(session.driver, session.member)


def _members(options: argparse.Namespace) -> None:
    with signed_in(options) as session:
        room, people = session.room(options.room), session.member.people
        session.driver.run(people.ensure(room.data.membership.accounts))
        for account in room.data.membership.accounts:
            said = next((one for one in room.data.members if one.account == account), None)
            person, changed = people.person(account), people.key_changed(account)
            pin = session.member.vault.content.pins.get(account)
            fields = {
                "account": account,
                "name": people.name(account),
                "handle": None if person is None else person.handle,
                "delegation": None if person is None else person.delegation,
                "role": None if said is None else said.role,
                "devices": room.data.membership.devices_of(account),
                "verified": pin is not None and pin.verified and not changed,
                "key_changed": changed,
                "interpreter_of": None,
            }
            marks = " verified" * fields["verified"] + " KEY CHANGED" * changed  # type: ignore[operator]
            if (word := vouched(people, account)) is not None:
                fields["interpreter_of"] = word.by
                marks += f" interpreter; {people.name(word.by)} answers for it"
            say(options, fields, f"{people.name(account)}  {fields['role'] or '?'}{marks}")


def _read(options: argparse.Namespace) -> None:
    with signed_in(options) as session:
        room = session.room(options.room)
        entries = [entry for entry in timeline(room.log, room.people) if entry.row.number > options.after]
        for entry in entries[-options.limit :] if options.limit else entries:
            _show(options, session, entry)
        heed(session.driver, session.member)
        room.fresh.clear()
        if options.follow:
            _follow(options, session, room)


def _follow(options: argparse.Namespace, session: SignedIn, room: Room) -> None:
    def show(changed: Room, rows: Sequence[Row]) -> None:
        if changed.data.room == room.data.room:
            contents = [parse_content(row.plaintext) for row in rows if row.plaintext is not None]
            # A message that was corrected, withdrawn or marked is shown again.
            items = {row.item for row in rows} | {getattr(content, "target", None) for content in contents}
            for entry in timeline(changed.log, changed.people):
                if entry.row.item in items:
                    _show(options, session, entry)

    Follower(session.driver, session.http, session.member, show).run(threading.Event())


def _show(options: argparse.Namespace, session: SignedIn, entry: Entry) -> None:
    row, people = entry.row, session.member.people
    fields: dict[str, Any] = {"number": row.number, "at_ms": row.at_ms, "account": row.account}
    at = datetime.fromtimestamp(row.at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")
    start = f"{row.number:>5}  {at}  {people.name(row.account)}"
    if isinstance(entry, Said):
        fields |= {"item": row.item, "text": entry.text, "lang": entry.lang, "reply": entry.reply}
        fields |= {"mentions": list(entry.mentions), "earlier": entry.earlier, "withdrawn": entry.withdrawn}
        fields |= {"reactions": entry.reactions, "files": [_describe(file) for file in entry.files]}
        files = "".join(f"\n       [{file.name}, {file.size_bytes} bytes]" for file in entry.files)
        text = entry.text if entry.withdrawn is None else "(withdrawn)"
        say(options, fields, f"{start}: {printable(text)}{printable(files)}")
        if options.files is not None:
            for file in entry.files:
                _save(session, file, options.files)
    else:
        fields |= {"event": entry.event, "accounts": list(entry.accounts), "text": entry.text}
        whom = ", ".join(map(people.name, entry.accounts))
        say(options, fields, f"{start} · {entry.event} {printable(whom)}{printable(entry.text or '')}".rstrip())


def _describe(file: File) -> dict[str, Any]:
    return {"blob": file.blob, "name": file.name, "type": file.type, "size_bytes": file.size_bytes}


def _save(session: SignedIn, file: File, folder: Path) -> None:
    """Save under the blob's id and the last part of the name: what others call a file is no path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{file.blob}-{file_name(file.name)}"
    if path.exists():
        return
    part = path.with_name(f".{file.blob}.part")
    download = Download(file)
    with part.open("wb") as target:
        while (piece := session.driver.run(download.next())) is not None:
            target.write(piece)
    part.rename(path)


def file_name(name: str) -> str:
    """Return the last part of what somebody called a file, without signs that a terminal or a folder would obey."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(one if one.isprintable() else "_" for one in last)[:100] or "file"


def _send(options: argparse.Namespace) -> None:
    text = sys.stdin.read() if options.text == "-" else options.text
    with signed_in(options) as session:
        room = session.room(options.room)
        files = tuple(_upload(session, room.data.room, path) for path in options.file)
        plaintext = encode_content(Message(text, options.lang, files=files), int(time.time() * 1000))
        number = session.driver.run(session.member.send(room.data.room, plaintext))
        say(options, {"room": room.data.room, "number": number}, f"Sent; it is number {number} of the record.")
        heed(session.driver, session.member)


def _upload(session: SignedIn, room: RoomId, path: Path) -> File:
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    try:
        with path.open("rb") as file:

            def source(start: int, end: int) -> bytes:
                file.seek(start)
                return file.read(end - start)

            local = LocalFile(source, path.stat().st_size, path.name, media_type)
            return session.driver.run(upload(room, local))
    except OSError as error:
        msg = f"{path} can not be read: {error.strerror}"
        raise AskedWrongError(msg) from error


def _export(options: argparse.Namespace) -> None:
    with signed_in(options) as session:
        room = session.room(options.room)
        roots = session.driver.run(session.member.logged_roots(room))
        lines = session.driver.run(record_bundle(room, int(time.time()), roots))
        with options.file.open("w", encoding="utf-8", newline="\n") as target:
            target.writelines(lines)
        fields = {"room": room.data.room, "number": room.data.number, "head": room.data.head.hex()}
        say(options, fields, f"{room.data.number} items; the head is {room.data.head.hex()}")


def _verify(options: argparse.Namespace) -> None:
    if is_evidence(options.file):
        verify_file(options)
        return
    with options.file.open(encoding="utf-8", errors="replace", newline="\n") as lines:
        report = verify_bundle(lines)
    head = None if report.head is None else report.head.hex()
    problems = [{"code": problem.code, "number": problem.number} for problem in report.problems]
    fields: dict[str, Any] = {
        "sound": report.sound,
        "room": report.room,
        "first": report.first,
        "last": report.last,
        "head": head,
    }
    exporter = None if report.exporter is None else report.exporter[0]
    fields |= {"whole": report.whole, "exporter": exporter, "problems": problems}
    extent = "the whole record" if report.whole else "a part of the record"
    found = f"items {report.first} to {report.last}, {extent}; exported by account {exporter}; the head is {head}"
    say(options, fields, found)
    if not report.sound:
        told = ", ".join(f"{one.code} at {one.number}" if one.number else one.code for one in report.problems)
        msg = f"this record is not what it says: {told}"
        raise AskedWrongError(msg)


def _failed(reason: str) -> int:
    warn(reason)
    return EXIT_FAULT
