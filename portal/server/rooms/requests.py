"""What may be asked of the record's writer, and what it answers. All that changes a room's state is one of these."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from portal.server.core.actor import Actor
from portal.server.core.packets import Json
from portal.server.rooms.models import RoomKind, RoomRole, RoomState
from portal.wire.ids import AccountId, DeviceId, RoomId, b64


class Receipt(NamedTuple):
    """Where an item stands in its record: ``head`` is head_number, 32 bytes. The same item always has the same one.

    ``signature`` (64 bytes) is the server's own over that place, where it signs such items (acts of drafts).
    """

    number: int
    head: bytes
    at_ms: int
    signature: bytes | None = None

    def to_json(self) -> dict[str, str | int]:
        """Return the acknowledgement of docs/protocol.md §6."""
        place: dict[str, str | int] = {"number": self.number, "head": b64(self.head), "at_ms": self.at_ms}
        return place if self.signature is None else {**place, "receipt": b64(self.signature)}

    def to_text(self) -> Json:
        """Return the same as JSON text."""
        signed = "" if self.signature is None else f',"receipt":"{b64(self.signature)}"'
        return Json(f'{{"number":{self.number},"head":"{b64(self.head)}","at_ms":{self.at_ms}{signed}}}')


class Sender(NamedTuple):
    """The account and device of the session that sends."""

    account: AccountId
    device: DeviceId


@dataclass(frozen=True, slots=True)
class Grant:
    """Ring keys sealed to ``account``'s box key, signed by ``device`` (docs/protocol.md §4, Ring grants)."""

    account: AccountId
    epoch: int
    sealed: bytes
    device: DeviceId
    signature: bytes


@dataclass(frozen=True, slots=True)
class Addition:
    """A device to let in; ``role`` is for an account that is new in the room, None for the one it gets by itself."""

    account: AccountId
    device: DeviceId
    role: RoomRole | None = None


class AppendContent(NamedTuple):
    """Append one content item; ``raw`` is its envelope, ``text`` the same in base64url if it came as that."""

    sender: Sender
    raw: bytes
    room: RoomId
    text: str | None = None


@dataclass(frozen=True, slots=True)
class FoundRoom:
    """Open a room with its founding item. ``grants``: exactly one, of epoch 0, for the founder; verified already.

    ``group_info`` is the MLSMessage that tells its group, so that the server can check commits.
    """

    founder: Actor
    sender: Sender
    raw: bytes
    room: RoomId
    kind: RoomKind
    grants: tuple[Grant, ...]
    group_info: bytes


@dataclass(frozen=True, slots=True)
class AppendCommit:
    """Append a commit with all that depends on it. The signatures of ``grants`` are verified already."""

    sender: Sender
    raw: bytes
    room: RoomId
    added: tuple[Addition, ...] = ()
    removed: tuple[DeviceId, ...] = ()
    welcome: bytes | None = None
    grants: tuple[Grant, ...] = ()


@dataclass(frozen=True, slots=True)
class LeaveRoom:
    """Take the account out of the room; its leaves stay until a member's commit removes them."""

    account: AccountId
    room: RoomId


@dataclass(frozen=True, slots=True)
class SetState:
    """Archive or reopen the room."""

    account: AccountId
    room: RoomId
    state: RoomState


@dataclass(frozen=True, slots=True)
class SetRole:
    """Give ``target`` another role in the room."""

    account: AccountId
    room: RoomId
    target: AccountId
    role: RoomRole


class FurtherRequest(Protocol):
    """A request of a feature above rooms, about one room, served with the others (further.py)."""

    @property
    def room(self) -> RoomId:
        """The room that it is about."""
        ...


RecordRequest = AppendContent | FoundRoom | AppendCommit | LeaveRoom | SetState | SetRole | FurtherRequest
