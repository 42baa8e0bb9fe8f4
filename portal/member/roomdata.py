"""What is kept of a room beside its keys and rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from portal.member.e2ee.membership import NOBODY, Membership
from portal.member.e2ee.ring import Base
from portal.wire.envelope import first_head
from portal.wire.ids import AccountId, DeviceId, ItemId, RoomId

Role: TypeAlias = Literal["chair", "member", "observer"]
ProblemKind: TypeAlias = Literal["fork", "dropped", "forged", "commit-refused", "no-key"]


@dataclass(frozen=True, slots=True)
class RoomProblem:
    """Something is wrong with a room. ``evidence`` is for whoever investigates: codes and hashes, never content.

    fork: the server showed two histories · dropped: numbers or sequences are missing · forged: an item that its named
    sender did not sign · commit-refused: a membership change that can not be processed · no-key: an epoch's key is
    missing.
    """

    kind: ProblemKind
    number: int
    evidence: str


@dataclass(frozen=True, slots=True)
class RoomMember:
    """A member by the server's word; ``since_ms`` by its clock."""

    account: AccountId
    role: Role
    since_ms: int


@dataclass(frozen=True, slots=True)
class RoomData:
    """Kept under "room:<id>".

    ``base`` is from where this account can verify the record; None until its grants said so. ``number`` and ``head``
    (32 bytes) are of the last item that was processed, or the base; ``epoch`` is in force after it (-1 before the
    founding), ``first_epoch`` the first one that this account may read. ``stopped``: nothing behind ``number`` is taken
    in. ``rejoining``: a welcome that comes now replaces the group.
    """

    room: RoomId
    kind: str
    state: Literal["active", "archived"]
    standing: Literal["member", "removed"]
    role: Role
    members: tuple[RoomMember, ...]
    cursor: int
    visible_from: int
    number: int
    head: bytes
    history: str | None = None
    base: Base | None = None
    epoch: int = -1
    bucket: int = 0
    previous_bucket: int | None = None
    first_epoch: int = 0
    sequences: Mapping[DeviceId, int] = field(default_factory=dict)
    membership: Membership = NOBODY
    problem: RoomProblem | None = None
    stopped: bool = False
    rejoining: bool = False
    name: str | None = None


@dataclass(frozen=True, slots=True)
class PendingChange:
    """What this device wants to put into the record that changes its group; kept under "pending:<room>".

    It is kept from before it is sent until the record shows whether it counts. ``path`` and ``request`` are sent again
    and again until the server has answered; ``group`` is the encoded state that then holds.
    """

    item: ItemId
    raw: bytes
    path: str
    request: Any
    group: bytes

    @property
    def founds(self) -> bool:
        """Whether it opens the room."""
        return self.path == "/api/rooms"


def new_room(answer: Mapping[str, Any]) -> RoomData:
    """Return a room of which nothing but the server's word is known yet."""
    room = RoomId(answer["room"])
    return RoomData(room=room, standing="member", number=0, head=first_head(room), **word_of(answer))


def word_of(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the server says of a room that the record does not verify, as fields of RoomData."""
    return {
        "kind": answer["kind"],
        "state": answer["state"],
        "role": answer["role"],
        "members": tuple(RoomMember(one["account"], one["role"], one["since"]) for one in answer["members"]),
        "cursor": answer["cursor"],
        "visible_from": answer["visible_from"],
    }


def at_base(data: RoomData, base: Base, first_epoch: int) -> RoomData:
    """Return ``data`` at a base from which its account verifies the record: the beginning, or where it was let in."""
    whole = base.number == 0
    return replace(
        data,
        base=base,
        number=base.number,
        head=base.head,
        epoch=-1 if whole else first_epoch - 1,
        bucket=0,
        previous_bucket=None,
        first_epoch=first_epoch,
        sequences={},
        membership=Membership(() if whole else None, {}),
    )
