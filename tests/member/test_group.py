"""A room's group: the rooms' profile over RFC 9420, and what of RFC 9420 rooms refuse."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import pytest

from portal.member.e2ee.group import (
    GroupChange,
    RoomGroup,
    RoomInvitation,
    check_offer,
    decode_room_group,
    found_group,
    join_room,
    make_offer,
    make_room_commit,
    process_room_commit,
)
from portal.member.e2ee.identity import DeviceIdentity
from portal.member.e2ee.refusal import Refusal
from portal.mls.committing import Change, make_commit
from portal.mls.key_material import Author, KeyPackagePair, make_key_package
from portal.mls.leaf import Extension, Lifetime, basic
from portal.mls.rules import Rules
from portal.mls.signing import sign_with_label
from portal.mls.suites import suite_of
from portal.mls.wire_format import WireFormat, write_message
from portal.wire.commit_data import DAY_S, commit_data
from portal.wire.envelope import Envelope, ItemKind
from portal.wire.founding import HISTORY_EXTENSION, SUITE
from tests.member.people import BUCKET, NOW_S, Directory, Ledger, Somebody

ADA: Final = Somebody()
BO: Final = Somebody()
BROWSER: Final = ADA.adds()
LAPTOP: Final = BO.adds()
PHONE: Final = BO.adds("archive")
EVERYBODY: Final = Directory(ADA, BO)


class Room:
    """Ada's room and its record."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.group = found_group(self.ledger.room, BUCKET, "all", BROWSER)
        self.ledger.found(BROWSER)

    def enveloped(self, body: bytes, by: DeviceIdentity = BROWSER) -> Envelope:
        """A commit of the present epoch as its next item."""
        return self.ledger.append(self.ledger.signed(by, ItemKind.COMMIT, self.group.epoch, body))

    def change(self, **what: object) -> GroupChange:
        """A change at the present place of the record."""
        return replace(GroupChange(BUCKET, self.ledger.number, self.ledger.heads[-1]), **what)  # type: ignore[arg-type]

    def lets_in(self, device: DeviceIdentity) -> RoomGroup:
        """Ada adds a device; returns its state."""
        offer = make_offer(device, NOW_S)
        made = make_room_commit(self.group, self.change(add=[offer.public]), EVERYBODY, NOW_S)
        envelope = self.enveloped(made.body)
        self.group = made.group
        return join_room(RoomInvitation(made.welcome or b"", envelope, offer), device, EVERYBODY)

    def commit(self, group: RoomGroup, change: Change) -> bytes:
        """The body of a commit that this portal's own code would not make."""
        data = commit_data(self.ledger.number, self.ledger.heads[-1], BUCKET)
        return make_commit(group.mls, replace(change, authenticated_data=data), Rules(lambda _leaf: None)).message


def test_two_devices_share_each_epoch() -> None:
    room = Room()
    laptop = room.lets_in(LAPTOP)
    phone = room.lets_in(PHONE)
    laptop_after = process_room_commit(laptop, room.ledger.items[-1], EVERYBODY)
    assert laptop_after is not None
    assert laptop_after.authenticator == phone.authenticator == room.group.authenticator
    assert laptop_after.ring_entry() == phone.ring_entry() == room.group.ring_entry()
    assert (phone.history, phone.own) == ("all", PHONE.credential)
    stored = decode_room_group(phone.encode(), PHONE)
    assert stored.mls.resumption == {}
    assert (stored.mls.messages.nodes, stored.mls.messages.ratchets) == ({}, {})
    assert (stored.authenticator, stored.bucket, stored.room) == (phone.authenticator, BUCKET, room.ledger.room)
    with pytest.raises(Refusal, match=r"state\.malformed"):
        decode_room_group(phone.encode(), LAPTOP)


def test_who_is_removed_learns_it_and_goes_no_further() -> None:
    room = Room()
    laptop = room.lets_in(LAPTOP)
    what = room.change(remove=[LAPTOP.device], going=[BO.account])
    made = make_room_commit(room.group, what, EVERYBODY, NOW_S)
    assert process_room_commit(laptop, room.enveloped(made.body), EVERYBODY) is None
    assert [member for _, member in made.group.roster()] == [BROWSER.credential]


def package(
    device: DeviceIdentity, days: int = 90, extensions: Sequence[Extension] = (), able: Sequence[int] = ()
) -> KeyPackagePair:
    """A key package that a browser of this portal would not make."""
    author = Author(suite_of(SUITE), basic(device.credential.encode()), (HISTORY_EXTENSION, *able))
    pair = make_key_package(author, device.key.seed, Lifetime(NOW_S - 1, NOW_S + days * DAY_S))
    changed = replace(pair.package, extensions=tuple(extensions), signature=b"")
    signature = sign_with_label(device.key.seed, "KeyPackageTBS", changed.signed_bytes())
    signed = replace(changed, signature=signature)
    return KeyPackagePair(signed.ref, write_message(WireFormat.KEY_PACKAGE, signed.encode()), pair.private, signed)


