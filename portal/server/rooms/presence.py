"""Who is there: in memory, for as long as sockets last, and told only to people who share a room. Nothing is stored."""

from typing import Literal, get_args

Presence = Literal["active", "away", "off"]
_BY_STRENGTH: tuple[Presence, ...] = get_args(Presence)


class Presences:
    """What each socket of each account said last. An account is as present as its most active socket."""

    def __init__(self) -> None:
        self._sockets: dict[str, dict[str, Presence]] = {}

    def state(self, account: str) -> Presence:
        """Return how present ``account`` is."""
        said = self._sockets.get(account, {}).values()
        return next((state for state in _BY_STRENGTH if state in said), "off")

    def note(self, account: str, socket: str, state: Presence) -> bool:
        """Note what ``socket`` said and tell whether the account's presence is another now."""
        before = self.state(account)
        sockets = self._sockets.setdefault(account, {})
        if state == "off":
            sockets.pop(socket, None)
        else:
            sockets[socket] = state
        if not sockets:
            del self._sockets[account]
        return self.state(account) != before


def presence_of(word: object) -> Presence | None:
    """Return ``word`` if it is a presence."""
    return next((state for state in _BY_STRENGTH if state == word), None)
