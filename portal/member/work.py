"""How the core asks for what it can not do itself: pieces of work are generators that yield requests and get answers.

The core does no I/O. Whoever drives it (driver.py, or a test) carries out each request, sends the answer in, or throws
the failure in; the core goes on from there. So the order of what is stored and sent can be read from top to bottom, and
tests can end a piece of work at any request.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, TypeVar, cast

Method: TypeAlias = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Result = TypeVar("Result")
Kind = TypeVar("Kind")


@dataclass(frozen=True, slots=True)
class Ask:
    """A request of the HTTP interface (docs/protocol.md §6). ``body`` is JSON, or bytes as octet-stream, or None.

    ``octets``: the answer is bytes. ``repeatable``: it may be made twice without harm, so that the driver tries again
    after faults of the network.
    """

    method: Method
    path: str
    body: Any = None
    octets: bool = False
    repeatable: bool = True
    timeout_s: float = 20.0


@dataclass(frozen=True, slots=True)
class Write:
    """Changes of the store, in one transaction. Only when it is answered is it kept; None removes."""

    changes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Read:
    """The stored value of this type, or None."""

    name: str
    kind: Any


@dataclass(frozen=True, slots=True)
class ReadAll:
    """All stored values of a family, by the last part of their names."""

    family: str
    kind: Any


@dataclass(frozen=True, slots=True)
class Wait:
    """Let this time pass."""

    duration_s: float


Request: TypeAlias = Ask | Write | Read | ReadAll | Wait
Work: TypeAlias = Generator[Request, Any, Result]


class MemberError(Exception):
    """A failure with a code of portal.wire.errors, or one of the client's own: see ``CLIENT_CODES``."""

    def __init__(self, code: str, /, **detail: Any) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail

    def __str__(self) -> str:
        inside = ", ".join(f"{name} {value}" for name, value in self.detail.items())
        return f"{self.code} ({inside})" if inside else self.code


CLIENT_CODES = {
    "network.offline": "the server can not be reached",
    "network.timeout": "the server did not answer in time",
    "vault.rolled_back": "the server shows an older vault than this account's devices have seen",
    "vault.version": "others changed the vault again and again at the same time",
    "person.unknown": "there is no such account",
    "person.key_changed": "somebody's key is another one than before: ask them, then acknowledge it in a browser",
    "person.unlogged": "somebody's devices are not in the public ledger, as they should be: ask them",
    "ledger.malformed": "the public ledger gave an answer that can not be right: tell the operators",
    "person.renamed": "somebody who was verified goes by another name: accept it in a browser",
    "person.no_device": "the account has no device that can be let into a room",
    "room.blocked": "something is wrong with this room's record: look at it before anything is sent",
    "room.removed": "this account is no longer in the room",
    "room.no_key": "this device can not read the room's newest key yet",
    "room.not_joined": "this device has not been let into the room yet: another member has to come online first",
    "draft.blocked": "something is wrong with this draft: look at it before anything is sent",
    "draft.no_state": "this device can not read the draft whole yet, so that it can keep no state of it",
    "commit.lost": "others changed the room again and again at the same time",
    "transfer.file_changed": "the file is not the one that was begun",
}
"""The client's own failures, in the words of the command line."""
PASSING = frozenset({"network.offline", "network.timeout", "server.busy", "server.fault", "request.too_many"})


def is_passing(error: BaseException) -> bool:
    """Tell whether nothing is known about a request's effect, or it can be tried again later."""
    return isinstance(error, MemberError) and error.code in PASSING


def judged(error: MemberError, sequence: int) -> MemberError:
    """Return what a refusal means: who counts fewer items of this device than stand in the record has another record.

    Such as one that was put back from an older copy. ``sequence``: this device's next, from before it asked.
    """
    expected = error.detail.get("expected")
    if error.code == "item.sequence" and isinstance(expected, int) and expected < sequence:
        return MemberError("record.fork")
    return error


def get(path: str) -> Work[Any]:
    """Ask for JSON."""
    return (yield Ask("GET", path))


def get_bytes(path: str) -> Work[bytes]:
    """Ask for bytes."""
    return cast("bytes", (yield Ask("GET", path, octets=True)))


def post(path: str, body: Any = None, *, repeatable: bool = False, timeout_s: float = 20.0) -> Work[Any]:
    """Send JSON; the answer is JSON."""
    return (yield Ask("POST", path, {} if body is None else body, repeatable=repeatable, timeout_s=timeout_s))


def put(path: str, body: Any, *, repeatable: bool = True) -> Work[Any]:
    """Put JSON, or bytes as octet-stream."""
    return (yield Ask("PUT", path, body, repeatable=repeatable))


def delete(path: str) -> Work[Any]:
    """Delete."""
    return (yield Ask("DELETE", path, {}))


def write(changes: Mapping[str, Any]) -> Work[None]:
    """Keep ``changes``, if there are any."""
    if changes:
        yield Write(changes)


def read(name: str, kind: type[Kind]) -> Work[Kind | None]:
    """Look a value up."""
    return cast("Kind | None", (yield Read(name, kind)))


def read_all(family: str, kind: type[Kind]) -> Work[dict[str, Kind]]:
    """Look a family up."""
    return cast("dict[str, Kind]", (yield ReadAll(family, kind)))


def submit(room: str, raw: bytes) -> Work[dict[str, Any]]:
    """Put this envelope into the room's record; the same bytes may come again."""
    return cast("dict[str, Any]", (yield Ask("POST", f"/api/rooms/{room}/items", raw)))
