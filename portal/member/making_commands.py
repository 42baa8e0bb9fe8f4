"""``portal room create`` and ``portal room add``: rooms for people whom a command line names by their handles."""

import argparse
from typing import Any, get_args

from portal.member.console import AskedWrongError, SignedIn, say, signed_in
from portal.member.making import History, RoomKind, let_in, make_room
from portal.wire.ids import AccountId


def add_making_tasks(tasks: Any, common: argparse.ArgumentParser) -> None:
    """Add both to the tasks of ``portal room``."""
    create = tasks.add_parser("create", parents=[common], help="make a room and let people in")
    create.add_argument("name", help="what the room is called")
    create.add_argument("handle", nargs="*", help="whom to let in, by the name that they sign in with")
    create.add_argument("--kind", choices=get_args(RoomKind), default="huddle", help="of the room (default: huddle)")
    words = "what those who come later may read of before (default: all)"
    create.add_argument("--history", choices=get_args(History), default="all", help=words)
    create.set_defaults(command=_create)

    add = tasks.add_parser("add", parents=[common], help="let people into a room")
    add.add_argument("room", help="its name, or its id")
    add.add_argument("handle", nargs="+", help="whom to let in, by the name that they sign in with")
    add.set_defaults(command=_add)


def _create(options: argparse.Namespace) -> None:
    with signed_in(options) as session:
        session.driver.run(session.member.catch_up())
        people = _accounts(session, options.handle)
        work = make_room(session.member, options.kind, options.name, people, options.history)
        room = session.driver.run(work)
        inside = session.member.entry(room).room.data.membership.accounts
        left_out = [account for account in people if account not in inside]
        text = f"Made {options.name}: {room}{_told(session, left_out)}"
        say(options, {"room": room, "name": options.name, "left_out": left_out}, text)


def _add(options: argparse.Namespace) -> None:
    with signed_in(options) as session:
        room = session.room(options.room)
        left_out = session.driver.run(let_in(session.member, room.data.room, _accounts(session, options.handle)))
        text = f"{len(options.handle) - len(left_out)} came in{_told(session, left_out)}"
        say(options, {"room": room.data.room, "left_out": left_out}, text)


def _accounts(session: SignedIn, handles: list[str]) -> list[AccountId]:
    people = session.member.people
    persons = [person for account in people.accounts() if (person := people.person(account)) is not None]
    by_handle = {person.handle: person.account for person in persons if not person.disabled}
    unknown = [handle for handle in handles if handle.casefold() not in by_handle]
    if unknown:
        msg = f"nobody here signs in as {', '.join(unknown)}"
        raise AskedWrongError(msg)
    return [by_handle[handle.casefold()] for handle in handles]


def _told(session: SignedIn, left_out: list[AccountId]) -> str:
    names = ", ".join(map(session.member.people.name, left_out))
    return f"\nNot yet, until a device of theirs was online: {names}" if left_out else ""
