"""For whom private translations are sealed: the people of the interpreter's own delegation in a room. Pure.

Which delegation an account belongs to is only the server's word. So what it said first is kept, and whoever is said to
have changed to this delegation since is left out: a server can not let its own accounts in afterwards.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from portal.member.people import People, Person
from portal.wire.ids import AccountId, Id

AT_ONCE: Final = 32
"""Accounts that one item names; each takes some 1,600 bytes of it."""

FirstSeen = Mapping[str, str]
"""The delegation that each account was said to belong to when it was first heard of."""


@dataclass(frozen=True, slots=True)
class Delegations:
    """What is kept under "delegations"."""

    first: FirstSeen


@dataclass(frozen=True, slots=True)
class KeptKey:
    """A private key (32 bytes) of one room, and to whom it is sealed: accounts, and SHA-256 of their box keys."""

    key: Id
    value: bytes = field(repr=False)
    circle: tuple[tuple[AccountId, bytes], ...]


def noted(first: FirstSeen, people: Iterable[Person]) -> FirstSeen:
    """Return ``first`` with those who were not heard of before."""
    return {**{person.account: person.delegation for person in people}, **first}


def is_own(first: FirstSeen, own: Person, person: Person) -> bool:
    """Tell whether somebody belongs to the interpreter's delegation, and always did."""
    if not own.delegation or person.interpreter is not None or person.disabled:
        return False
    same_now = person.delegation == own.delegation
    return same_now and first.get(person.account) == first.get(own.account)


def circle_of(people: People, readers: Iterable[AccountId]) -> dict[AccountId, bytes]:
    """Return the newest box keys (1,216 bytes) of ``readers`` whose keys are known and the accepted ones."""
    sound = [one for one in dict.fromkeys(readers) if people.is_pinned(one) and not people.key_changed(one)]
    return {account: people.devices(account).box for account in sound}


def named(circle: Mapping[AccountId, bytes]) -> tuple[tuple[AccountId, bytes], ...]:
    """Return by what one circle is told from another."""
    return tuple(sorted((account, hashlib.sha256(box).digest()) for account, box in circle.items()))
