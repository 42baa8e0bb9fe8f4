"""What citizens do in a hall: ask, support a question, raise a hand, vote. Holders of a ticket, without an account."""

from typing import Final

import sqlalchemy as sa

from portal.server.core.db import Unit
from portal.server.townhall import orders, polls
from portal.server.townhall.commands import Circumstances, open_for_words, refusal
from portal.server.townhall.hall_events import EventType, NewEvent, Words
from portal.server.townhall.hall_log import Done, append, carry_out, hall_named
from portal.server.townhall.hall_models import QuestionVote
from portal.server.townhall.hall_projection import Projection
from portal.server.townhall.hall_state import HallState
from portal.server.townhall.orders import Order
from portal.server.townhall.tickets import Ticket
from portal.wire.errors import UserError

QUESTIONS_MAX: Final = 3
"""Questions that one ticket may have in a hall, so that one voice does not fill the list."""
HANDS_MAX: Final = 5
"""How often one ticket may raise a hand to one item, lowered ones among them: each is an event for everybody."""


def act(unit: Unit, projection: Projection, order: Order, ticket: Ticket) -> Done:
    """Carry out the order of a ticket's holder.

    Raises:
        UserError: hall.not_found, hall.refused with a ``reason``, hall.poll_closed.
    """
    if isinstance(order, orders.Upvote):
        return _support(unit, projection, order, ticket)
    if isinstance(order, orders.Vote):
        return _vote(unit, projection, order, ticket)

    def decide(state: HallState, order: Order, around: Circumstances) -> list[NewEvent]:
        return _decide(state, order, around, ticket)

    return carry_out(unit, projection, order, decide, "citizen")


def own_hand(state: HallState, ticket: Ticket) -> int | None:
    """Return the number of the holder's raised hand for the current item, or of the holder's running turn."""
    own = (
        speaker for speaker in state.speakers.values() if speaker.who == ticket.who and speaker.item == state.current
    )
    return next((speaker.number for speaker in own if speaker.standing in {"waiting", "speaking"}), None)


def count_questions(unit: Unit, projection: Projection) -> bool:
    """Write how many votes questions have, in one event, if any number changed; return whether one did."""
    hall = hall_named(unit, projection.hall, lock=True)
    with projection.lock:
        state = projection.catch_up(unit)
        count = sa.select(QuestionVote.question, sa.func.count()).where(QuestionVote.hall_id == hall.id)
        rows = unit.session.execute(count.group_by(QuestionVote.question))
        shown = {number: question.votes for number, question in state.questions.items()}
        changed = {str(number): votes for number, votes in rows if shown.get(number, votes) != votes}
        seq = state.seq
    if changed:
        append(unit, hall, seq, [NewEvent(EventType.VOTES_COUNTED, {"votes": changed})], "clock")
    return bool(changed)


def _decide(state: HallState, order: Order, around: Circumstances, ticket: Ticket) -> list[NewEvent]:
    open_for_words(state)
    if isinstance(order, orders.Ask):
        return _asked(state, order, around, ticket)
    if isinstance(order, orders.RaiseHand):
        return _raised(state, order, ticket)
    number = own_hand(state, ticket)
    if number is None:
        raise refusal("no_hand")
    return [NewEvent(EventType.HAND_LOWERED, {"speaker": number})]


def _asked(state: HallState, order: orders.Ask, around: Circumstances, ticket: Ticket) -> list[NewEvent]:
    own = sum(question.who == ticket.asker for question in state.questions.values())
    if own >= QUESTIONS_MAX:
        raise refusal("too_many_questions")
    key = around.text_key(order)
    item = None if state.is_internal(state.current) else state.current
    given = {"who": ticket.asker, "text": key, "item": item}
    return [NewEvent(EventType.ASKED, given, {key: Words(order.text, order.lang)})]


def _raised(state: HallState, order: orders.RaiseHand, ticket: Ticket) -> list[NewEvent]:
    if state.current is None or state.is_internal(state.current):
        raise refusal("no_item")
    if not state.hands_open and not order.order:
        raise refusal("hands_closed")
    if own_hand(state, ticket) is not None:
        raise refusal("hand_up")
    everyone = state.speakers.values()
    earlier = [it for it in everyone if it.item == state.current and it.who == ticket.who]
    if len(earlier) >= HANDS_MAX:
        raise refusal("too_many_hands")
    if order.order and any(speaker.order for speaker in earlier):
        raise refusal("order_used")
    given = {"who": ticket.who, "community": ticket.community, "order": order.order}
    return [NewEvent(EventType.HAND_RAISED, given)]


def _support(unit: Unit, projection: Projection, order: orders.Upvote, ticket: Ticket) -> Done:
    """Keep one support of a question; how many there are is counted at most once a second (hall_live.py)."""
    hall_named(unit, projection.hall, lock=True)
    with projection.lock:
        state = projection.catch_up(unit)
        open_for_words(state)
        question = state.questions.get(order.question)
        if question is None or question.standing not in {"shown", "taken"}:
            raise refusal("question")
    name = (projection.hall, order.question, ticket.voter(f"question:{order.question}"))
    if unit.session.get(QuestionVote, name) is not None:
        return Done(None, repeated=True)
    unit.session.add(QuestionVote(hall_id=name[0], question=name[1], voter=name[2]))
    unit.session.flush()
    return Done(None)


def _vote(unit: Unit, projection: Projection, order: orders.Vote, ticket: Ticket) -> Done:
    """Count a vote while its poll is open. The hall is held, so that it counts before the poll closes or not at all."""
    hall = hall_named(unit, projection.hall, lock=True)
    voter = ticket.voter(f"poll:{order.poll}")
    with projection.lock:
        poll = projection.catch_up(unit).polls.get(order.poll)
        if poll is None or order.option >= len(poll.options):
            raise refusal("poll")
        is_open = poll.open
    if polls.has_voted(unit, hall.id, order.poll, voter):
        return Done(None, repeated=True)
    if not is_open:
        raise UserError("hall.poll_closed")
    polls.count_vote(unit, hall.id, order.poll, order.option, voter=voter, community=ticket.community)
    return Done(None)
