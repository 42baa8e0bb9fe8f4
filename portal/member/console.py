"""Around every task of ``portal room``: who is signed in on this machine, and what is written where."""

import argparse
import getpass
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from portal.member.driver import Driver
from portal.member.member import reopen
from portal.member.room import Room
from portal.member.store import KeyFile, Passphrase, Store, exists
from portal.member.transport import Http
from portal.member.work import read


class AskedWrongError(Exception):
    """A command that can not be done as it was asked; the message says what to do."""


class SignedIn:
    """An open store with somebody signed in, and the way to the server; AskedWrongError if nobody is."""

    def __init__(self, store: Store) -> None:
        offline = Driver(store, Http(""))
        origin, token = offline.run(read("origin", str)), offline.run(read("token", str))
        if origin is None or token is None:
            msg = "nobody is signed in here: portal room sign-in ADDRESS HANDLE"
            raise AskedWrongError(msg)
        self.http = Http(origin, token)
        self.driver = Driver(store, self.http)
        member = self.driver.run(reopen(time.time))
        if member is None:
            msg = "nobody is signed in here: portal room sign-in ADDRESS HANDLE"
            raise AskedWrongError(msg)
        self.member = member

    def room(self, wanted: str) -> Room:
        """Return the room of this id or name, after a look at the server; AskedWrongError."""
        self.driver.run(self.member.catch_up())
        rooms = [room for room in self.member.rooms() if wanted in {room.data.room, room.data.name}]
        if len(rooms) != 1:
            ids = ", ".join(room.data.room for room in rooms)
            msg = f"several rooms have this name; say which by its id: {ids}" if rooms else f"there is no room {wanted}"
            raise AskedWrongError(msg)
        if (problem := rooms[0].problem) is not None:
            warn(f"something is wrong with this room: {problem.kind} at {problem.number}: {problem.evidence}")
        return rooms[0]


@contextmanager
def signed_in(options: argparse.Namespace) -> Iterator[SignedIn]:
    """Open the store that the options name; AskedWrongError, StoreError."""
    if not exists(options.store):
        msg = "nobody is signed in here: portal room sign-in ADDRESS HANDLE"
        raise AskedWrongError(msg)
    with Store.open(options.store, opener(options)) as store:
        session = SignedIn(store)
        yield session
        session.http.close()


def opener(options: argparse.Namespace) -> Passphrase | KeyFile:
    """Return what opens the store, or shall open a new one; AskedWrongError."""
    if options.key_file is not None:
        return KeyFile(options.key_file)
    if exists(options.store):
        return Passphrase(getpass.getpass("Passphrase of the key store on this machine: "))
    passphrase = getpass.getpass("A new passphrase, for the key store on this machine: ")
    if getpass.getpass("The same once more: ") != passphrase or not passphrase:
        msg = "the two are not the same, or empty; nothing was made"
        raise AskedWrongError(msg)
    return Passphrase(passphrase)


def say(options: argparse.Namespace, fields: dict[str, Any], text: str) -> None:
    """Write one line: with ``--json`` the fields, else the text, without what a terminal would obey."""
    print(json.dumps(fields, ensure_ascii=False) if options.json else printable(text), flush=True)


def printable(text: str) -> str:
    """Return others' text without what a terminal would obey: control characters, signs that change the direction."""
    return "".join(one if one in "\n\t" or one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)


def warn(words: str) -> None:
    """Tell a person something beside what was asked for."""
    print(f"portal room: {printable(words)}", file=sys.stderr)
