"""What the accounts of one running portal own besides their rows."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from portal.config import Settings
from portal.server.accounts.opaque import OpaqueServer
from portal.server.accounts.sessions import DAY_S, Lifetimes
from portal.server.core import outbox
from portal.server.core.db import Unit
from portal.wire import events
from portal.wire.ids import AccountId

AccountListener: TypeAlias = Callable[[Unit, AccountId], None]


@dataclass
class Accounts:
    """OPAQUE, how long sessions and invitations last, and who wants to know of changes.

    ``listeners`` are called inside the transaction in which an account got or lost a device, was disabled or enabled.
    """

    opaque: OpaqueServer
    lifetimes: Lifetimes
    invitation_days: int
    listeners: list[AccountListener] = field(default_factory=list)

    @classmethod
    def open(cls, settings: Settings) -> "Accounts":
        """Return the accounts of an installation; makes its OPAQUE setup the first time."""
        lifetimes = Lifetimes(settings.session_days * DAY_S, settings.session_longest_days * DAY_S)
        return cls(OpaqueServer.open(settings.opaque_setup_path), lifetimes, settings.invitation_days)

    def standing_changed(self, unit: Unit, account: AccountId) -> None:
        """Tell the listeners and, after the commit, everyone's clients that ``account``'s devices changed."""
        for listener in self.listeners:
            listener(unit, account)
        unit.outbox.emit(events.DEVICE_LIST_CHANGED, account, to=outbox.everyone())
