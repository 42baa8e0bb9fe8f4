"""Members of groups for tests: real keys, no server."""

import secrets
from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from portal.mls.committing import Change, Pending, make_commit
from portal.mls.errors import MlsError
from portal.mls.group import Group, create_group
from portal.mls.key_material import Author, KeyPackagePair, make_key_package
from portal.mls.leaf import Extension, LeafNode, Lifetime, basic
from portal.mls.processing import Committed, Proposed, Received, process
from portal.mls.rules import Rules
from portal.mls.suites import X25519_AES128, Suite
from portal.mls.welcome import Invitation, join

NOW_S: Final = 1_790_000_000
LIFETIME: Final = Lifetime(NOW_S - 3600, NOW_S + 90 * 86_400)
HISTORY: Final = 0xF0A1


def anybody(leaf: LeafNode) -> None:
    """Accept every leaf."""


RULES: Final = Rules(anybody, now_s=NOW_S)


@dataclass(eq=False)
class Person:
    """Somebody with a signature key, and perhaps a place in a group."""

    name: str
    suite: Suite = X25519_AES128
    rules: Rules = RULES
    seed: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    state: Group | None = None

    @property
    def group(self) -> Group:
        """The group that this person is in."""
        assert self.state is not None
        return self.state

    @property
    def author(self) -> Author:
        """Who this person is in leaves."""
        return Author(self.suite, basic(self.name.encode()), (HISTORY,))

    def package(self, lifetime: Lifetime = LIFETIME) -> KeyPackagePair:
        """Make a key package."""
        return make_key_package(self.author, self.seed, lifetime)

    def found(self, group_id: bytes = b"group", *extensions: Extension) -> None:
        """Make a group."""
        self.state = create_group(self.author, group_id, self.seed, LIFETIME, extensions)

    def commit(self, change: Change | None = None, **changes: Any) -> Pending:
        """Make a commit."""
        return make_commit(self.group, change or Change(**changes), self.rules)

    def join(self, pair: KeyPackagePair, welcome: bytes | None, commit: bytes | None = None, **more: Any) -> None:
        """Join by Welcome."""
        assert welcome is not None
        invitation = Invitation(welcome, pair.public, pair.private, self.seed, commit, **more)
        self.state = join(invitation, self.rules)

    def take(self, raw: bytes, **known: Any) -> Committed | Proposed | Received:
        """Process a message, and go on in the state after it."""
        event = process(self.group, raw, self.rules, **known)
        self.state = event.group
        return event


def add(adder: Person, *newcomers: Person, others: tuple[Person, ...] = ()) -> Pending:
    """Add people to the adder's group; everybody named is in the same epoch afterwards."""
    pairs = [person.package() for person in newcomers]
    pending = adder.commit(add=[pair.public for pair in pairs])
    for person in others:
        person.take(pending.message)
    for person, pair in zip(newcomers, pairs, strict=True):
        person.join(pair, pending.welcome, pending.message)
    adder.state = pending.group
    return pending


def group_of(*names: str, suite: Suite = X25519_AES128, rules: Rules = RULES) -> list[Person]:
    """Return people who are in one group, made by the first of them."""
    people = [Person(name, suite, rules) for name in names]
    people[0].found()
    if len(people) > 1:
        add(people[0], *people[1:])
    return people


def together(*people: Person) -> bool:
    """Tell whether all are in the same epoch with the same secrets."""
    return len({(person.group.epoch, person.group.export("test", b"", 32)) for person in people}) == 1


def refused(code: str) -> Any:
    """Expect a refusal with this code, and nothing else."""
    return pytest.raises(MlsError, match=f"^{code.replace('.', '[.]')}:")
