"""A room's MLS group at one epoch: RFC 9420 by portal.mls, in the rooms' profile (docs/protocol.md §4).

What RFC 9420 allows and rooms do not use is refused here or by the rules that portal.mls is given; either way the group
that was passed in stays as it was.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from portal.member.e2ee.devices import Directory
from portal.member.e2ee.identity import Credential, DeviceIdentity
from portal.member.e2ee.inspect import credential_of, going_in, history_of, inspect_commit
from portal.member.e2ee.record import EXPORTER_BYTES, EXPORTER_LABEL, exporter_context, is_signed
from portal.member.e2ee.refusal import Refusal, require
from portal.member.e2ee.ring import RingEntry
from portal.mls.commits import Commit
from portal.mls.committing import Change, make_commit
from portal.mls.errors import MlsError
from portal.mls.framing import PublicMessage
from portal.mls.group import Group, create_group, decode_group
from portal.mls.key_material import Author, KeyPackagePair, make_key_package
from portal.mls.key_packages import KeyPackage, read_key_package
from portal.mls.leaf import MLS10, Capabilities, CredentialType, Extension, LeafNode, LeafSource, Lifetime, basic
from portal.mls.processing import Committed, process
from portal.mls.proposals import Add, ProposalType
from portal.mls.rules import Rules
from portal.mls.suites import suite_of
from portal.mls.welcome import Invitation, join
from portal.mls.wire_format import WireFormat, read_message
from portal.wire.commit_data import DAY_S, commit_data
from portal.wire.device_list import ListedDevice
from portal.wire.envelope import COMMIT_BODY_MAX_BYTES, Envelope, ItemKind
from portal.wire.founding import HISTORY_EXTENSION, SUITE
from portal.wire.ids import AccountId, DeviceId, Id, RoomId, b64, id_bytes

LIFETIME_DAYS: Final = 90
LAST_RESORT_LIFETIME_DAYS: Final = 365
_BACKDATED_S: Final = 3600
"""Key packages are valid from an hour ago: the adder's clock may be behind."""
_PROPOSALS: Final = frozenset({ProposalType.ADD, ProposalType.REMOVE, ProposalType.GROUP_CONTEXT_EXTENSIONS})
_CAPABILITIES: Final = Capabilities((MLS10,), (SUITE,), (HISTORY_EXTENSION,), (), (int(CredentialType.BASIC),))
"""What every leaf says that it can do, and nothing more."""
_BUCKET_BYTES: Final = 4
Result = TypeVar("Result")


@dataclass(frozen=True)
class RoomGroup:
    """The group of a room at one epoch. ``mls`` holds its secrets."""

    mls: Group = field(repr=False)
    bucket: int

    @property
    def room(self) -> RoomId:
        """The room, whose id is the group's."""
        return RoomId(Id(b64(self.mls.group_id)))

    @property
    def epoch(self) -> int:
        """The number of the epoch."""
        return self.mls.epoch

    @property
    def history(self) -> str:
        """The history policy in force."""
        return history_of(self.mls.extensions)

    @property
    def own(self) -> Credential:
        """Whose leaf this device's is."""
        return dict(self.roster())[self.mls.own_leaf]

    @property
    def authenticator(self) -> bytes:
        """What the epoch code is made of."""
        return self.mls.epoch_authenticator

    def roster(self) -> list[tuple[int, Credential]]:
        """All devices in the group, with their places in the tree."""
        return [(member.index, credential_of(member.leaf)) for member in self.mls.members()]

    def ring_entry(self) -> RingEntry:
        """E, the epoch's exporter value from which record keys come, with its place."""
        value = self.mls.export(EXPORTER_LABEL.decode(), exporter_context(self.room, self.bucket), EXPORTER_BYTES)
        return RingEntry(self.epoch, self.bucket, value)

    def revoked(self, directory: Directory) -> list[Credential]:
        """Members that their account has revoked, or that no list known here has.

        While there are any, nothing may be sent but the commit that removes them.
        """
        listed = [(member, directory.device(member.account, member.device)) for _, member in self.roster()]
        return [member for member, device in listed if device is None or device.revoked]

    def encode(self) -> bytes:
        """Return the bytes to store: the bucket and the MLS state without the device's signature key.

        Rooms use no private messages and no resumption: what is for these is not kept.
        """
        return self.bucket.to_bytes(_BUCKET_BYTES, "big") + self.mls.for_public_messages().encode()


@dataclass(frozen=True, slots=True)
class Offer:
    """A key package of this device: ``public`` (an MLSMessage) goes to the server, ``private`` stays.

    ``ref`` is the hash by which a Welcome names it.
    """

    ref: bytes
    public: bytes
    private: bytes = field(repr=False)
    last_resort: bool
    not_after_s: int


@dataclass(frozen=True, slots=True)
class GroupChange:
    """What a commit is to change: key packages to add, devices to remove, accounts that go.

    ``seen_number`` and ``seen_head`` (32 bytes) are the record as this device has seen it.
    """

    bucket: int
    seen_number: int
    seen_head: bytes
    add: Sequence[bytes] = ()
    remove: Sequence[DeviceId] = ()
    going: Collection[AccountId] = ()


