"""What a commit is to do, from what somebody wishes and what the server's lists ask for.

The lists are the server's word, so what is done for them is checked here: in come only devices that an account of the
group has listed and not revoked; out go only devices that are revoked or whose account left or is suspended.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from portal.member.e2ee.membership import Membership
from portal.member.people import People
from portal.member.work import MemberError, Work
from portal.wire.ids import AccountId, DeviceId


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asked for. ``rotate``: a commit also if only the day has changed."""

    add: tuple[AccountId, ...] = ()
    remove: tuple[AccountId, ...] = ()
    rotate: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Devices that come (with their accounts) and go, and the accounts that are out of the room by this commit."""

    add: tuple[tuple[AccountId, DeviceId], ...]
    remove: tuple[DeviceId, ...]
    going: tuple[AccountId, ...]

    @property
    def changes(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.add or self.remove or self.going)

    def feasible(self, offered: Collection[DeviceId]) -> "Plan":
        """Return what can be done with offers of these devices: who asked to rejoin and has none stays as it is."""
        coming = {device for _, device in self.add}
        add = tuple(one for one in self.add if one[1] in offered)
        return Plan(add, tuple(one for one in self.remove if one in offered or one not in coming), self.going)

    def accounts_after(self, membership: Membership) -> list[AccountId]:
        """Return the accounts that are in the room once this is done."""
        accounts = dict.fromkeys([*membership.accounts, *(account for account, _ in self.add)])
        return [account for account in accounts if account not in self.going]


def plan_commit(
    people: People, own: tuple[AccountId, DeviceId], membership: Membership, wish: Wish, answer: dict[str, Any]
) -> Work[Plan]:
    """Plan against the newest device lists; MemberError person.no_device for an account that can not come."""
    inside, wanting = list(membership.accounts), answer["wanting"]
    yield from people.refresh([*inside, *wish.add])
    if wanting["remove"]:
        yield from people.fetch_all()
    listed = {member["account"] for member in answer["members"]}
    left = [account for account in inside if account not in listed]
    going = list(dict.fromkeys([*(account for account in wish.remove if account in inside), *left]))
    newcomers = [account for account in wish.add if not membership.devices_of(account)]
    rejoining = [one for one in wanting["rejoin"] if membership.seat_of(one) and _is_current(people, one, inside)]
    wanted = [one for one in wanting["add"] if not membership.seat_of(one) and _is_current(people, one, inside)]
    add = [(account, device) for account in newcomers for device in _devices(people, account)]
    add += [(owner.account, one) for one in [*wanted, *rejoining] if (owner := people.owner(one, inside))]
    add = [(account, one) for account, one in add if account in newcomers or account not in going]
    seats = [seat for seat in membership.seats or () if seat is not None]
    listings = [(seat, people.device(seat.account, seat.device)) for seat in seats]
    remove: Sequence[DeviceId] = [
        *(device for account in going for device in membership.devices_of(account)),
        *(seat.device for seat, device in listings if device is None or device.revoked),
        *(device for device in wanting["remove"] if _is_unwanted(people, membership, device)),
        *rejoining,
    ]
    gone = [account for account in going if account not in newcomers and account != own[0]]
    return Plan(
        tuple({device: (account, device) for account, device in add}.values()),
        tuple(device for device in dict.fromkeys(remove) if device != own[1]),
        tuple(gone),
    )


def _devices(people: People, account: AccountId) -> list[DeviceId]:
    devices = [device for device, listed in people.devices(account).devices.items() if not listed.revoked]
    if not devices:
        raise MemberError("person.no_device", account=account)
    return devices


def _is_current(people: People, device: DeviceId, accounts: Sequence[AccountId]) -> bool:
    owner = people.owner(device, accounts)
    return owner is not None and not owner.listed.revoked


def _is_unwanted(people: People, membership: Membership, device: DeviceId) -> bool:
    seat = membership.seat_of(device)
    if seat is None:
        return False
    listed, person = people.device(seat.account, device), people.person(seat.account)
    return (listed is not None and listed.revoked) or (person is not None and person.disabled)
