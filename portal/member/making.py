"""Making rooms, letting people in, and waiting to be let in.

people checked → keys kept → founded → people let in → named
   refused: no room       refused: the room is left again       no answer: it may stand there without people or name
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import replace
from math import ceil
from typing import Any, Final, Literal, TypeAlias

from portal.member.content import Name, encode_content
from portal.member.e2ee.group import found_group
from portal.member.e2ee.record import sign_item
from portal.member.e2ee.ring import Base, GrantContent, seal_grant
from portal.member.member import Member
from portal.member.plans import Wish
from portal.member.room import Room
from portal.member.roomdata import PendingChange, RoomData, at_base, new_room
from portal.member.work import MemberError, Wait, Work, is_passing, post, write
from portal.wire.commit_data import bucket_of
from portal.wire.envelope import Envelope, ItemKind, first_head
from portal.wire.founding import founding_body
from portal.wire.ids import AccountId, ItemId, RoomId, b64, new_id

RoomKind: TypeAlias = Literal["plenary", "working_group", "bilateral", "huddle"]
History: TypeAlias = Literal["all", "none"]
_LOOK_S: Final = 0.5


def make_room(
    member: Member, kind: RoomKind, name: str, people: Collection[AccountId], history: History = "all"
) -> Work[RoomId]:
    """Found a room, let these people in, name it; ``history`` says what newcomers may read.

    Raises:
        MemberError: person.unknown, person.key_changed, person.no_device: then there is no room. role.required. After
            one that passes the room may be there, without its people or its name.
    """
    others = [account for account in dict.fromkeys(people) if account != member.account]
    yield from _check_invitable(member, others)
    data, pending = _founding(member, kind, name, history)
    yield from write({f"room:{data.room}": data, f"pending:{data.room}": pending})
    entry = yield from member.enter(data)
    try:
        yield from entry.sender.settle()
        yield from member.refresh_room(data.room)
        if others:
            yield from _seat(member, data.room, others)
    except MemberError as error:
        if not is_passing(error):
            yield from _give_up(member, entry.room)
        raise
    yield from member.send(data.room, _named(member, name))
    return data.room


def let_in(member: Member, room: RoomId, accounts: Collection[AccountId]) -> Work[list[AccountId]]:
    """Let people into a room; returns those who stay out for now, since none of their devices offered keys.

    Raises:
        MemberError: person.unknown, person.key_changed, person.no_device, room.not_found, room.not_joined,
            commit.refused.
    """
    wanted = list(dict.fromkeys(accounts))
    yield from _check_invitable(member, wanted)
    here = member.entry(room).room
    yield from _seat(member, room, wanted)
    # Whoever may not read the past would not know the room's name.
    if here.data.history != "all" and here.data.name is not None:
        yield from member.send(room, _named(member, here.data.name))
    return [account for account in wanted if account not in here.data.membership.accounts]


def until_joined(member: Member, room: RoomId, patience_s: float) -> Work[Room]:
    """Wait until somebody has let this device into a room that others are adding it to.

    Raises:
        MemberError: room.not_found or room.not_joined once the patience is at its end.
    """
    for _ in range(max(1, ceil(patience_s / _LOOK_S))):
        yield from member.refresh_room(room)
        if any(one.data.room == room and one.group is not None for one in member.rooms()):
            return member.entry(room).room
        yield Wait(_LOOK_S)
    member.entry(room)
    raise MemberError("room.not_joined")


def _check_invitable(member: Member, accounts: Sequence[AccountId]) -> Work[None]:
    people = member.people
    yield from people.refresh([member.account, *accounts])
    for account in accounts:
        people.require_sound(account)
        if all(listed.revoked for listed in people.devices(account).devices.values()):
            raise MemberError("person.no_device", account=account)


def _founding(member: Member, kind: RoomKind, name: str, history: History) -> tuple[RoomData, PendingChange]:
    """A new room that the server has not heard of, and what is to be sent for it."""
    device, room = member.session.identity, RoomId(new_id())
    bucket, head = bucket_of(member.keyholder.now_s()), first_head(room)
    group = found_group(room, bucket, history, device)
    body = founding_body(room, history)
    unsigned = Envelope(
        kind=ItemKind.FOUNDING,
        room=room,
        epoch=0,
        bucket=bucket,
        device=device.device,
        sequence=1,
        item=ItemId(new_id()),
        seen_number=0,
        seen_head=head,
        body_sha256=hashlib.sha256(body).digest(),
        signature=bytes(64),
        body=body,
    )
    signed = sign_item(unsigned, device.key)
    content = GrantContent(device.account, room, 0, Base(0, head), (group.ring_entry(),))
    grant = seal_grant(content, member.people.devices(device.account).box, device).to_json()
    request = {"room": room, "kind": kind, "envelope": b64(signed.encode()), "grants": [grant]}
    request |= {"group_info": b64(group.mls.group_info())}
    pending = PendingChange(signed.item, signed.encode(), "/api/rooms", request, group.encode())
    word: dict[str, Any] = {"room": room, "kind": kind, "state": "active", "role": "chair", "members": []}
    data = at_base(new_room(word | {"cursor": 0, "visible_from": 1}), Base(0, head), 0)
    return replace(data, name=name), pending


def _seat(member: Member, room: RoomId, accounts: Sequence[AccountId]) -> Work[None]:
    yield from member.entry(room).sender.change(Wish(add=tuple(accounts)))
    yield from member.people.pin(accounts)


def _give_up(member: Member, room: Room) -> Work[None]:
    """Nobody asked for a room of one."""
    try:
        yield from post(f"/api/rooms/{room.data.room}/leave", repeatable=True)
    except MemberError as error:
        if error.code != "room.not_found":
            raise
    yield from member.forget(room.data.room)


def _named(member: Member, name: str) -> bytes:
    return encode_content(Name(name), int(member.keyholder.now_s() * 1000))
