"""The hall of the demonstration's past week: what its moderator orders, and what its citizens do with their tickets."""

from typing import Any, Protocol

from portal.demo import town_words as words
from portal.demo.town_words import Subject, Texts
from portal.server.core.context import Portal
from portal.server.core.db import Unit
from portal.server.townhall import citizens, clock, commands, orders
from portal.server.townhall.hall_live import Halls
from portal.server.townhall.hall_log import carry_out, hall_named, newest_seq
from portal.server.townhall.hall_projection import Projection
from portal.server.townhall.hall_state import HallState
from portal.server.townhall.tickets import Ticket
from portal.wire.ids import new_id


class Clock(Protocol):
    """The time in the town, in seconds, and somebody who reads translations over."""

    now_s: int

    def check(self, unit: Unit, key: str, texts: Texts) -> None:
        """Write the translations of a public text, and answer for them."""


class _Evening:
    """One hall from its opening to its close."""

    def __init__(self, portal: Portal, hall: str, town: Clock) -> None:
        self.projection = Projection(hall)
        self._portal = portal
        self._town = town

    def orders(self, order: str, /, **fields: Any) -> HallState:
        """The moderator's order, as the run page sends it; the hall after it."""

        def work(unit: Unit) -> HallState:
            given = {"command": order, "key": new_id(), "expected_seq": str(newest_seq(unit, self.projection.hall))}
            wanted = orders.MODERATORS[order].model_validate(given | fields)
            carry_out(unit, self.projection, wanted, commands.decide, "moderator")
            week = hall_named(unit, self.projection.hall).week
            if order == "close" and week is not None:
                clock.held(unit, week)
            return self.projection.catch_up(unit)

        return self._portal.database.write(work)

    def comes(self, lang: str) -> Ticket:
        """Somebody comes in."""
        tickets = self._portal.get(Halls).tickets
        return tickets.read(self.projection.hall, tickets.issue(self.projection.hall, lang))

    def does(self, ticket: Ticket, order: str, /, **fields: Any) -> HallState:
        """The order of a ticket's holder; the hall after it."""

        def work(unit: Unit) -> HallState:
            wanted = orders.CITIZENS[order].model_validate({"command": order, "key": new_id(), **fields})
            citizens.act(unit, self.projection, wanted, ticket)
            return self.projection.catch_up(unit)

        return self._portal.database.write(work)

    def translated(self, key: str | None, texts: Texts) -> None:
        """Somebody translates a text of the hall and answers for it."""
        self._portal.database.write(lambda unit: self._town.check(unit, str(key), texts))


def hold(portal: Portal, hall: str, subjects: dict[str, Subject], town: Clock) -> None:
    """Hold the hall: every item with a speaker and a note, a question at the first, and a poll about the market."""
    evening = _Evening(portal, hall, town)
    state = evening.orders("open")
    state = evening.orders("announce", text=words.GREETING["en"], lang="en")
    evening.translated(state.announcement, words.GREETING)
    for place, item in enumerate(list(state.items.values())):
        subject = subjects[str(item.topic)]
        evening.orders("start", item=item.id)
        _spoken(evening, town)
        if place == 0:
            _asked(evening)
        if subject is words.MARKET:
            _polled(evening)
        note = evening.orders("note", text=subject.noted["en"], lang="en")
        evening.orders("show_note", note=str(max(note.notes)))
        evening.translated(note.notes[max(note.notes)].text, subject.noted)
        town.now_s += subject.minutes * 60
    evening.orders("close")


def _spoken(evening: _Evening, town: Clock) -> None:
    """One person of each of two languages speaks."""
    for lang in ("ko", "en"):
        evening.does(evening.comes(lang), "hand")
        evening.orders("call")
        town.now_s += 100
        evening.orders("end_turn")


def _asked(evening: _Evening) -> None:
    state = evening.does(evening.comes("ko"), "ask", text=words.QUESTION["ko"], lang="ko")
    number = max(state.questions)
    evening.translated(state.questions[number].text, words.QUESTION)
    for order in ("show", "take", "answered"):
        evening.orders(order, question=str(number))


def _polled(evening: _Evening) -> None:
    state = evening.orders("poll", text=words.POLL, options="\n".join(words.OPTIONS), lang="en")
    number = max(state.polls)
    for option in words.VOTES:
        evening.does(evening.comes("en"), "vote", poll=str(number), option=str(option))
    evening.orders("close_poll", poll=str(number))