@dataclass(frozen=True, slots=True)
class MadeCommit:
    """A commit that waits for the server to accept it; until then the group stays what it was.

    ``body`` is the envelope's, ``welcome`` is for those who were added, or None.
    """

    body: bytes
    welcome: bytes | None
    group: RoomGroup


def found_group(room: RoomId, bucket: int, history: str, device: DeviceIdentity) -> RoomGroup:
    """Return a new group with this device alone, at epoch 0."""
    start_s = bucket * DAY_S
    lifetime = Lifetime(start_s, start_s + LAST_RESORT_LIFETIME_DAYS * DAY_S)
    extensions = (Extension(HISTORY_EXTENSION, history.encode()),)
    group = create_group(_author(device), id_bytes(room), device.key.seed, lifetime, extensions)
    return RoomGroup(group, bucket)


def decode_room_group(raw: bytes, device: DeviceIdentity) -> RoomGroup:
    """Read stored bytes; Refusal state.malformed for another version or device, or damage."""
    try:
        group = decode_group(raw[_BUCKET_BYTES:], device.key.seed)
    except MlsError as error:
        raise Refusal("state.malformed") from error
    decoded = RoomGroup(group, int.from_bytes(raw[:_BUCKET_BYTES], "big"))
    require(decoded.own == device.credential, "state.malformed")
    return decoded


def make_offer(device: DeviceIdentity, now_s: int, *, last_resort: bool = False) -> Offer:
    """Make a fresh key package, valid for 90 days from now (a last resort for 365)."""
    not_after_s = now_s + (LAST_RESORT_LIFETIME_DAYS if last_resort else LIFETIME_DAYS) * DAY_S
    pair = make_key_package(_author(device), device.key.seed, Lifetime(now_s - _BACKDATED_S, not_after_s))
    return Offer(pair.ref, pair.public, pair.private, last_resort, not_after_s)


def check_offer(raw: bytes, directory: Directory, now_s: int) -> Credential:
    """Check a key package that a server handed out, before anybody is added with it.

    Raises:
        Refusal: key_package.malformed, key_package.lifetime, leaf.*; leaf.revoked if its account revoked the device.
    """
    package = _refused_as("key_package.malformed", lambda: read_key_package(raw, suite_of(SUITE)))
    _check_shape(package)
    good = package.lifetime.not_before_s <= now_s <= package.lifetime.not_after_s
    require(good, "key_package.lifetime", not_after_s=package.lifetime.not_after_s)
    require(not check_leaf(package.leaf, directory).revoked, "leaf.revoked")
    return credential_of(package.leaf)


def check_leaf(leaf: LeafNode, directory: Directory) -> ListedDevice:
    """Check one leaf, whoever brought it.

    The account's verified list holds the device with this key and kind, and the leaf keeps to the profile. A device
    that is revoked by now passes: the list may be newer than what is being processed.

    Raises:
        Refusal: leaf.unlisted, leaf.profile, credential.malformed.
    """
    said = credential_of(leaf)
    listed = directory.device(said.account, said.device)
    if listed is None or (listed.kind, listed.key) != (said.kind, leaf.signature_key):
        raise Refusal("leaf.unlisted", account=said.account, device=said.device)
    plain = not leaf.extensions and leaf.source is not LeafSource.UPDATE
    require(leaf.capabilities == _CAPABILITIES and plain, "leaf.profile", device=said.device)
    return listed


def _check_shape(package: KeyPackage) -> None:
    """Check the rules for a key package that hold at any time: it is good for a year at most, and has no extensions."""
    lifetime = package.lifetime
    length_s = lifetime.not_after_s - lifetime.not_before_s
    require(length_s <= (LAST_RESORT_LIFETIME_DAYS + 1) * DAY_S, "key_package.lifetime")
    require(not package.extensions, "key_package.malformed")


def _added_packages(body: bytes) -> list[KeyPackage]:
    """The key packages in a public commit; Refusal commit.malformed."""
    message = _refused_as("commit.malformed", lambda: read_message(PublicMessage, WireFormat.PUBLIC_MESSAGE, body))
    commit = message.authenticated.framed.content
    if not isinstance(commit, Commit):
        raise Refusal("commit.malformed")
    return [proposal.package for proposal in commit.proposals if isinstance(proposal, Add)]


def make_room_commit(
    group: RoomGroup, change: GroupChange, directory: Directory, now_s: int, history: str | None = None
) -> MadeCommit:
    """Make a commit.

    Raises:
        Refusal: commit.bucket, commit.going, commit.unknown_member, commit.own_removal, leaf.*, commit.refused,
            commit.too_large beyond 1 MiB.
    """
    require(change.bucket >= group.bucket, "commit.bucket", bucket=change.bucket)
    places = {member.device: leaf for leaf, member in group.roster()}
    require(group.own.device not in change.remove, "commit.own_removal")
    for device in change.remove:
        require(device in places, "commit.unknown_member", device=device)
    what = Change(
        add=change.add,
        remove=[places[device] for device in change.remove],
        extensions=None if history is None else (Extension(HISTORY_EXTENSION, history.encode()),),
        authenticated_data=commit_data(change.seen_number, change.seen_head, change.bucket, change.going),
    )
    made = _refused_as("commit.refused", lambda: make_commit(group.mls, what, _rules(directory, now_s)))
    after = RoomGroup(made.group, change.bucket)
    _require_profile(after, change.going)
    size = len(made.message)
    require(size <= COMMIT_BODY_MAX_BYTES, "commit.too_large", bytes=size)
    return MadeCommit(made.message, made.welcome, after)


