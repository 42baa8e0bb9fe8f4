"""Requests and answers about rooms, as docs/protocol.md §6 lists them."""

from typing import Annotated, Final, Literal

from pydantic import Field

from portal.server.core.schemas import IdText, Schema, b64_text
from portal.server.rooms.grants import SEALED_MAX_BYTES
from portal.server.rooms.models import RoomKind, RoomRole, RoomState
from portal.server.rooms.requests import Addition, Grant
from portal.wire.ids import AccountId, DeviceId, Id, b64, unb64

ENVELOPE_MAX_BYTES: Final = 2 << 20
"""What is read at all; how large an item of its kind may be is the record's to say."""
WELCOME_MAX_BYTES: Final = 2 << 20
KEY_PACKAGE_MAX_BYTES: Final = 8192
GROUP_INFO_MAX_BYTES: Final = 8192
"""Of a group of one, whose leaf has about 1,600 bytes."""
SIGNATURE_BYTES: Final = 64
ACCOUNTS_MAX: Final = 500
"""Accounts, devices or grants in one request."""
PACKAGES_MAX: Final = 100
NAMES_MAX: Final = 256

Count = Annotated[int, Field(ge=0, lt=2**53)]
"""A number of the record, an epoch or a size."""


class GrantText(Schema):
    """A ring grant as it travels."""

    account: IdText
    epoch: Count
    sealed: Annotated[str, b64_text(max_bytes=SEALED_MAX_BYTES)]
    device: IdText
    sig: Annotated[str, b64_text(length_bytes=SIGNATURE_BYTES)]

    @classmethod
    def of(cls, grant: Grant) -> "GrantText":
        """Return ``grant`` as it travels."""
        return cls(
            account=grant.account,
            epoch=grant.epoch,
            sealed=b64(grant.sealed),
            device=grant.device,
            sig=b64(grant.signature),
        )

    def opened(self) -> Grant:
        """Return the grant in bytes."""
        return Grant(
            AccountId(Id(self.account)), self.epoch, unb64(self.sealed), DeviceId(Id(self.device)), unb64(self.sig)
        )


class FoundingRequest(Schema):
    """Opens a room."""

    room: IdText
    kind: RoomKind
    envelope: Annotated[str, b64_text(max_bytes=ENVELOPE_MAX_BYTES)]
    grants: Annotated[tuple[GrantText, ...], Field(max_length=1)]
    group_info: Annotated[str, b64_text(max_bytes=GROUP_INFO_MAX_BYTES)]


class RootView(Schema):
    """A root of the room in the ledger: ``head`` at ``number``, and what opens its entry (docs/ledger.md).

    ``index`` is None until the tree has the entry.
    """

    number: Count
    head: str
    index: Count | None
    nonce: str
    tag: str


class AdditionText(Schema):
    """A device to let in."""

    account: IdText
    device: IdText
    role: RoomRole | None = None

    def opened(self) -> Addition:
        """Return it with typed ids."""
        return Addition(AccountId(Id(self.account)), DeviceId(Id(self.device)), self.role)


class CommitRequest(Schema):
    """A commit with everything that depends on it."""

    envelope: Annotated[str, b64_text(max_bytes=ENVELOPE_MAX_BYTES)]
    added: Annotated[tuple[AdditionText, ...], Field(max_length=ACCOUNTS_MAX)]
    removed: Annotated[tuple[IdText, ...], Field(max_length=ACCOUNTS_MAX)]
    welcome: Annotated[str, b64_text(max_bytes=WELCOME_MAX_BYTES)] | None = None
    grants: Annotated[tuple[GrantText, ...], Field(max_length=ACCOUNTS_MAX)]


class GrantRequest(Schema):
    """Replaces one of the caller's own grants."""

    grant: GrantText


class CursorRequest(Schema):
    """Up to where the account has read."""

    number: Count


class StateRequest(Schema):
    """Archives or reopens a room."""

    state: RoomState


class RoleRequest(Schema):
    """Another role in the room."""

    role: RoomRole


class Empty(Schema):
    """``{}``: for acts that need no words."""


class BlobRequest(Schema):
    """Begins an upload; the size is that of the ciphertext."""

    blob: IdText
    size_bytes: Annotated[int, Field(gt=0, lt=2**53)]


class KeyPackagesRequest(Schema):
    """Key packages of the caller's device, each an MLSMessage."""

    packages: Annotated[
        tuple[Annotated[str, b64_text(max_bytes=KEY_PACKAGE_MAX_BYTES)], ...],
        Field(max_length=PACKAGES_MAX),
    ]
    last_resort: Annotated[str, b64_text(max_bytes=KEY_PACKAGE_MAX_BYTES)] | None = None


class ClaimRequest(Schema):
    """Devices for each of which a key package is wanted."""

    devices: Annotated[tuple[IdText, ...], Field(min_length=1, max_length=NAMES_MAX)]


class MemberView(Schema):
    """A member; ``since`` in Unix milliseconds."""

    account: str
    role: RoomRole
    since: int


class WantingView(Schema):
    """What the next commit should do to devices."""

    add: tuple[str, ...]
    remove: tuple[str, ...]
    rejoin: tuple[str, ...]


class RoomView(Schema):
    """A room as one of its members sees it."""

    room: str
    kind: RoomKind
    state: Literal["active", "archived"]
    history: str
    role: RoomRole
    number: int
    head: str
    epoch: int
    bucket: int
    visible_from: int
    cursor: int
    members: tuple[MemberView, ...]
    devices: tuple[str, ...]
    wanting: WantingView
