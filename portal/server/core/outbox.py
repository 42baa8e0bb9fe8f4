"""Events of a transaction, kept until it is committed."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from portal.wire.ids import AccountId, DeviceId, DraftId, RoomId

if TYPE_CHECKING:
    from portal.server.core.deliveries import Own


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


def open_draft(identifier: DraftId) -> Audience:
    """The sockets that have this draft open."""
    return Audience(f"draft:{identifier}")


class Event(NamedTuple):
    """One event of portal.wire.events for one audience."""

    name: str
    payload: tuple[Any, ...]
    audience: Audience


@dataclass(frozen=True, slots=True)
class Eviction:
    """The sockets of ``who`` leave ``audience``: they get what was emitted before, nothing of what follows."""

    who: Audience
    audience: Audience


@dataclass(frozen=True, slots=True)
class Closing:
    """The sockets of ``who`` are closed."""

    who: Audience


Step = Event | Eviction | Closing


class Outbox:
    """What a unit of work wants done once it is committed: steps for sockets, in order, and callbacks."""

    def __init__(self) -> None:
        self._steps: list[Step] = []
        self._callbacks: list[Callable[[], None]] = []
        self.owned: list[Own] = []
        """Where several processes serve: the steps as they stand in the database (core/deliveries.py)."""
        self.follows_others = False
        """Whether it comes after steps of other processes, or own ones whose commit nobody heard of: those go first."""

    def emit(self, name: str, *payload: Any, to: Audience | Iterable[Audience]) -> None:
        """Note ``name`` with ``payload`` (JSON values) for each audience in ``to``."""
        if isinstance(to, Audience):
            self._steps.append(Event(name, payload, to))
        else:
            self._steps.extend(Event(name, payload, audience) for audience in to)

    def evict(self, who: Audience, audience: Audience) -> None:
        """Note that the sockets of ``who`` leave ``audience`` at this place of the sequence."""
        self._steps.append(Eviction(who, audience))

    def close_device(self, identifier: DeviceId) -> None:
        """Note that every socket of this device is to be closed."""
        self._steps.append(Closing(device(identifier)))

    def close_account(self, identifier: AccountId) -> None:
        """Note that every socket of this account is to be closed."""
        self._steps.append(Closing(account(identifier)))

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` right after the commit, in the committing thread, before any event goes out."""
        self._callbacks.append(callback)

    @property
    def steps(self) -> Sequence[Step]:
        """What is to be done with sockets, in order."""
        return self._steps

    def committed(self) -> None:
        """Run the callbacks; called by ``Database.write`` alone."""
        for callback in self._callbacks:
            callback()