def process_room_commit(group: RoomGroup, envelope: Envelope, directory: Directory) -> RoomGroup | None:
    """Process the commit in ``envelope``, whose signature is verified here too; None if it removed this device.

    Raises:
        Refusal: commit.*, leaf.*, item.forged or item.kind: nothing has changed, and this device can not go on in this
            group unless it is let in anew. commit.own: it is this device's own; what was kept when it was made counts.
    """
    said = inspect_commit(envelope)
    require(envelope.room == group.room, "commit.other_group")
    require(envelope.epoch == group.epoch, "commit.other_epoch", epoch=envelope.epoch, due=group.epoch)
    require(envelope.bucket >= group.bucket, "commit.bucket", bucket=envelope.bucket)
    committer = next((one for one in group.mls.members() if one.index == said.committer_leaf), None)
    sender = None if committer is None else credential_of(committer.leaf)
    if committer is None or sender is None or sender.device != envelope.device:
        raise Refusal("commit.other_sender", leaf=said.committer_leaf)
    require(is_signed(envelope, committer.leaf.signature_key), "item.forged", device=envelope.device)
    require(sender.device != group.own.device, "commit.own")
    for package in _added_packages(envelope.body):
        _check_shape(package)
    event = _refused_as("commit.refused", lambda: process(group.mls, envelope.body, _rules(directory, None)))
    if not isinstance(event, Committed):
        raise Refusal("commit.malformed")
    history_of(event.extensions)
    going = going_in(event.authenticated_data, envelope)
    if event.group is None:
        return None
    after = RoomGroup(event.group, envelope.bucket)
    _require_profile(after, going)
    return after


@dataclass(frozen=True, slots=True)
class RoomInvitation:
    """All that is needed to join: the Welcome, the commit of the record that it belongs to, and the offer it is for."""

    welcome: bytes
    commit: Envelope
    offer: Offer


def join_room(invitation: RoomInvitation, device: DeviceIdentity, directory: Directory) -> RoomGroup:
    """Join by Welcome; everything in it is checked against the device lists and against the commit in the record.

    Raises:
        Refusal: welcome.*, leaf.*, commit.*, item.forged.
    """
    commit, offer = invitation.commit, invitation.offer
    require(commit.kind is ItemKind.COMMIT, "item.kind")
    pair = _pair(offer)
    asked = Invitation.to(pair, device.key.seed, invitation.welcome, commit.body)
    group = _refused_as("welcome.refused", lambda: join(asked, _rules(directory, None)))
    joined = RoomGroup(group, commit.bucket)
    require(joined.room == commit.room and group.suite.number == SUITE, "welcome.other_group")
    require(joined.epoch == commit.epoch + 1, "welcome.other_commit", epoch=commit.epoch)
    said = inspect_commit(commit)
    adder = next((one for one in group.members() if one.index == said.committer_leaf), None)
    if adder is None or credential_of(adder.leaf).device != commit.device:
        raise Refusal("welcome.other_commit", epoch=commit.epoch)
    require(is_signed(commit, adder.leaf.signature_key), "item.forged", device=commit.device)
    _require_profile(joined, said.going)
    require(joined.own == device.credential, "welcome.not_for_us")
    return joined


def _author(device: DeviceIdentity) -> Author:
    return Author(suite_of(SUITE), basic(device.credential.encode()), (HISTORY_EXTENSION,))


def _pair(offer: Offer) -> KeyPackagePair:
    package = _refused_as("state.malformed", lambda: read_key_package(offer.public, suite_of(SUITE)))
    return KeyPackagePair(offer.ref, offer.public, offer.private, package)


def _rules(directory: Directory, now_s: int | None) -> Rules:
    def check(leaf: LeafNode) -> None:
        check_leaf(leaf, directory)

    flags = {"inline_only": True, "path_always": True, "fixed_identity": True}
    return Rules(check, _PROPOSALS, **flags, now_s=now_s)


def _require_profile(group: RoomGroup, going: Collection[AccountId]) -> None:
    """No device comes twice, whoever goes has no leaf left, and the group's only extension is a history policy."""
    roster = [member for _, member in group.roster()]
    require(len({member.device for member in roster}) == len(roster), "leaf.duplicate")
    for member in roster:
        require(member.account not in going, "commit.going", account=member.account, device=member.device)
    history_of(group.mls.extensions)


def _refused_as(code: str, work: Callable[[], Result]) -> Result:
    """What portal.mls refuses becomes a Refusal of this code; the member's own refusals pass."""
    try:
        return work()
    except MlsError as error:
        raise Refusal(code, reason=error.code) from error
