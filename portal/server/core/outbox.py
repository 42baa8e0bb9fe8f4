"""Events of a transaction, kept until it is committed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from portal.wire.ids import AccountId, DeviceId, RoomId


@dataclass(frozen=True, slots=True)
class Audience:
    """Whose sockets an event goes to: a Socket.IO room name, made only by the functions below."""

    name: str


def everyone() -> Audience:
    """Every signed-in socket."""
    return Audience("all")


def account(identifier: AccountId) -> Audience:
    """All sockets of one account."""
    return Audience(f"account:{identifier}")


def device(identifier: DeviceId) -> Audience:
    """The sockets of one device."""
    return Audience(f"device:{identifier}")


def open_room(identifier: RoomId) -> Audience:
    """The sockets that have this room's record open."""
    return Audience(f"room:{identifier}")


@dataclass(frozen=True, slots=True)
class Event:
    """One event of portal.wire.events for one audience."""

    name: str
    payload: tuple[Any, ...]
    audience: Audience


class Outbox:
    """The ordered events of one unit of work."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._revoked_sessions: list[str] = []

    def emit(self, name: str, *payload: Any, to: Audience | Iterable[Audience]) -> None:
        """Note ``name`` with ``payload`` (JSON values) for each audience in ``to``."""
        audiences = (to,) if isinstance(to, Audience) else tuple(to)
        self._events.extend(Event(name, payload, audience) for audience in audiences)

    def close_device(self, identifier: DeviceId) -> None:
        """Note that every socket of this device is to be closed."""
        self._revoked_sessions.append(device(identifier).name)

    def close_account(self, identifier: AccountId) -> None:
        """Note that every socket of this account is to be closed."""
        self._revoked_sessions.append(account(identifier).name)

    @property
    def closings(self) -> tuple[str, ...]:
        """Names of the audiences whose sockets are to be closed, after the events went out."""
        return tuple(self._revoked_sessions)

    def __iter__(self) -> Iterator[Event]:
        return iter(self._events)

    def __bool__(self) -> bool:
        return bool(self._events or self._revoked_sessions)
