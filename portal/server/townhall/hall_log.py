"""The one way to change a running hall: an order becomes events at the end of its log, or is refused.

Whoever writes holds the hall's row, so events of one hall are numbered one after the other; the primary key (hall, seq)
stands behind that. An order that was carried out before, by its key, is answered as then and does nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import sqlalchemy as sa

from portal.server.core.db import Unit
from portal.server.townhall import polls
from portal.server.townhall.commands import Circumstances
from portal.server.townhall.hall_events import EventType, NewEvent
from portal.server.townhall.hall_models import ActorRole, HallEvent, TownHall
from portal.server.townhall.hall_projection import Projection
from portal.server.townhall.hall_state import HallState
from portal.server.townhall.orders import ModeratorOrder, Order
from portal.server.translation import service as translation
from portal.wire.errors import UserError
from portal.wire.ids import is_id

DAY_MS: Final = 86_400_000
O = TypeVar("O", bound=Order)  # noqa: E741 - an order
Decide = Callable[[HallState, O, Circumstances], list[NewEvent]]


@dataclass(frozen=True, slots=True)
class Done:
    """An order's first event and its last, None if it needed none; ``repeated``: it had been carried out before.

    Its sender has seen everything up to ``last``: orders that follow need not wait for the page to come anew.
    """

    seq: int | None
    repeated: bool = False
    last: int | None = None


def hall_named(unit: Unit, name: str, *, lock: bool = False) -> TownHall:
    """Return the hall ``name``; ``lock`` it until the transaction's end before writing.

    Raises:
        UserError: hall.not_found.
    """
    row = unit.session.get(TownHall, name, with_for_update=lock or None) if is_id(name) else None
    if row is None:
        raise UserError("hall.not_found")
    return row


def carry_out(unit: Unit, projection: Projection, order: O, decide: Decide[O], actor: ActorRole) -> Done:
    """Append what ``decide`` makes of ``order``.

    Raises:
        UserError: hall.not_found, hall.refused; hall.moved, if a moderator changed the hall after the event that this
            moderator had seen: nothing was done, and the sender can look and decide anew.
    """
    hall = hall_named(unit, projection.hall, lock=True)
    known = sa.select(HallEvent.seq).where(HallEvent.hall_id == hall.id, HallEvent.command == order.key)
    before = unit.session.scalar(known)
    if before is not None:
        return Done(before, repeated=True)
    with projection.lock:
        state = projection.catch_up(unit)
        if isinstance(order, ModeratorOrder) and order.expected_seq < state.control_seq:
            raise UserError("hall.moved", seq=state.control_seq)
        around = Circumstances(hall.id, unit.now_ms, lambda poll, count: polls.counted(unit, hall.id, poll, count))
        events = decide(state, order, around)
        seq = state.seq
        hall.standing = projection.standing_after(events)
    append(unit, hall, seq, events, actor, order.key)
    return Done(seq + 1, last=seq + len(events)) if events else Done(None)


def append(
    unit: Unit, hall: TownHall, seq: int, events: Sequence[NewEvent], actor: ActorRole, key: str | None = None
) -> None:
    """Write ``events`` after event ``seq`` of ``hall``, whose row the caller holds, and the texts that they bring.

    Of what a citizen does, the day is noted and no time: the order in which things came is enough.
    """
    at_ms = unit.now_ms if actor != "citizen" else unit.now_ms - unit.now_ms % DAY_MS
    for number, event in enumerate(events, seq + 1):
        for name, words in event.texts.items():
            translation.put(unit, name, words.text, words.lang)
        unit.session.add(
            HallEvent(
                hall_id=hall.id,
                seq=number,
                type=event.type.value,
                payload=dict(event.payload),
                at_ms=at_ms,
                actor=actor,
                command=key if number == seq + 1 else None,
            )
        )
        if event.type == EventType.ERASED:
            translation.drop(unit, [event.payload["text"]])
    unit.session.flush()


def newest_seq(unit: Unit, hall: str) -> int:
    """Return the number of the newest event; 0 if there is none."""
    return unit.session.scalar(sa.select(sa.func.max(HallEvent.seq)).where(HallEvent.hall_id == hall)) or 0
