"""Asides of a member: sealed for somebody in a room, and opened where they come from somebody in it."""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from portal.member.answers import PUSHED, has_shape
from portal.member.e2ee.asides import Route, open_aside, seal_aside
from portal.member.e2ee.refusal import Refusal, require
from portal.member.member import Member
from portal.member.work import MemberError, Work
from portal.wire.events import ASIDE
from portal.wire.ids import AccountId, RoomId, unb64

AT_ONCE: Final = 4
"""How many asides of one account are heard at once; then ``PER_S`` of them."""
PER_S: Final = 1.0
REFRESH_S: Final = 60.0
"""How often an account's list is asked for anew because of an aside by a device that is not on it."""
_ACCOUNTS_MAX: Final = 4096
Value = TypeVar("Value")


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
    people.require_sound(receiver)
    return seal_aside(room, receiver, people.devices(receiver).box, member.session.identity, content)


class AsideEar:
    """Hears asides, from each account only so many: whoever talks faster is passed over in silence, unopened."""

    def __init__(self, member: Member, clock: Callable[[], float] = time.monotonic) -> None:
        self._member = member
        self._clock = clock
        self._heard: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._refreshed: OrderedDict[str, float] = OrderedDict()

    def admits(self, payload: Sequence[Any]) -> bool:
        """Tell whether an aside is to be heard, and count it. Called where it comes in, before it waits anywhere."""
        if not has_shape(payload, PUSHED[ASIDE]):
            return False
        sender, now_s = payload[1], self._clock()
        left, at_s = self._heard.pop(sender, (float(AT_ONCE), now_s))
        left = min(float(AT_ONCE), left + (now_s - at_s) * PER_S)
        admitted = left >= 1
        _remember(self._heard, sender, (left - 1 if admitted else left, now_s))
        return admitted

    def hear(self, payload: Sequence[Any]) -> Work[HeardAside]:
        """Open what the server pushed.

        Raises:
            MemberError: server.fault for what is no aside; room.not_found, person.unknown if it is not from somebody in
                a room of this account.
            Refusal: aside.*; aside.forged also while the sender's key is another one than before.
        """
        if not has_shape(payload, PUSHED[ASIDE]):
            raise MemberError("server.fault", reason="no aside")
        room, sender, sealed = RoomId(payload[0]), AccountId(payload[1]), unb64(payload[2])
        _check_inside(self._member, room, sender)
        route, people = Route(room, sender, self._member.account), self._member.people
        boxes = self._member.keyholder.boxes()
        yield from people.ensure([sender])
        try:
            opened = open_aside(route, sealed, boxes, people)
        except Refusal as refusal:
            if refusal.code != "aside.forged" or not self._may_refresh(sender):
                raise
            yield from people.refresh([sender])  # by a device that was listed since
            opened = open_aside(route, sealed, boxes, people)
        require(people.is_accepted(sender, opened.device), "aside.forged", device=opened.device)
        return HeardAside(room, sender, opened.content)

    def _may_refresh(self, account: AccountId) -> bool:
        now_s = self._clock()
        if now_s - self._refreshed.get(account, -REFRESH_S) < REFRESH_S:
            return False
        _remember(self._refreshed, account, now_s)
        return True


def _remember(kept: OrderedDict[str, Value], account: str, value: Value) -> None:
    kept[account] = value
    if len(kept) > _ACCOUNTS_MAX:
        kept.popitem(last=False)


def _check_inside(member: Member, room: RoomId, account: AccountId) -> None:
    data = member.entry(room).room.data
    if data.standing != "member" or account not in data.membership.accounts:
        raise MemberError("person.unknown", account=account)
