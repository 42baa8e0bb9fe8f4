"""The people of the tests: an administrator and members of two delegations, enrolled once in real browsers."""

from dataclasses import dataclass
from typing import Final, Protocol

from tests.browser.navigators.person import Person
from tests.browser.stage import Stage

KOREA: Final = "Republic of Korea"
GERMANY: Final = "Germany"


class Inviting(Protocol):
    """A server that prints a link for its first administrator."""

    @property
    def administrator_link(self) -> str:
        """The link, which is good once."""


@dataclass
class Cast:
    """Everyone has a profile that stays open; tests must leave them signed in. Kim may also chair."""

    administrator: Person
    kim: Person
    lee: Person
    weber: Person

    @property
    def everyone(self) -> list[Person]:
        return [self.administrator, self.kim, self.lee, self.weber]


def assembled(stage: Stage, portal: Inviting) -> Cast:
    """Enrol everyone, as it is done on the first day: administrator, delegations, invitations."""
    administrator = newcomer(stage, "Anna Keller")
    administrator.onboards(portal.administrator_link)
    administrator.makes_delegation(KOREA, "KR")
    administrator.makes_delegation(GERMANY, "DE")
    kim, lee, weber = (newcomer(stage, name) for name in ("Kim Seo-yeon", "Lee Min-jun", "Jonas Weber"))
    kim.onboards(administrator.invites(KOREA, ["chair", "delegate"]))
    lee.onboards(administrator.invites(KOREA, ["delegate"]))
    weber.onboards(administrator.invites(GERMANY, ["delegate"]))
    return Cast(administrator, kim, lee, weber)


def newcomer(stage: Stage, name: str) -> Person:
    """Somebody with a fresh browser, not enrolled."""
    return Person(name, stage.profile(name))
