"""Who is in a room's group, followed through the record.

The leaves of the tree are seats: a commit empties the seats that it removes and places every added device on the first
empty one (RFC 9420 §7.7, §12.1.1), so that whoever reads from the founding on knows them without group state.

Which accounts go is what the commit says, and nothing else: an account that it does not name stays, with or without a
seat; one that it names must have no seat afterwards.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portal.member.e2ee.identity import Credential
from portal.member.e2ee.inspect import InspectedCommit
from portal.member.e2ee.refusal import require
from portal.member.e2ee.ring import Base
from portal.wire.ids import AccountId, DeviceId


@dataclass(frozen=True, slots=True)
class Membership:
    """Seats by leaf index, and the accounts of the room.

    ``seats`` is None while unknown (history ``none``, before this device has joined). ``accounts`` says where each may
    begin to verify the record; None for those who were there before this account.
    """

    seats: tuple[Credential | None, ...] | None
    accounts: Mapping[AccountId, Base | None]

    def seat_of(self, device: DeviceId) -> Credential | None:
        """Return the seat of a device, if it has one."""
        return next((seat for seat in self.seats or () if seat is not None and seat.device == device), None)

    def devices_of(self, account: AccountId) -> list[DeviceId]:
        """Return an account's devices that have a seat."""
        return [seat.device for seat in self.seats or () if seat is not None and seat.account == account]


NOBODY = Membership(None, {})


@dataclass(frozen=True, slots=True)
class Changed:
    """The membership after a commit, and the accounts that came and went with it."""

    membership: Membership
    added: tuple[AccountId, ...]
    removed: tuple[AccountId, ...]


def founded(founder: Credential, base: Base) -> Membership:
    """Return the membership of a room that ``founder`` has just opened."""
    return Membership((founder,), {founder.account: base})


def after_commit(before: Membership, commit: InspectedCommit, base: Base) -> Changed:
    """Return the membership after a commit; ``base`` is from where the accounts that it lets in verify.

    Raises:
        Refusal: commit.going, if it names an account that keeps or gets a seat.
    """
    accounts = dict(before.accounts)
    come = dict.fromkeys(leaf.credential.account for leaf in commit.added if leaf.credential.account not in accounts)
    gone = tuple(account for account in commit.going if account in accounts)
    accounts |= dict.fromkeys(come, base)
    for account in gone:
        del accounts[account]
    if before.seats is None:
        return Changed(Membership(None, accounts), tuple(come), gone)
    seats = list(before.seats)
    for leaf in commit.removed_leaves:
        if leaf < len(seats):
            seats[leaf] = None
    for added in commit.added:
        _seat(seats, added.credential)
    for seat in seats:
        require(seat is None or seat.account not in commit.going, "commit.going")
    return Changed(Membership(tuple(seats), accounts), tuple(come), gone)


def from_roster(before: Membership, roster: Sequence[tuple[int, Credential]]) -> Membership:
    """Return the membership as the group itself shows it. Accounts without a seat that were known stay known."""
    seats: list[Credential | None] = [None] * (max((leaf for leaf, _ in roster), default=-1) + 1)
    for leaf, credential in roster:
        seats[leaf] = credential
    newly: dict[AccountId, Base | None] = dict.fromkeys(credential.account for _, credential in roster)
    return Membership(tuple(seats), newly | dict(before.accounts))


def _seat(seats: list[Credential | None], newcomer: Credential) -> None:
    if None in seats:
        seats[seats.index(None)] = newcomer
    else:
        seats.append(newcomer)
