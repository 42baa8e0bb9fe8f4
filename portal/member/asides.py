"""Asides of a member: sealed for somebody in a room, and opened where they come from somebody in it."""

from dataclasses import dataclass
from typing import Any

from portal.member.answers import PUSHED, has_shape
from portal.member.e2ee.asides import Route, open_aside, seal_aside
from portal.member.e2ee.refusal import Refusal, require
from portal.member.member import Member
from portal.member.work import MemberError, Work
from portal.wire.events import ASIDE
from portal.wire.ids import AccountId, RoomId, unb64


@dataclass(frozen=True, slots=True)
class HeardAside:
    """What somebody in a room said to this account alone: ``content`` is by a device on the sender's list."""

    room: RoomId
    sender: AccountId
    content: bytes


def say_aside(member: Member, room: RoomId, receiver: AccountId, content: bytes) -> Work[bytes]:
    """Return an aside for somebody in a room, sealed to the account's newest key.

    Raises:
        MemberError: room.not_found, person.unknown if the account is not in the room, person.key_changed.
        Refusal: item.too_large.
    """
    people = member.people
    _check_inside(member, room, receiver)
    yield from people.ensure([receiver])
    if people.key_changed(receiver):
        raise MemberError("person.key_changed", account=receiver)
    return seal_aside(room, receiver, people.devices(receiver).box, member.session.identity, content)


def hear_aside(member: Member, payload: Any) -> Work[HeardAside]:
    """Open what the server pushed.

    Raises:
        MemberError: server.fault for what is no aside; room.not_found, person.unknown if it is not from somebody in a
            room of this account.
        Refusal: aside.*; aside.forged also while the sender's key is another one than before.
    """
    if not has_shape(payload, PUSHED[ASIDE]):
        raise MemberError("server.fault", reason="no aside")
    room, sender, sealed = RoomId(payload[0]), AccountId(payload[1]), unb64(payload[2])
    _check_inside(member, room, sender)
    route, boxes, people = Route(room, sender, member.account), member.keyholder.boxes(), member.people
    yield from people.ensure([sender])
    try:
        opened = open_aside(route, sealed, boxes, people)
    except Refusal as refusal:
        if refusal.code != "aside.forged":
            raise
        yield from people.refresh([sender])  # by a device that was listed since
        opened = open_aside(route, sealed, boxes, people)
    require(people.is_accepted(sender, opened.device), "aside.forged", device=opened.device)
    return HeardAside(room, sender, opened.content)


def _check_inside(member: Member, room: RoomId, account: AccountId) -> None:
    data = member.entry(room).room.data
    if data.standing != "member" or account not in data.membership.accounts:
        raise MemberError("person.unknown", account=account)
