"""Who is there: in memory, for as long as sockets last, and told only to people who share a room. Nothing is stored.

Each process knows its own sockets, and of every other process the table that it sends around (rooms/company.py).
"""

from collections.abc import Iterable, Mapping
from typing import Literal, get_args

Presence = Literal["active", "away", "off"]
"""``off`` is what others see of an account without sockets, and of one that shows nothing."""
_BY_STRENGTH: tuple[Presence, ...] = get_args(Presence)


class Presences:
    """What each socket of each account said last. An account is as present as its most active socket, wherever."""

    def __init__(self) -> None:
        self._sockets: dict[str, dict[str, Presence]] = {}
        self._elsewhere: dict[bytes, dict[str, Presence]] = {}

    def state(self, account: str) -> Presence:
        """Return how present ``account`` is."""
        said = {self.state_here(account), *(table.get(account) for table in self._elsewhere.values())}
        return next((state for state in _BY_STRENGTH if state in said), "off")

    def state_here(self, account: str) -> Presence | None:
        """Return how present the account's sockets of this process make it; None if it has none here."""
        said = self._sockets.get(account)
        return None if said is None else next(state for state in _BY_STRENGTH if state in said.values())

    def table_here(self) -> dict[str, Presence]:
        """Return what other processes are told: each account with a socket here."""
        return {account: self.state_here(account) or "off" for account in self._sockets}

    def is_elsewhere(self, account: str) -> bool:
        """Tell whether ``account`` has a socket of another process, even if it shows nothing."""
        return any(account in table for table in self._elsewhere.values())

    def note(self, account: str, socket: str, state: Presence) -> None:
        """Note what ``socket`` said."""
        self._sockets.setdefault(account, {})[socket] = state

    def leave(self, account: str, socket: str) -> None:
        """Forget a socket that is closed."""
        sockets = self._sockets.get(account, {})
        sockets.pop(socket, None)
        if not sockets:
            self._sockets.pop(account, None)

    def note_elsewhere(self, process: bytes, said: Mapping[str, Presence | None]) -> None:
        """Note what ``process`` tells of some accounts; None of those that have no socket there any more."""
        table = self._elsewhere.setdefault(process, {})
        for account, state in said.items():
            if state is None:
                table.pop(account, None)
            else:
                table[account] = state

    def replace_elsewhere(self, process: bytes, table: Mapping[str, Presence]) -> None:
        """Take ``table`` as all that there is of ``process``; an empty one forgets it."""
        self._elsewhere.pop(process, None)
        if table:
            self._elsewhere[process] = dict(table)

    def accounts_of(self, process: bytes) -> Iterable[str]:
        """Return the accounts that have a socket of ``process``, as far as it told."""
        return tuple(self._elsewhere.get(process, ()))


def presence_of(word: object) -> Presence | None:
    """Return ``word`` if it is a presence."""
    return next((state for state in _BY_STRENGTH if state == word), None)