@pytest.mark.parametrize(
    ("code", "pair"),
    [
        ("key_package.lifetime", package(LAPTOP, days=400)),
        ("key_package.malformed", package(LAPTOP, extensions=[Extension(0xFAFA, b"x")])),
        ("leaf.profile", package(LAPTOP, able=[0xF0FF])),
        ("leaf.unlisted", package(Somebody().adds())),
        ("leaf.unlisted", package(replace(LAPTOP, kind="interpreter"))),
    ],
)
def test_an_unfit_key_package_is_neither_used_nor_accepted(code: str, pair: KeyPackagePair) -> None:
    with pytest.raises(Refusal, match=code):
        check_offer(pair.public, EVERYBODY, NOW_S)
    room = Room()
    phone = room.lets_in(PHONE)
    body = room.commit(room.group, Change(add=[pair.public]))
    with pytest.raises(Refusal, match=code):
        process_room_commit(phone, room.enveloped(body), EVERYBODY)


def test_an_offer_that_is_late_or_of_a_revoked_device_is_not_used() -> None:
    somebody = Somebody()
    device = somebody.adds()
    offer = make_offer(device, NOW_S)
    assert check_offer(offer.public, Directory(somebody), NOW_S) == device.credential
    with pytest.raises(Refusal, match=r"key_package\.lifetime"):
        check_offer(offer.public, Directory(somebody), NOW_S + 91 * DAY_S)
    with pytest.raises(Refusal, match=r"key_package\.malformed"):
        check_offer(offer.public[:-1], Directory(somebody), NOW_S)
    somebody.revokes(device)
    with pytest.raises(Refusal, match=r"leaf\.revoked"):
        check_offer(offer.public, Directory(somebody), NOW_S)


def test_commits_that_say_other_than_their_header_or_their_sender_are_refused() -> None:
    room = Room()
    laptop = room.lets_in(LAPTOP)
    phone = room.lets_in(PHONE)
    laptop = process_room_commit(laptop, room.ledger.items[-1], EVERYBODY) or laptop
    honest = make_room_commit(room.group, room.change(), EVERYBODY, NOW_S)

    def refused(body: bytes, code: str, by: DeviceIdentity = BROWSER, **header: object) -> None:
        signed = room.ledger.signed(by, ItemKind.COMMIT, room.group.epoch, body)
        with pytest.raises(Refusal, match=code):
            process_room_commit(laptop, replace(signed, **header), EVERYBODY)  # type: ignore[arg-type]

    refused(honest.body, r"commit\.other_sender", by=PHONE)
    refused(honest.body, r"item\.forged", signature=bytes(64))
    refused(honest.body, r"commit\.other_data", seen_number=0)
    refused(honest.body, r"commit\.other_epoch", epoch=room.group.epoch - 1)
    refused(honest.body[:-1] + bytes([honest.body[-1] ^ 1]), r"commit\.refused")
    refused(b"\0", r"commit\.malformed")
    other = Extension(HISTORY_EXTENSION, b"everything")
    refused(room.commit(room.group, Change(extensions=[other])), r"commit\.history")
    own = make_room_commit(laptop, room.change(), EVERYBODY, NOW_S)
    refused(own.body, r"commit\.own", by=LAPTOP)
    lingering = commit_data(room.ledger.number, room.ledger.heads[-1], BUCKET, [BO.account])
    made = make_commit(room.group.mls, Change(authenticated_data=lingering), Rules(lambda _leaf: None))
    refused(made.message, r"commit\.going")
    assert phone.epoch == room.group.epoch


def test_a_welcome_is_used_only_beside_its_commit() -> None:
    room = Room()
    offer = make_offer(LAPTOP, NOW_S)
    made = make_room_commit(room.group, room.change(add=[offer.public]), EVERYBODY, NOW_S)
    other = make_room_commit(room.group, room.change(add=[offer.public]), EVERYBODY, NOW_S)
    welcome, envelope = made.welcome or b"", room.enveloped(other.body)
    with pytest.raises(Refusal, match=r"welcome\.refused"):
        join_room(RoomInvitation(welcome, envelope, offer), LAPTOP, EVERYBODY)
    right = room.ledger.signed(BROWSER, ItemKind.COMMIT, 0, made.body)
    right = replace(right, seen_number=1, seen_head=room.ledger.heads[1])
    with pytest.raises(Refusal):
        join_room(RoomInvitation(welcome, right, make_offer(LAPTOP, NOW_S)), LAPTOP, EVERYBODY)


def test_what_can_not_be_asked_of_a_commit() -> None:
    room = Room()
    room.lets_in(LAPTOP)
    for code, what in [
        ("commit.bucket", room.change(bucket=BUCKET - 1)),
        ("commit.own_removal", room.change(remove=[BROWSER.device])),
        ("commit.unknown_member", room.change(remove=[PHONE.device])),
        ("commit.going", room.change(going=[BO.account])),
    ]:
        with pytest.raises(Refusal, match=code.replace(".", r"\.")):
            make_room_commit(room.group, what, EVERYBODY, NOW_S)
