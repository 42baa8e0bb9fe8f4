"""The interpreter at work: a member that follows its rooms, threads that translate, and what goes back and forth.

Everything here runs on the follower's thread and waits for nothing but the network and the disk. What computes is in
the studio, and is looked at at every turn: what is ready is written into the record, what stands still is given up.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

import structlog

from portal.interpreter.circle import Delegations, FirstSeen, noted
from portal.interpreter.desk import Bounds, Wanted
from portal.interpreter.drafts import DraftWork
from portal.interpreter.place import Place, kept_keys
from portal.interpreter.questions import Questions
from portal.interpreter.status import Status
from portal.interpreter.studio import Progress, Studio, Task
from portal.interpreter.writing import items, told
from portal.member.drafts.drafts import Drafts
from portal.member.driver import Driver
from portal.member.e2ee.refusal import Refusal
from portal.member.follower import Follower
from portal.member.member import Member
from portal.member.room import Room
from portal.member.rows import Row
from portal.member.translation_content import Translation
from portal.member.transport import Http
from portal.member.work import MemberError, is_passing, read, write
from portal.translation.engine import Priority
from portal.translation.translator import Options
from portal.wire.ids import AccountId, RoomId

_log = structlog.get_logger(__name__)
_BEFORE_START_MS: Final = 60_000
"""What was said shortly before the start is live, too: the server's clock may differ, and somebody may wait."""
_TURN_S: Final = 0.1
_RETRY_S: Final = 5.0
_HOUR_S: Final = 3600.0
_TELL_S: Final = 2.0
_RESTING_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is done at once, and how long anything may take."""

    live_tasks: int = 4
    live_each: int = 2
    """Live tasks of one room: whoever floods it holds up no other."""
    backfill_tasks: int = 8
    waiting_items: int = 50
    """Items of one room that may wait to be sent; beyond, nothing more is translated there."""
    ripe_sentences: int = 8
    ripe_s: float = 1.0
    """A sentence of a live message waits at most so long for the following ones."""
    backfill_pause_s: float = 0.15
    """Between items of the past, so that the record's live items are not held up."""
    live_still_s: float = 120.0
    backfill_still_s: float = 900.0
    renewals: int = 3
    """How often in an hour hanging models are replaced before the process ends, for its supervisor to start afresh."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How to interpret. ``private``: translations are for the interpreter's own delegation alone."""

    private: bool
    backfill: int
    """Messages of each room's past that are translated."""
    limits: Limits = Limits()


class StalledError(Exception):
    """Models hang again and again; the process has to be started anew."""


