"""Does a commit say what its request says? The public half of its MLS message against the room and the request."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, NoReturn

from portal.server.rooms.commit_format import PublicCommit, read_commit
from portal.server.rooms.key_package_format import Leaf
from portal.server.rooms.memory import DeviceMemory, RoomMemory
from portal.server.rooms.mls_format import MalformedMlsError
from portal.server.rooms.requests import AppendCommit
from portal.wire.canonical import parse_canonical
from portal.wire.envelope import Envelope
from portal.wire.errors import PeerError
from portal.wire.ids import ID_BYTES, AccountId, DeviceId, Id, b64, id_bytes, is_id

COMMIT_LABEL: Final = b"portal commit v1\0"


@dataclass(frozen=True, slots=True)
class Said:
    """What a commit says besides its epoch. ``added`` in the order of its proposals, which gives them their leaves.

    ``going`` are the accounts that it names to go, ``history`` the policy that it sets, if it does.
    """

    added: tuple[DeviceId, ...]
    leaves: dict[DeviceId, Leaf]
    going: tuple[AccountId, ...]
    history: str | None


def refusal(reason: str, **detail: str) -> PeerError:
    """Return commit.refused with this reason."""
    return PeerError("commit.refused", reason=reason, **detail)


def read_public_half(room: RoomMemory, device: DeviceMemory, envelope: Envelope, request: AppendCommit) -> Said:
    """Read the commit and compare it with the room, the committing device, the header and the request.

    Raises:
        PeerError: commit.refused with reason malformed, other_group, other_data, committer, added or removed.
    """
    try:
        commit = read_commit(envelope.body)
    except MalformedMlsError as error:
        raise refusal("malformed", problem=str(error)) from None
    if commit.group != id_bytes(room.room) or commit.epoch != envelope.epoch:
        raise refusal("other_group")
    if commit.sender != device.leaf or not _is_leaf_of(commit.path_leaf, device):
        raise refusal("committer")
    leaves = {known.leaf: name for name, known in room.devices.items() if known.leaf is not None}
    removed = [leaves.get(leaf) for leaf in commit.removed]
    if len(set(removed)) != len(removed) or set(removed) != set(request.removed):
        raise refusal("removed")
    return _added(commit, request, _going(commit, envelope))


def _added(commit: PublicCommit, request: AppendCommit, going: tuple[AccountId, ...]) -> Said:
    """Put the request's additions into the order of the commit's."""
    ordered = {_device_of(leaf.identity): leaf for leaf in commit.added}
    asked = {addition.device for addition in request.added}
    if len(ordered) != len(commit.added) or set(ordered) != asked:
        raise refusal("added")
    return Said(tuple(ordered), ordered, going, commit.history)


def _going(commit: PublicCommit, envelope: Envelope) -> tuple[AccountId, ...]:
    """Check the authenticated data against the header, and return the accounts that it names after it."""
    seen = envelope.seen_number.to_bytes(8, "big") + envelope.seen_head + envelope.bucket.to_bytes(4, "big")
    begin = COMMIT_LABEL + seen
    named = commit.authenticated_data[len(begin) :]
    accounts = [named[at : at + ID_BYTES] for at in range(0, len(named), ID_BYTES)]
    if not commit.authenticated_data.startswith(begin) or len(named) % ID_BYTES:
        _refuse_data()
    if any(first >= second for first, second in pairwise(accounts)):
        _refuse_data()
    return tuple(AccountId(Id(b64(account))) for account in accounts)


def _device_of(identity: bytes) -> DeviceId:
    try:
        credential: Any = parse_canonical(identity)
    except ValueError:
        raise refusal("added") from None
    named = credential.get("device") if isinstance(credential, dict) else None
    if not isinstance(named, str) or not is_id(named):
        raise refusal("added")
    return DeviceId(Id(named))


def _refuse_data() -> NoReturn:
    raise refusal("other_data")


def _is_leaf_of(leaf: Leaf, device: DeviceMemory) -> bool:
    return leaf.key == bytes(device.key) and leaf.identity == device.identity