class Interpreter:
    """One interpreter. ``tell`` is called every few seconds, for whoever reports what it does."""

    def __init__(
        self,
        driver: Driver,
        http: Http,
        member: Member,
        studio: Studio,
        wish: Wish,
        tell: "Callable[[Interpreter], None]",
    ) -> None:
        self._driver = driver
        self._member = member
        self._studio = studio
        self._private = wish.private
        self._limits = wish.limits
        self._bounds = Bounds(int(time.time() * 1000) - _BEFORE_START_MS, wish.backfill)
        self._tell = tell
        self._follower = Follower(
            driver,
            http,
            member,
            self._on_rows,
            on_aside=self._on_aside,
            on_draft=self._hear_draft,
            on_tick=self._on_tick,
            on_fault=self._on_fault,
            present=True,
        )
        self._drafts = DraftWork(Drafts(member), studio, self._draft_rooms, self._wake)
        self._drafts.follow(self._follower)
        self._places: dict[RoomId, Place] = {}
        self._order: deque[RoomId] = deque()
        kept = driver.run(read("delegations", Delegations))
        self._first: FirstSeen = {} if kept is None else kept.first
        self._questions = Questions(studio, self._follower)
        self._turned_s = self._retried_s = self._written_s = self._told_s = self._live_s = time.monotonic()
        self._renewed_s: list[float] = []
        self._woken = threading.Event()
        self._translated = self._failed = self._warned = 0

    def run(self, stop: threading.Event) -> None:
        """Work until ``stop`` is set.

        Raises:
            MemberError: session.required or session.device_required: signed out, ended, or revoked.
            StalledError: models hang; start the process anew.
        """
        try:
            self._follower.run(stop)
        finally:
            self._drafts.close()
            for place in self._places.values():
                for task in place.tasks.values():
                    task.cancel()
            self._studio.close()

    def report(self, before: Status) -> Status:
        """Return what there is to tell, with what ``before`` says of the rest."""
        places = list(self._places.values())
        circle = {one.name for place in places for one in place.readers(self._first)} if self._private else set()
        people, everybody = (
            self._member.people,
            {one for place in places for one in place.room.data.membership.accounts},
        )
        return replace(
            before,
            readers=tuple(sorted(circle)),
            state="connected" if self._follower.connected else "offline",
            rooms=len(places),
            off=sum(place.is_off() for place in places),
            blocked=sum(place.is_blocked() for place in places),
            changed=tuple(sorted(people.name(account) for account in everybody if people.key_changed(account))),
            languages=tuple(f"{source}-{target}" for source, target in sorted(self._studio.pairs)),
            translated=self._translated + self._drafts.translated,
            left=sum(len(place.wanted(self._first, self._bounds, self._studio)) for place in places),
            answered=self._questions.answered,
            failed=self._failed,
        )

    # Rows and places

    def _on_rows(self, room: Room, rows: Sequence[Row]) -> None:
        place = self._places.get(room.data.room)
        self._turned_s = 0.0  # somebody may wait: no pause before the next turn
        self._drafts.mark(room.data.room)
        if place is None:
            self._enter(room)
        else:
            place.take(rows)

    def _enter(self, room: Room) -> Place:
        name = room.data.room
        place = Place(self._member.entry(name), self._private, self._driver.run(kept_keys(room)))
        self._places[name] = place
        self._order.append(name)
        _log.info("room", room=name, number=room.data.number)
        return place

    def _look_at_rooms(self) -> None:
        """Enter rooms that are here from before, leave those that this account is not in any more."""
        standing = {room.data.room: room for room in self._member.rooms() if room.data.standing == "member"}
        for name in self._places.keys() - standing.keys():
            for task in self._places.pop(name).tasks.values():
                task.cancel()
            self._order.remove(name)
            _log.info("room left", room=name)
        for name in standing.keys() - self._places.keys():
            if standing[name].data.base is not None:
                self._enter(standing[name])
                self._look_at_drafts(name)
        people = [person for one in self._member.people.accounts() if (person := self._member.people.person(one))]
        first = noted(self._first, people)
        if first != self._first:
            self._driver.run(write({"delegations": Delegations(first)}))
            self._first = first
            for place in self._places.values():
                place.change()

    def _hear_draft(self, event: str, payload: Sequence[Any]) -> None:
        self._drafts.following.hear(event, payload)

    def _look_at_drafts(self, room: RoomId) -> None:
        """Take up the drafts of a room that was entered; at the next connection if that can not be done now."""
        if self._private or not self._follower.connected:
            return
        with suppress(MemberError, Refusal):
            self._drafts.following.look(room)

    def _draft_rooms(self) -> list[RoomId]:
        """Rooms in whose drafts this interpreter writes: what it says there, all can read."""
        rooms = [] if self._private else self._member.rooms()
        return [one.data.room for one in rooms if one.data.standing == "member" and one.data.base is not None]

    def _on_aside(self, room: RoomId, account: AccountId, content: bytes) -> None:
        place = self._places.get(room)
        if place is not None and account in place.room.data.membership.accounts:
            self._questions.hear(place, self._first, account, content)

    # One turn

    def _on_tick(self) -> None:
        if time.monotonic() - self._turned_s >= _TURN_S:
            self._turn()

    def _on_fault(self, error: MemberError | Refusal) -> None:
        _log.warning("passed over", code=error.code)

    def _turn(self) -> None:
        """Do what can be done now: every fifth of a second, and whenever something has come of a task."""
        self._woken.clear()
        self._turned_s = time.monotonic()
        self._look_at_rooms()
        if any(task.wanted.live for place in self._places.values() for task in place.tasks.values()):
            self._live_s = self._turned_s
        for place in self._places.values():
            self._collect(place)
            self._give_up_still(place)
        self._retry()
        for _ in range(self._limits.live_tasks + self._limits.backfill_tasks):
            if not (self._start_next(live=True) or self._start_next(live=False)):
                break
        self._drafts.turn(self._places, self._first)
        if self._questions.go_on():
            self._renew()
        if time.monotonic() - self._told_s >= _TELL_S:
            self._told_s = time.monotonic()
            self._tell(self)
            self._warn_of_ledger()

    def _warn_of_ledger(self) -> None:
        """Tell once what does not agree about the ledger; ``portal room ledger`` on this store shows the evidence."""
        findings = self._member.ledger.state.findings
        for finding in findings[self._warned :]:
            _log.warning("ledger", finding=finding.id, kind=finding.kind, account=finding.account)
        self._warned = len(findings)

    def _wake(self) -> None:
        if not self._woken.is_set():
            self._woken.set()
            self._follower.soon(self._turn)

    def _collect(self, place: Place) -> None:
        for key, task in list(place.tasks.items()):
            if not (place.desk.is_standing(key) and place.is_open()):
                place.drop(key)
                continue
            if not task.wanted.live and time.monotonic() - self._written_s < self._limits.backfill_pause_s:
                continue
            # The past is not waited for: one item a text is enough.
            ripe = (self._limits.ripe_sentences, self._limits.ripe_s) if task.wanted.live else (200, 60.0)
            progress = task.take(ripe=ripe[0], after_s=ripe[1])
            if progress is None:
                continue
            if progress.ended:
                del place.tasks[key]
            self._keep(place, task, progress)

    def _keep(self, place: Place, task: Task, progress: Progress) -> None:
        """Write what came of a task into the record."""
        made: list[Translation] = []
        if progress.heading is not None:
            made.extend(items(progress.heading, progress.sentences, place.most_bytes))
        if progress.problem is not None:
            made.append(told(task.wanted, progress.from_, progress.problem))
            self._failed += 1
        elif progress.ended and progress.heading is None:
            place.settled.add(task.wanted.key)
        if progress.ended and progress.heading is not None:
            self._translated += 1
        if made:
            self._write(place, made)

    def _write(self, place: Place, made: Iterable[Translation]) -> None:
        """Keep items for sending, and send them: once kept, they count as done, also after a kill."""
        sender, now_ms = place.entry.sender, int(time.time() * 1000)
        try:
            for translation in made:
                for plaintext in self._driver.run(place.plaintexts(translation, self._first, now_ms)):
                    self._driver.run(sender.add(plaintext))
                    place.desk.take_own(plaintext)
            place.change()
            self._driver.run(sender.send_all())
        except (MemberError, Refusal) as error:
            if error.code.startswith("session."):
                raise
            if is_passing(error):
                _log.info("not sent yet", room=place.room.data.room, code=error.code)
            else:
                self._rest(place, error.code)
        self._written_s = time.monotonic()
        self._drop_refused(place)

    def _drop_refused(self, place: Place) -> None:
        """Take back what the server refused for good: it is to be done again, when the room lets it."""
        refused = [out for out in place.room.outgoing if out.failure is not None]
        for out in refused:
            self._driver.run(place.room.outgoing.discard(out))
        if refused:
            self._rest(place, refused[0].failure or "")
            place.begin()

    def _rest(self, place: Place, code: str) -> None:
        _log.warning("refused", room=place.room.data.room, code=code)
        place.resting_until_s = time.monotonic() + _RESTING_S

    def _retry(self) -> None:
        """Send what waits, from time to time: the reason may have passed without a word."""
        if time.monotonic() - self._retried_s < _RETRY_S:
            return
        self._retried_s = time.monotonic()
        if not self._follower.connected:
            return
        with suppress(MemberError, Refusal):
            self._driver.run(self._member.send_waiting())
        for place in self._places.values():
            self._drop_refused(place)

    # Tasks

    def _start_next(self, *, live: bool) -> bool:
        """Start the most urgent task of the room whose turn it is; False if there is none, or no place for it."""
        most = self._limits.live_tasks if live else self._limits.backfill_tasks
        tasks = [task for place in self._places.values() for task in place.tasks.values()]
        if sum(task.wanted.live == live for task in tasks) >= most:
            return False
        for name in list(self._order):
            place = self._places[name]
            busy = live and sum(task.wanted.live for task in place.tasks.values()) >= self._limits.live_each
            if busy or self._is_full(place) or not place.is_open():
                continue
            wanted = place.wanted(self._first, self._bounds, self._studio)
            chosen = next((one for one in wanted if one.live == live), None)
            if chosen is not None:
                self._order.remove(name)
                self._order.append(name)  # the others' turn
                self._start(place, chosen)
                return True
        return False

    def _is_full(self, place: Place) -> bool:
        return sum(1 for _ in place.room.outgoing) >= self._limits.waiting_items

    def _start(self, place: Place, wanted: Wanted) -> None:
        priority = Priority.LIVE if wanted.live else Priority.BACKFILL
        options = Options(priority, glossary=place.desk.glossary(), memory=place.memory(self._first))
        task = Task(wanted, options, self._wake)
        place.begun(task)
        self._studio.start(task)

    def _give_up_still(self, place: Place) -> None:
        """Give up what has not moved for long, so that its readers are told and others get the place."""
        limits, quiet_s = self._limits, time.monotonic() - self._live_s
        # The past waits as long as anything live does: that it stands still then says nothing.
        still = [
            task
            for task in place.tasks.values()
            if (task.wanted.live and task.still_s() > limits.live_still_s)
            or (not task.wanted.live and min(task.still_s(), quiet_s) > limits.backfill_still_s)
        ]
        for task in still:
            _log.error("a translation stands still", room=place.room.data.room, number=task.wanted.number)
            task.give_up()
        if still:
            self._renew()

    def _renew(self) -> None:
        now_s = time.monotonic()
        self._renewed_s = [*(one for one in self._renewed_s if now_s - one < _HOUR_S), now_s]
        if len(self._renewed_s) > self._limits.renewals:
            raise StalledError
        self._studio.renew()
